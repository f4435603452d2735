import { describe, expect, test } from 'vitest';
import { configPlace } from '../../../src/engine/config-mount.ts';
import { newestOf } from '../../../src/engine/image-tags.ts';
import { printContainer } from '../../../src/engine/print.ts';
import { readContainer } from '../../../src/engine/read-container.ts';
import { plainName, requestedContainer } from '../../../src/engine/requested-container.ts';
import { portWord, runWords } from '../../../src/engine/run-args.ts';

/** An image as GitLab makes it. */
const image = {
  Id: `sha256:${'1'.repeat(64)}`,
  Config: {
    Entrypoint: ['/usr/bin/dumb-init', '/entrypoint'],
    Cmd: ['run', '--user=gitlab-runner', '--working-directory=/home/gitlab-runner'],
    Env: ['PATH=/usr/bin:/bin'],
    StopSignal: 'SIGQUIT',
    Labels: { maker: 'GitLab' },
    ExposedPorts: { '9252/tcp': {} },
  },
};

const id = 'abcdef0123456789'.repeat(4);

/** A container as `docker inspect` prints it: what was said when it was made, and what the engine adds by itself. */
const docker = (config: object = {}, host: object = {}, more: object = {}) => ({
  Id: id,
  Name: '/gitlab-runner',
  Image: image.Id,
  Path: '/usr/bin/dumb-init',
  Args: ['/entrypoint', ...image.Config.Cmd],
  State: { Status: 'running', Running: true, StartedAt: '2026-05-01T10:00:00Z' },
  Mounts: [],
  Config: {
    ...image.Config,
    Hostname: id.slice(0, 12),
    Image: 'gitlab/gitlab-runner:v19.4.0',
    WorkingDir: '',
    ...config,
  },
  HostConfig: {
    NetworkMode: 'bridge',
    RestartPolicy: { Name: 'always', MaximumRetryCount: 0 },
    IpcMode: 'private',
    CgroupnsMode: 'private',
    Runtime: 'runc',
    ShmSize: 67108864,
    LogConfig: { Type: 'json-file', Config: {} },
    MemorySwappiness: null,
    PidsLimit: null,
    ...host,
  },
  NetworkSettings: { Networks: { bridge: { Aliases: null } } },
  ...more,
});

const wordsOf = (container: object): string =>
  runWords(readContainer(container as never, image as never).settings)
    .words.join(' ')
    .replace('run -d --name gitlab-runner --restart always ', '');

const plain = 'gitlab/gitlab-runner:v19.4.0';

