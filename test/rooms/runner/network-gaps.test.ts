import { describe, expect, test } from 'vitest';
import { withEdits } from '../../../src/runner/edit.ts';
import { caVolume, trustScript } from '../../../src/runner/job-network.ts';
import { distrusting, type GapInput, gapsOf, telling, trusting } from '../../../src/runner/network-gaps.ts';

const place = (executor: string, engine = '') => ({ executor, engine, ownAddress: '192.0.2.7' });
const nothing = { loopback: undefined, hosts: [], servers: [], ca: undefined };
const local = { loopback: new URL('http://127.0.0.1:8080') };
const other = {
  name: 'gitlab.corp.test',
  address: '10.0.0.5',
  isSelf: false,
  words: 'is odd',
  isInHosts: true,
  isKnownToDns: false,
};
const inDns = { ...other, isInHosts: false, isKnownToDns: true };

const given = (executor: string, engine: string, around: Partial<GapInput>, runner = {}) =>
  gapsOf(runner, { place: place(executor, engine), ...nothing, ...around }).map(({ what, edits }) => [
    what,
    ...edits.map((edit) => [
      edit.do,
      edit.path.join('.'),
      ...('value' in edit ? [edit.value] : 'values' in edit ? edit.values : []),
    ]),
  ]);

const own = ['machine', ['set', 'clone_url', 'http://192.0.2.7:8080']];
const onGateway = ['set', 'clone_url', 'http://host.docker.internal:8080'];
const gateway = ['add', 'docker.extra_hosts', 'host.docker.internal:host-gateway'];
const host = ['host', ['add', 'docker.extra_hosts', 'gitlab.corp.test:10.0.0.5']];
const podman = 'unix:///run/podman/podman.sock';

test.each<[string, string, Partial<GapInput>, object, unknown[]]>([
  ['docker', '', local, {}, [['machine', onGateway, gateway]]],
  ['docker', podman, local, {}, [['machine', onGateway, gateway]]],
  [
    'docker',
    '',
    local,
    { docker: { extra_hosts: ['host.docker.internal:10.0.0.1'] } },
    [['machine', onGateway, ['remove', 'docker.extra_hosts', 'host.docker.internal:10.0.0.1'], gateway]],
  ],
  ['docker', '', local, { docker: { network_mode: 'host' } }, []],
  ['docker', 'tcp://192.0.2.9:2376', local, {}, [own]],
  ['docker-autoscaler', '', local, {}, [own]],
  ['kubernetes', '', local, {}, [own]],
  ['shell', '', { ...local, hosts: [other], ca: '/ca.crt' }, {}, []],
  ['docker', '', { hosts: [other] }, {}, [host]],
  ['docker', podman, { hosts: [other] }, {}, []],
  ['docker', podman, { hosts: [inDns] }, {}, [host]],
  ['docker', '', { hosts: [other] }, { docker: { extra_hosts: ['gitlab.corp.test:10.0.0.6'] } }, []],
  [
    'docker',
    '',
    { hosts: [inDns], servers: ['10.0.0.2'] },
    {},
    [host, ['servers', ['set', 'docker.dns', '10.0.0.2']]],
  ],
  ['docker', '', { hosts: [inDns], servers: ['10.0.0.2'] }, { docker: { dns: ['10.0.0.3'] } }, [host]],
  [
    'kubernetes',
    '',
    { hosts: [inDns], servers: ['10.0.0.2'] },
    {},
    [['host', ['add', 'kubernetes.host_aliases', { ip: '10.0.0.5', hostnames: ['gitlab.corp.test'] }]]],
  ],
  [
    'docker',
    '',
    { ca: '/ca.crt' },
    {},
    [
      ['ca', ['add', 'docker.volumes', caVolume('/ca.crt')]],
      ['trust', ['set', 'pre_build_script', trustScript]],
    ],
  ],
  ['docker', '', { ca: '/ca.crt' }, { pre_build_script: 'x', docker: { volumes: [caVolume('/x')] } }, []],
  ['docker-windows', '', { ca: '/ca.crt' }, {}, []],
])('%s at %o with %o: %o lacks', (executor, engine, around, runner, lacks) => {
  const seen = given(executor, engine, around, runner);
  // A list that is set whole is shown as its items.
  expect(seen.map((lack) => lack.map((part) => (Array.isArray(part) ? part.flat() : part)))).toEqual(lacks);
});

test('a CA has to be where the jobs run before it is handed to them', () => {
  const before = (executor: string, kubernetes = {}) =>
    gapsOf({ kubernetes }, { place: place(executor), ...nothing, ca: '/ca.crt' }).map((lack) =>
      lack.what === 'ca' ? lack.before : 'later',
    );
  expect(before('docker')).toEqual([undefined, 'later']);
  expect(before('docker-autoscaler')).toEqual(['Copy the file to the machines that run jobs', 'later']);
  expect(before('kubernetes', { namespace: 'ci' })[0]).toBe(
    'kubectl create configmap gitlab-ca --namespace ci --from-file=ca.crt=/ca.crt',
  );
  expect(before('kubernetes', { volumes: { secret: [{ mount_path: '/etc/gitlab-runner/certs' }] } })).toEqual(
    ['later'],
  );
});

test('a host that jobs were told wrongly is told anew', () => {
  const runner = { docker: { extra_hosts: ['gitlab.corp.test:10.0.0.6', 'x:10.0.0.7'] } };
  expect(
    telling(runner, other, place('docker')).map((edit) => ('values' in edit ? edit.values : [])),
  ).toEqual([['gitlab.corp.test:10.0.0.6'], ['gitlab.corp.test:10.0.0.5']]);
});

describe('a CA that jobs are to trust', () => {
  const runners = {
    docker: { pre_build_script: 'echo mine', docker: { volumes: ['/cache'] } },
    kubernetes: { kubernetes: { volumes: { config_map: [{ name: 'mine', mount_path: '/mine' }] } } },
    'docker-autoscaler': { docker: { volumes: ['/cache'] } },
  };

  test.each(Object.entries(runners))(
    '%s: is handed once, and taken away without a trace',
    (executor, runner) => {
      const trusts = withEdits(runner, trusting(runner, place(executor), '/ca.crt'));
      expect(trusts).not.toEqual(runner);
      expect(trusting(trusts, place(executor), '/ca.crt')).toEqual([]);
      expect(withEdits(trusts, distrusting(trusts))).toEqual(runner);
    },
  );

  test('is installed by no script where jobs run PowerShell', () => {
    const edits = trusting({ shell: 'pwsh' }, place('docker'), '/ca.crt');
    expect(edits.map(({ path }) => path.join('.'))).toEqual(['docker.volumes']);
    expect(given('docker', '', { ca: '/ca.crt' }, { shell: 'pwsh' }).map(([what]) => what)).toEqual(['ca']);
  });

  test('stays as somebody else has handed it', () => {
    const runner = {
      docker: { volumes: [`/etc/ssl/own:/etc/gitlab-runner/certs:ro`] },
      pre_build_script: 'x',
    };
    expect(distrusting(runner)).toEqual([]);
  });
});
