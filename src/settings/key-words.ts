import type { Level } from './toml-keys.ts';

/** What a table, or a key that has no flag, is for, in one line; nothing for a path that has no words. */
export function keyWords(level: Level, names: readonly string[]): string | undefined {
  const whole = words[level][names.join('.')];
  // Kubernetes' own tables stand at many places, and mean the same at each.
  for (let from = 1; whole === undefined && from < names.length; from++) {
    const shared = sharedWords[names.slice(from).join('.')];
    if (shared !== undefined) return shared;
  }
  return whole;
}

const policy = {
  '': 'Number of idle instances to keep, by time of day and week',
  '.periods': 'Times at which the policy applies, in cron format, such as `* 8-17 * * mon-fri`',
  '.timezone': 'Time zone of the periods, such as `Europe/Berlin`',
  '.idle_count': 'Number of jobs for which idle capacity is kept, such as `5`',
  '.idle_time': 'Time after which an idle instance is removed, such as `20m`',
  '.scale_factor': 'Idle capacity beyond `idle_count`, as a factor of the capacity in use, such as `0.5`',
  '.scale_factor_limit': 'Maximum capacity that `scale_factor` may result in, such as `20`',
  '.preemptive_mode': 'Request a job only when an instance for it is ready',
};

const connector = {
  '': 'Connection to instances, if the plugin does not set it',
  '.os': 'Operating system of the instances, such as `linux`',
  '.arch': 'Architecture of the instances, such as `amd64`',
  '.protocol': 'Protocol to connect with: `ssh`, `winrm`, or `winrm+https`',
  '.protocol_port': 'Port to connect to, such as `22`',
  '.username': 'User name to connect with, such as `ubuntu`',
  '.password': 'Password to connect with',
  '.key_path': 'Private key to connect with, such as `/etc/gitlab-runner/id_ed25519`',
  '.use_static_credentials': 'Use the credentials given here instead of temporary ones',
  '.keepalive': 'Interval of keepalive messages, such as `30s`',
  '.timeout': 'Time limit for connecting, such as `10m`',
  '.use_external_addr': 'Connect to the external address of the instance',
};

const services = {
  '': 'Services that run beside every job',
  '.name': 'Image of the service, such as `postgres:17`',
  '.alias': 'Further host name of the service, such as `db`',
  '.command': 'Command of the service container, one word per item, such as `--character-set-server=utf8mb4`',
  '.entrypoint': 'Entrypoint of the service container, one word per item, such as `/entrypoint.sh`',
  '.environment': 'Variables of the service container, such as `POSTGRES_DB=test`',
  '.suspend_data_path': 'Folder of the service whose data is kept when a job is suspended, such as `/data`',
};

/** Names of keys below a table, each with the path of the table in front. */
const below = (path: string, keys: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(keys).map(([name, line]) => [path + name, line]));

