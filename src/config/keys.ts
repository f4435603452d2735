import { isTable, type Table, type Value } from './model.ts';

/** How a value is written in TOML; `policies` is a list that may also stand as one comma-separated string. */
export type ValueType =
  | 'string'
  | 'int'
  | 'float'
  | 'bool'
  | 'datetime'
  | 'duration'
  | 'string[]'
  | 'int[]'
  | 'float[]'
  | 'policies'
  | 'map<string,string>'
  | 'map<string,bool>'
  | 'map<string,int>'
  | 'map<string,string[]>'
  | 'map<string,any>';

/**
 * When gitlab-runner writes a key: `always`, or when the value is `nonempty`, `nonzero`, `true`, `set` at all,
 * `not-nil` (an empty list is written), `set-nonzero`, or, for a table, `filled` (one of its fields is not empty).
 */
type Written = 'always' | 'nonempty' | 'nonzero' | 'true' | 'set' | 'not-nil' | 'set-nonzero' | 'filled';

export interface ValueKey {
  readonly kind: 'value';
  readonly type: ValueType;
  readonly written: Written;
}

interface TableKey {
  readonly kind: 'table' | 'tables';
  readonly written: Written;
  readonly keys: Keys;
}

export type Key = ValueKey | TableKey;

/** The keys of one table in the order gitlab-runner writes them; a value key stands as `'type written'`. */
export type Keys = { readonly [name: string]: `${ValueType} ${Written}` | TableKey };

/** Reads one entry of a `Keys` table; `undefined` when the table does not know the name. */
export function keyOf(keys: Keys, name: string): Key | undefined {
  if (!Object.hasOwn(keys, name)) return undefined;
  const entry = keys[name]!;
  return typeof entry === 'string' ? valueKey(entry) : entry;
}

function valueKey(words: string): ValueKey {
  const known = valueKeys.get(words);
  if (known !== undefined) return known;
  const [type, written] = words.split(' ') as [ValueType, Written];
  const made: ValueKey = { kind: 'value', type, written };
  valueKeys.set(words, made);
  return made;
}

const valueKeys = new Map<string, ValueKey>();

/** Compares two key names as Go does when no key matches exactly: letters alike, whatever their case. */
export function sameName(left: string, right: string): boolean {
  return left === right || folded(left) === folded(right);
}

function folded(name: string): string {
  const known = foldedNames.get(name);
  if (known !== undefined) return known;
  const made = name.toUpperCase().toLowerCase();
  foldedNames.set(name, made);
  return made;
}

const foldedNames = new Map<string, string>();

const table = (written: Written, keys: Keys): TableKey => ({ kind: 'table', written, keys });
const tables = (keys: Keys): TableKey => ({ kind: 'tables', written: 'nonempty', keys });

const servicesKeys: Keys = {
  name: 'string always',
  alias: 'string nonempty',
  command: 'string[] not-nil',
  entrypoint: 'string[] not-nil',
  environment: 'string[] nonempty',
  suspend_data_path: 'string nonempty',
};

const matchExpressionsKeys: Keys = {
  key: 'string nonempty',
  operator: 'string nonempty',
  values: 'string[] nonempty',
};

const nodeSelectorTermsKeys: Keys = {
  match_expressions: tables(matchExpressionsKeys),
  match_fields: tables(matchExpressionsKeys),
};

const labelSelectorKeys: Keys = {
  match_labels: 'map<string,string> nonempty',
  match_expressions: tables(matchExpressionsKeys),
};

const requiredDuringSchedulingIgnoredDuringExecutionKeys: Keys = {
  label_selector: table('set', labelSelectorKeys),
  namespaces: 'string[] nonempty',
  topology_key: 'string nonempty',
  namespace_selector: table('set', labelSelectorKeys),
  match_label_keys: 'string[] nonempty',
  mismatch_label_keys: 'string[] nonempty',
};

