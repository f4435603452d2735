// What other programs accept, by their documentation.

const text = { type: 'string' } as const;
const yes = { type: 'boolean' } as const;
const whole = { type: 'integer' } as const;
const texts = { type: 'array', items: text } as const;
const any = {} as const;

const closed = (properties: Readonly<Record<string, object>>, required: readonly string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

/** Values of the Helm chart gitlab-runner (values.yaml of the chart), as far as an export uses them. */
export const helmValues = closed(
  {
    gitlabUrl: { type: 'string', minLength: 1 },
    concurrent: whole,
    checkInterval: whole,
    logLevel: text,
    logFormat: text,
    connectionMaxAge: text,
    shutdown_timeout: whole,
    metrics: closed({ enabled: yes, port: whole }, ['enabled']),
    sessionServer: closed({ enabled: yes, timeout: whole, internalPort: whole }, ['enabled']),
    rbac: closed({ create: yes }),
    serviceAccount: closed({ create: yes }),
    runners: closed(
      {
        name: text,
        executor: { const: 'kubernetes' },
        secret: { type: 'string', pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$' },
        config: { type: 'string', pattern: '^\\[\\[runners\\]\\]\\n' },
        cache: closed({ secretName: text }, ['secretName']),
      },
      ['secret', 'config'],
    ),
  },
  ['runners'],
);

const numbers = { type: 'number' } as const;

/** Variables of the Ansible role riemers.gitlab-runner (its defaults, README, and tasks). */
export const ansibleVariables = closed(
  {
    gitlab_runner_coordinator_url: text,
    gitlab_runner_registration_token_type: { enum: ['authentication-token', 'registration-token'] },
    gitlab_runner_concurrent: whole,
    gitlab_runner_check_interval: whole,
    gitlab_runner_log_level: text,
    gitlab_runner_log_format: text,
    gitlab_runner_sentry_dsn: text,
    gitlab_runner_listen_address: text,
    gitlab_runner_session_server: closed({
      listen_address: text,
      advertise_address: text,
      session_timeout: whole,
    }),
    gitlab_runner_runners: {
      type: 'array',
      items: closed(
        {
          name: text,
          state: { enum: ['present', 'absent'] },
          token: text,
          url: text,
          executor: text,
          tags: texts,
          run_untagged: yes,
          locked: yes,
          concurrent_specific: whole,
          output_limit: whole,
          request_concurrency: whole,
          env_vars: texts,
          machine_MachineOptions: texts,
          machine_autoscaling: { type: 'array', items: { type: 'object' } },
          machine_IdleScaleFactor: numbers,
          ...Object.fromEntries(
            ['IdleCount', 'IdleTime', 'MaxBuilds', 'MaxGrowthRate', 'IdleCountMin'].map((key) => [
              `machine_${key}`,
              whole,
            ]),
          ),
          machine_MachineDriver: text,
          machine_MachineName: text,
          ...Object.fromEntries(
            [
              'clone_url',
              'pre_get_sources_script',
              'post_get_sources_script',
              'pre_build_script',
              'post_build_script',
              'tls_ca_file',
              'shell',
              'builds_dir',
              'cache_dir',
            ].map((key) => [key, text]),
          ),
          ...Object.fromEntries(
            ['image', 'helper_image', 'network_mode'].map((key) => [`docker_${key}`, text]),
          ),
          ...Object.fromEntries(['privileged', 'disable_cache'].map((key) => [`docker_${key}`, yes])),
          ...Object.fromEntries(
            ['wait_for_services_timeout', 'shm_size'].map((key) => [`docker_${key}`, whole]),
          ),
          ...Object.fromEntries(
            ['dns', 'dns_search', 'volumes', 'devices'].map((key) => [`docker_${key}`, texts]),
          ),
          docker_pull_policy: { anyOf: [text, texts] },
          docker_services: { type: 'array', items: { type: 'object' } },
          custom_build_dir_enabled: yes,
          ...Object.fromEntries(
            ['user', 'host', 'port', 'password', 'identity_file'].map((key) => [`ssh_${key}`, text]),
          ),
          ...Object.fromEntries(
            [
              'type',
              'path',
              's3_server_address',
              's3_access_key',
              's3_secret_key',
              's3_bucket_name',
              's3_bucket_location',
              'gcs_bucket_name',
              'gcs_credentials_file',
              'gcs_access_id',
              'gcs_private_key',
              'azure_account_name',
              'azure_account_key',
              'azure_container_name',
              'azure_storage_domain',
            ].map((key) => [`cache_${key}`, text]),
          ),
          cache_shared: yes,
          cache_s3_insecure: yes,
          // Each section by its header, and a line of it for each key: a mapping would not be TOML there.
          extra_configs: {
            type: 'object',
            propertyNames: { pattern: '^runners(\\.[\\w-]+)+$' },
            additionalProperties: {
              type: 'object',
              additionalProperties: {
                anyOf: [text, numbers, yes, { type: 'array', items: { anyOf: [text, numbers] } }],
              },
            },
          },
        },
        ['name', 'token'],
      ),
    },
  },
  ['gitlab_runner_runners'],
);

/** User data of cloud-init (cc_write_files and cc_runcmd). */
export const cloudConfig = closed(
  {
    write_files: {
      type: 'array',
      minItems: 1,
      items: closed(
        { path: text, owner: text, permissions: { type: 'string', pattern: '^0[0-7]{3}$' }, content: text },
        ['path'],
      ),
    },
    runcmd: { type: 'array', minItems: 1, items: { anyOf: [text, texts] } },
  },
  ['write_files'],
);

/** The attributes of gitlab_user_runner (provider gitlabhq/gitlab 18.6.1). */
export const userRunner = closed(
  {
    provider: any,
    runner_type: text,
    group_id: any,
    project_id: any,
    description: text,
    tag_list: texts,
    untagged: yes,
    locked: yes,
    access_level: { enum: ['not_protected', 'ref_protected'] },
    maximum_timeout: { type: 'integer', minimum: 600 },
    paused: yes,
    maintenance_note: { type: 'string', maxLength: 1024 },
  },
  ['runner_type'],
);

/** A service of the Compose specification, as far as an export uses it. */
export const composeFile = closed(
  {
    services: closed({
      'gitlab-runner': closed(
        {
          image: text,
          restart: { enum: ['no', 'always', 'on-failure', 'unless-stopped'] },
          stop_grace_period: { type: 'string', pattern: '^\\d+s$' },
          environment: { type: 'object', additionalProperties: text },
          volumes: texts,
          ports: { type: 'array', items: { type: 'string', pattern: '^\\d+:\\d+$' } },
        },
        ['image', 'volumes'],
      ),
    }),
  },
  ['services'],
);