const words: Readonly<Record<Level, Readonly<Record<string, string>>>> = {
  global: {
    session_server: 'Server for the interactive web terminals of jobs',
    labels: 'Labels of all runners in this file, such as `site=berlin`',
    user: 'User that runs jobs of the shell executor, such as `gitlab-runner`',
    machine: 'Settings for all runners with the docker+machine executor',
    'machine.shutdown_drain': 'Removal of idle machines when gitlab-runner stops',
    'machine.shutdown_drain.enabled': 'Remove idle machines when gitlab-runner stops',
    'machine.shutdown_drain.concurrency': 'Number of machines to remove at the same time, such as `5`',
    'machine.shutdown_drain.max_retries': 'Maximum attempts to remove a machine, such as `3`',
    'machine.shutdown_drain.retry_backoff':
      'Pause between two attempts, multiplied by their number, such as `5s`',
    experimental: 'Experimental settings of gitlab-runner',
    'experimental.usage_logger': 'Log of what jobs used',
    'experimental.usage_logger.enabled': 'Write a usage log',
    'experimental.usage_logger.writers': 'Where usage is written, such as `logrotate`',
    'experimental.usage_logger.logrotate': 'Usage log in files',
    'experimental.usage_logger.snowplow_billing': 'Usage log sent to a Snowplow collector',
    'experimental.usage_logger.snowplow_billing.collector_uri':
      'Address of the Snowplow collector, such as `https://collector.example.com`',
    'experimental.usage_logger.snowplow_billing.app_id': 'Application ID in events, such as `runner`',
    'experimental.usage_logger.snowplow_billing.category': 'Category in events, such as `ci`',
    'experimental.usage_logger.snowplow_billing.realm': 'Realm in events, such as `self-managed`',
    'experimental.usage_logger.snowplow_billing.deployment_type':
      'Deployment type in events, such as `self-managed`',
    'experimental.usage_logger.snowplow_billing.metadata': 'Further fields in events, such as `team=ci`',
    'experimental.usage_logger.snowplow_billing.enable_oidc': 'Authenticate to the collector with OIDC',
    'experimental.usage_logger.snowplow_billing.batch_delivery_duration_buckets':
      'Buckets of the histogram of delivery durations in seconds, such as `0.5`',
    'experimental.usage_logger.snowplow_billing.skip_oidc_if_unsupported_cloud':
      'Do without OIDC where the cloud has none',
    'experimental.usage_logger.snowplow_billing.skip_runner_system_failure':
      'Do not count jobs that failed because of the runner',
    ...below('experimental.usage_logger', usageFiles()),
    ...below('experimental.usage_logger.logrotate', usageFiles()),
  },
  runner: {
    experimental: 'Experimental settings of this runner',
    'experimental.boot_verify': 'Check that jobs can run before gitlab-runner reports ready',
    'experimental.boot_verify.enabled': 'Run a check when gitlab-runner starts',
    'experimental.boot_verify.timeout': 'Time limit of the check, such as `5m`',
    'experimental.boot_verify.acquire_min_backoff': 'Shortest pause between two attempts, such as `1s`',
    'experimental.boot_verify.acquire_max_backoff': 'Longest pause between two attempts, such as `1m`',
    id: 'ID of the runner in GitLab, such as `42`',
    token_obtained_at: 'Time at which GitLab created the token, such as `2026-01-31T12:00:00Z`',
    token_expires_at: 'Time at which the token expires, such as `2026-12-31T12:00:00Z`',
    labels: 'Labels of this runner, such as `site=berlin`',
    custom_build_dir: 'Whether jobs may choose their build folder with GIT_CLONE_PATH',
    referees: 'Measurements that are attached to jobs as artifacts',
    'referees.metrics': 'Prometheus queries about the machine of a job',
    'referees.metrics.prometheus_address': 'Address of Prometheus, such as `http://localhost:9090`',
    'referees.metrics.query_interval': 'Seconds between two data points, such as `10`',
    'referees.metrics.queries':
      'Prometheus queries with a label each, such as `cpu:rate(process_cpu_seconds_total[5m])`',
    cache: 'Distributed cache of jobs',
    'cache.s3': 'S3 storage for the cache',
    'cache.gcs': 'Google Cloud Storage for the cache',
    'cache.azure': 'Azure Blob Storage for the cache',
    artifact: 'Transfer of job artifacts',
    'artifact.upload_timeout': 'Time limit for uploading artifacts, such as `1h`',
    'artifact.response_header_timeout':
      'Time limit for the response of GitLab after an upload, such as `10m`',
    feature_flags: 'Feature flags of gitlab-runner',
    monitoring: 'Measurements in the metrics of gitlab-runner',
    'monitoring.job_queuing_durations':
      'Queue times of jobs above which they count as delayed, by time of day and week',
    'monitoring.job_queuing_durations.periods':
      'Times at which the threshold applies, in cron format with seconds and years, such as `* * 8-17 * * mon-fri *`',
    'monitoring.job_queuing_durations.timezone': 'Time zone of the periods, such as `Europe/Berlin`',
    'monitoring.job_queuing_durations.threshold': 'Queue time that is too long, such as `5m`',
    'monitoring.job_queuing_durations.jobs_running_for_project':
      'Regular expression for the number of running jobs of the project, such as `^[0-9]$`',
    instance: 'Instance executor: jobs directly on instances that an autoscaler creates',
    'instance.allowed_images': 'Allowed images for nested virtual machines, such as `ubuntu.*`',
    'instance.use_common_build_dir': 'Use one build folder for all jobs of an instance',
    ssh: 'SSH connection of the ssh, parallels, and virtualbox executors',
    docker: 'Docker executors',
    ...below('docker.services', services),
    parallels: 'Parallels executor',
    virtualbox: 'VirtualBox executor',
    machine: 'Docker Machine: machines for the docker+machine executor',
    'machine.OffPeakPeriods':
      'Off-peak times (deprecated, use `autoscaling`), such as `* * 0-8,18-23 * * mon-fri *`',
    'machine.OffPeakTimezone': 'Time zone of the off-peak times (deprecated), such as `Europe/Berlin`',
    'machine.OffPeakIdleCount': 'Number of idle machines at off-peak times (deprecated), such as `0`',
    'machine.OffPeakIdleTime':
      'Seconds after which an idle machine is removed at off-peak times (deprecated), such as `1200`',
    'machine.autoscaling': 'Number of idle machines to keep, by time of day and week',
    'machine.autoscaling.Periods':
      'Times at which the settings apply, in cron format with seconds and years, such as `* * 8-17 * * mon-fri *`',
    'machine.autoscaling.Timezone': 'Time zone of the periods, such as `Europe/Berlin`',
    'machine.autoscaling.IdleCount': 'Number of idle machines to keep, such as `5`',
    'machine.autoscaling.IdleScaleFactor':
      'Number of idle machines as a factor of the machines in use, such as `1.5`',
    'machine.autoscaling.IdleCountMin': 'Minimum of idle machines with `IdleScaleFactor`, such as `1`',
    'machine.autoscaling.IdleTime': 'Seconds after which an idle machine is removed, such as `1200`',
    kubernetes: 'Kubernetes executor',
    'kubernetes.affinity': 'Rules for the nodes and the neighbors of job pods',
    'kubernetes.affinity.node_affinity': 'Rules for the nodes on which job pods run',
    'kubernetes.affinity.pod_affinity': 'Rules for pods beside which job pods run',
    'kubernetes.affinity.pod_anti_affinity': 'Rules for pods beside which job pods do not run',
    'kubernetes.pod_security_context': 'Security context of job pods',
    'kubernetes.init_permissions_container_security_context':
      'Security context of the container that sets permissions',
    'kubernetes.build_container_security_context': 'Security context of the build container',
    'kubernetes.helper_container_security_context': 'Security context of the helper container',
    'kubernetes.service_container_security_context': 'Security context of service containers',
    'kubernetes.volumes': 'Volumes of job pods',
    'kubernetes.volumes.host_path': 'Folders of the node',
    'kubernetes.volumes.pvc': 'Persistent volume claims',
    'kubernetes.volumes.config_map': 'ConfigMaps as files',
    'kubernetes.volumes.secret': 'Secrets as files',
    'kubernetes.volumes.empty_dir': 'Empty folders that last as long as the pod',
    'kubernetes.volumes.csi': 'Volumes of CSI drivers',
    'kubernetes.volumes.nfs': 'NFS volumes',
    'kubernetes.volumes.host_path.host_path': 'Folder on the node, such as `/var/cache/ci`',
    'kubernetes.volumes.empty_dir.medium':
      'Storage of the folder: `Memory`, or that of the node, such as `Memory`',
    'kubernetes.volumes.empty_dir.size_limit': 'Maximum size of the folder, such as `2Gi`',
    'kubernetes.volumes.csi.driver': 'Name of the CSI driver, such as `secrets-store.csi.k8s.io`',
    'kubernetes.volumes.csi.fs_type': 'File system of the volume, such as `ext4`',
    'kubernetes.volumes.csi.volume_attributes': 'Attributes for the CSI driver, such as `size=2Gi`',
    'kubernetes.volumes.nfs.server': 'Host of the NFS server, such as `nfs.example.com`',
    'kubernetes.volumes.nfs.path': 'Path on the NFS server, such as `/export/ci`',
    'kubernetes.volumes.pvc.name': 'Name of the persistent volume claim, such as `ci-cache`',
    'kubernetes.volumes.config_map.name': 'Name of the ConfigMap, such as `ci-config`',
    'kubernetes.volumes.secret.name': 'Name of the Secret, such as `ci-secret`',
    'kubernetes.host_aliases.ip': 'IP address of the hosts, such as `10.0.0.1`',
    'kubernetes.host_aliases.hostnames': 'Names of the host, such as `gitlab.local`',
    ...below('kubernetes.services', services),
    'kubernetes.dns_config': 'DNS settings of job pods',
    'kubernetes.dns_config.nameservers': 'IP addresses of DNS servers, such as `10.0.0.2`',
    'kubernetes.dns_config.options': 'Options of the resolver',
    'kubernetes.dns_config.options.name': 'Name of the option, such as `ndots`',
    'kubernetes.dns_config.options.value': 'Value of the option, such as `2`',
    'kubernetes.dns_config.searches': 'Domains to search for host names, such as `example.com`',
    'kubernetes.container_lifecycle': 'What runs after the start and before the stop of the build container',
    'kubernetes.container_lifecycle.post_start': 'What runs right after the start of the build container',
    'kubernetes.container_lifecycle.pre_stop': 'What runs before the build container is stopped',
    'kubernetes.pod_spec': 'Patches of the pod specification',
    'kubernetes.pod_spec.name': 'Name of the patch, such as `hostname`',
    'kubernetes.pod_spec.patch_path': 'File with the patch, such as `/etc/gitlab-runner/patch.yaml`',
    'kubernetes.pod_spec.patch': 'Patch of the pod specification as YAML or JSON, such as `hostname: "ci"`',
    'kubernetes.pod_spec.patch_type': 'Type of the patch: `json`, `merge`, or `strategic`',
    'kubernetes.autoscaler': 'Pause pods that keep nodes ready for jobs',
    'kubernetes.autoscaler.max_pause_pods': 'Maximum number of pause pods, such as `10`',
    'kubernetes.autoscaler.pause_pod_image': 'Image of pause pods, such as `registry.k8s.io/pause:3.10`',
    'kubernetes.autoscaler.pause_pod_priority_class_name': 'Priority class of pause pods, such as `pause`',
    'kubernetes.autoscaler.pause_pod_image_pull_secrets':
      'Secrets to pull the image of pause pods, such as `registry-login`',
    ...below('kubernetes.autoscaler.policy', {
      ...policy,
      '': 'Number of pause pods, by time of day and week',
    }),
    custom: 'Custom executor: your own programs prepare, run, and clean up jobs',
    autoscaler: 'Autoscaler of the docker-autoscaler and instance executors',
    'autoscaler.max_use_count': 'Number of jobs after which an instance is removed, such as `10`',
    ...below('autoscaler.connector_config', connector),
    ...below('autoscaler.policy', policy),
    'autoscaler.instance_ready_command':
      'Command that tells whether a new instance is ready, such as `cloud-init status --wait`',
    'autoscaler.instance_acquire_timeout': 'Maximum time a job waits for an instance, such as `15m`',
    'autoscaler.update_interval': 'Interval of checks for changed instances, such as `1m`',
    'autoscaler.update_interval_when_expecting':
      'Interval of these checks while a change is expected, such as `2s`',
    'autoscaler.deletion_retry_interval': 'Pause before a removal is tried again, such as `1m`',
    'autoscaler.shutdown_deletion_interval':
      'Interval of checks for removed instances when gitlab-runner stops, such as `10s`',
    'autoscaler.shutdown_deletion_retries':
      'Maximum attempts to remove instances when gitlab-runner stops, such as `3`',
    'autoscaler.failure_threshold': 'Failed checks in a row after which an instance is replaced, such as `3`',
    'autoscaler.scale_throttle': 'Limits of how fast instances are created',
    'autoscaler.scale_throttle.limit': 'New instances per second (-1 = no limit), such as `10`',
    'autoscaler.scale_throttle.burst':
      'Number of new instances that can be created at the same time, such as `50`',
    'autoscaler.reservation_throttling': 'Request a job only while capacity for it is reserved',
    'autoscaler.log_internal_ip': 'Show the internal IP address of the instance in job logs',
    'autoscaler.log_external_ip': 'Show the external IP address of the instance in job logs',
    'autoscaler.delete_instances_on_shutdown': 'Remove all instances when gitlab-runner stops',
    'autoscaler.vm_isolation': 'Nested virtual machines: one for each job on an instance',
    'autoscaler.vm_isolation.enabled': 'Run each job in a nested virtual machine',
    'autoscaler.vm_isolation.nesting_host':
      'Address of the nesting daemon, such as `unix:///tmp/nesting.sock`',
    'autoscaler.vm_isolation.nesting_config': 'Settings for the nesting daemon',
    'autoscaler.vm_isolation.image': 'Image of nested virtual machines, such as `ubuntu-24.04`',
    ...below('autoscaler.vm_isolation.connector_config', connector),
    'autoscaler.state_storage': 'State of instances on disk, so that they outlast a restart',
    'autoscaler.state_storage.enabled': 'Keep the state of instances on disk',
    'autoscaler.state_storage.dir': 'Folder of the state, such as `/var/lib/gitlab-runner/taskscaler`',
    'autoscaler.state_storage.keep_instance_with_acquisitions':
      'Keep instances on which a job ran when gitlab-runner stopped',
    ...below('autoscaler', buckets()),
  },
};

