import type { Chance } from '../../rooms/config/random.ts';

/** What is there on the engine for the options to name. */
export interface Props {
  /** A folder of the machine with files `env`, `labels` and `seccomp.json`, and folders `a` and `b`. */
  readonly dir: string;
  /** A container that others share things with. */
  readonly other: string;
  /** Two networks of our own, the first with addresses of `subnet` and `subnet6`. */
  readonly networks: readonly [string, string];
  /** The first two numbers of the addresses of the first network. */
  readonly subnet: string;
  /** The beginning of its other addresses, up to the last colon but one. */
  readonly subnet6: string;
  readonly volume: string;
  /** A device with blocks. */
  readonly disk: string;
  /** Podman: a secret. */
  readonly secret: string;
}

/** Makes the words of one use of an option; `undefined` for a switch that stands alone. */
type Make = (chance: Chance, props: Props) => string | undefined;

/** How an option is used in random sets. */
export interface Option {
  /** The flags in a form that both `run` and `create` take: `--memory=5m`. */
  uses(chance: Chance, props: Props): string[];
}

const one = (make: Make): ((flag: string) => Option) => many(1, make);

function many(most: number, make: Make): (flag: string) => Option {
  return (flag) => ({
    uses(chance, props) {
      const values = Array.from({ length: 1 + chance.below(most) }, () => make(chance, props));
      return [...new Set(values)].map((value) => (value === undefined ? `--${flag}` : `--${flag}=${value}`));
    },
  });
}

const of = (...values: readonly string[]): ((flag: string) => Option) => one((chance) => chance.one(values));
const some = (...values: readonly string[]): ((flag: string) => Option) =>
  many(3, (chance) => chance.one(values));
const on = one(() => undefined);

const capabilities = ['NET_ADMIN', 'SYS_TIME', 'cap_sys_nice', 'SYS_PTRACE', 'IPC_LOCK', 'MKNOD', 'KILL'];

