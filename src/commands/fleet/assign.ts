import { helpIfAsked, misuse, openInvocation, reachNames } from '../../app/invocation.ts';
import { type ExitCode, Trouble } from '../../errors.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import { harmless } from '../../text/sanitize.ts';
import type { World } from '../../world.ts';
import { act, type Deed, nameOf } from './act.ts';
import { actingFlags, filterFlags, filterOf, isFiltered, lastOf } from './filter.ts';
import type { PresentRunner } from './meant.ts';
import { typeOf } from './output.ts';

/** The verb `assign`: one more project can use the runners. */
export const assign = (reading: Reading, world: World): Promise<ExitCode> => put('assign', reading, world);

/** The verb `unassign`: a project can no longer use the runners. */
export const unassign = (reading: Reading, world: World): Promise<ExitCode> =>
  put('unassign', reading, world);

async function put(verb: 'assign' | 'unassign', reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, assignGrammar, verb, helps[verb]);
  if (helped !== undefined) return helped;
  const invocation = await openInvocation(reading, world, assignGrammar);
  const { verbFlags } = invocation;
  const project = lastOf(verbFlags, 'project');
  if (project === undefined)
    throw misuse(`${verb} requires --project.`, 'Use the ID or path of the project: --project group/project');
  const filtering = isFiltered({ ...verbFlags, project: [] })
    ? { of: 'seen' as const, filter: { ...filterOf(verbFlags), type: 'project' as const } }
    : undefined;
  return act(invocation, filtering, {
    scope: 'api',
    deedAt: async (read) => {
      if (/^\d+$/.test(project)) return deedFor(verb, { id: Number(project), path: project });
      return deedFor(verb, await read((gitlab, accessToken) => gitlab.findProject(accessToken, project)));
    },
  });
}

function deedFor(verb: 'assign' | 'unassign', { id, path }: { id: number; path: string }): Deed {
  const name = `project ${harmless(path, 200)}`;
  const isAssigned = ({ projects }: PresentRunner) => projects?.some((one) => one.id === id) === true;
  const after = (runner: PresentRunner) => runner;
  const shared = { withProjects: true, check: refuseOtherTypes, after };
  return verb === 'assign'
    ? {
        ...shared,
        action: 'assigned',
        ask: 'Assign',
        will: `will be assigned to ${name}`,
        isAlready: `is already assigned to ${name}`,
        areAlready: (count) => `all ${count} runners are already assigned to ${name}`,
        doing: 'Assigning',
        done: 'Assigned',
        place: ` to ${name}`,
        isDone: isAssigned,
        run: (gitlab, accessToken, runner) => gitlab.assignRunner(accessToken, id, runner),
      }
    : {
        ...shared,
        action: 'unassigned',
        ask: 'Unassign',
        will: `will be unassigned from ${name}`,
        isAlready: `is not assigned to ${name}`,
        areAlready: (count) => `none of the ${count} runners is assigned to ${name}`,
        doing: 'Unassigning',
        done: 'Unassigned',
        place: ` from ${name}`,
        isDone: (runner) => !isAssigned(runner),
        run: (gitlab, accessToken, runner) => gitlab.unassignRunner(accessToken, id, runner),
      };
}

// GitLab answers with an internal error for an instance runner.
function refuseOtherTypes(runner: PresentRunner): void {
  const type = typeOf(runner);
  if (type === undefined || type === 'project') return;
  const who = type === 'group' ? 'Every project of its group' : 'Every project';
  throw new Trouble(`The ${type} ${nameOf(runner)} cannot be assigned to projects.`, {
    why: `${who} can use it. Only project runners are assigned.`,
    hint: 'Select project runners: runner-setup fleet --type project',
  });
}

/** What `assign` and `unassign` understand. */
export const assignGrammar: Grammar = {
  names: ['config', 'container', 'engine', ...reachNames],
  verbFlags: {
    ...actingFlags,
    project: {
      flag: '--project',
      isSwitch: false,
      hint: 'PROJECT',
      doc: 'The project, by ID or path',
    },
    status: filterFlags.status,
    tagList: filterFlags.tagList,
    versionPrefix: filterFlags.versionPrefix,
    accessToken: { ...actingFlags.accessToken, doc: 'Access token with the scope api' },
  },
  next: () => 'runners',
};

const flags = {
  Project: ['project'],
  'Select runners': ['name', 'id', 'url', 'allRunners'],
  'Select project runners by a filter': ['status', 'tagList', 'versionPrefix'],
  Actions: ['dryRun', 'exitCode', 'yes', 'nonInteractive'],
  'Other flags': ['accessTokenFile', 'json', 'config', 'container', 'tlsCaFile'],
};

const helps: Readonly<Record<'assign' | 'unassign', Help>> = {
  assign: {
    usage: [
      'assign [RUNNER…] --project PROJECT [flags]',
      'assign --id ID --project PROJECT [--url URL] [flags]',
      'assign FILTER… --project PROJECT [flags]',
    ],
    about:
      'Assign project runners to a project, so that it can use them. RUNNER is a runner in config.toml. Select other runners by ID or by a filter. Requires the role Maintainer or Owner in the project.',
    flags,
    examples: {
      'Assign one runner': 'runner-setup assign build-1 --project acme/app --access-token-file token.txt',
      'Assign a runner of another machine': 'runner-setup assign --id 42 --project acme/app',
      'Assign all your project runners with a tag': 'runner-setup assign --tag-list gpu --project acme/app',
    },
  },
  unassign: {
    usage: [
      'unassign [RUNNER…] --project PROJECT [flags]',
      'unassign --id ID --project PROJECT [--url URL] [flags]',
      'unassign FILTER… --project PROJECT [flags]',
    ],
    about:
      'Unassign project runners from a project, so that it can no longer use them. A runner stays assigned to the project that owns it. RUNNER is a runner in config.toml. Select other runners by ID or by a filter.',
    flags,
    examples: {
      'Unassign one runner': 'runner-setup unassign build-1 --project acme/app --access-token-file token.txt',
      'Unassign a runner of another machine': 'runner-setup unassign --id 42 --project acme/app',
      'Show which runners would be unassigned':
        'runner-setup unassign --tag-list gpu --project acme/app --dry-run',
    },
  },
};
