import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Hands exports to the programs that they are for, as far as those are installed: `npm run exports`, or
// `npm run exports -- FOLDER` for the *.toml files of a folder. Those that are missing are named; a refusal fails the run.
const program = fileURLToPath(new URL('../bin/runner-setup.js', import.meta.url));
const fixtures = fileURLToPath(new URL('../test/cases/fixtures/config', import.meta.url));
const folders = process.argv.length > 2 ? process.argv.slice(2) : [fixtures];
const home = mkdtempSync(join(tmpdir(), 'exports-'));

interface Tried {
  readonly code: number;
  readonly text: string;
}

function run(
  command: string,
  words: readonly string[],
  cwd = home,
  env: Record<string, string> = {},
): Tried | undefined {
  const { error, status, stdout, stderr } = spawnSync(command, words, {
    cwd,
    env: { ...process.env, HOME: home, ...env },
    encoding: 'utf8',
    timeout: 120_000,
  });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
  return { code: status ?? 1, text: `${stdout}${stderr}${error?.message ?? ''}` };
}

/** One program that reads an export: how its version is asked for, and how it checks a folder with the files. */
interface Reader {
  readonly format: string;
  readonly name: string;
  readonly version: readonly [command: string, ...words: string[]];
  /** The words of a command that an older release does not have. */
  readonly requires?: readonly string[];
  /** Undefined where there is nothing for it to read. */
  check(folder: string): Tried | undefined;
}

const files = (folder: string, ending: RegExp): string[] =>
  readdirSync(folder).filter((name) => ending.test(name));

const fine: Tried = { code: 0, text: '' };