// What both programs have and take in the same way.
const common = {
  'add-host': some('gitlab.example.com:10.0.0.5', 'six.example.com:fd00::5', 'other:192.168.0.1'),
  'blkio-weight': of('300', '10'),
  'cap-add': some(...capabilities, 'ALL'),
  'cap-drop': some(...capabilities, 'ALL'),
  'cgroup-parent': of('/rs-parent', 'rs-slice'),
  cgroupns: of('host', 'private'),
  'cpu-period': of('50000', '100000'),
  'cpu-quota': of('25000', '-1'),
  'cpu-rt-period': of('1000000'),
  'cpu-rt-runtime': of('3000', '9500'),
  'cpu-shares': of('2', '512', '1024'),
  cpus: of('1', '0.5', '1.25'),
  'cpuset-cpus': of('0', '0-1', '0,1'),
  'cpuset-mems': of('0'),
  device: some('/dev/null:/dev/rs-null', '/dev/zero', '/dev/full:/dev/rs-full:r', '/dev/tty:/dev/rs-tty:rw'),
  'device-cgroup-rule': some('c 1:3 rwm', 'b 8:* r', 'a 7:* rmw'),
  'device-read-bps': one((chance, { disk }) => `${disk}:${chance.one(['1mb', '2048'])}`),
  'device-read-iops': one((chance, { disk }) => `${disk}:${chance.one(['1000', '5'])}`),
  'device-write-bps': one((chance, { disk }) => `${disk}:${chance.one(['1mb', '2048'])}`),
  'device-write-iops': one((chance, { disk }) => `${disk}:${chance.one(['1000', '5'])}`),
  dns: some('10.0.0.53', '1.1.1.1', 'fd00::53'),
  'dns-option': some('ndots:2', 'timeout:1', 'rotate'),
  'dns-search': some('example.com', 'ci.example.com'),
  entrypoint: of('/bin/gitlab-runner', '/bin/sh', ''),
  env: some(
    'TZ=Europe/Berlin',
    'EMPTY=',
    'WORDS=a "b" $c=d',
    'HOME=/root',
    'DOCKER_HOST=unix:///x',
    'IMAGE=2',
    'ÄÖ=ü',
  ),
  'env-file': one((_, { dir }) => `${dir}/env`),
  expose: some('9001', '9002/udp', '9100-9102', '8093'),
  'group-add': some('27', 'daemon', '1234'),
  'health-cmd': of('true', 'test -e "/tmp/a b" && echo $HOME', 'CMD-SHELL true', '["true"]'),
  'health-interval': of('30s', '1m30s', '2s'),
  'health-retries': of('1', '5'),
  'health-start-period': of('5s', '2m'),
  'health-timeout': of('1s', '45s'),
  hostname: of('runner', 'runner.example.com'),
  init: on,
  interactive: on,
  ip: one((chance, { subnet }) => `${subnet}.0.${10 + chance.below(200)}`),
  ip6: one((chance, { subnet6 }) => `${subnet6}:${(16 + chance.below(200)).toString(16)}`),
  ipc: one((chance, { other }) => chance.one(['host', 'private', 'shareable', 'none', `container:${other}`])),
  label: some('team=ci', 'empty=', 'words=a b "c"', 'equals=a=b', 'image=own'),
  'label-file': one((_, { dir }) => `${dir}/labels`),
  'mac-address': of('92:d0:c6:0a:29:33'),
  memory: of('64m', '1g', '67108865'),
  'memory-reservation': of('32m', '16777217'),
  'memory-swap': of('2g', '-1'),
  'memory-swappiness': of('0', '30', '100'),
  network: many(1, (chance, { networks, other }) =>
    chance.one([...networks, ...networks, 'host', 'none', 'bridge', `container:${other}`]),
  ),
  'network-alias': some('runner', 'ci-runner'),
  'no-healthcheck': on,
  'oom-kill-disable': on,
  'oom-score-adj': of('-500', '1000', '1'),
  pid: one((chance, { other }) => chance.one(['host', `container:${other}`])),
  'pids-limit': of('100', '-1', '2048', '0'),
  privileged: on,
  publish: some(
    '8093:8093',
    '127.0.0.1:9252:9252',
    '53:53/udp',
    '9100',
    '127.0.0.1::9300',
    '[::1]:9400:9400',
    '7000-7002:7000-7002',
  ),
  'publish-all': on,
  'read-only': on,
  restart: of('no', 'always', 'unless-stopped', 'on-failure', 'on-failure:5'),
  'shm-size': of('0', '1m', '128m', '67108864', '65536000'),
  'stop-signal': of('SIGQUIT', 'QUIT', 'SIGTERM', '15', '9', 'SIGUSR1'),
  'stop-timeout': of('1', '0', '10', '3600'),
  sysctl: some('net.ipv4.ip_forward=1', 'net.core.somaxconn=1024', 'kernel.msgmax=65536'),
  tmpfs: some('/tmp/t1', '/tmp/t2:size=1m', '/tmp/t3:rw,noexec,mode=1777', '/tmp/t4:ro'),
  tty: on,
  ulimit: some('nofile=1024:2048', 'core=0', 'nproc=100:200', 'memlock=-1:-1'),
  user: of('root', '1000', '1000:100', '0:0', 'root:root'),
  uts: of('host'),
  volume: many(3, (chance, { dir, volume }) =>
    chance.one([
      `${dir}/a:/mnt/a`,
      `${dir}/b:/mnt/b:ro`,
      `${dir}/a:/mnt/z:z`,
      `${dir}/b:/mnt/shared:rshared`,
      `${dir}/a:/mnt/slave:ro,rslave`,
      `${volume}:/mnt/volume`,
      `${volume}:/mnt/nocopy:nocopy`,
      `${volume}:/mnt/ro:ro`,
      '/mnt/unnamed',
      '/etc/gitlab-runner',
      `${dir}/a:/etc/gitlab-runner`,
    ]),
  ),
  'volumes-from': one((chance, { other }) => chance.one([other, `${other}:ro`])),
  workdir: of('/', '/tmp', '/home/of/nobody'),
};

