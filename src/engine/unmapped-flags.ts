import { constants } from 'node:os';
import type { RunFlag } from './container.ts';
import { saidFlags } from './create-command.ts';
import { at, numberAt, strings, textAt, texts } from './inspected.ts';
import { readTmpfs } from './mounts.ts';
import type { Inspected } from './run.ts';

/** What each flag of `run` that has no place of its own was given, by what `inspect` prints; usual values are left out. */
export function otherFlags(container: Inspected, image: Inspected | undefined): RunFlag[] {
  return [
    ...identity(container, image),
    ...rights(container),
    ...namespaces(container),
    ...limits(container),
    ...lists(container, image),
    ...devices(container),
    ...unless(saidFlags(container), networkFlags(container)),
  ];
}

// An address that inspect shows is a part of the network.
const unless = (flags: readonly RunFlag[], known: readonly string[]): RunFlag[] =>
  flags.filter(({ flag }) => !known.includes(flag));

function networkFlags(container: Inspected): string[] {
  const all = Object.values((at(container, 'NetworkSettings', 'Networks') ?? {}) as Record<string, unknown>);
  const has = (key: string) => all.some((one) => textAt(one, 'IPAMConfig', key) !== '');
  return [
    ...(has('IPv4Address') ? ['--ip'] : []),
    ...(has('IPv6Address') ? ['--ip6'] : []),
    ...(textAt(container, 'Config', 'MacAddress') === '' ? [] : ['--mac-address']),
    ...(textAt(container, 'HostConfig', 'UsernsMode') === '' ? [] : ['--userns']),
    ...(/^(0022|0000|)$/.test(textAt(container, 'Config', 'Umask')) ? [] : ['--umask']),
    ...(Object.keys(strings(at(container, 'HostConfig', 'Sysctls'))).length === 0 ? [] : ['--sysctl']),
    ...(Object.keys(strings(at(container, 'HostConfig', 'Annotations'))).length === 0
      ? []
      : ['--annotation']),
  ];
}

const value = (flag: RunFlag['flag'], word: string | number): RunFlag => ({ flag, value: String(word) });

function* identity(container: Inspected, image: Inspected | undefined): Generator<RunFlag> {
  const id = textAt(container, 'Id');
  const hostname = textAt(container, 'Config', 'Hostname');
  const mode = textAt(container, 'HostConfig', 'NetworkMode');
  const sharesName =
    /^(host|container:|ns:)/.test(mode) || textAt(container, 'HostConfig', 'UTSMode') === 'host';
  if (hostname !== '' && !id.startsWith(hostname) && !sharesName) yield value('--hostname', hostname);
  const domain = textAt(container, 'Config', 'Domainname');
  if (domain !== '') yield value('--domainname', domain);
  const mac = textAt(container, 'Config', 'MacAddress');
  if (mac !== '') yield value('--mac-address', mac);
  const folder = textAt(container, 'Config', 'WorkingDir');
  if ((folder || '/') !== (textAt(image, 'Config', 'WorkingDir') || '/')) yield value('--workdir', folder);
  const signal = textAt(container, 'Config', 'StopSignal');
  const usual = textAt(image, 'Config', 'StopSignal') || 'SIGTERM';
  if (signal !== '' && numberOf(signal) !== numberOf(usual)) yield value('--stop-signal', signal);
  const patience = at(container, 'Config', 'StopTimeout');
  if (typeof patience === 'number' && patience !== 10) yield value('--stop-timeout', patience);
  const mask = textAt(container, 'Config', 'Umask');
  if (mask !== '' && mask !== '0022' && mask !== '0000') yield value('--umask', mask);
  if (at(container, 'Config', 'Tty') === true) yield { flag: '--tty' };
  if (at(container, 'Config', 'OpenStdin') === true) yield { flag: '--interactive' };
}

// Podman prints numbers where Docker prints names.
const numberOf = (signal: string): number =>
  Number(signal) || constants.signals[`SIG${signal.replace(/^SIG/, '')}` as NodeJS.Signals] || 0;

