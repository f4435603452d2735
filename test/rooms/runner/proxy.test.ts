import { expect, test } from 'vitest';
import { snippetsFor, withProxy } from '../../../src/runner/proxy.ts';
import {
  partsOfProxy,
  proxyAddress,
  secretsOfProxy,
  shownProxy,
  withCredentials,
} from '../../../src/settings/proxy.ts';

const plain = { isInnerDocker: false };
const all = (proxy: string, direct: string) => [
  `http_proxy=${proxy}`,
  `HTTP_PROXY=${proxy}`,
  `https_proxy=${proxy}`,
  `HTTPS_PROXY=${proxy}`,
  `no_proxy=${direct}`,
  `NO_PROXY=${direct}`,
];

test('a proxy is named in all spellings, behind what is there', () => {
  expect(withProxy(['TZ=UTC'], { proxy: 'p:3128' }, plain)).toEqual([
    'TZ=UTC',
    ...all('http://p:3128', 'localhost,127.0.0.1'),
  ]);
});

test('a second time nothing changes, also where somebody has put it in another order', () => {
  const once = withProxy([], { proxy: 'p:3128', noProxy: 'a.test' }, plain);
  expect(withProxy(once, { proxy: 'p:3128', noProxy: 'a.test' }, plain)).toEqual(once);
  expect(withProxy(once, { proxy: 'p:3128' }, plain)).toEqual(once);
  const turned = [...once.toReversed(), 'TZ=UTC'];
  expect(withProxy(turned, { proxy: 'p:3128' }, plain)).toEqual(turned);
});

test('earlier ones are replaced, whatever their letters, and doubles go', () => {
  const before = [
    'Http_Proxy=old',
    'A=1',
    'HTTP_PROXY=http://p',
    'HTTP_PROXY=http://p',
    'no_proxy=x.test y.test',
  ];
  expect(withProxy(before, { proxy: 'http://p/' }, plain)).toEqual([
    'A=1',
    'HTTP_PROXY=http://p',
    'http_proxy=http://p',
    'https_proxy=http://p',
    'HTTPS_PROXY=http://p',
    'no_proxy=x.test,y.test,localhost,127.0.0.1',
    'NO_PROXY=x.test,y.test,localhost,127.0.0.1',
  ]);
});

test('Docker-in-Docker and a GitLab of this network are reached past it', () => {
  const ways = { isInnerDocker: true, localGitlab: 'gitlab.corp.test' };
  expect(withProxy([], { proxy: 'p', noProxy: '' }, ways).at(-1)).toBe(
    'NO_PROXY=localhost,127.0.0.1,docker:2375,docker:2376,gitlab.corp.test',
  );
});

test('an empty proxy takes all of them away', () => {
  expect(withProxy(['A=1', ...all('http://p', 'x')], { proxy: '' }, plain)).toEqual(['A=1']);
});

test('hosts alone need a proxy that is there, whose spellings stay', () => {
  expect(withProxy(['http_proxy=p'], { noProxy: 'a.test' }, plain)).toEqual([
    'http_proxy=p',
    'no_proxy=a.test,localhost,127.0.0.1',
    'NO_PROXY=a.test,localhost,127.0.0.1',
  ]);
  expect(() => withProxy(['no_proxy=a'], { noProxy: 'a.test' }, plain)).toThrow(
    '--no-proxy requires a proxy',
  );
});

test('an address gets its scheme, and no sign that gitlab-runner would expand', () => {
  expect(proxyAddress('proxy:3128')).toBe('http://proxy:3128');
  expect(proxyAddress('https://a:b$c@proxy/')).toBe('https://a:b%24c@proxy');
  expect(proxyAddress('socks5://proxy:1080')).toBe('socks5://proxy:1080');
});

test('user and password are asked for and hidden by themselves', () => {
  expect(withCredentials('proxy:3128', 'ada', 'ge$h/e@im')).toBe('http://ada:ge%24h%2Fe%40im@proxy:3128');
  expect(withCredentials('http://proxy', 'ada', '')).toBe('http://ada@proxy');
  expect(withCredentials('proxy', '', 'x')).toBe('proxy');
  expect(partsOfProxy('http://ada:ge%24h%2Fe@proxy:3128')).toEqual({
    place: 'http://proxy:3128',
    user: 'ada',
    password: 'ge$h/e',
  });
  expect(partsOfProxy('proxy:3128')).toEqual({ place: 'proxy:3128', user: '', password: '' });
  expect(secretsOfProxy('http://ada:ge%24heim@proxy')).toEqual(['ge%24heim', 'ge$heim']);
  expect(secretsOfProxy('http://onlytoken@proxy')).toEqual(['onlytoken']);
  expect(secretsOfProxy('http://proxy')).toEqual([]);
  expect(shownProxy('http://ada:geheim@proxy:3128')).toBe('http://[hidden]@proxy:3128');
  expect(shownProxy('ada:geheim@proxy:3128')).toBe('[hidden]@proxy:3128');
  expect(shownProxy('ada:ge/h@im@proxy:3128')).toBe('[hidden]@proxy:3128');
  expect(shownProxy('proxy:3128')).toBe('proxy:3128');
  expect(secretsOfProxy('ada:ge/h@im@proxy:3128')).toEqual(['ge/h@im']);
});

test('systemd gets its percent signs twice', () => {
  const [service, ...others] = snippetsFor(
    [['HTTP_PROXY=http://p:1', 'NO_PROXY=%a.test'], ['no_proxy=b.test']],
    false,
  );
  expect(others).toEqual([]);
  expect(service!.text).toBe(`[Service]
Environment="HTTP_PROXY=http://p:1"
Environment="HTTPS_PROXY=http://p:1"
Environment="NO_PROXY=%%a.test,b.test"`);
  expect(snippetsFor([['TZ=UTC']], true)).toEqual([]);
});