const readers: readonly Reader[] = [
  { format: 'helm', name: 'helm', version: ['helm', 'version', '--short'], check: checkHelm },
  {
    format: 'ansible',
    name: 'ansible-lint',
    version: ['ansible-lint', '--version', '--nocolor'],
    check: (folder) => {
      mkdirSync(join(folder, 'group_vars'));
      writeFileSync(join(folder, 'group_vars/all.yml'), readFileSync(join(folder, 'gitlab-runner.yml')));
      return run(
        'ansible-lint',
        ['--offline', '--nocolor', '--profile', 'production', 'group_vars/all.yml'],
        folder,
      );
    },
  },
  {
    format: 'ansible',
    name: 'ansible',
    version: ['ansible', '--version'],
    check: (folder) => {
      // Each text comes through Ansible's templates as it is in config.toml.
      const vaults = [
        ...readFileSync(join(folder, 'gitlab-runner.yml'), 'utf8').matchAll(/^# {3}(vault_\w+)$/gm),
      ];
      const extra = JSON.stringify(Object.fromEntries(vaults.map(([, name]) => [name, 'x'])));
      const words = [
        'localhost',
        '-m',
        'debug',
        '-a',
        'var=gitlab_runner_runners',
        '-e',
        '@gitlab-runner.yml',
        '-e',
        extra,
      ];
      const tried = run('ansible', words, folder, { ANSIBLE_NOCOLOR: '1' })!;
      return /VARIABLE IS NOT DEFINED/.test(tried.text) ? { ...tried, code: 1 } : tried;
    },
  },
  {
    format: 'terraform',
    name: 'terraform fmt',
    version: ['terraform', 'version'],
    check: (folder) => run('terraform', ['fmt', '-check', '-diff'], folder),
  },
  {
    format: 'terraform',
    name: 'terraform validate, without the provider: all but its blocks',
    version: ['terraform', 'version'],
    check: checkTerraform,
  },
  {
    format: 'cloud-init',
    name: 'cloud-init',
    version: ['cloud-init', '--version'],
    check: (folder) => run('cloud-init', ['schema', '--config-file', 'user-data.yaml'], folder),
  },
  {
    format: 'nixos',
    name: 'nix-instantiate',
    version: ['nix-instantiate', '--version'],
    check: checkNix,
  },
  ...(['docker compose', 'docker-compose', 'podman-compose'] as const).map((name): Reader => {
    const [command, ...words] = name.split(' ') as [string, ...string[]];
    return {
      format: 'compose',
      name,
      version: [command, ...words, 'version'],
      requires: [...words, 'config', '--help'],
      check: (folder) => {
        const text = readFileSync(join(folder, 'compose.yaml'), 'utf8');
        const variables = [...text.matchAll(/\$\{(\w+):\?/g)].map(([, one]) => [one!, 'x'] as const);
        return run(
          command,
          [...words, '-f', 'compose.yaml', 'config'],
          folder,
          Object.fromEntries(variables),
        );
      },
    };
  }),
];

// The chart is GitLab's where CHART is its folder, else one that only evaluates the template of the runner.
function checkHelm(folder: string): Tried | undefined {
  const chart = process.env.CHART ?? ownChart(folder);
  const values = files(folder, /^values-.*\.yaml$/);
  const each = values.map((name) => {
    const secrets = [...readFileSync(join(folder, name), 'utf8').matchAll(/--set-file (\S+)=FILE/g)];
    const set = secrets.flatMap(([, key]) => ['--set', `${key}=a"b`]);
    return run('helm', ['template', 'try', chart, '--values', name, ...set], folder)!;
  });
  return values.length === 0 ? undefined : worst(each);
}

function ownChart(folder: string): string {
  const chart = join(folder, 'chart');
  mkdirSync(join(chart, 'templates'), { recursive: true });
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: gitlab-runner\nversion: 0.0.0\n');
  writeFileSync(
    join(chart, 'templates/configmap.yaml'),
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: try\ndata:\n  config.template.toml: |\n{{ tpl .Values.runners.config . | indent 4 }}\n`,
  );
  return chart;
}

const worst = (all: readonly Tried[]): Tried => all.find(({ code }) => code !== 0) ?? fine;

// Terraform loads providers from its registry: the resources stand in as locals, so that all expressions are evaluated.
function checkTerraform(folder: string): Tried | undefined {
  const text = readFileSync(join(folder, 'gitlab-runner.tf'), 'utf8');
  const plain = text
    .replace(/^terraform \{[\s\S]*?^\}\n/m, '')
    .replace(/^provider "gitlab" \{[\s\S]*?^\}\n/gm, '')
    .replace(/^resource "gitlab_user_runner"/gm, 'resource "terraform_data"')
    .replace(
      /(?<=^resource "terraform_data" "\w+" \{\n)([\s\S]*?)(?=^\}\n)/gm,
      '  input = {\n    token = "glrt-x"\n$1  }\n',
    )
    .replace(/gitlab_user_runner\.(\w+)\.token/g, 'terraform_data.$1.input.token')
    .replace(/^ +provider += .*\n/gm, '');
  const place = join(folder, 'plain');
  mkdirSync(place);
  writeFileSync(join(place, 'main.tf'), plain);
  const started = run('terraform', ['init', '-no-color', '-input=false'], place)!;
  return started.code === 0 ? run('terraform', ['validate', '-no-color'], place) : started;
}

// The module is a function of packages: the one that it uses gives its text.
function checkNix(folder: string): Tried | undefined {
  const pkgs = '{ writeText = name: text: "/nix/store/x-" + name + builtins.substring 0 0 text; }';
  const words = ['--eval', '--strict', '--json', '-E', `(import ./gitlab-runner.nix) { pkgs = ${pkgs}; }`];
  const store = {
    NIX_STORE_DIR: join(home, 'store'),
    NIX_STATE_DIR: join(home, 'state'),
    NIX_LOG_DIR: join(home, 'log'),
  };
  return run('nix-instantiate', words, folder, {
    ...store,
    NIX_REMOTE: '',
    NIX_DATA_DIR: process.env.NIX_DATA_DIR ?? '',
  });
}

const configs = folders.flatMap((folder) => files(folder, /\.toml$/).map((name) => join(folder, name)));

for (const reader of readers) {
  const [command, ...words] = reader.version;
  const version = run(command, words);
  if (version === undefined || version.code !== 0) {
    console.log(`MISSING  ${reader.format}: ${reader.name} is not installed, so nothing was checked with it`);
    continue;
  }
  if (reader.requires !== undefined && run(command, reader.requires)?.code !== 0) {
    console.log(`MISSING  ${reader.format}: this release of ${reader.name} cannot check a file`);
    continue;
  }
  const refused = configs.flatMap((config) => {
    const folder = mkdtempSync(join(home, 'export-'));
    const made = run(process.execPath, [
      program,
      'export',
      '--format',
      reader.format,
      '-c',
      config,
      '--output',
      `${folder}/`,
    ])!;
    // Some files are no config.toml that gitlab-runner would load.
    if (made.code !== 0) return [];
    const tried = reader.check(folder);
    return tried === undefined || tried.code === 0 ? [] : [`${config}\n${tried.text}`];
  });
  const release = version.text.split('\n')[0]!.trim();
  console.log(
    `${refused.length === 0 ? 'ok      ' : 'REFUSED '} ${reader.format}: ${reader.name} (${release}), ${configs.length} files`,
  );
  for (const one of refused.slice(0, 3)) console.log(one);
  if (refused.length > 0) process.exitCode = 1;
}
rmSync(home, { recursive: true });