function* rights(container: Inspected): Generator<RunFlag> {
  const switches: [string, RunFlag['flag']][] = [
    ['Privileged', '--privileged'],
    ['ReadonlyRootfs', '--read-only'],
    ['AutoRemove', '--rm'],
    ['Init', '--init'],
    ['OomKillDisable', '--oom-kill-disable'],
    ['PublishAllPorts', '--publish-all'],
  ];
  for (const [key, flag] of switches) if (at(container, 'HostConfig', key) === true) yield { flag };
  const notes = at(container, 'Config', 'Annotations');
  if (textAt(notes, 'io.podman.annotations.publish-all') === 'TRUE') yield { flag: '--publish-all' };
  const isSaid = at(container, 'HostConfig', 'Init') === true;
  if (!isSaid && textAt(notes, 'io.podman.annotations.init') === 'TRUE') yield { flag: '--init' };
  for (const word of texts(at(container, 'HostConfig', 'CapAdd'))) yield value('--cap-add', word);
  for (const word of texts(at(container, 'HostConfig', 'CapDrop'))) yield value('--cap-drop', word);
  for (const word of texts(at(container, 'HostConfig', 'GroupAdd'))) yield value('--group-add', word);
}

function* namespaces(container: Inspected): Generator<RunFlag> {
  const isPodman = textAt(container, 'HostConfig', 'Runtime') === 'oci';
  const modes: [string, RunFlag['flag'], string[]][] = [
    ['PidMode', '--pid', ['', 'private']],
    ['UTSMode', '--uts', ['', 'private']],
    ['IpcMode', '--ipc', ['', isPodman ? 'shareable' : 'private']],
    ['UsernsMode', '--userns', ['', 'private']],
    ['CgroupnsMode', '--cgroupns', ['', 'private']],
    ['CgroupParent', '--cgroup-parent', ['']],
    ['Runtime', '--runtime', ['', 'oci', 'runc', 'crun']],
    ['Isolation', '--isolation', ['', 'default']],
    ['VolumeDriver', '--volume-driver', ['', 'local']],
  ];
  for (const [key, flag, usual] of modes) {
    const word = textAt(container, 'HostConfig', key);
    if (!usual.includes(word)) yield value(flag, word);
  }
}

function* limits(container: Inspected): Generator<RunFlag> {
  const nanos = numberAt(container, 'HostConfig', 'NanoCpus');
  if (nanos > 0) yield value('--cpus', nanos / 1e9);
  const numbers: [string, RunFlag['flag'], number[]][] = [
    ['Memory', '--memory', [0]],
    ['MemoryReservation', '--memory-reservation', [0]],
    ['MemorySwap', '--memory-swap', [0, 2 * numberAt(container, 'HostConfig', 'Memory')]],
    ['MemorySwappiness', '--memory-swappiness', [0, -1]],
    ['CpuShares', '--cpu-shares', [0]],
    // Podman tells --cpus in both forms.
    ['CpuPeriod', '--cpu-period', nanos > 0 ? [numberAt(container, 'HostConfig', 'CpuPeriod')] : [0]],
    ['CpuQuota', '--cpu-quota', nanos > 0 ? [numberAt(container, 'HostConfig', 'CpuQuota')] : [0]],
    ['CpuRealtimePeriod', '--cpu-rt-period', [0]],
    ['CpuRealtimeRuntime', '--cpu-rt-runtime', [0]],
    ['BlkioWeight', '--blkio-weight', [0]],
    ['OomScoreAdj', '--oom-score-adj', [0]],
    ['PidsLimit', '--pids-limit', [0, 2048]],
    ['ShmSize', '--shm-size', [0, 67108864, 65536000]],
  ];
  for (const [key, flag, usual] of numbers) {
    const found = numberAt(container, 'HostConfig', key);
    if (!usual.includes(found)) yield value(flag, found);
  }
  // For Podman that is no limit; Docker takes none for its usual one.
  const isPodman = textAt(container, 'HostConfig', 'Runtime') === 'oci';
  if (isPodman && at(container, 'HostConfig', 'ShmSize') === 0) yield value('--shm-size', 0);
  const cpus = textAt(container, 'HostConfig', 'CpusetCpus');
  if (cpus !== '') yield value('--cpuset-cpus', cpus);
  const nodes = textAt(container, 'HostConfig', 'CpusetMems');
  if (nodes !== '') yield value('--cpuset-mems', nodes);
  for (const limit of (at(container, 'HostConfig', 'Ulimits') ?? []) as Inspected[]) {
    const name = textAt(limit, 'Name')
      .replace(/^RLIMIT_/, '')
      .toLowerCase();
    yield value('--ulimit', `${name}=${textAt(limit, 'Soft')}:${textAt(limit, 'Hard')}`);
  }
}

