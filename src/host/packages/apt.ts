import { keepKey, writeLines } from './files.ts';
import { repositoryKey } from './keys.ts';
import { packageNames } from './names.ts';
import { idsIn, valueIn } from './os-release.ts';
import type { Command, PackageManager, SourcePlan } from './package-manager.ts';

/** Where the key and the repository are written. */
const files = {
  key: '/etc/apt/keyrings/gitlab-runner.asc',
  sources: '/etc/apt/sources.list.d/gitlab-runner.sources',
} as const;

const key = repositoryKey(`${files.key}.new`);

// GitLab's script for Debian writes these.
const filesOfScript = [
  '/etc/apt/sources.list.d/runner_gitlab-runner.list',
  '/etc/apt/keyrings/runner_gitlab-runner-archive-keyring.gpg',
  '/usr/share/keyrings/runner_gitlab-runner-archive-keyring.gpg',
];

/** A distribution by GitLab's word for it, and its release. */
interface Distribution {
  readonly distribution: 'debian' | 'ubuntu';
  readonly codename: string;
}

/** apt, where the os-release file names Debian, Ubuntu, or one that is like them. */
export function aptOf(osRelease: string | undefined): PackageManager | undefined {
  const found = readDistribution(osRelease);
  if (found === undefined) return undefined;
  return {
    sourceFile: files.sources,
    sourceFiles: [files.sources, files.key, ...filesOfScript],
    keys: [key],
    addSource: (base) => addSource(base, found),
    install: (version) => [['apt-get', 'install', '--yes', ...packageWords(version)]],
    refresh: [['apt-get', 'update']],
    askNewest: ['apt-cache', 'policy', 'gitlab-runner'],
    newestIn,
    upgrade,
    remove: (installed) => [['apt-get', 'remove', '--yes', ...packageNames(installed)]],
    repair,
    repairIn,
    askInstalled: ['dpkg-query', '-W', '-f', '${db:Status-Status} ${Version}\\n', 'gitlab-runner'],
    installedIn: (printed) => /^installed (\S+)/m.exec(printed)?.[1],
  };
}

const repair = ['dpkg', '--configure', '-a'] as const;

// What was not even unpacked whole cannot be configured.
function repairIn(printed: string): Command | undefined {
  if (/^(unpacked|half-configured|triggers)/m.test(printed)) return repair;
  const again = ['apt-get', 'install', '--yes', '--reinstall', 'gitlab-runner'] as const;
  return /^half-installed/m.test(printed) ? again : undefined;
}

function readDistribution(osRelease: string | undefined): Distribution | undefined {
  const distribution = idsIn(osRelease).find((name) => name === 'ubuntu' || name === 'debian');
  // One that is like them has a name of its own besides.
  const like = valueIn(osRelease, distribution === 'ubuntu' ? 'UBUNTU_CODENAME' : 'DEBIAN_CODENAME');
  const codename = like || valueIn(osRelease, 'VERSION_CODENAME');
  return distribution !== undefined && /^[a-z]+$/.test(codename) ? { distribution, codename } : undefined;
}

const addSource = (base: string, found: Distribution): SourcePlan => ({
  download: [
    ['install', '-d', '-m', '755', '/etc/apt/keyrings'],
    ['/usr/lib/apt/apt-helper', 'download-file', `${base}/${key.path}`, key.draft],
  ],
  add: [
    ...keepKey(key, files.key),
    writeLines(sourcesEntry(base, found), files.sources),
    ['apt-get', 'update'],
  ],
});

const sourcesEntry = (base: string, { distribution, codename }: Distribution): string[] => [
  'Types: deb',
  `URIs: ${base}/runner/gitlab-runner/${distribution}`,
  `Suites: ${codename}`,
  'Components: main',
  `Signed-By: ${files.key}`,
];

// A line of a version in `apt-cache policy`, and below it the places that have it; what is installed is no such place.
function newestIn(printed: string): string | undefined {
  const [, candidate] = /^ {2}Candidate: (\d\S*)$/m.exec(printed) ?? [];
  const hasSource = /^ {5,}-?\d+ (?!\/var\/lib\/dpkg\/status)\S/m.test(printed);
  return hasSource ? candidate : undefined;
}

function upgrade(version: string | undefined): ReturnType<PackageManager['upgrade']> {
  const downgrade = version === undefined ? [] : ['--allow-downgrades'];
  const words = ['--yes', ...downgrade, ...packageWords(version)];
  return {
    download: [['apt-get', 'install', '--download-only', ...words]],
    // Without it, the package removes unused images of Docker from the machine.
    change: [['env', 'NO_DOCKER_PRUNE=1', 'apt-get', 'install', ...words]],
  };
}

function packageWords(version: string | undefined): string[] {
  if (version === undefined) return ['gitlab-runner'];
  const whole = version.includes('-') ? version : `${version}-1`;
  return packageNames(version).map((name) => `${name}=${whole}`);
}