const preferredDuringSchedulingIgnoredDuringExecutionKeys: Keys = {
  weight: 'int always',
  pod_affinity_term: table('always', requiredDuringSchedulingIgnoredDuringExecutionKeys),
};

const podAffinityKeys: Keys = {
  required_during_scheduling_ignored_during_execution: tables(
    requiredDuringSchedulingIgnoredDuringExecutionKeys,
  ),
  preferred_during_scheduling_ignored_during_execution: tables(
    preferredDuringSchedulingIgnoredDuringExecutionKeys,
  ),
};

const seccompProfileKeys: Keys = {
  type: 'string nonempty',
  localhost_profile: 'string nonempty',
};

const capabilitiesKeys: Keys = {
  add: 'string[] not-nil',
  drop: 'string[] not-nil',
};

const initPermissionsContainerSecurityContextKeys: Keys = {
  capabilities: table('set', capabilitiesKeys),
  privileged: 'bool set',
  run_as_user: 'int set',
  run_as_group: 'int set',
  run_as_non_root: 'bool set',
  read_only_root_filesystem: 'bool set',
  allow_privilege_escalation: 'bool set',
  selinux_type: 'string nonempty',
  proc_mount: 'string nonempty',
  seccomp_profile: table('set', seccompProfileKeys),
  app_armor_profile: table('set', seccompProfileKeys),
};

const configMapKeys: Keys = {
  name: 'string always',
  mount_path: 'string always',
  sub_path: 'string nonempty',
  read_only: 'bool true',
  items: 'map<string,string> nonempty',
};

const httpHeadersKeys: Keys = {
  name: 'string always',
  value: 'string always',
};

const httpGetKeys: Keys = {
  host: 'string always',
  http_headers: tables(httpHeadersKeys),
  path: 'string always',
  port: 'int always',
  scheme: 'string always',
};

const tcpSocketKeys: Keys = {
  host: 'string always',
  port: 'int always',
};

const postStartKeys: Keys = {
  exec: table('set', {
    command: 'string[] not-nil',
  }),
  http_get: table('set', httpGetKeys),
  tcp_socket: table('set', tcpSocketKeys),
};

const policyKeys: Keys = {
  periods: 'string[] nonempty',
  timezone: 'string nonempty',
  idle_count: 'int always',
  idle_time: 'duration always',
  scale_factor: 'float always',
  scale_factor_limit: 'int always',
  preemptive_mode: 'bool set',
};

const connectorConfigKeys: Keys = {
  os: 'string nonempty',
  arch: 'string nonempty',
  protocol: 'string nonempty',
  protocol_port: 'int always',
  username: 'string nonempty',
  password: 'string nonempty',
  key_path: 'string nonempty',
  use_static_credentials: 'bool true',
  keepalive: 'duration always',
  timeout: 'duration always',
  use_external_addr: 'bool true',
};

/** The keys at the top of config.toml and of its global tables, as gitlab-runner has them. */
export const globalKeys: Keys = {
  listen_address: 'string nonempty',
  session_server: table('filled', {
    listen_address: 'string nonempty',
    advertise_address: 'string nonempty',
    session_timeout: 'int always',
  }),
  labels: 'map<string,string> nonempty',
  concurrent: 'int always',
  check_interval: 'int always',
  log_level: 'string set',
  log_format: 'string set',
  user: 'string nonempty',
  sentry_dsn: 'string set',
  connection_max_age: 'duration set',
  machine: table('set', {
    shutdown_drain: table('set', {
      enabled: 'bool true',
      concurrency: 'int always',
      max_retries: 'int always',
      retry_backoff: 'duration always',
    }),
  }),
  experimental: table('set', {
    usage_logger: table('always', {
      enabled: 'bool always',
      writers: 'string[] nonempty',
      logrotate: table('filled', {
        log_dir: 'string nonempty',
        max_backup_files: 'int set',
        max_rotation_age: 'duration set',
        labels: 'map<string,string> nonempty',
      }),
      snowplow_billing: table('filled', {
        collector_uri: 'string nonempty',
        app_id: 'string nonempty',
        category: 'string nonempty',
        realm: 'string nonempty',
        deployment_type: 'string nonempty',
        metadata: 'map<string,string> nonempty',
        enable_oidc: 'bool true',
        batch_delivery_duration_buckets: 'float[] nonempty',
        skip_oidc_if_unsupported_cloud: 'bool set',
        skip_runner_system_failure: 'bool set',
      }),
      log_dir: 'string nonempty',
      max_backup_files: 'int set',
      max_rotation_age: 'duration set',
      labels: 'map<string,string> nonempty',
    }),
  }),
  shutdown_timeout: 'int always',
};

