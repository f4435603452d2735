import { type Caller, managesRunner, placesOf } from './access.ts';
import type { GroupSetup, PendingJobSetup, ProjectSetup, RunnerJobSetup } from './setup.ts';
import type { Manager, Runner, State } from './state.ts';

/** A runner as lists show it (gitlab-api.md 6). */
export function showRunner(state: State, runner: Runner): Record<string, unknown> {
  const status = statusOf(state, runner);
  return {
    id: runner.id,
    description: runner.description,
    ip_address: null,
    active: !runner.paused,
    paused: runner.paused,
    is_shared: runner.type === 'instance',
    runner_type: `${runner.type}_type`,
    name: runner.name,
    online: runner.contactedAt === null ? null : status === 'online',
    ...(state.profile.tellsCreation && { created_at: runner.createdAt }),
    status: status !== 'stale' && runner.paused && runner.contactedAt !== null ? 'paused' : status,
    ...executionStatus(state, runner.jobs),
  };
}

/** A runner with all that a caller may know of it; never its token. */
export function showDetails(
  state: State,
  caller: Caller,
  runner: Runner,
  withProjects: boolean,
): Record<string, unknown> {
  const latest = runner.managers.toSorted((one, other) => contact(other) - contact(one))[0];
  const places = placesOf(state, runner);
  return {
    ...showRunner(state, runner),
    tag_list: runner.tags,
    run_untagged: runner.runUntagged,
    locked: runner.locked,
    maximum_timeout: runner.maximumTimeout,
    access_level: runner.accessLevel,
    version: latest?.version ?? null,
    revision: latest?.revision ?? null,
    platform: latest?.platform ?? null,
    architecture: latest?.architecture ?? null,
    contacted_at: runner.contactedAt,
    maintenance_note: managesRunner(state, caller, runner) ? runner.maintenanceNote : null,
    ...(withProjects ? { projects: runner.type === 'project' ? places.map(briefProject(state)) : [] } : {}),
    groups: runner.type === 'group' ? places.map((group) => briefGroup(state, group)) : [],
  };
}

/** A manager of a runner. */
export function showManager(state: State, runner: Runner, manager: Manager): Record<string, unknown> {
  return {
    id: manager.id,
    system_id: manager.systemId,
    version: manager.version,
    revision: manager.revision,
    platform: manager.platform,
    architecture: manager.architecture,
    created_at: manager.createdAt,
    contacted_at: manager.contactedAt,
    ip_address: manager.ipAddress,
    status: statusOf(state, manager),
    ...executionStatus(
      state,
      runner.jobs.filter((job) => job.systemId === manager.systemId),
    ),
  };
}

/** A job of a runner, its most used fields. */
export function showJob(state: State, job: RunnerJobSetup): Record<string, unknown> {
  const project = state.projects.find((each) => each.id === job.project);
  return {
    id: job.id,
    status: job.status,
    stage: 'test',
    name: job.name ?? 'test',
    ref: 'main',
    tag: false,
    ...(job.failureReason !== undefined && { failure_reason: job.failureReason }),
    web_url: `${state.url}/${project?.path}/-/jobs/${job.id}`,
    project: project && briefProject(state)(project),
  };
}

/** A job of a project that waits for a runner, its most used fields. */
export function showPendingJob(
  state: State,
  { id, project, name, tags = [] }: PendingJobSetup,
): Record<string, unknown> {
  const shown = showJob(state, { id, project, status: 'running', ...(name !== undefined && { name }) });
  return { ...shown, status: 'pending', tag_list: tags, runner: null };
}

/** What a runner is right now whatever its jobs and whether it is paused: both filters and entities ask. */
export function statusOf(state: State, of: { contactedAt: string | null; createdAt: string }): string {
  const age = (at: string) => state.now().getTime() - Date.parse(at);
  const youngest = Math.min(age(of.createdAt), age(of.contactedAt ?? of.createdAt));
  if (youngest >= 7 * 24 * hour) return 'stale';
  if (of.contactedAt === null) return 'never_contacted';
  return age(of.contactedAt) <= 2 * hour ? 'online' : 'offline';
}

/** A project as GET /projects/:id shows it, its most used fields. */
export function showProject(state: State, project: ProjectSetup): Record<string, unknown> {
  const group = state.groups.find((each) => each.path === parentPath(project));
  return {
    ...briefProject(state)(project),
    web_url: `${state.url}/${project.path}`,
    visibility: project.private ? 'private' : 'internal',
    namespace: {
      id: group?.id ?? 1,
      name: group === undefined ? parentPath(project) : nameOf(group),
      path: parentPath(project).split('/').at(-1),
      kind: group === undefined ? 'user' : 'group',
      full_path: parentPath(project),
    },
  };
}

/** A group as GET /groups/:id shows it, its most used fields. */
export function showGroup(state: State, group: GroupSetup): Record<string, unknown> {
  return {
    ...briefGroup(state, group),
    path: group.path.split('/').at(-1),
    description: '',
    visibility: group.private ? 'private' : 'internal',
    full_name: fullName(state, group),
    full_path: group.path,
    parent_id: state.groups.find((each) => each.path === parentPath(group))?.id ?? null,
  };
}

const hour = 3_600_000;

function executionStatus(state: State, jobs: RunnerJobSetup[]) {
  if (!state.profile.jobExecutionStatus) return {};
  return { job_execution_status: jobs.some(({ status }) => status === 'running') ? 'active' : 'idle' };
}

const contact = (manager: Manager): number => Date.parse(manager.contactedAt ?? manager.createdAt);

const briefProject = (state: State) => (project: ProjectSetup) => ({
  id: project.id,
  description: project.description ?? null,
  name: nameOf(project),
  name_with_namespace: fullName(state, project),
  path: project.path.split('/').at(-1),
  path_with_namespace: project.path,
  created_at: '2026-01-01T00:00:00.000Z',
});

const briefGroup = (state: State, group: GroupSetup) => ({
  id: group.id,
  web_url: `${state.url}/groups/${group.path}`,
  name: nameOf(group),
});

const nameOf = (place: GroupSetup): string => place.name ?? place.path.split('/').at(-1)!;

const parentPath = (place: GroupSetup): string => place.path.split('/').slice(0, -1).join('/');

function fullName(state: State, place: GroupSetup): string {
  const above = state.groups.filter((each) => place.path.startsWith(`${each.path}/`));
  return [...above, place].map(nameOf).join(' / ');
}
