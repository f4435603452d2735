import { expect, test } from 'vitest';
import { packageManagerOf } from '../../../src/host/packages/index.ts';

const apt = packageManagerOf('ID=debian\nVERSION_CODENAME=trixie\n')!;

const policy = (...lines: string[]) => `gitlab-runner:\n${lines.join('\n')}\n`;

test('the newest version is the one that apt would install', () => {
  const printed = policy(
    '  Installed: 17.5.3-1',
    '  Candidate: 18.0.1-1',
    '  Version table:',
    '     18.0.1-1 500',
    '        500 https://packages.example.com/runner/gitlab-runner/debian trixie/main amd64 Packages',
    ' *** 17.5.3-1 100',
    '        100 /var/lib/dpkg/status',
  );
  expect(apt.newestIn(printed)).toBe('18.0.1-1');
});

test('a package that no repository has has no newest version', () => {
  const installed = ['  Installed: 17.5.3-1', '  Candidate: 17.5.3-1', '  Version table:'];
  const printed = policy(...installed, ' *** 17.5.3-1 100', '        100 /var/lib/dpkg/status');
  expect(apt.newestIn(printed)).toBeUndefined();
  expect(apt.newestIn('')).toBeUndefined();
  expect(apt.newestIn(policy('  Candidate: (none)', '  Version table:'))).toBeUndefined();
});

test('a version of its own may be older than the installed one', () => {
  expect(apt.upgrade('17.7.1', undefined).download).toEqual([
    [
      ...['apt-get', 'install', '--download-only', '--yes', '--allow-downgrades'],
      ...['gitlab-runner=17.7.1-1', 'gitlab-runner-helper-images=17.7.1-1'],
    ],
  ]);
});

test('a package of the distribution is restored by its own version', () => {
  expect(apt.upgrade('11.2.0+dfsg-2ubuntu1', undefined).download[0]!.at(-1)).toBe(
    'gitlab-runner=11.2.0+dfsg-2ubuntu1',
  );
});

test('LMDE names the release of Debian beside its own', () => {
  const lmde = 'ID=linuxmint\nID_LIKE=debian\nVERSION_CODENAME=gigi\nDEBIAN_CODENAME=trixie\n';
  const { add } = packageManagerOf(lmde)!.addSource('https://packages.gitlab.com');
  expect(add.flat().join(' ')).toContain('Suites: trixie');
});

test('the helper images go with the version that has them', () => {
  expect(apt.remove('18.0.1-1')).toEqual([
    ['apt-get', 'remove', '--yes', 'gitlab-runner', 'gitlab-runner-helper-images'],
  ]);
  expect(apt.remove('17.5.3-1')).toEqual([['apt-get', 'remove', '--yes', 'gitlab-runner']]);
});

test.each(['ID=alpine\n', 'ID=debian\n', '', undefined])('no packages for the system %j', (osRelease) => {
  expect(packageManagerOf(osRelease)).toBeUndefined();
});