/** Every key below `[[runners]]`, as gitlab-runner has them. */
export const runnerKeys: Keys = {
  name: 'string always',
  limit: 'int nonzero',
  output_limit: 'int nonzero',
  request_concurrency: 'int nonzero',
  strict_check_interval: 'bool set',
  unhealthy_requests_limit: 'int nonzero',
  unhealthy_interval: 'duration set-nonzero',
  job_status_final_update_retry_limit: 'int nonzero',
  experimental: table('set', {
    boot_verify: table('set', {
      enabled: 'bool true',
      timeout: 'duration always',
      acquire_min_backoff: 'duration always',
      acquire_max_backoff: 'duration always',
    }),
  }),
  url: 'string always',
  id: 'int always',
  token: 'string always',
  token_obtained_at: 'datetime always',
  token_expires_at: 'datetime always',
  'tls-ca-file': 'string nonempty',
  'tls-cert-file': 'string nonempty',
  'tls-key-file': 'string nonempty',
  labels: 'map<string,string> nonempty',
  executor: 'string always',
  builds_dir: 'string nonempty',
  cache_dir: 'string nonempty',
  clone_url: 'string nonempty',
  environment: 'string[] nonempty',
  proxy_exec: 'bool set',
  pre_get_sources_script: 'string nonempty',
  post_get_sources_script: 'string nonempty',
  pre_build_script: 'string nonempty',
  post_build_script: 'string nonempty',
  prepare_timeout: 'duration set',
  get_sources_timeout: 'duration set',
  debug_trace_disabled: 'bool true',
  safe_directory_checkout: 'bool set',
  clean_git_config: 'bool set',
  shell: 'string nonempty',
  custom_build_dir: table('filled', {
    enabled: 'bool set',
  }),
  referees: table('set', {
    metrics: table('set', {
      prometheus_address: 'string nonempty',
      query_interval: 'int always',
      queries: 'string[] not-nil',
    }),
  }),
  cache: table('set', {
    Type: 'string nonempty',
    Path: 'string nonempty',
    Shared: 'bool true',
    MaxUploadedArchiveSize: 'int always',
    s3: table('set', {
      ServerAddress: 'string nonempty',
      AccessKey: 'string nonempty',
      SecretKey: 'string nonempty',
      SessionToken: 'string nonempty',
      BucketName: 'string nonempty',
      BucketLocation: 'string nonempty',
      Insecure: 'bool true',
      AuthenticationType: 'string nonempty',
      ServerSideEncryption: 'string nonempty',
      ServerSideEncryptionKeyID: 'string nonempty',
      DualStack: 'bool set',
      PathStyle: 'bool set',
      Accelerate: 'bool true',
      RoleARN: 'string nonempty',
      UploadRoleARN: 'string nonempty',
      AssumeRoleMaxConcurrency: 'int always',
      DisableAssumeRoleCredentialsCaching: 'bool true',
    }),
    gcs: table('set', {
      AccessID: 'string nonempty',
      PrivateKey: 'string nonempty',
      CredentialsFile: 'string nonempty',
      BucketName: 'string nonempty',
      UniverseDomain: 'string nonempty',
    }),
    azure: table('set', {
      AccountName: 'string nonempty',
      AccountKey: 'string nonempty',
      ContainerName: 'string nonempty',
      StorageDomain: 'string nonempty',
    }),
  }),
  artifact: table('filled', {
    upload_timeout: 'duration set',
    response_header_timeout: 'duration set',
  }),
  feature_flags: 'map<string,bool> not-nil',
  monitoring: table('set', {
    job_queuing_durations: tables({
      periods: 'string[] not-nil',
      timezone: 'string always',
      threshold: 'duration always',
      jobs_running_for_project: 'string nonempty',
    }),
  }),
  use_slot_cgroups: 'bool true',
  slot_cgroup_template: 'string nonempty',
  instance: table('set', {
    allowed_images: 'string[] nonempty',
    use_common_build_dir: 'bool true',
  }),
  ssh: table('set', {
    user: 'string nonempty',
    password: 'string nonempty',
    host: 'string nonempty',
    port: 'string nonempty',
    identity_file: 'string nonempty',
    disable_strict_host_key_checking: 'bool set',
    known_hosts_file: 'string nonempty',
  }),
  docker: table('set', {
    host: 'string nonempty',
    tls_cert_path: 'string nonempty',
    tls_verify: 'bool always',
    hostname: 'string nonempty',
    image: 'string always',
    runtime: 'string nonempty',
    memory: 'string nonempty',
    memory_swap: 'string nonempty',
    memory_reservation: 'string nonempty',
    cgroup_parent: 'string nonempty',
    cpuset_cpus: 'string nonempty',
    cpuset_mems: 'string nonempty',
    cpus: 'string nonempty',
    cpu_shares: 'int nonzero',
    dns: 'string[] nonempty',
    dns_search: 'string[] nonempty',
    privileged: 'bool always',
    services_privileged: 'bool set',
    disable_entrypoint_overwrite: 'bool always',
    user: 'string nonempty',
    allowed_users: 'string[] nonempty',
    group_add: 'string[] not-nil',
    userns_mode: 'string nonempty',
    cap_add: 'string[] not-nil',
    cap_drop: 'string[] not-nil',
    oom_kill_disable: 'bool always',
    oom_score_adjust: 'int nonzero',
    security_opt: 'string[] not-nil',
    services_security_opt: 'string[] not-nil',
    devices: 'string[] not-nil',
    device_cgroup_rules: 'string[] nonempty',
    gpus: 'string nonempty',
    services_devices: 'map<string,string[]> nonempty',
    disable_cache: 'bool always',
    volumes: 'string[] nonempty',
    volume_keep: 'bool always',
    volume_driver: 'string nonempty',
    volume_driver_ops: 'map<string,string> nonempty',
    cache_dir: 'string nonempty',
    extra_hosts: 'string[] nonempty',
    volumes_from: 'string[] nonempty',
    network_mode: 'string nonempty',
    pid_mode: 'string nonempty',
    ipcmode: 'string nonempty',
    mac_address: 'string nonempty',
    links: 'string[] nonempty',
    services: tables(servicesKeys),
    services_limit: 'int set',
    service_memory: 'string nonempty',
    service_memory_swap: 'string nonempty',
    service_memory_reservation: 'string nonempty',
    service_cgroup_parent: 'string nonempty',
    service_slot_cgroup_template: 'string nonempty',
    service_cpuset_cpus: 'string nonempty',
    service_cpus: 'string nonempty',
    service_cpu_shares: 'int nonzero',
    service_gpus: 'string nonempty',
    wait_for_services_timeout: 'int nonzero',
    allowed_images: 'string[] nonempty',
    allowed_privileged_images: 'string[] nonempty',
    allowed_privileged_services: 'string[] nonempty',
    allowed_pull_policies: 'string[] nonempty',
    allowed_services: 'string[] nonempty',
    pull_policy: 'policies nonempty',
    isolation: 'string nonempty',
    shm_size: 'int always',
    tmpfs: 'map<string,string> nonempty',
    services_tmpfs: 'map<string,string> nonempty',
    sysctls: 'map<string,string> nonempty',
    helper_image: 'string nonempty',
    helper_image_flavor: 'string nonempty',
    container_labels: 'map<string,string> nonempty',
    enable_ipv6: 'bool true',
    ulimit: 'map<string,string> nonempty',
    network_mtu: 'int always',
    log_options: 'map<string,string> nonempty',
  }),
  parallels: table('set', {
    base_name: 'string always',
    template_name: 'string nonempty',
    disable_snapshots: 'bool always',
    time_server: 'string nonempty',
    allowed_images: 'string[] nonempty',
  }),
  virtualbox: table('set', {
    base_name: 'string always',
    base_snapshot: 'string nonempty',
    base_folder: 'string always',
    disable_snapshots: 'bool always',
    allowed_images: 'string[] nonempty',
    start_type: 'string always',
  }),
  machine: table('set', {
    MaxGrowthRate: 'int nonzero',
    IdleCount: 'int always',
    IdleScaleFactor: 'float always',
    IdleCountMin: 'int always',
    IdleTime: 'int nonzero',
    MaxBuilds: 'int nonzero',
    MachineDriver: 'string always',
    MachineName: 'string always',
    MachineOptions: 'string[] not-nil',
    MachineOptionsWithName: 'string[] not-nil',
    MaxRemovalAttempts: 'int nonzero',
    OffPeakPeriods: 'string[] nonempty',
    OffPeakTimezone: 'string nonempty',
    OffPeakIdleCount: 'int nonzero',
    OffPeakIdleTime: 'int nonzero',
    autoscaling: tables({
      Periods: 'string[] not-nil',
      Timezone: 'string always',
      IdleCount: 'int always',
      IdleScaleFactor: 'float always',
      IdleCountMin: 'int always',
      IdleTime: 'int always',
    }),
  }),
  kubernetes: table('set', {
    host: 'string always',
    context: 'string nonempty',
    cert_file: 'string nonempty',
    key_file: 'string nonempty',
    ca_file: 'string nonempty',
    bearer_token_overwrite_allowed: 'bool always',
    bearer_token: 'string nonempty',
    image: 'string always',
    namespace: 'string always',
    namespace_overwrite_allowed: 'string always',
    namespace_per_job: 'bool always',
    privileged: 'bool set',
    runtime_class_name: 'string set',
    allow_privilege_escalation: 'bool set',
    cpu_limit: 'string nonempty',
    cpu_limit_overwrite_max_allowed: 'string nonempty',
    cpu_request: 'string nonempty',
    cpu_request_overwrite_max_allowed: 'string nonempty',
    memory_limit: 'string nonempty',
    memory_limit_overwrite_max_allowed: 'string nonempty',
    memory_request: 'string nonempty',
    memory_request_overwrite_max_allowed: 'string nonempty',
    ephemeral_storage_limit: 'string nonempty',
    ephemeral_storage_limit_overwrite_max_allowed: 'string nonempty',
    ephemeral_storage_request: 'string nonempty',
    ephemeral_storage_request_overwrite_max_allowed: 'string nonempty',
    service_cpu_limit: 'string nonempty',
    service_cpu_limit_overwrite_max_allowed: 'string nonempty',
    service_cpu_request: 'string nonempty',
    service_cpu_request_overwrite_max_allowed: 'string nonempty',
    service_memory_limit: 'string nonempty',
    service_memory_limit_overwrite_max_allowed: 'string nonempty',
    service_memory_request: 'string nonempty',
    service_memory_request_overwrite_max_allowed: 'string nonempty',
    service_ephemeral_storage_limit: 'string nonempty',
    service_ephemeral_storage_limit_overwrite_max_allowed: 'string nonempty',
    service_ephemeral_storage_request: 'string nonempty',
    service_ephemeral_storage_request_overwrite_max_allowed: 'string nonempty',
    helper_cpu_limit: 'string nonempty',
    helper_cpu_limit_overwrite_max_allowed: 'string nonempty',
    helper_cpu_request: 'string nonempty',
    helper_cpu_request_overwrite_max_allowed: 'string nonempty',
    helper_memory_limit: 'string nonempty',
    helper_memory_limit_overwrite_max_allowed: 'string nonempty',
    helper_memory_request: 'string nonempty',
    helper_memory_request_overwrite_max_allowed: 'string nonempty',
    helper_ephemeral_storage_limit: 'string nonempty',
    helper_ephemeral_storage_limit_overwrite_max_allowed: 'string nonempty',
    helper_ephemeral_storage_request: 'string nonempty',
    helper_ephemeral_storage_request_overwrite_max_allowed: 'string nonempty',
    pod_cpu_limit: 'string nonempty',
    pod_cpu_limit_overwrite_max_allowed: 'string nonempty',
    pod_cpu_request: 'string nonempty',
    pod_cpu_request_overwrite_max_allowed: 'string nonempty',
    pod_memory_limit: 'string nonempty',
    pod_memory_limit_overwrite_max_allowed: 'string nonempty',
    pod_memory_request: 'string nonempty',
    pod_memory_request_overwrite_max_allowed: 'string nonempty',
    allowed_images: 'string[] nonempty',
    allowed_pull_policies: 'string[] nonempty',
    allowed_services: 'string[] nonempty',
    allowed_users: 'string[] nonempty',
    allowed_groups: 'string[] nonempty',
    pull_policy: 'policies nonempty',
    node_selector: 'map<string,string> nonempty',
    node_selector_overwrite_allowed: 'string always',
    node_tolerations: 'map<string,string> nonempty',
    node_tolerations_overwrite_allowed: 'string always',
    affinity: table('filled', {
      node_affinity: table('set', {
        required_during_scheduling_ignored_during_execution: table('set', {
          node_selector_terms: tables(nodeSelectorTermsKeys),
        }),
        preferred_during_scheduling_ignored_during_execution: tables({
          weight: 'int always',
          preference: table('always', nodeSelectorTermsKeys),
        }),
      }),
      pod_affinity: table('set', podAffinityKeys),
      pod_anti_affinity: table('set', podAffinityKeys),
    }),
    image_pull_secrets: 'string[] nonempty',
    use_service_account_image_pull_secrets: 'bool true',
    helper_image: 'string nonempty',
    helper_image_flavor: 'string nonempty',
    helper_image_autoset_arch_and_os: 'bool true',
    pod_termination_grace_period_seconds: 'int set-nonzero',
    cleanup_grace_period_seconds: 'int set',
    cleanup_resources_timeout: 'duration set-nonzero',
    poll_interval: 'int nonzero',
    poll_timeout: 'int nonzero',
    resource_availability_check_max_attempts: 'int nonzero',
    retry_limit: 'int nonzero',
    retry_backoff_max: 'int nonzero',
    retry_limits: 'map<string,int> not-nil',
    pod_labels: 'map<string,string> nonempty',
    pod_labels_overwrite_allowed: 'string always',
    scheduler_name: 'string nonempty',
    service_account: 'string nonempty',
    service_account_overwrite_allowed: 'string always',
    automount_service_account_token: 'bool set',
    pod_annotations: 'map<string,string> nonempty',
    pod_annotations_overwrite_allowed: 'string always',
    pod_security_context: table('filled', {
      fs_group: 'int set',
      run_as_group: 'int set',
      run_as_non_root: 'bool set',
      run_as_user: 'int set',
      supplemental_groups: 'int[] nonempty',
      selinux_type: 'string nonempty',
      seccomp_profile: table('set', seccompProfileKeys),
      app_armor_profile: table('set', seccompProfileKeys),
    }),
    init_permissions_container_security_context: table('filled', initPermissionsContainerSecurityContextKeys),
    build_container_security_context: table('filled', initPermissionsContainerSecurityContextKeys),
    helper_container_security_context: table('filled', initPermissionsContainerSecurityContextKeys),
    service_container_security_context: table('filled', initPermissionsContainerSecurityContextKeys),
    volumes: table('always', {
      host_path: tables({
        name: 'string always',
        mount_path: 'string always',
        sub_path: 'string nonempty',
        read_only: 'bool true',
        host_path: 'string nonempty',
        mount_propagation: 'string set',
      }),
      pvc: tables({
        name: 'string always',
        mount_path: 'string always',
        sub_path: 'string nonempty',
        read_only: 'bool true',
        mount_propagation: 'string set',
      }),
      config_map: tables(configMapKeys),
      secret: tables(configMapKeys),
      empty_dir: tables({
        name: 'string always',
        mount_path: 'string always',
        sub_path: 'string nonempty',
        medium: 'string nonempty',
        size_limit: 'string nonempty',
        mount_propagation: 'string set',
      }),
      csi: tables({
        name: 'string always',
        mount_path: 'string always',
        sub_path: 'string nonempty',
        driver: 'string always',
        fs_type: 'string always',
        read_only: 'bool true',
        volume_attributes: 'map<string,string> nonempty',
      }),
      nfs: tables({
        name: 'string always',
        mount_path: 'string always',
        sub_path: 'string nonempty',
        server: 'string always',
        path: 'string always',
        read_only: 'bool true',
      }),
    }),
    host_aliases: tables({
      ip: 'string always',
      hostnames: 'string[] not-nil',
    }),
    services: tables(servicesKeys),
    cap_add: 'string[] not-nil',
    cap_drop: 'string[] not-nil',
    suspend_pvc_size: 'string nonempty',
    suspend_pvc_storage_class: 'string nonempty',
    dns_policy: 'string nonempty',
    dns_config: table('always', {
      nameservers: 'string[] not-nil',
      options: tables({
        name: 'string always',
        value: 'string set',
      }),
      searches: 'string[] not-nil',
    }),
    container_lifecycle: table('filled', {
      post_start: table('set', postStartKeys),
      pre_stop: table('set', postStartKeys),
    }),
    priority_class_name: 'string nonempty',
    pod_spec: tables({
      name: 'string always',
      patch_path: 'string always',
      patch: 'string always',
      patch_type: 'string always',
    }),
    logs_base_dir: 'string nonempty',
    scripts_base_dir: 'string nonempty',
    print_pod_warning_events: 'bool set',
    pod_disruption_budget: 'bool set',
    autoscaler: table('set', {
      max_pause_pods: 'int always',
      pause_pod_image: 'string nonempty',
      pause_pod_priority_class_name: 'string nonempty',
      policy: tables(policyKeys),
      pause_pod_image_pull_secrets: 'string[] nonempty',
    }),
  }),
  custom: table('set', {
    config_exec: 'string nonempty',
    config_args: 'string[] nonempty',
    config_exec_timeout: 'int set',
    prepare_exec: 'string nonempty',
    prepare_args: 'string[] nonempty',
    prepare_exec_timeout: 'int set',
    run_exec: 'string always',
    run_args: 'string[] nonempty',
    cleanup_exec: 'string nonempty',
    cleanup_args: 'string[] nonempty',
    cleanup_exec_timeout: 'int set',
    graceful_kill_timeout: 'int set',
    force_kill_timeout: 'int set',
  }),
  autoscaler: table('set', {
    capacity_per_instance: 'int always',
    max_use_count: 'int always',
    max_instances: 'int always',
    plugin: 'string nonempty',
    plugin_config: 'map<string,any> nonempty',
    connector_config: table('filled', connectorConfigKeys),
    policy: tables(policyKeys),
    instance_ready_command: 'string nonempty',
    instance_acquire_timeout: 'duration always',
    update_interval: 'duration always',
    update_interval_when_expecting: 'duration always',
    deletion_retry_interval: 'duration always',
    shutdown_deletion_interval: 'duration always',
    shutdown_deletion_retries: 'int always',
    failure_threshold: 'int always',
    scale_throttle: table('filled', {
      limit: 'int always',
      burst: 'int always',
    }),
    reservation_throttling: 'bool set',
    log_internal_ip: 'bool true',
    log_external_ip: 'bool true',
    delete_instances_on_shutdown: 'bool true',
    vm_isolation: table('filled', {
      enabled: 'bool true',
      nesting_host: 'string nonempty',
      nesting_config: 'map<string,any> nonempty',
      image: 'string nonempty',
      connector_config: table('filled', connectorConfigKeys),
    }),
    state_storage: table('filled', {
      enabled: 'bool true',
      dir: 'string nonempty',
      keep_instance_with_acquisitions: 'bool true',
    }),
    instance_operation_time_buckets: 'float[] nonempty',
    instance_creation_time_buckets: 'float[] nonempty',
    instance_is_running_time_buckets: 'float[] nonempty',
    instance_deletion_time_buckets: 'float[] nonempty',
    instance_readiness_time_buckets: 'float[] nonempty',
    instance_life_duration_buckets: 'float[] nonempty',
  }),
  step_runner_image: 'string nonempty',
};

