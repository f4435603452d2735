import { keepKey, writeLines } from './files.ts';
import { packagesKey, repositoryKey } from './keys.ts';
import { isOlder, packageNames } from './names.ts';
import { idsIn, valueIn } from './os-release.ts';
import type { Command, PackageManager, SourcePlan } from './package-manager.ts';

const keyFolder = '/etc/pki/rpm-gpg';
const repositoryKeyFile = `${keyFolder}/RPM-GPG-KEY-gitlab-runner-repository`;
const packagesKeyFile = `${keyFolder}/RPM-GPG-KEY-gitlab-runner`;
const keys = [repositoryKey(`${repositoryKeyFile}.new`), packagesKey(`${packagesKeyFile}.new`)] as const;

/** A distribution by the path that GitLab has for it, and the program that installs its packages. */
interface Distribution {
  readonly path: string;
  readonly program: 'dnf' | 'yum' | 'zypper';
}

/** dnf, yum, or zypper, where the os-release file names a distribution for which GitLab has RPM packages. */
export function rpmOf(osRelease: string | undefined): PackageManager | undefined {
  const distribution = readDistribution(osRelease);
  if (distribution === undefined) return undefined;
  const sourceFile = `${repositoryFolder(distribution)}/gitlab-runner.repo`;
  return {
    sourceFile,
    sourceFiles: [
      sourceFile,
      repositoryKeyFile,
      packagesKeyFile,
      // GitLab's script writes this one.
      `${repositoryFolder(distribution)}/runner_gitlab-runner.repo`,
    ],
    keys,
    keyring: {
      folder: repositoryFolder(distribution),
      ask: ['rpm', '-qa', '--queryformat', '%{NAME}-%{VERSION}-%{RELEASE}\n', 'gpg-pubkey*'],
      removeIn,
    },
    addSource: (base) => addSource(base, distribution, sourceFile),
    askInstalled: ['rpm', '-q', '--queryformat', '%{VERSION}-%{RELEASE}\\n', 'gitlab-runner'],
    repairIn,
    installedIn: (printed) => printed.trim() || undefined,
    ...(distribution.program === 'zypper' ? zypper : dnf(distribution.program)),
  };
}

// A key is a package there, named by the end of its fingerprint; since rpm 6, by all of it.
function removeIn(printed: string, fingerprints: readonly string[]): Command | undefined {
  const ends = fingerprints.map((fingerprint) => fingerprint.slice(-8).toLowerCase());
  const names = printed
    .split('\n')
    .filter((name) => ends.some((end) => new RegExp(`^gpg-pubkey-[0-9a-f]*${end}-[0-9a-f]+$`).test(name)));
  return names.length === 0 ? undefined : ['rpm', '-e', ...names];
}

// Where an upgrade was broken off, rpm has both versions: the older one is what it did not come to remove.
function repairIn(printed: string): Command | undefined {
  const versions = printed.trim().split(/\s+/);
  const [older] = versions.toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }));
  return versions.length > 1 ? ['rpm', '-e', `gitlab-runner-${older}`] : undefined;
}

const repositoryFolder = ({ program }: Distribution): string =>
  program === 'zypper' ? '/etc/zypp/repos.d' : '/etc/yum.repos.d';

function readDistribution(osRelease: string | undefined): Distribution | undefined {
  const release = valueIn(osRelease, 'VERSION_ID');
  const [major] = release.split('.');
  if (!/^\d+(\.\d+)?$/.test(release)) return undefined;
  for (const id of idsIn(osRelease)) {
    if (id === 'amzn') return { path: `amazon/${release}`, program: major === '2' ? 'yum' : 'dnf' };
    if (id === 'fedora') return { path: `fedora/${release}`, program: 'dnf' };
    if (id === 'ol') return { path: `ol/${major}`, program: major === '7' ? 'yum' : 'dnf' };
    if (id === 'rhel' || id === 'centos')
      return { path: `el/${major}`, program: major === '7' ? 'yum' : 'dnf' };
    if (id === 'opensuse-leap') return { path: `opensuse/${release}`, program: 'zypper' };
    if (id === 'sles' || id === 'sles_sap') return { path: `sles/${release}`, program: 'zypper' };
  }
  return undefined;
}

