import { expect, test } from 'vitest';
import { readUrl, sameGitlab, withParents } from '../../../src/gitlab/url.ts';
import { normaliseUrl } from '../../../src/text/gitlab-url.ts';

test.each([
  'https://gitlab.example.com',
  'https://gitlab.example.com/',
  'https://gitlab.example.com//',
  'https://gitlab.example.com/ci',
  'https://GitLab.example.com:443/gitlab/ci/',
  'http://127.0.0.1:18080/',
  'http://[::1]:8080',
])('%s is understood as it is', (typed) => {
  expect(readUrl(`  ${typed}\n`)).toEqual({ url: typed, repairs: [] });
});

test.each([
  ['gitlab.example.com', 'https://gitlab.example.com', ['No scheme given; assuming https://']],
  [
    'gitlab.example.com:8443/gitlab',
    'https://gitlab.example.com:8443/gitlab',
    ['No scheme given; assuming https://'],
  ],
  ['//gitlab.example.com', 'https://gitlab.example.com', ['No scheme given; assuming https://']],
  ['https:/gitlab.example.com', 'https://gitlab.example.com', ['Corrected the slashes after the scheme']],
  ['HTTP:gitlab.example.com/', 'http://gitlab.example.com', ['Corrected the slashes after the scheme']],
  ['https//gitlab.example.com', 'https://gitlab.example.com', ['Corrected the slashes after the scheme']],
  ['localhost:8080', 'http://localhost:8080', ['No scheme given; assuming http://']],
  ['gitlab.local:80/', 'http://gitlab.local', ['No scheme given; assuming http://']],
  ['git@gitlab.example.com:top/app.git', 'https://gitlab.example.com', ['Used the host of the Git URL']],
  [
    'ssh://git@gitlab.example.com:2222/top/app.git',
    'https://gitlab.example.com',
    ['Used the host of the Git URL'],
  ],
  ['https://gitlab.example.com/api/v4/', 'https://gitlab.example.com', ['Removed /api/v4/']],
  ['https://gitlab.example.com/gitlab/api/v4', 'https://gitlab.example.com/gitlab', ['Removed /api/v4']],
  [
    'https://gitlab.example.com/top/app/-/settings/ci_cd#js-runners',
    'https://gitlab.example.com/top/app',
    ['Removed everything after ? or #', 'Removed /-/settings/ci_cd'],
  ],
  ['https://gitlab.example.com/users/sign_in', 'https://gitlab.example.com', ['Removed /users/sign_in']],
  [
    'https://gitlab.example.com/admin/runners?x=1',
    'https://gitlab.example.com',
    ['Removed everything after ? or #', 'Removed /admin/runners'],
  ],
  [
    'https://me:secret@gitlab.example.com/',
    'https://gitlab.example.com',
    ['Removed the user name and password'],
  ],
])('%s becomes %s, with consent', (typed, url, repairs) => {
  expect(readUrl(typed)).toEqual({ url, repairs });
});

test.each([
  ['  ', 'The GitLab URL is empty.'],
  ['my gitlab', '"my gitlab" is not a URL, because it contains spaces.'],
  ['ftp://gitlab.example.com', 'A GitLab URL begins with https:// or http://, not ftp:.'],
  ['mailto:me@example.com', 'A GitLab URL begins with https:// or http://, not mailto:.'],
  ['https://me:secret@', '"https://" is not a URL.'],
  ['https://exa%mple', '"https://exa%mple" is not a URL.'],
])('"%s" is no address', (typed, message) => {
  expect(() => readUrl(typed)).toThrow(
    expect.objectContaining({
      message,
      code: 2,
      hint: 'Use the URL of the GitLab start page, for example --url https://gitlab.example.com',
    }),
  );
});

test.each([
  ['https://GitLab.Example.com:443//', 'https://gitlab.example.com'],
  ['http://gitlab.example.com:80/ci/', 'http://gitlab.example.com'],
  ['http://gitlab.example.com:8080/ci/ci', 'http://gitlab.example.com:8080/ci'],
  ['https://gitlab.example.com/GitLab/', 'https://gitlab.example.com/GitLab'],
  [' $CI_SERVER_URL ', '$CI_SERVER_URL'],
])('%s is compared as %s', (url, normal) => {
  expect(normaliseUrl(url)).toBe(normal);
});

test('the same GitLab is seen through slashes, case and /ci, and another port is another one', () => {
  expect(sameGitlab('https://GITLAB.example.com/ci', 'https://gitlab.example.com:443/')).toBe(true);
  expect(sameGitlab('https://gitlab.example.com', 'https://gitlab.example.com:8443')).toBe(false);
});

test('the places above a page are tried nearest first', () => {
  expect(withParents('https://h/gitlab/top/app')).toEqual([
    'https://h/gitlab/top/app',
    'https://h/gitlab/top',
    'https://h/gitlab',
    'https://h',
  ]);
});
