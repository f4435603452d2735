import { isTable, textsIn, valueAt } from '../../config/model.ts';
import { nearest } from '../../text/closest.ts';
import { isPlaceholder } from '../../text/expand.ts';
import { editing, type Risk, replacing, type Subject, speaking, type WritingRule } from './rule.ts';

/** The feature flags of gitlab-runner (helpers/featureflags/flags.go), without FF_. */
const names: ReadonlySet<string> = new Set(
  `CLEAN_UP_FAILED_CACHE_EXTRACT CONCRETE DISABLE_AUTOMATIC_TOKEN_ROTATION DISABLE_POWERSHELL_STDIN
  DISABLE_UMASK_FOR_DOCKER_EXECUTOR DISABLE_UMASK_FOR_KUBERNETES_EXECUTOR ENABLE_BASH_EXIT_CODE_CHECK
  ENABLE_JOB_CLEANUP ENABLE_JOB_INPUTS_INTERPOLATION EXPORT_HIGH_CARDINALITY_METRICS GIT_URLS_WITHOUT_TOKENS
  HASH_CACHE_KEYS KUBERNETES_HONOR_ENTRYPOINT LOG_IMAGES_CONFIGURED_FOR_JOB MASK_ALL_DEFAULT_TOKENS
  NETWORK_PER_BUILD POSIXLY_CORRECT_ESCAPES PRINT_POD_EVENTS RESOLVE_FULL_TLS_CHAIN
  RETRIEVE_POD_WARNING_EVENTS SCRIPT_SECTIONS SCRIPT_TO_STEP_MIGRATION SECRET_RESOLVING_FAILS_IF_MISSING
  SET_PERMISSIONS_BEFORE_CLEANUP SKIP_NOOP_BUILD_STAGES SUSPENDABLE_ENVIRONMENTS TEST_FEATURE TIMESTAMPS
  USE_ADAPTIVE_REQUEST_CONCURRENCY USE_ADVANCED_POD_SPEC_CONFIGURATION USE_DIRECT_DOWNLOAD
  USE_DOCKER_AUTOSCALER_DIAL_STDIO USE_DUMB_INIT_WITH_KUBERNETES_EXECUTOR
  USE_DYNAMIC_TRACE_FORCE_SEND_INTERVAL USE_EXPONENTIAL_BACKOFF_STAGE_RETRY USE_FASTZIP
  USE_FLEETING_ACQUIRE_HEARTBEATS USE_GITALY_CORRELATION_ID USE_GIT_BUNDLE_URIS USE_GIT_NATIVE_CLONE
  USE_GIT_PROACTIVE_AUTH USE_IMPROVED_URL_MASKING USE_INIT_WITH_DOCKER_EXECUTOR USE_JOB_ROUTER
  USE_LEGACY_BASH_EVAL USE_LEGACY_GCS_CACHE_ADAPTER USE_LEGACY_KUBERNETES_EXECUTION_STRATEGY
  USE_LEGACY_S3_CACHE_ADAPTER USE_NATIVE_CONTAINER_STOP USE_NEW_BASH_EVAL_STRATEGY
  USE_NEW_SHELL_ESCAPE USE_PARALLEL_ARTIFACT_TRANSFER USE_PARALLEL_CACHE_TRANSFER
  USE_POD_ACTIVE_DEADLINE_SECONDS USE_POWERSHELL_PATH_RESOLVER USE_WINDOWS_JOB_OBJECT
  USE_WINDOWS_LEGACY_PROCESS_STRATEGY WAIT_FOR_POD_TO_BE_REACHABLE`.split(/\s+/),
);

const isFlag = (name: string): boolean => name.startsWith('FF_') && names.has(name.slice(3));

/** The flag that a name must mean; it is told only where it is near. */
function meant(name: string): string | undefined {
  const plain = name.toUpperCase().replaceAll('-', '_').replace(/^FF_/, '');
  const near = names.has(plain) ? plain : nearest(plain, [...names]);
  return near === undefined ? undefined : `FF_${near}`;
}

function* inTable(subject: Subject): Generator<Risk> {
  const flags = valueAt(subject.runner, ['feature_flags']);
  for (const [name, value] of isTable(flags) ? Object.entries(flags) : []) {
    if (isFlag(name) || isPlaceholder(name)) continue;
    const guess = meant(name);
    const old = `feature_flags.${/^[\w-]+$/.test(name) ? name : `"${name}"`}`;
    const set = guess === undefined ? [] : ['--set', `feature_flags.${guess}=${String(value)}`];
    yield {
      // One that is near to nothing may be of a newer gitlab-runner.
      severity: guess === undefined ? 'note' : 'warning',
      rule: 'feature-flag',
      at: subject.at,
      path: ['feature_flags', name],
      message: unknownFlag(name, guess),
      why: 'gitlab-runner ignores it without a message.',
      next: editing(subject, '--unset', old, ...set),
    };
  }
}

// A variable of jobs may have any name, so that only what is near to a flag is told.
function* inEnvironment(subject: Subject): Generator<Risk> {
  for (const item of textsIn(subject.runner, 'environment')) {
    const [, name = '', rest = ''] = /^([Ff][Ff][_-][\w-]+)(=.*)$/s.exec(item) ?? [];
    const guess = name === '' || isFlag(name) || isPlaceholder(item) ? undefined : meant(name);
    if (guess === undefined) continue;
    yield {
      severity: 'warning',
      rule: 'feature-flag',
      at: subject.at,
      path: ['environment'],
      message: unknownFlag(name, guess),
      next: replacing(subject, 'environment', item, `${guess}${rest}`),
    };
  }
}

const unknownFlag = (name: string, guess: string | undefined): string =>
  `unknown feature flag "${name}"${guess === undefined ? '' : `; did you mean ${guess}?`}`;

/** The rules about feature flags that gitlab-runner does not know. */
export const featureFlagRules: readonly WritingRule[] = [
  { id: 'feature-flag', keys: ['feature_flags'], find: inTable },
  { id: 'feature-flag', keys: ['environment'], find: inEnvironment },
].map(speaking);
