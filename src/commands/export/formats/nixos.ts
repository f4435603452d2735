import { runnerKeys } from '../../../config/keys.ts';
import {
  exactKey,
  Float,
  isTable,
  makeTable,
  type Table,
  textIn,
  textsIn,
  type Value,
  withValue,
} from '../../../config/model.ts';
import { table } from '../../../settings/table.ts';
import { settingAt } from '../../../settings/toml-keys.ts';
import { indentedNix, insideNix, nixName, quotedNix } from '../../../text/nix.ts';
import { harmless } from '../../../text/sanitize.ts';
import { quotePosix } from '../../../text/shell-quote.ts';
import { runnerText } from './config-toml.ts';
import {
  type Format,
  identityKeys,
  leavesOf,
  type Omitted,
  type Source,
  type SourceRunner,
  secretsBelow,
  secretsIn,
} from './format.ts';

/** A NixOS module with services.gitlab-runner; what its options do not know is in a template of gitlab-runner's own. */
export const nixos: Format = (source) => {
  const each = source.runners.map((runner) => serviceOf(source, runner));
  const settings = settingsOf(source);
  const lines = [
    '{ pkgs, ... }:',
    '',
    '{',
    '  services.gitlab-runner = {',
    '    enable = true;',
    `    settings = ${nixTable(settings.kept, '    ')};`,
    '    services = {',
    ...each.flatMap(({ lines }) => lines.map((line) => (line === '' ? '' : `      ${line}`))),
    '    };',
    '  };',
    '}',
  ];
  return {
    files: [{ name: 'gitlab-runner.nix', about: 'NixOS', text: `${lines.join('\n')}\n` }],
    omitted: [...settings.omitted, ...each.flatMap(({ omitted }) => omitted)],
  };
};

function settingsOf(source: Source): { kept: Table; omitted: Omitted[] } {
  const [kept, secret] = [makeTable(), [] as string[]];
  for (const [key, value] of Object.entries(source.globals)) {
    if (secretsBelow(source, value).length > 0) secret.push(key);
    else kept[key] = value;
  }
  const why = 'It contains a secret, and everyone can read the Nix store.';
  return { kept, omitted: secret.map((key) => ({ at: undefined, key, why })) };
}

interface Service {
  readonly lines: readonly string[];
  readonly omitted: readonly Omitted[];
}

function serviceOf(source: Source, { at, label, name, block }: SourceRunner): Service {
  const { options, rest, secrets } = partsOf(source, block);
  const file = `/run/secrets/gitlab-runner-${label}`;
  const template =
    Object.keys(rest).length === 0
      ? []
      : templateLines(label, makeTable([['executor', textIn(block, 'executor')], ...Object.entries(rest)]));
  const attributes = {
    authenticationTokenConfigFile: quotedNix(file),
    ...(fitting.test(name) && { description: quotedNix(name) }),
    executor: quotedNix(textIn(block, 'executor')),
    ...options,
  };
  const url = textIn(block, 'url');
  const isOpen = secretsIn(source, url).length === 0;
  const variables = secrets.map(({ path }) => variableOf(path));
  const lines = [
    `# ${file} has these variables, as NAME=VALUE:`,
    ...[
      `CI_SERVER_URL${isOpen ? `=${harmless(quotePosix(url))}` : ''}`,
      'CI_SERVER_TOKEN',
      ...variables.filter((one) => one !== undefined),
    ].map((one) => `#   ${one}`),
    `${nixName(label)} = {`,
    ...Object.entries(attributes).map(([key, value]) => `  ${key} = ${value};`),
    ...template,
    '};',
  ];
  const nameless = fitting.test(name) ? [] : [{ at, key: 'name', why: 'The module does not quote it.' }];
  const omitted = secrets
    .filter(({ path }) => variableOf(path) === undefined)
    .map(({ path }) => ({
      at,
      key: path.join('.'),
      why: 'It contains a secret, and everyone can read the Nix store.',
    }));
  return { lines, omitted: [...nameless, ...omitted] };
}

