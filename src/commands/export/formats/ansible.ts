import { globalKeys, runnerKeys } from '../../../config/keys.ts';
import { isTable, isTables, type Table, textIn, type Value } from '../../../config/model.ts';
import { plainOf } from '../../../config/plain.ts';
import { TaggedText, writeYaml, type Yaml, YamlSource } from '../../../text/yaml.ts';
import { quotedYaml } from '../../../text/yaml-scalar.ts';
import {
  type Format,
  identityKeys,
  leavesOf,
  type Omitted,
  type Source,
  type SourceRunner,
  secretsBelow,
} from './format.ts';

/** Variables of the Ansible role riemers.gitlab-runner. */
export const ansible: Format = (source) => {
  const [first] = source.runners;
  const each = source.runners.map((runner) => runnerOf(source, runner));
  const globals = globalsOf(source);
  const vars: Yaml = {
    ...(first !== undefined && { gitlab_runner_coordinator_url: asYaml(source, textIn(first.block, 'url')) }),
    gitlab_runner_registration_token_type: 'authentication-token',
    ...globals.vars,
    gitlab_runner_runners: each.map(({ vars }) => vars),
  };
  const names = new Set([...each, globals].flatMap(({ used }) => used));
  const text = writeYaml(vars);
  const head = ['---', ...longLines(text), ...headOf([...names])].map((line) => `${line}\n`).join('');
  return {
    files: [{ name: 'gitlab-runner.yml', about: 'Ansible', text: head + text }],
    omitted: [...globals.omitted, ...each.flatMap(({ omitted }) => omitted)],
  };
};

// ansible-lint takes no more, and a value is not cut.
const longLines = (text: string): string[] =>
  text.split('\n').some((line) => line.length > 160) ? ['# yamllint disable rule:line-length'] : [];

const headOf = (names: readonly string[]): string[] => [
  '# Variables of the role riemers.gitlab-runner.',
  ...(names.length === 0 ? [] : ['# Define these variables with Ansible Vault:']),
  ...names.map((name) => `#   ${name}`),
];

interface Part {
  readonly vars: { readonly [key: string]: Yaml | undefined };
  readonly used: readonly string[];
  readonly omitted: readonly Omitted[];
}

const vaultName = (name: string): string => `vault_gitlab_runner_${name.toLowerCase()}`;

/** A value as Ansible reads it: texts with its template signs are marked as plain, secrets are variables. */
function asYaml(source: Source, value: Value): Yaml {
  if (typeof value === 'string') return textOf(source, value);
  if (Array.isArray(value)) return value.map((item) => asYaml(source, item));
  if (isTable(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asYaml(source, inner)]));
  return plainOf(value) as Yaml;
}