const docker = {
  ...common,
  annotation: some('team=ci', 'words=a b'),
  'health-start-interval': of('1s', '2s'),
  'add-host': some('gitlab.example.com:10.0.0.5', 'six.example.com:fd00::5', 'machine:host-gateway'),
  'blkio-weight-device': one((_, { disk }) => `${disk}:300`),
  domainname: of('example.com'),
  gpus: of(
    'all',
    '2',
    '"device=0,1"',
    'device=GPU-1',
    'all,capabilities=utility',
    '1,driver=nvidia,"capabilities=compute,utility"',
  ),
  isolation: of('default'),
  'kernel-memory': of('8m', '50m'),
  link: one((chance, { other }) => chance.one([other, `${other}:db`])),
  'link-local-ip': some('169.254.7.1', '169.254.7.2'),
  'log-driver': of('json-file', 'local', 'none', 'syslog', 'journald', 'gelf'),
  'log-opt': some('max-size=10m', 'max-file=3', 'tag=runner', 'labels=team', 'mode=non-blocking'),
  mount: many(3, (chance, { dir, volume }) =>
    chance.one([
      `type=bind,source=${dir}/a,target=/mnt/long`,
      `type=bind,source=${dir}/b,target=/mnt/long-ro,readonly,bind-propagation=rslave`,
      `type=bind,source=${dir}/a,target=/mnt/flat,bind-nonrecursive`,
      `type=bind,source=${dir}/a,target=/mnt/cached,consistency=cached`,
      `type=bind,source=${dir}/with:colon,target=/mnt/colon`,
      `type=bind,"source=${dir}/with,comma",target=/mnt/comma`,
      `type=volume,source=${volume},target=/mnt/long-volume`,
      `type=volume,source=${volume},target=/mnt/long-nocopy,volume-nocopy`,
      `type=volume,source=${volume}-made,target=/mnt/made,volume-label=team=ci,volume-driver=local,volume-opt=type=tmpfs,volume-opt=device=tmpfs,"volume-opt=o=size=1m,uid=1000"`,
      'type=volume,target=/mnt/long-unnamed',
      'type=tmpfs,target=/mnt/memory',
      'type=tmpfs,target=/mnt/memory-small,tmpfs-size=1048576,tmpfs-mode=1770',
    ]),
  ),
  network: many(1, (chance, { networks: [a, b], other, subnet }) =>
    chance.one([
      a,
      a,
      b,
      `name=${a},alias=long,ip=${subnet}.0.9,driver-opt=rs.key=value`,
      'host',
      'none',
      'bridge',
      'default',
      `container:${other}`,
    ]),
  ),
  runtime: of('runc', 'io.containerd.runc.v2'),
  'security-opt': some(
    'no-new-privileges',
    'label=disable',
    'label=level:s0:c100,c200',
    'apparmor=unconfined',
    'seccomp=unconfined',
    'systempaths=unconfined',
    'no-new-privileges:false',
  ),
  'storage-opt': of('size=10G'),
  userns: of('host'),
  'volume-driver': of('local'),
};

