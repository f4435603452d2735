import { inOneLine, refuseValue } from '../text/one-line.ts';
import { visible } from '../text/sanitize.ts';
import { isSecretName } from '../text/secret-words.ts';
import { brokenLine, quote } from '../text/shell-quote.ts';
import { quadletValue, quadletVariable, unitVariable, unitWord } from '../text/unit-file.ts';
import { quotedYaml, yamlScalar } from '../text/yaml-scalar.ts';
import type { ContainerSettings, Health } from './container.ts';
import { processCheck } from './requested-container.ts';
import { mountWords, portWord, runWords, seconds } from './run-args.ts';

/** The forms in which a container can be written for others to start it. */
type PrintForm = 'docker' | 'compose' | 'quadlet' | 'systemd';

/** Writes a container in one of the forms; values that may be secret are named, not written. */
export function printContainer(
  settings: ContainerSettings,
  form: PrintForm,
  program: 'docker' | 'podman',
  path = `/usr/bin/${program}`,
): string {
  if (form === 'compose') return composeFile(settings);
  if (form === 'quadlet') return quadlet(settings);
  return form === 'systemd' ? unit(settings, program, path) : command(settings, program);
}

/** The variables whose values may be secret: they are taken from the environment, or a file beside. */
export const secretNames = ({ env }: ContainerSettings): string[] =>
  Object.entries(env)
    .filter(([name, value]) => isSecret(name, value))
    .map(([name]) => name);

const isSecret = (name: string, value: string): boolean =>
  /token|passw|secret|key|auth|cred|dsn/i.test(name) ||
  isSecretName(name) ||
  /^\w+:\/\/[^/\s@]+@/.test(value);

/** The variables whose values may be shown. */
export const openNames = (settings: ContainerSettings): string[] => {
  const secret = secretNames(settings);
  return Object.keys(settings.env).filter((name) => !secret.includes(name));
};

/** The flag that a word is the value of; the image stands alone. */
const flagAt = (words: readonly string[], at: number): string =>
  words[at - 1]?.startsWith('--') ? words[at - 1]! : '--image';

/** The command as a shell reads it, a flag a line. */
function command(settings: ContainerSettings, program: string): string {
  const { words } = runWords(settings, { shown: openNames(settings) });
  const [run = '', ...rest] = words;
  const lines: string[] = [`${program} ${run}`];
  for (const [at, word] of rest.entries()) {
    // Where it is shown, these would be shown as something else.
    if (visible(word) !== word) inOneLine(word, flagAt(rest, at), 'a shell command');
    if (word.startsWith('--') || word === settings.image) lines.push(quote(word));
    else lines[lines.length - 1] += ` ${quote(word)}`;
  }
  return `${brokenLine(lines, '  ')}\n`;
}

// As patient as an upgrade: running jobs may finish.
const patience = 3600;

