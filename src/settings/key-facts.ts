import { keyWords } from './key-words.ts';
import type { Value } from './kinds.ts';
import { type Level, wordsOnKey } from './toml-keys.ts';

/** What is known about a key of config.toml beside its type. */
interface KeyFacts {
  /** What it is for; every key and every table that gitlab-runner knows has one. */
  readonly description: string | undefined;
  /** What gitlab-runner takes when the key is absent, as a value that could stand in the file. */
  readonly default: Value | undefined;
  /** The same in words, where it depends on something. */
  readonly defaultWords: string | undefined;
  /** The version of gitlab-runner that brought it, where its documentation says so. */
  readonly since: string | undefined;
  /** A value, in the words that the setting's kind reads. */
  readonly example: string | undefined;
}

/**
 * What is known about the key or table at a path of config.toml (below `[[runners]]` on the level of runners); positions
 * in lists of tables may stand in the path. A key of which nothing is known has no fact.
 */
export function factsOn(level: Level, path: readonly string[]): KeyFacts {
  const names = path.filter((part) => !/^\d+$/.test(part));
  const key = names.join('.');
  const { is, words, since, example } = facts[level][key] ?? {};
  const description = wordsOnKey(level, names) ?? keyWords(level, names);
  return {
    description,
    default: is,
    defaultWords: words,
    since,
    example: example ?? exampleIn(description ?? '') ?? usualExamples.find(([keys]) => keys.test(key))?.[1],
  };
}

interface Fact {
  readonly is?: Value;
  readonly words?: string;
  readonly since?: string;
  readonly example?: string;
}