describe('what inspect prints becomes words of run', () => {
  test('what the image and the engine say by themselves is not repeated', () => {
    expect(wordsOf(docker())).toBe(plain);
  });

  test.each([
    ['--hostname runner', { Hostname: 'runner' }, {}],
    ['--user 1000:999', { User: '1000:999' }, {}],
    ['--workdir /srv', { WorkingDir: '/srv' }, {}],
    ['--stop-signal SIGTERM', { StopSignal: 'SIGTERM' }, {}],
    ['--stop-timeout 3600', { StopTimeout: 3600 }, {}],
    ['--env TZ', { Env: ['PATH=/usr/bin:/bin', 'TZ=UTC'] }, {}],
    ['--label team=ci', { Labels: { maker: 'GitLab', team: 'ci' } }, {}],
    ['--tty --interactive', { Tty: true, OpenStdin: true }, {}],
    ['--expose 9999/tcp', { ExposedPorts: { '9252/tcp': {}, '9999/tcp': {} } }, {}],
    ['--privileged', {}, { Privileged: true }],
    ['--read-only --init', {}, { ReadonlyRootfs: true, Init: true }],
    ['--cap-add NET_ADMIN --cap-drop ALL', {}, { CapAdd: ['NET_ADMIN'], CapDrop: ['ALL'] }],
    ['--cpus 1.5 --memory 1000 --memory-swap 3000', {}, { NanoCpus: 15e8, Memory: 1000, MemorySwap: 3000 }],
    ['--memory 1000', {}, { Memory: 1000, MemorySwap: 2000 }],
    ['--cpu-period 100 --cpu-quota 50', {}, { CpuPeriod: 100, CpuQuota: 50 }],
    ['--pids-limit -1', {}, { PidsLimit: -1 }],
    ['--ipc host', {}, { IpcMode: 'host' }],
    ['--pid host --uts host', {}, { PidMode: 'host', UTSMode: 'host' }],
    ['--ulimit nofile=1024:2048', {}, { Ulimits: [{ Name: 'nofile', Soft: 1024, Hard: 2048 }] }],
    ['--dns 1.1.1.1 --dns-search example.com', {}, { Dns: ['1.1.1.1'], DnsSearch: ['example.com'] }],
    ['--link db:database', {}, { Links: ['/db:/gitlab-runner/database'] }],
    ['--sysctl net.core.somaxconn=1024', {}, { Sysctls: { 'net.core.somaxconn': '1024' } }],
    ['--tmpfs /run:size=1m', {}, { Tmpfs: { '/run': 'size=1m' } }],
    [
      '--device /dev/kvm:/dev/kvm:rw',
      {},
      { Devices: [{ PathOnHost: '/dev/kvm', PathInContainer: '/dev/kvm', CgroupPermissions: 'rw' }] },
    ],
    ['--gpus all', {}, { DeviceRequests: [{ Count: -1, Capabilities: [['gpu']] }] }],
    ['--gpus "device=0,1"', {}, { DeviceRequests: [{ DeviceIDs: ['0', '1'], Capabilities: [['gpu']] }] }],
    ['--add-host gitlab:10.0.0.1', {}, { ExtraHosts: ['gitlab:10.0.0.1'] }],
    ['--security-opt label=disable', {}, { SecurityOpt: ['label=disable'] }],
    ['--log-driver syslog --log-opt tag=x', {}, { LogConfig: { Type: 'syslog', Config: { tag: 'x' } } }],
    ['--log-opt max-size=10m', {}, { LogConfig: { Type: 'json-file', Config: { 'max-size': '10m' } } }],
    [
      '--publish 127.0.0.1:8093:8093',
      {},
      { PortBindings: { '8093/tcp': [{ HostIp: '127.0.0.1', HostPort: '8093' }] } },
    ],
    ['--network host', {}, { NetworkMode: 'host' }],
    ['--no-healthcheck', { Healthcheck: { Test: ['NONE'] } }, {}],
    [
      "--health-cmd test -e '/a b' --health-interval 60s",
      { Healthcheck: { Test: ['CMD', 'test', '-e', '/a b'], Interval: 6e10 } },
      {},
    ],
  ])('%s', (words, config, host) => {
    expect(wordsOf(docker(config, host))).toBe(`${words} ${plain}`);
  });

  test('arguments and entry point of its own', () => {
    expect(wordsOf(docker({ Cmd: ['run', '--listen-address', ':9252'] }))).toBe(
      `${plain} run --listen-address :9252`,
    );
    expect(wordsOf(docker({ Entrypoint: ['tini', '--', 'gitlab-runner'] }))).toBe(
      `--entrypoint tini ${plain} -- gitlab-runner ${image.Config.Cmd.join(' ')}`,
    );
  });

  test('mounts, with their options and those that the engine gave a name', () => {
    const Mounts = [
      {
        Type: 'bind',
        Source: '/srv/c',
        Destination: '/etc/gitlab-runner',
        Mode: 'Z',
        RW: true,
        Propagation: 'rprivate',
      },
      { Type: 'bind', Source: '/a', Destination: '/b', Mode: 'ro', RW: false, Propagation: 'rshared' },
      {
        Type: 'volume',
        Name: 'f'.repeat(64),
        Source: '/v',
        Destination: '/home/gitlab-runner',
        Mode: '',
        RW: true,
        Propagation: '',
      },
      {
        Type: 'bind',
        Source: '/with:colon',
        Destination: '/c',
        Mode: '',
        RW: false,
        Propagation: 'rprivate',
      },
    ];
    expect(wordsOf(docker({}, {}, { Mounts }))).toBe(
      `--volume /a:/b:ro,rshared --mount type=bind,source=/with:colon,target=/c,readonly --volume /srv/c:/etc/gitlab-runner:Z --volume ${'f'.repeat(64)}:/home/gitlab-runner ${plain}`,
    );
  });

  test('networks of its own, the others connected afterwards', () => {
    const Networks = {
      other: { Aliases: null, IPAMConfig: { IPv4Address: '10.1.0.2' } },
      ci: { Aliases: ['gitlab-runner', id.slice(0, 12), 'runner'] },
    };
    const container = docker({}, { NetworkMode: 'ci' }, { NetworkSettings: { Networks } });
    const { settings } = readContainer(container as never, image as never);
    expect(runWords(settings).words.join(' ')).toContain('--network ci --network-alias runner');
    expect(runWords(settings).afterwards).toEqual([
      ['network', 'connect', '--ip', '10.1.0.2', 'other', 'gitlab-runner'],
    ]);
  });

  test('podman: numbers for signals, CAP_ in front, one line for the entry point, its own variables', () => {
    const podman = docker(
      {
        Entrypoint: '/usr/bin/dumb-init /entrypoint',
        StopSignal: 3,
        StopTimeout: 10,
        Umask: '0022',
        Env: [
          'PATH=/usr/bin:/bin',
          'TERM=xterm',
          'container=podman',
          `HOSTNAME=${id.slice(0, 12)}`,
          'TZ=UTC',
        ],
        WorkingDir: '/',
      },
      {
        CapAdd: ['CAP_NET_ADMIN'],
        IpcMode: 'shareable',
        PidMode: 'private',
        UTSMode: 'private',
        Runtime: 'oci',
        ShmSize: 65536000,
        PidsLimit: 2048,
        MemorySwappiness: -1,
        LogConfig: { Type: 'journald', Config: null, Size: '0B' },
      },
      { Name: 'gitlab-runner', NetworkSettings: { Networks: { podman: { Aliases: [id.slice(0, 12)] } } } },
    );
    const { settings } = readContainer(podman as never, image as never);
    expect(runWords(settings).words.slice(6).join(' ')).toBe(`--env TZ --cap-add CAP_NET_ADMIN ${plain}`);
  });
});

