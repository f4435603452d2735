import { isIP } from 'node:net';
import { exactKey, type Table, textIn, withValue } from '../../../config/model.ts';
import { metricsAddress } from '../../../runner/metrics.ts';
import { followedTag } from '../../../text/gitlab-runner.ts';
import { quotePosix } from '../../../text/shell-quote.ts';
import { writeYaml, type Yaml } from '../../../text/yaml.ts';
import { hostFiles, needsDocker } from './cloud-init.ts';
import { wholeConfig } from './config-toml.ts';
import { type Format, type Omitted, type Source, secretsIn, withReferences } from './format.ts';

/** A Compose file with gitlab-runner, and the config.toml that it mounts. */
export const compose: Format = (source) => {
  const text = wholeConfig({ ...source, globals: inContainer(source.globals) });
  const config = withReferences(source, text, ({ name }) => `\${${name}}`);
  const tokens = variablesOf(source);
  const secrets = secretsIn(source, text).map(({ name }) => name);
  const others = [...new Set(secrets)].filter((name) => !tokens.includes(name));
  return {
    files: [
      { name: 'compose.yaml', about: 'Compose', text: composeFile(source, tokens) },
      { name: configFile, about: 'gitlab-runner', text: `${headOf(others)}${config}` },
    ],
    omitted: [...executorsOmitted(source), ...hostFiles(source)],
  };
};

const configFile = 'config/config.toml';

// gitlab-runner fills in variables in tokens and URLs only.
function headOf(names: readonly string[]): string {
  if (names.length === 0) return '';
  const list = names.map((name) => `\${${name}}`).join(' ');
  const lines = [
    `gitlab-runner does not fill in these variables: ${names.join(', ')}. Do it before the first start:`,
    `  envsubst ${quotePosix(list)} < ${configFile} > config.filled && mv config.filled ${configFile}`,
  ];
  return lines.map((line) => `# ${line}\n`).join('');
}

/** The variables in tokens and URLs: gitlab-runner takes them from the environment of its container. */
function variablesOf(source: Source): string[] {
  const texts = source.runners.flatMap(({ block }) => [textIn(block, 'token'), textIn(block, 'url')]);
  const withNames = texts.map((text) => withReferences(source, text, ({ name }) => `\${${name}}`));
  const names = withNames.flatMap((text) => [...text.matchAll(/\$(?:\{(\w+)\}|(\w+))/g)]);
  return [...new Set(names.map(([, braced, bare]) => braced ?? bare!))].filter((name) =>
    /^[A-Za-z_]/.test(name),
  );
}

function composeFile(source: Source, variables: readonly string[]): string {
  const ports = portsOf(source);
  const file: Yaml = {
    services: {
      'gitlab-runner': {
        image: `gitlab/gitlab-runner:${followedTag}`,
        restart: 'always',
        // Running jobs may finish.
        stop_grace_period: '3600s',
        ...(variables.length > 0 && {
          environment: Object.fromEntries(variables.map((name) => [name, `\${${name}:?set ${name}}`])),
        }),
        volumes: [
          './config:/etc/gitlab-runner',
          ...(needsDocker(source) ? ['/var/run/docker.sock:/var/run/docker.sock'] : []),
        ],
        ...(ports.length > 0 && { ports }),
      },
    },
  };
  const head = [
    'GitLab Runner in a container, with the folder config beside this file.',
    ...(variables.length === 0
      ? []
      : [`Set these variables in the environment or in the file .env: ${variables.join(', ')}`]),
  ];
  return `${head.map((line) => `# ${line}\n`).join('')}${writeYaml(file)}`;
}

const listening: readonly (readonly string[])[] = [['listen_address'], ['session_server', 'listen_address']];

// A container does not have the addresses of its host, and what listens at 127.0.0.1 inside cannot be published.
const inContainer = (globals: Table): Table =>
  listening.reduce((table, path) => {
    const { host, port } = metricsAddress(textIn(table, ...path));
    return host === '' ? table : withValue(table, path, `:${port}`, exactKey);
  }, globals);

function portsOf({ globals }: Source): string[] {
  const addresses = listening.map((path) => textIn(globals, ...path)).filter((address) => address !== '');
  return addresses.map(metricsAddress).flatMap(({ host, port }) => {
    if (!/^\d+$/.test(port)) return [];
    return [`${interfaceOf(host)}${port}:${port}`];
  });
}

/** The address of the host at which a port is published; none for a name, so at all of them. */
function interfaceOf(host: string): string {
  if (/^localhost$/i.test(host)) return '127.0.0.1:';
  const kind = isIP(host);
  return kind === 0 ? '' : `${kind === 6 ? `[${host}]` : host}:`;
}

const executorsOmitted = ({ runners }: Source): Omitted[] =>
  runners.flatMap(({ at, block }) => {
    const why = unfit[textIn(block, 'executor')];
    return why === undefined ? [] : [{ at, key: 'executor', why }];
  });

const jobsInside = 'Jobs run inside the container of gitlab-runner.';
const noMachines = 'A container cannot start these virtual machines.';
const unfit: Readonly<Record<string, string>> = {
  shell: jobsInside,
  custom: jobsInside,
  virtualbox: noMachines,
  parallels: noMachines,
  'docker-windows': 'The image of gitlab-runner is for Linux.',
};