const exampleIn = (description: string): string | undefined => /such as `([^`]+)`/.exec(description)?.[1];

const usualExamples: readonly (readonly [keys: RegExp, example: string])[] = [
  [/cpu_(limit|request)_overwrite_max_allowed$/, '2'],
  [/memory_(limit|request)_overwrite_max_allowed$/, '4Gi'],
  [/storage_(limit|request)_overwrite_max_allowed$/, '20Gi'],
  [/(selector|tolerations)_overwrite_allowed$/, 'disktype=.*'],
  [/(labels|annotations)_overwrite_allowed$/, 'team=.*'],
  [/_overwrite_allowed$/, 'ci-.*'],
  [/localhost_profile$/, 'profiles/ci.json'],
  [/_script$/, 'echo "Hello"'],
  [/_args$/, '--verbose'],
];

// As GitLab documents them, and as gitlab-runner 19.4 has them in its source.
const facts: Readonly<Record<Level, Readonly<Record<string, Fact>>>> = {
  global: {
    concurrent: { is: 1, example: '4' },
    check_interval: { is: 3, example: '10' },
    log_level: { is: 'info', example: 'debug' },
    log_format: { is: 'runner', example: 'json' },
    sentry_dsn: { example: 'https://key@sentry.example.com/1' },
    connection_max_age: { is: '15m' },
    shutdown_timeout: { is: 30, example: '60' },
    listen_address: { since: '1.8' },
    'session_server.advertise_address': {
      words: 'session_server.listen_address',
      example: 'runner.example.com:8093',
    },
    'session_server.session_timeout': { is: 1800, example: '3600' },
    machine: { since: '18.10' },
    'machine.shutdown_drain.concurrency': { is: 3, since: '18.10' },
    'machine.shutdown_drain.max_retries': { is: 3, since: '18.10' },
    'machine.shutdown_drain.retry_backoff': { is: '5s', since: '18.10' },
    'machine.shutdown_drain': { since: '18.10' },
    'machine.shutdown_drain.enabled': { since: '18.10' },
  },
  runner: {
    name: { words: 'the host name', example: 'build-1' },
    limit: { is: 0, example: '4' },
    output_limit: { is: 4096 },
    request_concurrency: { is: 1 },
    unhealthy_requests_limit: { is: 3, example: '5' },
    unhealthy_interval: { is: '1h' },
    prepare_timeout: { words: 'the timeout of the job' },
    shell: { words: 'bash, or sh where there is none; pwsh on Windows', example: 'bash' },
    clone_url: { words: 'the GitLab URL' },
    'cache.Type': { example: 's3' },
    cache: { since: '1.1' },
    'cache.s3.AuthenticationType': {
      words: 'access-key with ServerAddress, AccessKey, and SecretKey; else iam',
      example: 'iam',
    },
    'cache.s3.ServerSideEncryption': { since: '15.3' },
    'cache.s3.ServerSideEncryptionKeyID': { since: '15.3', example: 'alias/ci-cache' },
    'cache.s3.DualStack': { is: true, since: '17.5', example: 'false' },
    'cache.s3.Accelerate': { since: '17.5' },
    'cache.s3.PathStyle': { words: 'chosen by ServerAddress', since: '17.5', example: 'true' },
    'cache.s3.UploadRoleARN': { since: '17.5', example: 'arn:aws:iam::123456789012:role/ci-cache' },
    'cache.s3.RoleARN': { since: '17.8' },
    'docker.host': { words: 'DOCKER_HOST, or unix:///var/run/docker.sock' },
    'docker.cpu_shares': { is: 1024 },
    'docker.service_cpu_shares': { is: 1024 },
    'docker.services_limit': { is: -1 },
    'docker.helper_image_flavor': { is: 'alpine', example: 'ubuntu' },
    'docker.pull_policy': { is: ['always'], example: 'if-not-present' },
    'docker.allowed_pull_policies': { words: 'those of pull_policy', example: 'always' },
    'docker.allowed_images': { words: 'all images' },
    'docker.allowed_services': { words: 'all images' },
    'docker.wait_for_services_timeout': { is: 30 },
    'docker.services.command': { since: '13.6' },
    'docker.services.entrypoint': { since: '13.6' },
    'parallels.allowed_images': { words: 'base_name alone', since: '14.2' },
    'virtualbox.allowed_images': { words: 'base_name alone', since: '14.2' },
    'virtualbox.start_type': { is: 'headless' },
    'ssh.port': { is: '22', example: '22' },
    machine: { since: '1.1' },
    'machine.MaxGrowthRate': { is: 0, example: '5' },
    'machine.IdleScaleFactor': { is: 0 },
    'machine.IdleCountMin': { is: 1 },
    'machine.autoscaling.IdleScaleFactor': { is: 0 },
    'machine.autoscaling.IdleCountMin': { is: 1, example: '5' },
    'custom.config_exec_timeout': { is: 3600 },
    'custom.prepare_exec_timeout': { is: 3600 },
    'custom.cleanup_exec_timeout': { is: 3600 },
    'custom.graceful_kill_timeout': { is: 600 },
    'custom.force_kill_timeout': { is: 600 },
    'kubernetes.poll_interval': { is: 3 },
    'kubernetes.poll_timeout': { is: 180 },
    'kubernetes.cleanup_resources_timeout': { is: '5m' },
    'kubernetes.resource_availability_check_max_attempts': { is: 5 },
    'kubernetes.helper_image_flavor': { is: 'alpine', example: 'ubuntu' },
    'kubernetes.dns_policy': { is: 'cluster-first' },
    'kubernetes.pull_policy': { words: 'the default of the cluster', example: 'if-not-present' },
    'kubernetes.allowed_pull_policies': { words: 'those of pull_policy', example: 'always' },
    'kubernetes.allowed_images': { words: 'all images' },
    'kubernetes.allowed_services': { words: 'all images' },
    'kubernetes.allowed_users': { words: 'all users' },
    'kubernetes.allowed_groups': { words: 'all groups' },
    'kubernetes.priority_class_name': { words: 'the default of the cluster', example: 'ci' },
    autoscaler: { since: '15.10' },
    'autoscaler.max_instances': { is: 0, since: '15.10' },
    'autoscaler.delete_instances_on_shutdown': { since: '15.11' },
    'autoscaler.instance_ready_command': { since: '16.11' },
    'autoscaler.instance_acquire_timeout': { is: '15m', since: '18.1' },
    'autoscaler.update_interval': { is: '1m', since: '16.11' },
    'autoscaler.update_interval_when_expecting': { is: '2s', since: '16.11' },
    'autoscaler.deletion_retry_interval': { is: '1m', since: '18.4' },
    'autoscaler.shutdown_deletion_interval': { is: '10s', since: '18.4' },
    'autoscaler.shutdown_deletion_retries': { is: 3, since: '18.4' },
    'autoscaler.failure_threshold': { is: 3, since: '18.4' },
    'autoscaler.log_internal_ip': { since: '18.1' },
    'autoscaler.log_external_ip': { since: '18.1' },
    'autoscaler.scale_throttle': { since: '17.0' },
    'autoscaler.scale_throttle.limit': { is: 100, since: '17.0' },
    'autoscaler.scale_throttle.burst': {
      words: 'max_instances, or scale_throttle.limit without it',
      since: '17.0',
    },
    'autoscaler.state_storage': { since: '17.5' },
    'autoscaler.state_storage.dir': { words: '.taskscaler beside config.toml', since: '17.5' },
    'autoscaler.policy.periods': { is: ['* * * * *'] },
    'autoscaler.policy.timezone': { words: 'the time zone of the host' },
    'autoscaler.policy.scale_factor': { is: 0 },
    'autoscaler.connector_config.protocol': { words: 'winrm for Windows, else ssh', example: 'ssh' },
    'autoscaler.connector_config.protocol_port': {
      words: '22 for ssh, 5985 for winrm, 5986 for winrm+https',
    },
    'tls-ca-file': { example: '/etc/gitlab-runner/certs/gitlab.example.com.crt' },
    'tls-cert-file': { example: '/etc/gitlab-runner/certs/gitlab.example.com.auth.crt' },
    'tls-key-file': { example: '/etc/gitlab-runner/certs/gitlab.example.com.auth.key' },
    step_runner_image: { example: 'registry.gitlab.com/gitlab-org/step-runner:v0' },
    'cache.gcs.AccessID': { example: 'ci@example.iam.gserviceaccount.com' },
    'cache.gcs.CredentialsFile': { example: '/etc/gitlab-runner/gcs.json' },
    'cache.gcs.BucketName': { example: 'ci-cache' },
    'cache.gcs.UniverseDomain': { example: 'googleapis.com' },
    'cache.azure.AccountName': { example: 'cicache' },
    'cache.azure.ContainerName': { example: 'runner-cache' },
    'ssh.host': { example: 'build.example.com' },
    'docker.tls_cert_path': { example: '/etc/gitlab-runner/docker' },
    'docker.hostname': { example: 'ci' },
    'docker.allowed_users': { example: '1000' },
    'docker.group_add': { example: 'docker' },
    'docker.userns_mode': { example: 'host' },
    'docker.helper_image': {
      example: 'registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:x86_64-latest',
    },
    'parallels.base_name': { example: 'macos-15' },
    'parallels.template_name': { example: 'macos-15-template' },
    'virtualbox.base_name': { example: 'debian-13' },
    'virtualbox.base_snapshot': { example: 'clean' },
    'virtualbox.base_folder': { example: '/srv/virtualbox' },
    'kubernetes.context': { example: 'ci' },
    'kubernetes.cert_file': { example: '/etc/gitlab-runner/kube.crt' },
    'kubernetes.key_file': { example: '/etc/gitlab-runner/kube.key' },
    'kubernetes.ca_file': { example: '/etc/gitlab-runner/kube-ca.crt' },
    'kubernetes.helper_image': {
      example: 'registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:x86_64-latest',
    },
    'kubernetes.scheduler_name': { example: 'default-scheduler' },
    'kubernetes.suspend_pvc_storage_class': { example: 'standard' },
    'kubernetes.pod_spec.patch_type': { example: 'merge' },
    'autoscaler.connector_config.username': { example: 'ubuntu' },
    'autoscaler.vm_isolation.nesting_config': { example: 'image_dir=/var/lib/images' },
    'autoscaler.vm_isolation.connector_config.protocol': { example: 'ssh' },
    'autoscaler.plugin': { since: '15.10' },
    'autoscaler.capacity_per_instance': { since: '15.10' },
    'autoscaler.max_use_count': { since: '15.10' },
    'autoscaler.plugin_config': { since: '15.10' },
    'autoscaler.state_storage.enabled': { since: '17.5' },
    'autoscaler.state_storage.keep_instance_with_acquisitions': { since: '17.5' },
  },
};