test('values of variables are no words; those that the program itself heeds go by a file', () => {
  const settings = requestedContainer({
    ...{ image: 'gitlab/gitlab-runner', tag: 'v19.4.0', name: 'r', folder: '/c', socket: undefined },
    ...{ restart: 'no', isLabelled: false, env: ['A_TOKEN=secret', 'DOCKER_HOST=tcp://x', 'TZ=UTC'] },
  });
  const { words, env, fileLines } = runWords(settings, { envFile: '/f', shown: ['TZ'] });
  expect(words.join(' ')).toBe(
    'run -d --name r --volume /c:/etc/gitlab-runner --env-file /f --env A_TOKEN --env TZ=UTC ' +
      '--health-cmd grep -qsx gitlab-runner /proc/[0-9]*/comm --health-interval 60s --health-timeout 10s ' +
      '--health-start-period 30s --health-retries 3 gitlab/gitlab-runner:v19.4.0',
  );
  expect([env, fileLines]).toEqual([{ A_TOKEN: 'secret' }, ['DOCKER_HOST=tcp://x']]);
});

describe('where the config lies', () => {
  const placed = (args: string[], Mounts: object[], env: string[] = []) =>
    configPlace(readContainer(docker({ Cmd: args, Env: env }, {}, { Mounts }) as never, image as never))
      ?.file;
  const folder = { Type: 'bind', Source: '/srv/c', Destination: '/etc/gitlab-runner', RW: true };
  const file = {
    Type: 'bind',
    Source: '/srv/one.toml',
    Destination: '/etc/gitlab-runner/config.toml',
    RW: true,
  };

  test.each([
    ['/srv/c/config.toml', ['run'], [folder], []],
    ['/srv/one.toml', ['run'], [folder, file], []],
    ['/srv/c/other/x.toml', ['run', '--config', '/etc/gitlab-runner/other/x.toml'], [folder], []],
    ['/srv/c/y.toml', ['run', '-c=/etc/gitlab-runner/y.toml'], [folder], []],
    ['/srv/c/z.toml', ['run'], [folder], ['CONFIG_FILE=/etc/gitlab-runner/z.toml']],
    [undefined, ['run', '--config', '/elsewhere/x.toml'], [folder], []],
  ])('%s', (place, args, mounts, env) => {
    expect(placed(args, mounts, env)).toBe(place);
  });
});

test.each([
  [{ container: '8093/tcp', host: '8093', ip: '' }, '8093:8093'],
  [{ container: '53/udp', host: '53', ip: '::1' }, '[::1]:53:53/udp'],
  [{ container: '8093/tcp', host: '', ip: '' }, '8093'],
  [{ container: '8093/tcp', host: '', ip: '127.0.0.1' }, '127.0.0.1::8093'],
])('a port %o is published as %s', (port, word) => {
  expect(portWord(port)).toBe(word);
});

test.each([
  ['docker.io/gitlab/gitlab-runner', 'gitlab/gitlab-runner:latest'],
  ['gitlab/gitlab-runner:v1', 'gitlab/gitlab-runner:v1'],
  ['localhost:5000/a/b', 'localhost:5000/a/b:latest'],
  ['docker.io/library/alpine', 'alpine:latest'],
])('%s is %s', (name, plainly) => {
  expect(plainName(name)).toBe(plainly);
});

test('the newest tag is the one with the highest version, by numbers', () => {
  expect(newestOf(['latest', 'v19.9.0', 'alpine-v19.10.1', 'v9.0.0'])).toBe('alpine-v19.10.1');
  expect(newestOf(['latest', 'bleeding'])).toBeUndefined();
});

test('a volume that has no name is mounted by its path alone', () => {
  const settings = requestedContainer({
    ...{ image: 'gitlab/gitlab-runner', tag: 'v19.4.0', name: 'r', folder: 'config', socket: undefined },
    ...{ restart: 'no', isLabelled: false, volumes: ['/data'] },
  });
  const { words } = runWords(settings);
  expect(words.slice(4, 8)).toEqual(['--volume', 'config:/etc/gitlab-runner', '--volume', '/data']);
  const text = printContainer(settings, 'compose', 'docker');
  expect(text).toContain('      - /data\n');
  expect(text.slice(text.indexOf('\nvolumes:'))).toBe('\nvolumes:\n  config:\n    name: config\n');
});

test('a compose file quotes what YAML would take for something else', () => {
  const settings = requestedContainer({
    ...{ image: 'gitlab/gitlab-runner', tag: 'v19.4.0', name: 'no', folder: '/c', socket: undefined },
    ...{ restart: 'no', isLabelled: false, env: ['A=$x: "y"', 'B=1'] },
  });
  const text = printContainer(settings, 'compose', 'docker');
  expect(text).toContain('container_name: "no"');
  expect(text).toContain('restart: "no"');
  expect(text).toContain('A: "$$x: \\"y\\""');
  expect(text).toContain('B: "1"');
});