const addSource = (base: string, distribution: Distribution, sourceFile: string): SourcePlan => ({
  download: [
    ['install', '-d', '-m', '755', keyFolder],
    ...keys.map(
      ({ path, draft }) =>
        [
          'curl',
          '--fail',
          '--silent',
          '--show-error',
          '--location',
          '--output',
          draft,
          `${base}/${path}`,
        ] as const,
    ),
  ],
  add: [
    ...keepKey(keys[0], repositoryKeyFile),
    ...keepKey(keys[1], packagesKeyFile),
    ['rpm', '--import', repositoryKeyFile, packagesKeyFile],
    writeLines(repositoryEntry(base, distribution), sourceFile),
    distribution.program === 'zypper' ? [...run, 'refresh', 'gitlab-runner'] : forgetKeys,
  ],
});

const repositoryEntry = (base: string, { path, program }: Distribution): string[] => [
  '[gitlab-runner]',
  'name=GitLab Runner',
  `baseurl=${base}/runner/gitlab-runner/${path}/$basearch`,
  'enabled=1',
  'gpgcheck=1',
  'repo_gpgcheck=1',
  // Otherwise zypper takes the word of a signed repository for its packages.
  ...(program === 'zypper' ? ['pkg_gpgcheck=1'] : []),
  `gpgkey=file://${repositoryKeyFile}`,
  `       file://${packagesKeyFile}`,
  'sslverify=1',
  'metadata_expire=300',
];

// dnf has a copy of the keys of each repository, and does not read again a key that has expired since.
const forgetKeys: Command = [
  'sh',
  '-c',
  'rm -rf /var/cache/dnf/gitlab-runner-*/pubring /var/cache/libdnf5/gitlab-runner-*/pubring',
];

type Program = Pick<PackageManager, 'install' | 'refresh' | 'askNewest' | 'newestIn' | 'upgrade' | 'remove'>;

// Otherwise the package removes unused images of Docker from the machine.
const keepImages = ['env', 'NO_DOCKER_PRUNE=1'] as const;

function dnf(program: 'dnf' | 'yum'): Program {
  const install = (version: string | undefined, ...flags: string[]) =>
    [
      program,
      'install',
      '--assumeyes',
      ...flags,
      version === undefined ? 'gitlab-runner' : `gitlab-runner-${version}`,
    ] as const;
  // yum passes over an older version that is to be installed, and takes back no package that is not named.
  const upgrade = (version: string | undefined, installed: string | undefined, ...flags: string[]) => {
    if (version === undefined) return [program, 'upgrade', '--assumeyes', ...flags, 'gitlab-runner'] as const;
    if (program !== 'yum' || installed === undefined || !isOlder(version, installed))
      return install(version, ...flags);
    const names = packageNames(version).map((name) => `${name}-${version}`);
    return [program, 'downgrade', '--assumeyes', ...flags, ...names] as const;
  };
  return {
    install: (version) => [install(version)],
    // yum always reads them again, and does not know the flag.
    refresh: [[program, 'makecache', '--assumeyes', ...(program === 'dnf' ? ['--refresh'] : [])]],
    // The first time, dnf asks a person of each account for a yes to the keys of the repository.
    askNewest: [program, '--quiet', '--assumeyes', 'list', '--showduplicates', 'gitlab-runner'],
    newestIn: (printed) => /^Available [\s\S]*^gitlab-runner\.\S+ +(\S+)/m.exec(printed)?.[1],
    upgrade: (version, installed) => ({
      download: [upgrade(version, installed, '--downloadonly')],
      change: [[...keepImages, ...upgrade(version, installed)]],
    }),
    remove: (installed) => [[program, 'remove', '--assumeyes', ...packageNames(installed)]],
  };
}

// Never with --gpg-auto-import-keys: a key of the repository itself would be trusted.
const run = ['zypper', '--non-interactive'] as const;

const zypper: Program = {
  install: (version) => [[...run, 'install', ...zypperNames(version)]],
  refresh: [[...run, 'refresh']],
  askNewest: [...run, '--quiet', 'info', 'gitlab-runner'],
  newestIn: (printed) =>
    /^Repository *: @System$/m.test(printed) ? undefined : /^Version *: (\S+)$/m.exec(printed)?.[1],
  upgrade: (version) => ({
    download: [[...run, 'install', '--oldpackage', '--download-only', ...zypperNames(version)]],
    change: [[...keepImages, ...run, 'install', '--oldpackage', ...zypperNames(version)]],
  }),
  remove: (installed) => [[...run, '--ignore-unknown', 'remove', '--clean-deps', ...packageNames(installed)]],
};

// A package that another one needs goes back to an older version only when it is named.
const zypperNames = (version: string | undefined): string[] =>
  version === undefined ? ['gitlab-runner'] : packageNames(version).map((name) => `${name}=${version}`);
