import { textIn } from '../../../config/model.ts';
import { quotePosix } from '../../../text/shell-quote.ts';
import { writeYaml, type Yaml } from '../../../text/yaml.ts';
import { wholeConfig } from './config-toml.ts';
import { type Format, type Omitted, type Source, secretsIn, withReferences } from './format.ts';

/** User data of cloud-init: it writes config.toml and installs gitlab-runner, and Docker where jobs need it. */
export const cloudInit: Format = (source) => {
  const text = wholeConfig(source);
  const names = [...new Set(secretsIn(source, text).map(({ name }) => name))];
  const content = withReferences(source, text, ({ name }) => `\${${name}}`);
  const head = secretLines(names)
    .map((line) => `# ${line}\n`)
    .join('');
  const data = writeYaml(cloudConfig(content, source));
  return {
    files: [{ name: 'user-data.yaml', about: 'cloud-init', text: `#cloud-config\n${head}${data}` }],
    omitted: hostFiles(source),
  };
};

function secretLines(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const list = names.map((name) => `\${${name}}`).join(' ');
  return [
    'The secrets are variables. Fill them in before use, and protect the result:',
    `  envsubst ${quotePosix(list)} < user-data.yaml > user-data.filled.yaml`,
  ];
}

/** The parts of user data that make a machine a host of these runners; `content` is config.toml. */
export const cloudConfig = (content: string, source: Source): { readonly [key: string]: Yaml } => ({
  write_files: [{ path: '/etc/gitlab-runner/config.toml', owner: 'root:root', permissions: '0600', content }],
  runcmd: [...(needsDocker(source) ? [dockerSetup] : []), runnerSetup].map((line) => ['sh', '-c', line]),
});

const dockerSetup = 'command -v docker || curl -fsSL https://get.docker.com | sh';

// The packages of GitLab, for the two kinds of package managers.
const packages = 'https://packages.gitlab.com/install/repositories/runner/gitlab-runner';
const runnerSetup = [
  'if command -v apt-get',
  `then curl -fsSL ${packages}/script.deb.sh | bash && apt-get install --yes gitlab-runner`,
  `else curl -fsSL ${packages}/script.rpm.sh | bash && dnf install --assumeyes gitlab-runner; fi`,
].join('; ');

/** Whether a runner starts its jobs in the Docker engine of its own machine. */
export const needsDocker = ({ runners }: Source): boolean =>
  runners.some(({ block }) => {
    const host = textIn(block, 'docker', 'host');
    return textIn(block, 'executor') === 'docker' && (host === '' || host.startsWith('unix:'));
  });

/** The files of this machine that config.toml names: they are not part of the export. */
export const hostFiles = ({ runners }: Source): Omitted[] =>
  runners.flatMap(({ at, block }) =>
    fileKeys.flatMap((path) => {
      const file = textIn(block, ...path);
      if (file === '') return [];
      return [{ at, key: path.join('.'), why: `Copy the file ${file} to the new machine.` }];
    }),
  );

const fileKeys: readonly (readonly string[])[] = [
  ['tls-ca-file'],
  ['tls-cert-file'],
  ['tls-key-file'],
  ['ssh', 'identity_file'],
  ['docker', 'tls_cert_path'],
  ['kubernetes', 'cert_file'],
  ['kubernetes', 'key_file'],
  ['kubernetes', 'ca_file'],
  ['cache', 'gcs', 'CredentialsFile'],
  ['autoscaler', 'connector_config', 'key_path'],
  ['custom', 'config_exec'],
  ['custom', 'prepare_exec'],
  ['custom', 'run_exec'],
  ['custom', 'cleanup_exec'],
];