function usageFiles(): Record<string, string> {
  return {
    '.log_dir': 'Folder of the usage log, such as `/var/log/gitlab-runner`',
    '.max_backup_files': 'Maximum number of old log files, such as `14`',
    '.max_rotation_age': 'Time after which a new log file begins, such as `24h`',
    '.labels': 'Labels in each line of the log, such as `site=berlin`',
  };
}

function buckets(): Record<string, string> {
  const histograms = {
    instance_operation: 'the durations of operations on instances',
    instance_creation: 'the durations until instances are created',
    instance_is_running: 'the durations until instances run',
    instance_deletion: 'the durations until instances are removed',
    instance_readiness: 'the durations until instances are ready',
  };
  const lines = Object.entries(histograms).map(([name, what]) => [
    `.${name}_time_buckets`,
    `Buckets of the histogram of ${what} in seconds, such as \`30.5\``,
  ]);
  const life = 'Buckets of the histogram of the lifetimes of instances in seconds, such as `3600.5`';
  return { ...Object.fromEntries(lines), '.instance_life_duration_buckets': life };
}

const sharedWords: Readonly<Record<string, string>> = {
  capabilities: 'Linux capabilities of the container',
  seccomp_profile: 'Seccomp profile',
  app_armor_profile: 'AppArmor profile',
  name: 'Name, such as `cache`',
  mount_path: 'Path in the containers, such as `/cache`',
  sub_path: 'Path in the volume that is mounted, such as `builds`',
  read_only: 'Mount it read-only',
  mount_propagation: 'Mount propagation, such as `HostToContainer`',
  items: 'Keys to mount, each with the path of its file, such as `settings.xml=settings.xml`',
  exec: 'A command in the container',
  'exec.command': 'Command, one word per item, such as `/bin/true`',
  http_get: 'An HTTP request',
  'http_get.host': 'Host of the request, such as `127.0.0.1`',
  'http_get.path': 'Path of the request, such as `/ready`',
  'http_get.port': 'Port of the request, such as `8080`',
  'http_get.scheme': 'Scheme of the request, such as `HTTP`',
  http_headers: 'Headers of the request',
  'http_headers.name': 'Name of the header, such as `Accept`',
  'http_headers.value': 'Value of the header, such as `text/plain`',
  tcp_socket: 'A TCP connection',
  'tcp_socket.host': 'Host of the connection, such as `127.0.0.1`',
  'tcp_socket.port': 'Port of the connection, such as `8080`',
  required_during_scheduling_ignored_during_execution: 'Rules that must be met when a pod is scheduled',
  preferred_during_scheduling_ignored_during_execution:
    'Rules that are met when a pod is scheduled, if possible',
  node_selector_terms: 'Terms of which one must fit a node',
  preference: 'The term that is preferred',
  weight: 'Weight of the rule, from 1 to 100, such as `50`',
  pod_affinity_term: 'The rule of this weight',
  match_expressions: 'Conditions on labels',
  match_fields: 'Conditions on fields of nodes',
  'match_expressions.key': 'Label, such as `disktype`',
  'match_expressions.operator': 'Operator: `In`, `NotIn`, `Exists`, or `DoesNotExist`, such as `In`',
  'match_expressions.values': 'Values of the label, such as `ssd`',
  'match_fields.key': 'Field, such as `metadata.name`',
  'match_fields.operator': 'Operator: `In` or `NotIn`, such as `In`',
  'match_fields.values': 'Values of the field, such as `node-1`',
  label_selector: 'Labels of the pods',
  namespace_selector: 'Labels of the namespaces of the pods',
  match_labels: 'Labels and their values, such as `app=ci`',
  namespaces: 'Namespaces of the pods, such as `gitlab`',
  topology_key: 'Label of nodes that makes them one place, such as `kubernetes.io/hostname`',
  match_label_keys: 'Labels that must have the same value as in the job pod, such as `app`',
  mismatch_label_keys: 'Labels that must have another value than in the job pod, such as `app`',
};