// The module puts the name into scripts.
const fitting = /^[\w .:,@#+-]+$/;

/** The variable that `gitlab-runner register` takes a secret from; nothing for those that it does not. */
function variableOf(path: readonly string[]): string | undefined {
  const setting = settingAt('runner', path);
  const row = setting === undefined ? undefined : table[setting];
  return row !== undefined && 'env' in row ? row.env : undefined;
}

interface Parts {
  /** Options of the module, by their names, as Nix. */
  readonly options: Record<string, string>;
  /** What gitlab-runner takes from a template. */
  readonly rest: Table;
  readonly secrets: readonly { readonly path: readonly string[] }[];
}

function partsOf(source: Source, block: Table): Parts {
  const options: Record<string, string> = {};
  const secrets: { path: readonly string[] }[] = [];
  let rest = makeTable();
  for (const [path, value] of leavesOf(block, runnerKeys).filter(
    ([[first = '']]) => !skipped.includes(first),
  )) {
    if (secretsBelow(source, value).length > 0) {
      secrets.push({ path });
      continue;
    }
    const [name, write] = ownOptions[path.join('.')] ?? [];
    const written = write?.(value);
    if (name !== undefined && written !== undefined) options[name] = written;
    else rest = withValue(rest, path, value, exactKey);
  }
  return { options, rest, secrets };
}

const skipped: readonly string[] = [...identityKeys, 'executor'];

type Write = (value: Value) => string | undefined;

const whole: Write = (value) => (typeof value === 'number' ? String(value) : undefined);
const yes: Write = (value) => (value === true ? 'true' : undefined);
const texts: Write = (value) => (Array.isArray(value) ? nixValue(value, '        ') : undefined);
// The module puts these into a line of a shell.
const word: Write = (value) => (typeof value === 'string' ? quotedNix(quotePosix(value)) : undefined);
const path: Write = (value) =>
  typeof value === 'string' && value.startsWith('/') && quotePosix(value) === value
    ? quotedNix(value)
    : undefined;
const policy: Write = (value) => {
  const [only = '', ...more] = Array.isArray(value) ? value.map(String) : [String(value)];
  return more.length === 0 && ['always', 'never', 'if-not-present'].includes(only)
    ? quotedNix(only)
    : undefined;
};
const variables: Write = (value) => {
  const pairs = textsIn({ value }, 'value').map((line) => /^([^=]+)=([\s\S]*)$/.exec(line)?.slice(1) ?? []);
  const names = new Set(pairs.map(([name]) => name));
  if (pairs.some((pair) => pair.length === 0) || names.size < pairs.length) return undefined;
  return nixTable(makeTable(pairs as [string, string][]), '        ');
};

/** The options of the module, by the paths of the keys that they write. */
const ownOptions: Readonly<Record<string, readonly [name: string, write: Write]>> = {
  limit: ['limit', whole],
  request_concurrency: ['requestConcurrency', whole],
  builds_dir: ['buildsDir', path],
  clone_url: ['cloneUrl', word],
  debug_trace_disabled: ['debugTraceDisabled', yes],
  environment: ['environmentVariables', variables],
  'docker.image': ['dockerImage', word],
  'docker.privileged': ['dockerPrivileged', yes],
  'docker.services_privileged': ['dockerServicesPrivileged', yes],
  'docker.disable_cache': ['dockerDisableCache', yes],
  'docker.pull_policy': ['dockerPullPolicy', policy],
  'docker.volumes': ['dockerVolumes', texts],
  'docker.extra_hosts': ['dockerExtraHosts', texts],
  'docker.allowed_images': ['dockerAllowedImages', texts],
  'docker.allowed_services': ['dockerAllowedServices', texts],
  'docker.allowed_privileged_services': ['dockerAllowedPrivilegedServices', texts],
};

const templateLines = (label: string, rest: Table): string[] =>
  [
    '  registrationFlags = [',
    `    "--template-config \${pkgs.writeText "${insideNix(`${label}.toml`)}" ${indentedNix(runnerText(rest), '    ')}}"`,
    '  ];',
  ].flatMap((line) => line.split('\n'));

/** A value as Nix; `pad` is the indentation of the line that it begins on. */
function nixValue(value: Value, pad: string): string {
  if (typeof value === 'string') return quotedNix(value);
  if (value instanceof Float) return String(value.value);
  if (Array.isArray(value)) return nixList(value, pad);
  return isTable(value) ? nixTable(value, pad) : String(value);
}

// A negative number is a call in a list.
const item = (value: Value, pad: string): string => {
  const text = nixValue(value, pad);
  return text.startsWith('-') ? `(${text})` : text;
};

function nixList(items: readonly Value[], pad: string): string {
  if (items.length === 0) return '[ ]';
  return `[\n${items.map((one) => `${pad}  ${item(one, `${pad}  `)}\n`).join('')}${pad}]`;
}

function nixTable(value: Table, pad: string): string {
  const lines = Object.entries(value).map(
    ([key, inner]) => `${pad}  ${nixName(key)} = ${nixValue(inner, `${pad}  `)};\n`,
  );
  return lines.length === 0 ? '{ }' : `{\n${lines.join('')}${pad}}`;
}
