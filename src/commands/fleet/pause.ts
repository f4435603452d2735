import { helpIfAsked, openInvocation, reachNames } from '../../app/invocation.ts';
import type { ExitCode } from '../../errors.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { act, type Deed } from './act.ts';
import { actingFlags, filterFlags, filterOf, isFiltered, placeFlags, placeOf } from './filter.ts';

/** The verb `pause`: from now on GitLab gives the runners no new jobs. */
export const pause = (reading: Reading, world: World): Promise<ExitCode> => turn('pause', reading, world);

/** The verb `resume`: GitLab gives the runners jobs again. */
export const resume = (reading: Reading, world: World): Promise<ExitCode> => turn('resume', reading, world);

async function turn(verb: 'pause' | 'resume', reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, pauseGrammar, verb, helps[verb]);
  if (helped !== undefined) return helped;
  const invocation = await openInvocation(reading, world, pauseGrammar);
  const { verbFlags } = invocation;
  const paused = verb === 'resume';
  const filtering = isFiltered(verbFlags)
    ? { of: placeOf(verbFlags), filter: { ...filterOf(verbFlags), paused } }
    : undefined;
  const scope = filtering === undefined ? 'manage_runner' : 'api';
  return act(invocation, filtering, { scope, deedAt: async () => deeds[verb] });
}

const setTo = (paused: boolean): Pick<Deed, 'isDone' | 'run' | 'after' | 'withProjects' | 'place'> => ({
  withProjects: false,
  place: ' in GitLab, on every machine',
  isDone: (runner) => runner.paused === paused,
  run: (gitlab, accessToken, id) => gitlab.updateRunner(accessToken, id, { paused }),
  after: (runner) => ({ ...runner, paused }),
});

const deeds: Readonly<Record<'pause' | 'resume', Deed>> = {
  pause: {
    ...setTo(true),
    action: 'paused',
    ask: 'Pause',
    will: 'will be paused',
    isAlready: 'is already paused',
    areAlready: (count) => `all ${count} runners are already paused`,
    doing: 'Pausing',
    done: 'Paused',
  },
  resume: {
    ...setTo(false),
    action: 'resumed',
    ask: 'Resume',
    will: 'will be resumed',
    isAlready: 'is not paused',
    areAlready: (count) => `none of the ${count} runners is paused`,
    doing: 'Resuming',
    done: 'Resumed',
  },
};

/** What `pause` and `resume` understand. */
export const pauseGrammar: Grammar = {
  names: ['config', 'container', 'engine', ...reachNames],
  verbFlags: { ...actingFlags, ...placeFlags, ...filterFlags },
  next: () => 'runners',
};

const flags = {
  'Select runners': ['name', 'id', 'url', 'allRunners'],
  'Select runners by a filter': ['group', 'project', 'type', 'status', 'tagList', 'versionPrefix'],
  Actions: ['dryRun', 'exitCode', 'yes', 'nonInteractive'],
  'Other flags': ['accessTokenFile', 'json', 'config', 'container', 'tlsCaFile'],
};

const helps: Readonly<Record<'pause' | 'resume', Help>> = {
  pause: {
    usage: ['pause [RUNNER…] [flags]', 'pause --id ID [--url URL] [flags]', 'pause FILTER… [flags]'],
    about:
      'Pause runners in GitLab: they get no new jobs on any machine that uses them, and running jobs continue. RUNNER is a runner in config.toml. Select other runners by ID or by a filter.',
    flags,
    examples: {
      'Pause one runner': 'runner-setup pause build-1 --access-token-file token.txt',
      'Pause all runners of this machine': 'runner-setup pause --all-runners --yes',
      'Show which outdated runners of a group would be paused':
        'runner-setup pause --group acme --version-prefix 17. --dry-run',
    },
  },
  resume: {
    usage: ['resume [RUNNER…] [flags]', 'resume --id ID [--url URL] [flags]', 'resume FILTER… [flags]'],
    about:
      'Resume paused runners in GitLab, so that they get jobs again. RUNNER is a runner in config.toml. Select other runners by ID or by a filter.',
    flags,
    examples: {
      'Resume one runner': 'runner-setup resume build-1 --access-token-file token.txt',
      'Resume all runners of this machine': 'runner-setup resume --all-runners --yes',
      'Resume the paused runners of a group': 'runner-setup resume --group acme --type group',
    },
  },
};
