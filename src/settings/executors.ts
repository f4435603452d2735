/** The executors that gitlab-runner knows, the common ones first. */
export const executors = [
  'docker',
  'shell',
  'kubernetes',
  'docker-autoscaler',
  'instance',
  'ssh',
  'custom',
  'docker-windows',
  'virtualbox',
  'parallels',
  'docker+machine',
] as const;

export type Executor = (typeof executors)[number];

/** What each executor does with a job, in one line for the wizard and the help. */
export const executorLines: Readonly<Record<Executor, string>> = {
  docker: 'each job in a new container on this host',
  shell: 'directly on this host, as the runner user; no isolation',
  kubernetes: 'each job in a pod of a Kubernetes cluster',
  'docker-autoscaler': 'containers on cloud machines created on demand',
  instance: 'directly on cloud machines created on demand',
  ssh: 'on another machine over SSH, without isolation',
  custom: 'with your own programs',
  'docker-windows': 'each job in a new Windows container',
  virtualbox: 'in a VirtualBox machine cloned for the job',
  parallels: 'in a Parallels machine cloned for the job (macOS)',
  'docker+machine': 'legacy autoscaler; prefer docker-autoscaler',
};

/** The image that is proposed for jobs, and stands in examples; the presets have the same. */
export const defaultImage = 'alpine:3.22';

/** The same for Windows containers. */
export const defaultWindowsImage = 'mcr.microsoft.com/windows/servercore:ltsc2022';

/** How much gitlab-runner can be told to log (logrus' levels without `trace`). */
export const logLevels = ['debug', 'info', 'warn', 'error', 'fatal', 'panic'] as const;

export const logFormats = ['runner', 'text', 'json'] as const;

export const pullPolicies = ['always', 'if-not-present', 'never'] as const;

const inContainers: readonly string[] = ['docker', 'docker-autoscaler', 'docker-windows', 'docker+machine'];

/** The tables that only some executors keep (gitlab-runner drops the others when it registers). */
const tableExecutors: Readonly<Record<string, readonly string[]>> = {
  docker: inContainers,
  machine: ['docker+machine'],
  kubernetes: ['kubernetes'],
  ssh: ['ssh', 'parallels', 'virtualbox'],
  parallels: ['parallels'],
  virtualbox: ['virtualbox'],
  custom: ['custom'],
  // gitlab-runner's register loses this table for every executor.
  referees: [],
};

/** The tables below `[[runners]]` that only some executors need. */
export const executorTables: readonly string[] = [
  ...Object.keys(tableExecutors).filter((table) => tableExecutors[table]!.length > 0),
  'autoscaler',
];

/** Whether a TOML path below `[[runners]]` has a place in a runner with this executor. */
export function appliesTo(path: string, executor: string): boolean {
  const [table = path] = /^[^.]*/.exec(path)!;
  return !Object.hasOwn(tableExecutors, table) || tableExecutors[table]!.includes(executor);
}

/** Whether a runner with this executor needs a table below `[[runners]]`, be it empty. */
export const needsTable = (executor: string, table: string): boolean =>
  table === 'autoscaler'
    ? executor === 'instance' || executor === 'docker-autoscaler'
    : Object.hasOwn(tableExecutors, table) && tableExecutors[table]!.includes(executor);

/** The tables below `[[runners]]` that belong to other executors than this one, of those that a runner has. */
export const tablesWithoutUse = (tables: readonly string[], executor: string): string[] =>
  tables.filter((table) => executorTables.includes(table) && !needsTable(executor, table));

/** Whether settings for one executor suit a runner with another: those of docker suit all that use Linux containers of Docker; those for none suit all. */
export const suits = (settings: string, executor: string): boolean =>
  settings === '' ||
  settings === executor ||
  (settings === 'docker' && usesDocker(executor) && executor !== 'docker-windows');

/** Whether the executor runs jobs in Docker containers. */
export const usesDocker = (executor: string | undefined): boolean =>
  executor !== undefined && inContainers.includes(executor);

/** Whether jobs run in containers or pods, which have names of their own. */
export const runsInContainers = (executor: string): boolean =>
  usesDocker(executor) || executor === 'kubernetes';
