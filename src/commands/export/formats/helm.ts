import { globalKeys } from '../../../config/keys.ts';
import { isTable, makeTable, type Table, textIn, valueAt } from '../../../config/model.ts';
import { metricsServerIn } from '../../../runner/metrics.ts';
import { writeYaml, type Yaml } from '../../../text/yaml.ts';
import { quotedYaml } from '../../../text/yaml-scalar.ts';
import { runnerText } from './config-toml.ts';
import {
  type Exported,
  type Format,
  identityKeys,
  isZero,
  leavesOf,
  type Omitted,
  type Source,
  type SourceRunner,
  secretsIn,
  withReferences,
} from './format.ts';
import { kubernetesFor } from './kubernetes.ts';

/** Values of GitLab's Helm chart gitlab-runner, a file for each runner: a release has one. */
export const helm: Format = (source) => {
  const each = source.runners.map((runner) => releaseOf(source, runner));
  return {
    files: each.flatMap(({ file }) => (file === undefined ? [] : [file])),
    omitted: [...globalsOmitted(source.globals), ...each.flatMap(({ omitted }) => omitted)],
  };
};

interface Release {
  readonly file: Exported['files'][number] | undefined;
  readonly omitted: readonly Omitted[];
}

function releaseOf(source: Source, runner: SourceRunner): Release {
  const { at, block } = runner;
  const mapped = kubernetesFor(block);
  if (mapped === undefined) {
    const why = `The executor ${textIn(block, 'executor')} does not run in Kubernetes.`;
    return { file: undefined, omitted: [{ at, key: 'runner', why }] };
  }
  const template = templateOf(block, mapped.kubernetes);
  const omitted = [...mapped.omitted, ...templateOmitted(block)].map((one) => ({ at, ...one }));
  return { file: valuesFile(source, runner, template), omitted };
}

// The chart fills in what identifies the runner.
function templateOf(block: Table, kubernetes: Table): Table {
  const kept = Object.entries(block).filter(
    ([key]) => ![...identityKeys, ...foreign, 'executor'].includes(key),
  );
  const cache = block.cache;
  const table = makeTable([...kept, ['kubernetes', kubernetes]]);
  if (isTable(cache)) table.cache = withoutCacheSecrets(cache);
  return table;
}

// Tables of other executors, and files of this machine.
const foreign = [
  'docker',
  'machine',
  'autoscaler',
  'instance',
  'ssh',
  'parallels',
  'virtualbox',
  'custom',
  'tls-ca-file',
  'tls-cert-file',
  'tls-key-file',
];

// The chart does not fill in variables.
const hasPlainUrl = (block: Table): boolean => /^[^$]+$/.test(textIn(block, 'url'));

function templateOmitted(block: Table): { key: string; why: string }[] {
  const noUrl = { key: 'url', why: 'It is empty, or a variable: set gitlabUrl.' };
  const others = foreign.flatMap((key) => {
    if (key === 'docker' || isZero(block[key])) return [];
    if (key.startsWith('tls-'))
      return [{ key, why: 'Put the certificate into a secret, and set certsSecretName of the chart.' }];
    return [{ key, why: 'The cluster starts the pods; these machines are not used.' }];
  });
  return hasPlainUrl(block) ? others : [noUrl, ...others];
}

// The chart takes them from a secret of the cluster.
const cacheSecrets: Readonly<Record<string, readonly string[]>> = {
  s3: ['AccessKey', 'SecretKey'],
  gcs: ['AccessID', 'PrivateKey'],
  azure: ['AccountName', 'AccountKey'],
};

function withoutCacheSecrets(cache: Table): Table {
  const kept = Object.entries(cache).map(([key, value]) => {
    const secret = cacheSecrets[key] ?? [];
    if (!isTable(value)) return [key, value] as const;
    return [key, makeTable(Object.entries(value).filter(([name]) => !secret.includes(name)))] as const;
  });
  return makeTable(kept);
}

const cacheSecretNames: Readonly<Record<string, readonly string[]>> = {
  s3: ['accesskey', 'secretkey'],
  gcs: ['gcs-access-id', 'gcs-private-key'],
  azure: ['azure-account-name', 'azure-account-key'],
};

/** Where the cache of a runner is, if it signs in there with a secret. */
function cacheWithSecret({ cache }: Table): string | undefined {
  return Object.keys(cacheSecrets).find((kind) =>
    cacheSecrets[kind]!.some((name) => !isZero(valueAt(cache, [kind, name]))),
  );
}

