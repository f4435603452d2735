import { reachNames } from '../../app/invocation.ts';
import { exitCode } from '../../errors.ts';
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
  add: 'Ask which logins and where to, or take both from flags',
  list: 'Which registries, users and places; never a secret',
  remove: 'Take logins away at the places named',
  test: 'Ask each registry whether it takes the login',
};

/** What `registry-auth` understands: where logins come from, where they go, and how. */
export const registryAuthGrammar: Grammar = {
  names: ['config', 'container', 'engine', 'url', ...reachNames],
  verbFlags: {
    dockerConfig: value('--docker-config', 'FILE', 'Take logins from here, not from ~/.docker/config.json'),
    everything: onOff('--all', 'Take every registry of the docker config'),
    username: value('--username', 'NAME', 'The user, where no docker config has the login'),
    passwordStdin: onOff('--password-stdin', 'Read the password from standard input'),
    readStore: onOff('--read-store', 'Read secrets out of docker-credential-NAME'),
    helper: value('--helper', 'NAME', 'Let the runner ask docker-credential-NAME itself'),
    runner: value('--runner', 'RUNNER', 'Into config.toml, for all jobs of this runner'),
    project: value('--project', 'ID|PATH', 'Into a CI/CD variable of this project'),
    group: value('--group', 'ID|PATH', 'Into a CI/CD variable of this group'),
    instance: onOff('--instance', 'Into a CI/CD variable of the whole GitLab'),
    host: onOff('--host', 'Into the docker config of the user that gitlab-runner runs as'),
    hostUser: value('--host-user', 'USER', 'The same, for this user'),
    protected: onOff('--protected', 'The variable is for protected branches and tags only'),
    scope: value('--scope', 'ENVIRONMENT', 'The variable is for this environment only (all)'),
    allowUnmasked: onOff('--allow-unmasked', 'Keep the variable without a mask where GitLab cannot mask it'),
    replace: onOff('--replace', 'Put the logins in the place of all others'),
    insecure: onOff('--insecure', 'test: allow http, and certificates that nobody vouches for'),
    accessToken: value('--access-token', 'TOKEN', 'Access token with the scope api, for the variable'),
    accessTokenFile: value('--access-token-file', 'FILE', 'Read the access token from this file'),
    nonInteractive: { ...onOff('--non-interactive', 'Never ask questions'), short: '-n' },
  },
  next: (before) => (before.length === 0 ? acts : undefined),
};

/** What its help says. */
export const help = {
  line: `Gives jobs the logins for private registries: from docker's config.json, or as
user and password, into a CI/CD variable, a runner, or the docker config of the
user that gitlab-runner runs as.

  add [HOST…]      asks which logins and where to; with flags it asks nothing
  list             which registries, users and places; never a secret
  remove HOST…     takes logins away at the places named
  test HOST…       asks each registry whether it takes the login

Ends with ${exitCode.refused} when GitLab or the registry refuses, with ${exitCode.failed} when it could not be
asked.`,
  usage: 'registry-auth add|list|remove|test [HOST…] [flags]',
  examples: [
    'runner-setup registry-auth add',
    'runner-setup registry-auth add registry.example.com --project acme/app --access-token-file token.txt',
    'printf %s "$PASSWORD" | runner-setup registry-auth add registry.example.com --username ci --password-stdin --host',
    'runner-setup registry-auth add 1234.dkr.ecr.eu-west-1.amazonaws.com --helper ecr-login --runner build-1',
    'runner-setup registry-auth test registry.example.com --runner build-1',
  ],
};
