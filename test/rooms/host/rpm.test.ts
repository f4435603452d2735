import { describe, expect, it } from 'vitest';
import { packageManagerOf } from '../../../src/host/packages/index.ts';
import { isOlder } from '../../../src/host/packages/names.ts';

const addressOf = (osRelease: string) => {
  const packages = packageManagerOf(osRelease.replaceAll('; ', '\n'));
  const commands = packages?.addSource('https://packages.example.com').add.flat().join(' ') ?? '';
  return [packages?.install(undefined)[0]?.[0], /gitlab-runner\/([\w./]+)\/\$basearch/.exec(commands)?.[1]];
};

describe('the RPM packages of a system', () => {
  it.each([
    ['ID="rhel"; ID_LIKE="fedora"; VERSION_ID="9.6"', 'dnf', 'el/9'],
    ['ID="centos"; ID_LIKE="rhel fedora"; VERSION_ID="10"', 'dnf', 'el/10'],
    ['ID="centos"; ID_LIKE="rhel fedora"; VERSION_ID="7"', 'yum', 'el/7'],
    ['ID="rocky"; ID_LIKE="rhel centos fedora"; VERSION_ID="8.10"', 'dnf', 'el/8'],
    ['ID="almalinux"; ID_LIKE="rhel centos fedora"; VERSION_ID="9.4"', 'dnf', 'el/9'],
    ['ID="ol"; ID_LIKE="fedora"; VERSION_ID="8.9"', 'dnf', 'ol/8'],
    ['ID=fedora; VERSION_ID=43', 'dnf', 'fedora/43'],
    ['ID=nobara; ID_LIKE="fedora"; VERSION_ID=42', 'dnf', 'fedora/42'],
    ['ID="amzn"; ID_LIKE="fedora"; VERSION_ID="2023"', 'dnf', 'amazon/2023'],
    ['ID="amzn"; ID_LIKE="centos rhel fedora"; VERSION_ID="2"', 'yum', 'amazon/2'],
    ['ID="sles"; ID_LIKE="suse"; VERSION_ID="15.6"', 'zypper', 'sles/15.6'],
    ['ID="sles_sap"; ID_LIKE="suse sles"; VERSION_ID="15.5"', 'zypper', 'sles/15.5'],
    ['ID="opensuse-leap"; ID_LIKE="suse opensuse"; VERSION_ID="16.0"', 'zypper', 'opensuse/16.0'],
  ])('are below the path of its release: %s', (osRelease, program, path) => {
    expect(addressOf(osRelease)).toEqual([program, path]);
  });

  it.each([
    'ID="opensuse-tumbleweed"; ID_LIKE="opensuse suse"; VERSION_ID="20251120"',
    'ID="sl-micro"; ID_LIKE="suse"; VERSION_ID="6.1"',
    'ID=fedora; VERSION_ID="43 $(id)"',
    'ID=fedora',
    'ID=arch',
  ])('are none: %s', (osRelease) => {
    expect(packageManagerOf(osRelease.replaceAll('; ', '\n'))).toBeUndefined();
  });
});

describe('the newest version', () => {
  const newestIn = (osRelease: string, printed: string) => packageManagerOf(osRelease)!.newestIn(printed);
  const dnf = 'ID=fedora\nVERSION_ID=43';
  const zypper = 'ID=sles\nVERSION_ID=15.6';

  it('is the last of those that dnf lists as available', () => {
    const installed = 'Installed Packages\ngitlab-runner.x86_64       19.0.0-1       @gitlab-runner\n';
    const available =
      'Available Packages\ngitlab-runner.x86_64    17.5.3-1     gitlab-runner\ngitlab-runner.x86_64    18.0.1-1     gitlab-runner\n';
    expect(newestIn(dnf, installed + available)).toBe('18.0.1-1');
    expect(newestIn(dnf, available)).toBe('18.0.1-1');
    expect(newestIn(dnf, installed)).toBeUndefined();
  });

  it('is the one of which zypper tells, except where no repository has it', () => {
    const words = (repository: string) =>
      `Information for package gitlab-runner:\n\nRepository     : ${repository}\nName           : gitlab-runner\nVersion        : 18.0.1-1\nStatus         : out-of-date (version 17.5.3-1 installed)\n`;
    expect(newestIn(zypper, words('GitLab Runner'))).toBe('18.0.1-1');
    expect(newestIn(zypper, words('@System'))).toBeUndefined();
    expect(newestIn(zypper, "package 'gitlab-runner' not found.\n")).toBeUndefined();
  });
});

it.each([
  ['17.5.3', '17.5.3-1', false],
  ['17.5.3', '17.10.0-1', true],
  ['17.10.0-1', '17.5.3-1', false],
  ['17.5.3-1', '17.5.3-2', true],
])('%s is an older version than %s: %s', (version, than, expected) => {
  expect(isOlder(version, than)).toBe(expected);
});
