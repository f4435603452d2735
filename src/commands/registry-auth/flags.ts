import { reachNames } from '../../app/invocation.ts';
import { exitCode } from '../../errors.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar } from '../../terminal/options.ts';

const value = (flag: `--${string}`, hint: string, doc: string) => ({
  flag,
  isSwitch: false,
  hint,
  doc,
  ...(hint === 'FILE' && { offers: 'files' as const }),
  ...(hint === 'RUNNER' && { offers: 'runners' as const }),
});
const onOff = (flag: `--${string}`, doc: string) => ({ flag, isSwitch: true, doc });

const acts = {
  add: 'Add credentials, by questions or by flags',
  list: 'List registries, users, and where they are stored',
  remove: 'Remove credentials from a location',
  test: 'Check whether each registry accepts the credentials',
};

/** What `registry-auth` understands: where logins come from, where they go, and how. */
export const registryAuthGrammar: Grammar = {
  names: ['config', 'container', 'engine', 'url', ...reachNames],
  verbFlags: {
    dockerConfig: value('--docker-config', 'FILE', 'Docker config with the credentials'),
    everything: onOff('--all', 'Use all registries of the Docker config'),
    username: value('--username', 'NAME', 'User name, when no Docker config has it'),
    passwordStdin: onOff('--password-stdin', 'Read the password from standard input'),
    readStore: onOff('--read-store', 'Read secrets from the credential helper'),
    helper: value('--helper', 'NAME', 'Let gitlab-runner call docker-credential-NAME'),
    runner: value('--runner', 'RUNNER', 'Store in config.toml, for all jobs of this runner'),
    project: value('--project', 'ID|PATH', 'Store in a CI/CD variable of this project'),
    group: value('--group', 'ID|PATH', 'Store in a CI/CD variable of this group'),
    instance: onOff('--instance', 'Store in a CI/CD variable of the GitLab instance'),
    host: onOff('--host', 'Store for the user that gitlab-runner runs as'),
    hostUser: value('--host-user', 'USER', 'Store in the Docker config of this user'),
    protected: onOff('--protected', 'Limit the variable to protected branches and tags'),
    scope: value('--scope', 'ENVIRONMENT', 'Limit the variable to this environment (default: all)'),
    allowUnmasked: onOff('--allow-unmasked', 'Store the variable even if GitLab cannot mask it'),
    replace: onOff('--replace', 'Replace all credentials already stored there'),
    insecure: onOff('--insecure', 'With test: allow HTTP and untrusted certificates'),
    accessToken: value('--access-token', 'TOKEN', 'Access token with the scope api, for a variable'),
    accessTokenFile: value('--access-token-file', 'FILE', 'Read the access token from this file'),
    nonInteractive: { ...onOff('--non-interactive', 'Do not ask questions'), short: '-n' },
  },
  next: (before) => (before.length === 0 ? acts : undefined),
};

/** What its help says. */
export const help: Help = {
  usage: [
    'registry-auth add [HOST…] [flags]',
    'registry-auth list',
    'registry-auth remove HOST… [flags]',
    'registry-auth test [HOST…] [flags]',
  ],
  about:
    "Manage private registry credentials for jobs. Credentials come from Docker's config.json, or as user and password. They are stored in a CI/CD variable, in a runner, or in the Docker config of the user that gitlab-runner runs as.",
  more: [
    `Exits with ${exitCode.refused} when GitLab or the registry refuses, and ${exitCode.failed} when one could not be contacted.`,
  ],
  commands: acts,
  flags: {
    Credentials: ['dockerConfig', 'everything', 'username', 'passwordStdin', 'helper'],
    'Where to store them': ['project', 'group', 'runner', 'host'],
    'Other flags': [
      'accessTokenFile',
      'replace',
      'dryRun',
      'yes',
      'nonInteractive',
      'json',
      'config',
      'container',
    ],
  },
  examples: {
    'Choose credentials and where to store them': 'runner-setup registry-auth add',
    'Store the password of a registry in a CI/CD variable':
      'printf %s "$PASSWORD" | runner-setup registry-auth add registry.example.com --username ci --password-stdin --project acme/app --access-token-file token.txt',
    "Check a runner's credentials": 'runner-setup registry-auth test registry.example.com --runner build-1',
  },
};