function composeFile(settings: ContainerSettings): string {
  const secret = secretNames(settings);
  const env = Object.entries(settings.env).map(
    ([name, value]) => `${yamlScalar(name)}: ${secret.includes(name) ? valueFromOutside(name) : yaml(value)}`,
  );
  const volumes = settings.mounts
    .filter(({ type, source }) => type === 'volume' && source !== '')
    .map(({ source }) => source);
  const health = settings.health ?? processCheck;
  const lines = [
    'services:',
    '  gitlab-runner:',
    `    image: ${yaml(settings.image)}`,
    `    container_name: ${yaml(settings.name)}`,
    `    restart: ${yaml(settings.restart)}`,
    `    stop_grace_period: ${patience}s`,
    ...listed('environment', env, ''),
    ...listed(
      'volumes',
      settings.mounts.map(mountWords).map(([, word = '']) => yaml(word)),
    ),
    ...listed(
      'ports',
      settings.ports.map((port) => `"${portWord(port)}"`),
    ),
    ...listed('extra_hosts', settings.extraHosts.map(yaml)),
    ...listed('security_opt', settings.securityOptions.map(yaml)),
    '    healthcheck:',
    `      test: [${health.test.map((word) => quotedYaml(dollars(word))).join(', ')}]`,
    ...healthTimes(health).map(([name, value]) => `      ${name}: ${value}`),
    ...(volumes.length === 0 ? [] : ['volumes:']),
    ...volumes.flatMap((name) => [`  ${yamlScalar(name)}:`, `    name: ${yaml(name)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

const listed = (name: string, items: readonly string[], mark = '- '): string[] =>
  items.length === 0 ? [] : [`    ${name}:`, ...items.map((item) => `      ${mark}${item}`)];

const healthTimes = ({ interval, timeout, startPeriod, retries }: Health): [string, string][] => [
  ...(interval === undefined ? [] : ([['interval', seconds(interval)]] as [string, string][])),
  ...(timeout === undefined ? [] : ([['timeout', seconds(timeout)]] as [string, string][])),
  ...(startPeriod === undefined ? [] : ([['start_period', seconds(startPeriod)]] as [string, string][])),
  ...(retries === undefined ? [] : ([['retries', String(retries)]] as [string, string][])),
];

// Compose puts the value of the variable there, and does not start without one; podman-compose wants words behind `?`.
const valueFromOutside = (name: string): string =>
  /^[A-Za-z_]\w*$/.test(name)
    ? `"\${${name}:?set ${name}}"`
    : refuseValue(`--env ${name}`, 'the name has characters other than letters, digits, and _', 'Compose');

// Compose reads variables in every value.
const dollars = (word: string): string => word.replaceAll('$', '$$$$');

const yaml = (word: string): string => yamlScalar(dollars(word));

function quadlet(settings: ContainerSettings): string {
  const health = settings.health ?? processCheck;
  const labels = settings.securityOptions.map((option) =>
    option === 'label=disable'
      ? 'SecurityLabelDisable=true'
      : option.startsWith('label=type:')
        ? `SecurityLabelType=${option.slice('label=type:'.length)}`
        : `PodmanArgs=--security-opt ${unitWord(option, '--selinux-label')}`,
  );
  return section([
    unitHead(['network-online.target'], [], settings),
    [
      '[Container]',
      `ContainerName=${quadletValue(settings.name, '--name')}`,
      `Image=${quadletValue(qualified(settings.image), '--image')}`,
      ...settings.mounts.map(mountWords).map(([, word = '']) => `Volume=${quadletValue(word, '--volume')}`),
      ...environment(settings, quadletVariable),
      ...settings.ports.map((port) => `PublishPort=${portWord(port)}`),
      ...settings.extraHosts.map((host) => `PodmanArgs=--add-host ${unitWord(host, '--add-host')}`),
      ...labels,
      // Its own key came with Podman 5.
      `PodmanArgs=--stop-timeout ${patience}`,
      `HealthCmd=${quadletValue(health.test.slice(1).join(' '), '--health-cmd')}`,
      `HealthInterval=${seconds(health.interval ?? 30e9)}`,
      `HealthTimeout=${seconds(health.timeout ?? 30e9)}`,
      `HealthStartPeriod=${seconds(health.startPeriod ?? 0)}`,
      `HealthRetries=${health.retries ?? 3}`,
    ],
    // The first start may have to pull the image.
    [
      '[Service]',
      `Restart=${restartWord(settings)}`,
      'TimeoutStartSec=900',
      `TimeoutStopSec=${patience + 60}`,
    ],
    ['[Install]', 'WantedBy=multi-user.target default.target'],
  ]);
}

function unit(settings: ContainerSettings, program: 'docker' | 'podman', path: string): string {
  const health = settings.health ?? processCheck;
  // systemd itself starts it again; the program stays in front, so that systemd sees it end.
  const plain: ContainerSettings = { ...settings, health, restart: 'no', env: {} };
  const { words } = runWords(plain, { verb: ['run', '--rm'] });
  const names = Object.keys(settings.env).flatMap((name) => ['--env', name]);
  const [verb, rm, ...rest] = words;
  const flags = [...names, ...rest];
  const engine = unitWord(path, `PATH, where ${program} is`);
  const needs = program === 'docker' ? ['docker.service'] : [];
  return section([
    unitHead([...needs, 'network-online.target'], needs, settings),
    [
      '[Service]',
      ...environment(settings, unitVariable),
      `ExecStartPre=-${engine} rm --force ${settings.name}`,
      `ExecStart=${[engine, verb!, rm!, ...flags.map((word, at) => unitWord(word, flagAt(flags, at)))].join(' ')}`,
      `ExecStop=${engine} stop -t ${patience} ${settings.name}`,
      `TimeoutStopSec=${patience + 60}`,
      `Restart=${restartWord(settings)}`,
      'RestartSec=10',
      'TimeoutStartSec=900',
    ],
    ['[Install]', 'WantedBy=multi-user.target'],
  ]);
}

const section = (parts: readonly (readonly string[])[]): string =>
  `${parts.map((part) => part.join('\n')).join('\n\n')}\n`;

const unitHead = (
  after: readonly string[],
  requires: readonly string[],
  { restart }: ContainerSettings,
): string[] => [
  '[Unit]',
  'Description=GitLab Runner in a container',
  ...requires.map((one) => `Requires=${one}`),
  'Wants=network-online.target',
  `After=${after.join(' ')}`,
  ...startLimit(restart),
];

// on-failure:3 is a first start and three more; systemd counts them within a time, which must hold them all.
function startLimit(restart: string): string[] {
  const times = Number(/^on-failure:(\d+)$/.exec(restart)?.[1] ?? 0);
  if (times === 0) return [];
  return [`StartLimitIntervalSec=${Math.max(600, (times + 1) * 60)}`, `StartLimitBurst=${times + 1}`];
}

/** Where the unit reads the variables whose values are not written into it. */
export const secretFile = (name: string): string => `/etc/${name}.env`;

function environment(settings: ContainerSettings, write: typeof quadletVariable): string[] {
  const open = openNames(settings).map(
    (name) => `Environment=${write(name, settings.env[name]!, `--env ${name}`)}`,
  );
  return secretNames(settings).length === 0
    ? open
    : [...open, `EnvironmentFile=${secretFile(settings.name)}`];
}

const restartWord = ({ restart }: ContainerSettings): string =>
  restart === 'unless-stopped' ? 'always' : restart.replace(/:.*/, '');

// Podman asks which registry is meant when none is named; a unit cannot answer.
const qualified = (image: string): string =>
  /^(localhost|[^/]*[.:][^/]*)\//.test(image) ? image : `docker.io/${image}`;