function valuesFile(source: Source, runner: SourceRunner, template: Table): Exported['files'][number] {
  const { label, name, block } = runner;
  const text = runnerText(template);
  const cache = cacheWithSecret(block);
  const secret = `${label}-token`;
  const config = withReferences(source, text, ({ name: of }) => insertedValue(of), escapeTemplate);
  const values = {
    ...(hasPlainUrl(block) && {
      gitlabUrl: withReferences(source, textIn(block, 'url'), ({ name: of }) => of),
    }),
    ...globalsOf(source.globals),
    rbac: { create: true },
    serviceAccount: { create: true },
    runners: {
      name,
      executor: 'kubernetes',
      secret,
      config,
      ...(cache !== undefined && { cache: { secretName: `${label}-cache` } }),
    },
  };
  const more = secretsIn(source, text).map(({ name: of }) => of);
  const head = [
    `Values of the Helm chart gitlab-runner for the runner ${quotedYaml(name)}.`,
    'Create its secrets first, from files that contain the values:',
    `  kubectl create secret generic ${secret} --from-literal=runner-registration-token= --from-file=runner-token=FILE`,
    ...(cache === undefined ? [] : [cacheCommand(label, cache)]),
    ...(more.length === 0
      ? []
      : ['Set these values when you install the chart; the configuration of the runner contains them:']),
    ...more.map((of) => `  --set-file global.runnerSecrets.${of}=FILE`),
    'Install:',
    `  helm install ${label} --repo https://charts.gitlab.io gitlab-runner --values ${fileName(runner)}`,
  ];
  return {
    name: fileName(runner),
    about: 'Helm',
    text: `${head.map((line) => `# ${line}\n`).join('')}${writeYaml(values)}`,
  };
}

const fileName = ({ label }: SourceRunner): string => `values-${label}.yaml`;

const cacheCommand = (label: string, kind: string): string =>
  `  kubectl create secret generic ${label}-cache ${cacheSecretNames[kind]!.map((key) => `--from-file=${key}=FILE`).join(' ')}`;

// The chart evaluates the text as a template; what is filled in is the inside of a TOML string.
const insertedValue = (name: string): string =>
  `{{ required "Set global.runnerSecrets.${name}" .Values.global.runnerSecrets.${name} | trim | toJson | trimPrefix "\\"" | trimSuffix "\\"" }}`;

const escapeTemplate = (text: string): string => text.replaceAll('{{', '{{ "{{" }}');

function globalsOf(globals: Table): { [key: string]: Yaml } {
  const values: { [key: string]: Yaml } = {};
  for (const [key, value] of Object.entries(globals)) {
    const name = globalNames[key];
    if (name !== undefined && (typeof value === 'number' || typeof value === 'string')) values[name] = value;
  }
  const metrics = metricsServerIn(globals);
  if (metrics !== undefined) values.metrics = { enabled: true, port: metrics.port };
  const timeout = valueAt(globals, ['session_server', 'session_timeout']);
  const listening = /:(\d+)$/.exec(textIn(globals, 'session_server', 'listen_address'))?.[1];
  if (listening !== undefined)
    values.sessionServer = {
      enabled: true,
      internalPort: Number(listening),
      ...(typeof timeout === 'number' && { timeout }),
    };
  return values;
}

const globalNames: Readonly<Record<string, string>> = {
  concurrent: 'concurrent',
  check_interval: 'checkInterval',
  log_level: 'logLevel',
  log_format: 'logFormat',
  connection_max_age: 'connectionMaxAge',
  shutdown_timeout: 'shutdown_timeout',
};

function globalsOmitted(globals: Table): Omitted[] {
  const taken = [...Object.keys(globalNames), 'listen_address'];
  return leavesOf(globals, globalKeys)
    .filter(([path]) => !taken.includes(path[0]!))
    .filter(
      ([path]) =>
        path[0] !== 'session_server' ||
        (isZero(valueAt(globals, ['session_server', 'listen_address']))
          ? false
          : path[1] === 'advertise_address'),
    )
    .map(([path]) => ({
      at: undefined,
      key: path.join('.'),
      why: reasons[path[0]!] ?? 'The chart has no value for it.',
    }));
}

const reasons: Readonly<Record<string, string>> = {
  sentry_dsn: 'It is secret: use --set-file sentryDsn=FILE when you install the chart.',
  session_server: 'The chart sets the address; use sessionServer.publicIP.',
};