function textOf(source: Source, text: string): Yaml {
  const pieces = source.pieces(text);
  const isPlain = pieces.every((piece) => typeof piece === 'string');
  if (isPlain) return template.test(text) ? new TaggedText('!unsafe', text) : text;
  const written = pieces.map((piece) =>
    typeof piece === 'string'
      ? piece.replace(/\{[{%#]/g, (sign) => `{{ '${sign}' }}`)
      : `{{ ${vaultName(piece.name)} }}`,
  );
  return new YamlSource(quotedYaml(written.join('')));
}

const template = /\{[{%#]/;

function runnerOf(source: Source, runner: SourceRunner): Part {
  const { at, name, block, gitlab } = runner;
  const vars: Record<string, Yaml> = {
    name: asYaml(source, name),
    state: 'present',
    token: asYaml(source, textIn(block, 'token')),
    url: asYaml(source, textIn(block, 'url')),
    executor: textIn(block, 'executor'),
  };
  if (gitlab !== undefined) {
    vars.tags = [...(gitlab.tag_list ?? [])];
    if (gitlab.run_untagged !== undefined) vars.run_untagged = gitlab.run_untagged;
    if (gitlab.locked !== undefined) vars.locked = gitlab.locked;
  }
  const extra: Record<string, Record<string, Yaml>> = {};
  const omitted: Omitted[] = [];
  for (const [path, value] of settingsOf(block)) {
    const own = ownNames[path.join('.')];
    const section = ['runners', ...path.slice(0, -1)].join('.');
    if (own !== undefined) vars[own] = asYaml(source, value);
    else if (canBeExtra(path, value))
      extra[section] = { ...extra[section], [path.at(-1)!]: asYaml(source, value) };
    else omitted.push({ at, key: path.join('.'), why: whyNot(value) });
  }
  if (Object.keys(extra).length > 0) vars.extra_configs = extra;
  return { vars, omitted, used: namesIn(source, block) };
}

const settingsOf = (block: Table) =>
  leavesOf(block, runnerKeys).filter(([path]) => !skipped.includes(path[0]!));

const skipped: readonly string[] = [...identityKeys, 'executor'];

// The role writes a section with a line for each key, and never the keys of [[runners]] itself.
const canBeExtra = (path: readonly string[], value: Value): boolean =>
  path.length > 1 && !isTables(value) && path.slice(0, -1).every((key) => /^[\w-]+$/.test(key));

const whyNot = (value: Value): string =>
  isTables(value) ? 'The role cannot write a list of tables there.' : 'The role has no variable for it.';

/** The variables of the role for single keys, by their paths below `[[runners]]`. */
const ownNames: Readonly<Record<string, string>> = {
  limit: 'concurrent_specific',
  output_limit: 'output_limit',
  request_concurrency: 'request_concurrency',
  clone_url: 'clone_url',
  environment: 'env_vars',
  pre_get_sources_script: 'pre_get_sources_script',
  post_get_sources_script: 'post_get_sources_script',
  pre_build_script: 'pre_build_script',
  post_build_script: 'post_build_script',
  'tls-ca-file': 'tls_ca_file',
  shell: 'shell',
  builds_dir: 'builds_dir',
  cache_dir: 'cache_dir',
  'docker.image': 'docker_image',
  'docker.helper_image': 'docker_helper_image',
  'docker.privileged': 'docker_privileged',
  'docker.wait_for_services_timeout': 'docker_wait_for_services_timeout',
  'docker.shm_size': 'docker_shm_size',
  'docker.disable_cache': 'docker_disable_cache',
  'docker.dns': 'docker_dns',
  'docker.dns_search': 'docker_dns_search',
  'docker.pull_policy': 'docker_pull_policy',
  'docker.volumes': 'docker_volumes',
  'docker.devices': 'docker_devices',
  'docker.network_mode': 'docker_network_mode',
  'docker.services': 'docker_services',
  'custom_build_dir.enabled': 'custom_build_dir_enabled',
  'ssh.user': 'ssh_user',
  'ssh.host': 'ssh_host',
  'ssh.port': 'ssh_port',
  'ssh.password': 'ssh_password',
  'ssh.identity_file': 'ssh_identity_file',
  'cache.Type': 'cache_type',
  'cache.Path': 'cache_path',
  'cache.Shared': 'cache_shared',
  'cache.s3.ServerAddress': 'cache_s3_server_address',
  'cache.s3.AccessKey': 'cache_s3_access_key',
  'cache.s3.SecretKey': 'cache_s3_secret_key',
  'cache.s3.BucketName': 'cache_s3_bucket_name',
  'cache.s3.BucketLocation': 'cache_s3_bucket_location',
  'cache.s3.Insecure': 'cache_s3_insecure',
  'cache.gcs.BucketName': 'cache_gcs_bucket_name',
  'cache.gcs.CredentialsFile': 'cache_gcs_credentials_file',
  'cache.gcs.AccessID': 'cache_gcs_access_id',
  'cache.gcs.PrivateKey': 'cache_gcs_private_key',
  'cache.azure.AccountName': 'cache_azure_account_name',
  'cache.azure.AccountKey': 'cache_azure_account_key',
  'cache.azure.ContainerName': 'cache_azure_container_name',
  'cache.azure.StorageDomain': 'cache_azure_storage_domain',
  'machine.IdleCount': 'machine_IdleCount',
  'machine.IdleTime': 'machine_IdleTime',
  'machine.MaxBuilds': 'machine_MaxBuilds',
  'machine.MaxGrowthRate': 'machine_MaxGrowthRate',
  'machine.IdleScaleFactor': 'machine_IdleScaleFactor',
  'machine.IdleCountMin': 'machine_IdleCountMin',
  'machine.MachineDriver': 'machine_MachineDriver',
  'machine.MachineName': 'machine_MachineName',
  'machine.MachineOptions': 'machine_MachineOptions',
  'machine.autoscaling': 'machine_autoscaling',
};

const globalNames: Readonly<Record<string, string>> = {
  concurrent: 'gitlab_runner_concurrent',
  check_interval: 'gitlab_runner_check_interval',
  log_level: 'gitlab_runner_log_level',
  log_format: 'gitlab_runner_log_format',
  sentry_dsn: 'gitlab_runner_sentry_dsn',
  listen_address: 'gitlab_runner_listen_address',
};

function globalsOf(source: Source): Part {
  const vars: Record<string, Yaml> = {};
  const omitted: Omitted[] = [];
  for (const [path, value] of leavesOf(source.globals, globalKeys)) {
    const [key = ''] = path;
    const own = globalNames[key];
    if (own !== undefined) vars[own] = asYaml(source, value);
    else if (key !== 'session_server')
      omitted.push({ at: undefined, key: path.join('.'), why: 'The role has no variable for it.' });
  }
  const server = source.globals.session_server;
  if (isTable(server) && textIn(server, 'listen_address') !== '')
    vars.gitlab_runner_session_server = {
      listen_address: textIn(server, 'listen_address'),
      advertise_address: textIn(server, 'advertise_address'),
      session_timeout: asYaml(source, server.session_timeout ?? 1800),
    };
  return { vars, omitted, used: namesIn(source, source.globals) };
}

/** The variables that a table refers to. */
const namesIn = (source: Source, table: Table): string[] =>
  secretsBelow(source, table).map(({ name }) => vaultName(name));
