/** What the caller knows of the program, the machine and the runner. */
interface InfoGiven {
  name: string;
  version: string;
  /** Node's word for the system, such as win32. */
  platform: string;
  /** Node's word for the processor, such as x64. */
  architecture: string;
  executor?: string;
  shell?: string;
  gpus?: string;
}

/** The `info` of a request to GitLab. */
export interface RunnerInfo {
  name: string;
  version: string;
  platform: string;
  architecture: string;
  executor?: string;
  shell?: string;
  features: Record<string, boolean>;
  config: { gpus: string };
}

/**
 * Takes what is known; gives the `info` body as gitlab-runner sends it: without an executor (POST /runners) only
 * what every runner can do, with one (verify) also what the executor and its shell can do.
 */
export function runnerInfo(given: InfoGiven): RunnerInfo {
  const { name, version, executor, gpus = '' } = given;
  const platform = goPlatforms[given.platform] ?? given.platform;
  const architecture = goArchitectures[given.architecture] ?? given.architecture;
  const common = { name, version, platform, architecture };
  if (executor === undefined) return { ...common, features: featureTable(always), config: { gpus } };
  const shell = given.shell ?? defaultShell(executor, platform);
  const able = [...always, ...executorFeatures(executor, platform), ...shellFeatures];
  return { ...common, executor, shell, features: featureTable(able), config: { gpus } };
}

const goPlatforms: Record<string, string> = { win32: 'windows', sunos: 'solaris' };
const goArchitectures: Record<string, string> = {
  x64: 'amd64',
  ia32: '386',
  mipsel: 'mipsle',
  ppc64: 'ppc64le',
};

const always = words(
  'trace_reset trace_checksum trace_size cancelable cancel_gracefully two_phase_job_commit job_inputs',
);
const shellFeatures = words(
  'artifacts upload_multiple_artifacts upload_raw_artifacts cache fallback_cache_keys refspecs masking raw_variables',
  'artifacts_exclude multi_build_steps vault_secrets return_exit_code',
);
const docker = words(
  'variables image services image_executor_opts service_executor_opts service_multiple_aliases service_variables',
  'session terminal native_steps_integration',
);
const kubernetes = words(
  'variables image services artifacts cache session terminal proxy service_variables service_multiple_aliases',
  'image_executor_opts service_executor_opts',
);

// The names and their order are those of FeaturesInfo in gitlab-runner (common/network.go).
const every = words(
  'variables image services artifacts cache fallback_cache_keys shared upload_multiple_artifacts upload_raw_artifacts',
  'session terminal refspecs masking proxy raw_variables artifacts_exclude multi_build_steps trace_reset trace_checksum',
  'trace_size vault_secrets cancelable return_exit_code service_variables service_multiple_aliases image_executor_opts',
  'service_executor_opts cancel_gracefully native_steps_integration two_phase_job_commit job_inputs',
);

function executorFeatures(executor: string, platform: string): string[] {
  const shared = ['variables', 'shared'];
  switch (executor) {
    case 'docker':
    case 'docker+machine':
    case 'docker-autoscaler':
      return docker;
    case 'docker-windows':
      return docker.filter((feature) => feature !== 'native_steps_integration');
    case 'kubernetes':
      return kubernetes;
    case 'shell':
      return platform === 'windows' ? shared : [...shared, 'session', 'terminal'];
    case 'custom':
    case 'ssh':
    case 'instance':
      return shared;
    default:
      return ['variables'];
  }
}

function defaultShell(executor: string, platform: string): string {
  return platform === 'windows' && (executor === 'shell' || executor === 'custom') ? 'pwsh' : 'bash';
}

function featureTable(able: readonly string[]): Record<string, boolean> {
  return Object.fromEntries(every.map((feature) => [feature, able.includes(feature)]));
}

function words(...lines: string[]): string[] {
  return lines.flatMap((line) => line.split(' '));
}