function* lists(container: Inspected, image: Inspected | undefined): Generator<RunFlag> {
  const all: [string, RunFlag['flag']][] = [
    ['Dns', '--dns'],
    ['DnsOptions', '--dns-option'],
    ['DnsSearch', '--dns-search'],
    ['VolumesFrom', '--volumes-from'],
    ['DeviceCgroupRules', '--device-cgroup-rule'],
  ];
  for (const [key, flag] of all) {
    for (const word of texts(at(container, 'HostConfig', key))) yield value(flag, word);
  }
  for (const link of texts(at(container, 'HostConfig', 'Links'))) {
    const [other = '', alias = ''] = link.split(':').map((part) => part.split('/').at(-1)!);
    yield value('--link', `${other}:${alias}`);
  }
  for (const [key, word] of Object.entries(strings(at(container, 'HostConfig', 'Sysctls')))) {
    yield value('--sysctl', `${key}=${word}`);
  }
  for (const [key, word] of Object.entries(strings(at(container, 'HostConfig', 'StorageOpt')))) {
    yield value('--storage-opt', `${key}=${word}`);
  }
  for (const place of readTmpfs(container)) yield value('--tmpfs', place);
  yield* exposed(container, image);
}

// Podman shows a port that is only exposed as one that is bound to nothing.
function* exposed(container: Inspected, image: Inspected | undefined): Generator<RunFlag> {
  const bindings = Object.entries((at(container, 'HostConfig', 'PortBindings') ?? {}) as object);
  const bound = bindings.filter(([, places]) => places !== null).map(([port]) => port);
  const known = [...bound, ...Object.keys(strings(at(image, 'Config', 'ExposedPorts')))];
  const ports = [
    ...Object.keys(strings(at(container, 'Config', 'ExposedPorts'))),
    ...bindings.map(([port]) => port),
  ];
  for (const port of new Set(ports)) if (!known.includes(port)) yield value('--expose', port);
}

function* devices(container: Inspected): Generator<RunFlag> {
  for (const device of (at(container, 'HostConfig', 'Devices') ?? []) as Inspected[]) {
    const [from, to] = [textAt(device, 'PathOnHost'), textAt(device, 'PathInContainer')];
    const rights = textAt(device, 'CgroupPermissions');
    yield value(
      '--device',
      [from, to || from, ...(rights === '' || rights === 'rwm' ? [] : [rights])].join(':'),
    );
  }
  for (const request of (at(container, 'HostConfig', 'DeviceRequests') ?? []) as Inspected[]) {
    const ids = texts(at(request, 'DeviceIDs'));
    const capabilities = ((at(request, 'Capabilities') ?? []) as string[][])
      .flat()
      .filter((one) => one !== 'gpu');
    const driver = textAt(request, 'Driver');
    if (driver === 'cdi') for (const id of ids) yield value('--device', id);
    else {
      const count = numberAt(request, 'Count');
      const parts = [
        ids.length > 0 ? `"device=${ids.join(',')}"` : count === -1 ? 'all' : `count=${count}`,
        driver === '' ? '' : `driver=${driver}`,
        capabilities.length === 0 ? '' : `"capabilities=${capabilities.join(',')}"`,
      ];
      yield value('--gpus', parts.filter(Boolean).join(','));
    }
  }
  const rates: [string, RunFlag['flag']][] = [
    ['BlkioDeviceReadBps', '--device-read-bps'],
    ['BlkioDeviceWriteBps', '--device-write-bps'],
    ['BlkioDeviceReadIOps', '--device-read-iops'],
    ['BlkioDeviceWriteIOps', '--device-write-iops'],
  ];
  for (const [key, flag] of rates) {
    for (const rate of (at(container, 'HostConfig', key) ?? []) as Inspected[]) {
      yield value(flag, `${textAt(rate, 'Path')}:${textAt(rate, 'Rate')}`);
    }
  }
}
