import { usesDocker } from '../settings/executors.ts';

/** The settings that people change, by their path below `[[runners]]`: those of the executor first, then those of every one. */
export function commonPaths(executor: string): string[] {
  const own = usesDocker(executor) ? docker : [];
  return [...own, ...(byExecutor[executor] ?? []), ...every];
}

/** The settings at the top of the file that people change. */
export const commonGlobals: readonly string[] = [
  'concurrent',
  'check_interval',
  'log_level',
  'log_format',
  'listen_address',
  'sentry_dsn',
  'connection_max_age',
  'shutdown_timeout',
  'session_server.listen_address',
  'session_server.advertise_address',
  'session_server.session_timeout',
];

const every = [
  'name',
  'executor',
  'limit',
  'request_concurrency',
  'environment',
  'output_limit',
  'shell',
  'pre_get_sources_script',
  'post_get_sources_script',
  'pre_build_script',
  'post_build_script',
  'feature_flags',
  'cache.Type',
  'cache.Path',
  'cache.Shared',
];

const docker = [
  'docker.image',
  'docker.privileged',
  'docker.volumes',
  'docker.pull_policy',
  'docker.extra_hosts',
  'docker.network_mode',
  'docker.allowed_images',
  'docker.services_privileged',
  'docker.memory',
  'docker.cpus',
];

const ssh = ['ssh.host', 'ssh.port', 'ssh.user', 'ssh.identity_file'];
const scaling = [
  'autoscaler.plugin',
  'autoscaler.max_instances',
  'autoscaler.capacity_per_instance',
  'autoscaler.max_use_count',
];

const byExecutor: Readonly<Record<string, readonly string[]>> = {
  kubernetes: [
    'kubernetes.image',
    'kubernetes.namespace',
    'kubernetes.privileged',
    'kubernetes.pull_policy',
    'kubernetes.cpu_request',
    'kubernetes.cpu_limit',
    'kubernetes.memory_request',
    'kubernetes.memory_limit',
    'kubernetes.service_account',
  ],
  ssh,
  virtualbox: ['virtualbox.base_name', ...ssh],
  parallels: ['parallels.base_name', ...ssh],
  custom: ['custom.config_exec', 'custom.prepare_exec', 'custom.run_exec', 'custom.cleanup_exec'],
  instance: scaling,
  'docker-autoscaler': scaling,
  'docker+machine': ['machine.MachineDriver', 'machine.MachineName', 'machine.IdleCount', 'machine.IdleTime'],
};