/** The keys at the top of config.toml. */
export const rootKeys: Keys = {
  ...globalKeys,
  runners: { kind: 'tables', written: 'nonempty', keys: runnerKeys },
};

/** What gitlab-runner knows of the table at a path: its keys, `'map'` when any name goes, else nothing. */
export function keysAt(path: string[]): Keys | 'map' | undefined {
  let keys: Keys | 'map' | undefined = rootKeys;
  let inList = false;
  for (const key of path) {
    if (inList) inList = false;
    else if (keys === 'map' || keys === undefined) return keys;
    else ({ keys, inList } = below(keys, key));
  }
  return keys;
}

function below(keys: Keys, key: string): { keys: Keys | 'map' | undefined; inList: boolean } {
  const name = knownName(keys, key);
  const what = name === undefined ? undefined : keyOf(keys, name)!;
  if (what === undefined) return { keys: undefined, inList: false };
  if (what.kind === 'value') return { keys: what.type.startsWith('map') ? 'map' : undefined, inList: false };
  return { keys: what.keys, inList: what.kind === 'tables' };
}

/** What gitlab-runner knows of a key: by the same name, or else the same but for capital letters. */
export function knownKey(keys: Keys, key: string): Key | undefined {
  const known = keyOf(keys, key);
  if (known !== undefined) return known;
  const name = knownName(keys, key);
  return name === undefined ? undefined : keyOf(keys, name);
}