const podman = {
  ...common,
  annotation: some('team=ci', 'words=a b', 'empty='),
  'blkio-weight-device': one((_, { disk }) => `${disk}:300`),
  'cgroup-conf': some('memory.high=1073741824', 'pids.max=100'),
  cgroups: of('enabled', 'disabled', 'no-conmon'),
  chrootdirs: some('/mnt/chroot'),
  'conmon-pidfile': one((_, { dir }) => `${dir}/conmon.pid`),
  'env-host': on,
  'env-merge': some('IMAGE=${IMAGE}-more'),
  gidmap: of('0:100000:5000'),
  'group-add': some('27', 'daemon', '1234', 'keep-groups'),
  'health-on-failure': of('none', 'kill', 'restart', 'stop'),
  hostuser: of('root'),
  'http-proxy': of('true', 'false'),
  'image-volume': of('bind', 'tmpfs', 'ignore'),
  'init-path': of('/usr/bin/catatonit'),
  ipc: one((chance, { other }) => chance.one(['host', 'private', 'shareable', 'none', `container:${other}`])),
  'log-driver': of('k8s-file', 'json-file', 'none', 'journald', 'passthrough'),
  'log-opt': many(2, (chance, { dir }) => chance.one(['max-size=10m', 'tag=runner', `path=${dir}/log`])),
  mount: many(3, (chance, { dir, volume }) =>
    chance.one([
      `type=bind,source=${dir}/a,target=/mnt/long`,
      `type=bind,source=${dir}/b,target=/mnt/long-ro,readonly,bind-propagation=rslave`,
      `type=bind,source=${dir}/a,target=/mnt/flat,bind-nonrecursive`,
      `type=bind,source=${dir}/a,target=/mnt/relabel,relabel=shared`,
      `type=bind,source=${dir}/a,target=/mnt/chown,chown`,
      `type=volume,source=${volume},target=/mnt/long-volume`,
      `type=volume,source=${volume},target=/mnt/long-volume-ro,ro=true,U=true`,
      'type=volume,target=/mnt/long-unnamed',
      'type=tmpfs,target=/mnt/memory',
      'type=tmpfs,target=/mnt/memory-small,tmpfs-size=1m,tmpfs-mode=1770',
      'type=devpts,target=/mnt/pts',
      'type=image,source=IMAGE,target=/mnt/image',
    ]),
  ),
  network: many(1, (chance, { networks: [a, b], other, subnet }) =>
    chance.one([
      a,
      a,
      b,
      `${a}:alias=long,ip=${subnet}.0.9`,
      `${a}:interface_name=eth7`,
      'host',
      'none',
      'bridge',
      'private',
      'slirp4netns:mtu=1400',
      `container:${other}`,
    ]),
  ),
  'no-hosts': on,
  passwd: of('true', 'false'),
  'passwd-entry': of('runner:x:1000:1000::/home/runner:/bin/sh'),
  personality: of('LINUX', 'LINUX32'),
  pidfile: one((_, { dir }) => `${dir}/runner.pid`),
  'read-only-tmpfs': of('true', 'false'),
  requires: one((_, { other }) => other),
  sdnotify: of('container', 'conmon', 'ignore'),
  'seccomp-policy': of('default', 'image'),
  secret: many(2, (chance, { secret }) =>
    chance.one([
      secret,
      `${secret},type=env,target=SECRET`,
      `${secret},type=mount,target=/mnt/secret,uid=1000,mode=0400`,
    ]),
  ),
  'security-opt': some(
    'no-new-privileges',
    'label=disable',
    'label=level:s0:c100,c200',
    'apparmor=unconfined',
    'seccomp=unconfined',
    'unmask=ALL',
    'unmask=/proc/acpi',
    'mask=/proc/uptime',
    'proc-opts=hidepid=2',
  ),
  subgidname: of('rs'),
  subuidname: of('rs'),
  systemd: of('true', 'false', 'always'),
  timeout: of('3600', '0'),
  tz: of('Europe/Berlin', 'local'),
  uidmap: of('0:100000:5000'),
  umask: of('0077', '0022', '0000', '027'),
  unsetenv: some('IMAGE', 'PATH'),
  'unsetenv-all': on,
  userns: of('host', 'auto', 'auto:size=2000', 'private'),
  volume: many(3, (chance, { dir, volume }) =>
    chance.one([
      `${dir}/a:/mnt/a`,
      `${dir}/b:/mnt/b:ro`,
      `${dir}/a:/mnt/z:z`,
      `${dir}/a:/mnt/u:U`,
      `${dir}/b:/mnt/shared:rshared`,
      `${dir}/a:/mnt/slave:ro,rslave`,
      `${dir}/a:/mnt/noexec:noexec,nosuid,nodev`,
      `${dir}/a:/mnt/bind:bind`,
      `${volume}:/mnt/volume`,
      `${volume}:/mnt/nocopy:nocopy`,
      `${volume}:/mnt/ro:ro`,
      `${volume}:/mnt/exec:exec,suid,dev`,
      `${dir}/a:/mnt/overlay:O`,
      '/mnt/unnamed',
      '/etc/gitlab-runner',
      `${dir}/a:/etc/gitlab-runner`,
    ]),
  ),
};

const named = (all: Record<string, (flag: string) => Option>): ReadonlyMap<string, Option> =>
  new Map(Object.entries(all).map(([flag, make]) => [flag, make(flag)]));

/** How each option of `run` of a program is used. */
export const optionsOf: Readonly<Record<'docker' | 'podman', ReadonlyMap<string, Option>>> = {
  docker: named(docker),
  podman: named(podman),
};

const client = 'says how the program itself behaves, and leaves nothing in the container';
const pull = 'says how the image is found; the image is there when the container is made';
const windows = 'is for Windows';
const refused = 'an upgrade refuses such a container before it does anything';

/** The options of `run` that are not used, and why. */
export const notUsed: Readonly<Record<string, string>> = {
  attach: client,
  cidfile: client,
  detach: client,
  'detach-keys': client,
  'disable-content-trust': client,
  help: client,
  quiet: client,
  'sig-proxy': client,
  replace: client,
  'preserve-fds': client,
  rmi: refused,
  rm: refused,
  pod: refused,
  rootfs: refused,
  'pod-id-file': refused,
  'cpu-count': windows,
  'cpu-percent': windows,
  'io-maxbandwidth': windows,
  'io-maxiops': windows,
  name: 'each container has one',
  pull,
  platform: pull,
  arch: pull,
  os: pull,
  variant: pull,
  authfile: pull,
  'tls-verify': pull,
  'use-api-socket':
    'a mount and variables, which the other options have, of a Docker newer than the one here',
};
