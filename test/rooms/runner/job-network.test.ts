import { expect, test } from 'vitest';
import {
  extraHost,
  gateway,
  handsCa,
  isEngineHere,
  knowsHost,
  withHost,
} from '../../../src/runner/job-network.ts';
import { checkSyntax, tidyHostIp } from '../../../src/settings/syntax.ts';

const other = { name: 'gitlab.corp.test', address: '10.0.0.5', isSelf: false };
const self = { name: 'gitlab.corp.test', address: '127.0.0.1', isSelf: true };
const place = (executor: string, engine = '', ownAddress: string | undefined = '192.0.2.7') => ({
  executor,
  engine,
  ownAddress,
});

test.each([
  [other, place('docker'), '10.0.0.5'],
  [{ ...other, address: 'fd00::5' }, place('docker'), 'fd00::5'],
  [self, place('docker'), 'host-gateway'],
  [self, place('docker', 'unix:///run/user/1000/podman/podman.sock'), '192.0.2.7'],
  [self, place('docker', 'tcp://build.corp.test:2376'), '192.0.2.7'],
  [self, place('docker-autoscaler'), '192.0.2.7'],
  [self, { ...place('docker-autoscaler'), ownAddress: undefined }, 'ADDRESS-OF-THIS-MACHINE'],
])('%o is told to the jobs of %o', (host, where, address) => {
  expect(extraHost(host, where)).toBe(`gitlab.corp.test:${address}`);
});

test('only the executors of this machine use its engine', () => {
  expect(
    ['docker', 'docker-windows', 'docker-autoscaler', 'docker+machine'].map((executor) =>
      isEngineHere({ executor, engine: '' }),
    ),
  ).toEqual([true, true, false, false]);
});

test.each([
  [{ docker: { extra_hosts: ['GITLAB.corp.test:10.0.0.5'] } }, true],
  [{ docker: { extra_hosts: ['gitlab.corp.test=10.0.0.5'] } }, true],
  [{ docker: { extra_hosts: ['x.gitlab.corp.test:10.0.0.5'] } }, false],
  [{ docker: { network_mode: 'host' } }, true],
  [{ kubernetes: { host_aliases: [{ ip: '10.0.0.5', hostnames: ['a', 'gitlab.corp.test'] }] } }, true],
  [{}, false],
])('%o knows the host: %s', (runner, known) => {
  expect(knowsHost(runner, 'gitlab.corp.test')).toBe(known);
});

test.each([
  ['/srv/ca.crt:/etc/gitlab-runner/certs/ca.crt:ro', true],
  ['/srv/certs:/etc/gitlab-runner/certs', true],
  ['/srv/runner:/etc/gitlab-runner/:ro', true],
  ['/etc/gitlab-runner/certs/ca.crt:/ca.crt', false],
  ['/srv/certs:/etc/gitlab-runner/certificates', false],
  ['/cache', false],
])('%s hands over the CA: %s', (volume, hands) => {
  expect(handsCa([volume])).toBe(hands);
});

test('an address keeps its port and its path with another host', () => {
  expect(withHost(new URL('http://localhost:8080/gitlab/'), gateway)).toBe(
    'http://host.docker.internal:8080/gitlab',
  );
  expect(withHost(new URL('https://[::1]'), '10.0.0.5')).toBe('https://10.0.0.5');
});

test.each([
  ['gitlab.corp.test:10.0.0.5', 'gitlab.corp.test:10.0.0.5'],
  ['gitlab.corp.test=10.0.0.5', 'gitlab.corp.test:10.0.0.5'],
  ['gitlab:fd00::5', 'gitlab:fd00::5'],
  ['gitlab:::1', 'gitlab:::1'],
  ['gitlab:[fd00::5]', 'gitlab:fd00::5'],
  ['gitlab=[fd00::5]', 'gitlab:fd00::5'],
  ['gitlab=host-gateway', 'gitlab:host-gateway'],
])('the host %s is written %s', (given, written) => {
  expect(checkSyntax('host-ip', given)).toBeUndefined();
  expect(tidyHostIp(given)).toBe(written);
});

test.each([
  'gitlab',
  ':10.0.0.5',
  'gitlab:',
  'gitlab:10.0.0.500',
  'gitlab:other',
  '[::1]:gitlab',
  'a b:10.0.0.5',
  'gitlab:10.0.0.5,10.0.0.6',
  'https://gitlab:10.0.0.5',
])('%s is no host', (given) => {
  expect(checkSyntax('host-ip', given)).toContain('host:IP');
});

test.each([
  ['10.0.0.2', true],
  ['fd00::2', true],
  ['[fd00::2]', false],
  ['10.0.0.2:53', false],
  ['dns.corp.test', false],
  ['', false],
])('%s is a DNS server: %s', (given, fits) => {
  expect(checkSyntax('ip', given) === undefined).toBe(fits);
});

test.each([
  ['http://proxy.corp.test:3128', true],
  ['proxy:3128', true],
  ['https://ada:ge%40heim@proxy.corp.test/', true],
  ['socks5h://[fd00::1]:1080', true],
  ['', true],
  ['ftp://proxy', false],
  ['http://ada:ge@heim@proxy', false],
  ['http://proxy/path', false],
  ['http://a b@proxy', false],
])('%s is a proxy: %s', (given, fits) => {
  expect(checkSyntax('proxy', given) === undefined).toBe(fits);
});
