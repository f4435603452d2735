/** The lines of a new config.toml before its first runner. */
export const head = (concurrent: number) => `concurrent = ${concurrent}
check_interval = 0
shutdown_timeout = 0

[session_server]
  session_timeout = 1800

`;

/** A runner as it is written: what GitLab told, and the lines of its executor. */
export const block = (told: { name: string; id: number; token: string }, executor: string, rest = '') =>
  `[[runners]]
  name = "${told.name}"
  url = "<URL>"
  id = ${told.id}
  token = "${told.token}"
  token_obtained_at = <NOW>
  token_expires_at = 0001-01-01T00:00:00Z
  executor = "${executor}"
  [runners.cache]
    MaxUploadedArchiveSize = 0
    [runners.cache.s3]
      AssumeRoleMaxConcurrency = 0
    [runners.cache.gcs]
    [runners.cache.azure]
${rest}`;

/** The table of the docker executor with what the wizard can change in it. */
export const docker = ({
  image = 'alpine:3.22',
  privileged = false,
  services = [],
  volumes = ['/cache'],
}: {
  image?: string;
  privileged?: boolean;
  services?: readonly string[];
  volumes?: readonly string[];
}) => `  [runners.docker]
    tls_verify = false
    image = "${image}"
    privileged = ${privileged}
${services.length > 0 ? '    services_privileged = true\n' : ''}    disable_entrypoint_overwrite = false
    oom_kill_disable = false
    disable_cache = false
    volumes = ${listOf(volumes)}
    volume_keep = false
${services.length > 0 ? `    allowed_privileged_services = ${listOf(services)}\n` : ''}    pull_policy = ["always"]
    shm_size = 0
    network_mtu = 0
`;

const listOf = (items: readonly string[]) => `[${items.map((item) => `"${item}"`).join(', ')}]`;
