import { hideTokens, readConfigFile } from '../../app/config-file.ts';
import { neededAccess, neededGitlab } from '../../app/gitlab-meant.ts';
import {
  accessFlags,
  helpIfAsked,
  isSwitchedOn,
  openInvocation,
  quietFlag,
  reachNames,
} from '../../app/invocation.ts';
import { refuseMissing } from '../../app/select-runner.ts';
import type { ExitCode } from '../../errors.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { filterFlags, filterOf, pausedFlag, placeFlags, placeOf } from './filter.ts';

/** The verb `fleet`: the runners that GitLab has, page by page, as a table or as the object of `--json`. */
export async function fleet(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, fleetGrammar, 'fleet', help);
  if (helped !== undefined) return helped;
  const invocation = await openInvocation(reading, world, fleetGrammar);
  const { verbFlags, settings, path, say } = invocation;
  const [filter, of] = [filterOf(verbFlags), placeOf(verbFlags)];
  if (settings.url === undefined) refuseMissing(invocation);
  const { config } = await readConfigFile(path, say);
  hideTokens(say, config);
  const runners = config?.runners ?? [];
  const home = neededGitlab(invocation, settings.url, runners);
  const accessToken = await neededAccess(invocation, 'read_api');
  const { listFleet } = await import('./pages.ts');
  const wanted = { filter, of, withDetails: isSwitchedOn(verbFlags, 'details') };
  return listFleet(invocation, { home, accessToken, runners }, wanted);
}

/** What `fleet` understands. */
export const fleetGrammar: Grammar = {
  names: ['config', 'container', 'engine', 'url', ...reachNames],
  verbFlags: {
    ...placeFlags,
    ...filterFlags,
    ...pausedFlag,
    details: {
      flag: '--details',
      isSwitch: true,
      doc: 'Show tags, version, owner, jobs, and managers; three requests for each runner',
    },
    ...accessFlags,
    accessToken: { ...accessFlags.accessToken, doc: 'Access token with the scope read_api (or api)' },
    nonInteractive: { ...quietFlag.nonInteractive, short: '-n', doc: 'Do not ask questions' },
  },
};

const help: Help = {
  usage: ['fleet [flags]'],
  about:
    'List the runners of a GitLab instance, group, or project, and which of them are in config.toml. Without --group or --project, an administrator sees all runners, and everybody else the runners that they manage.',
  more: [
    'The GitLab URL is that of --url, or the only one in config.toml. Output starts with the first 100 runners. If GitLab limits requests, the command waits as long as GitLab asks for.',
  ],
  flags: {
    Runners: ['group', 'project', 'type', 'status', 'paused', 'tagList', 'versionPrefix'],
    Output: ['details', 'json'],
    'Other flags': ['url', 'accessTokenFile', 'config', 'container', 'tlsCaFile'],
  },
  examples: {
    'List all runners of the instance': 'runner-setup fleet --access-token-file token.txt',
    'List stale runners of a group': 'runner-setup fleet --group acme --status stale',
    'Print versions and tags':
      'runner-setup fleet --details --json | jq -r \'.fleet[] | [.id, .version, (.tags | join(","))] | @tsv\'',
  },
};