/** The name gitlab-runner knows a key by: the same, or else the same but for capital letters. */
export function knownName(keys: Keys, key: string): string | undefined {
  return Object.hasOwn(keys, key) ? key : Object.keys(keys).find((name) => sameName(name, key));
}

/** The place of a key among its neighbours as gitlab-runner writes them; unknown keys come last. */
export function rankIn(keys: Keys | 'map' | undefined, key: string): number | undefined {
  if (keys === undefined || keys === 'map') return undefined;
  const name = knownName(keys, key);
  return name === undefined ? undefined : Object.keys(keys).indexOf(name);
}

/** Spells a path as the file does: where gitlab-runner ignores capital letters, so does this. */
export function spelled(root: Table, path: string[]): string[] {
  const done: string[] = [];
  let value: Value | undefined = root;
  for (const key of path) {
    const name: string = isTable(value) ? spelledKey(value, keysAt(done), key) : key;
    done.push(name);
    value = isTable(value) ? value[name] : Array.isArray(value) ? value[Number(name)] : undefined;
  }
  return done;
}

function spelledKey(table: Table, keys: Keys | 'map' | undefined, key: string): string {
  if (Object.hasOwn(table, key) || typeof keys !== 'object' || knownName(keys, key) === undefined) return key;
  return Object.keys(table).find((name) => sameName(name, key)) ?? key;
}
