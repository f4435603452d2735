import type { RunFlag } from './container.ts';
import { saidFlags } from './create-command.ts';
import { at, numberAt, strings, textAt, texts } from './inspected.ts';
import { signalNumber } from './leaves.ts';
import { readTmpfs } from './mounts.ts';
import type { Inspected } from './run.ts';

/** What each flag of `run` that has no place of its own was given, by what `inspect` prints; usual values are left out. */
export function otherFlags(container: Inspected, image: Inspected | undefined): RunFlag[] {
  return [
    ...identity(container, image),
    ...rights(container),
    ...said(namespaces(container)),
    ...limits(container),
    ...lists(container, image),
    ...devices(container),
    ...onlySaid(container),
  ];
}

/**
 * The flags that were left out because their values are usual, by the keys under which `inspect` has them: what is usual
 * depends on how an engine is configured, and a container that was made without them tells.
 */
export const unsaidFlags = (container: Inspected): ReadonlyMap<string, RunFlag> =>
  new Map(
    [
      ...namespaces(container),
      ...numbers(container),
      logDriver(container),
      hostName(container),
      stopTime(container),
    ]
      .filter(({ isUsual, word }) => isUsual && word !== '')
      .map(({ key, flag, word }) => [key, { flag, value: word }]),
  );

/** A value that may be the usual one of an engine. */
interface Choice {
  readonly key: string;
  readonly flag: RunFlag['flag'];
  readonly word: string;
  readonly isUsual: boolean;
}

const said = (choices: readonly Choice[]): RunFlag[] =>
  choices.filter(({ isUsual }) => !isUsual).map(({ flag, word }) => value(flag, word));

const isPodman = (container: Inspected): boolean => textAt(container, 'HostConfig', 'Runtime') === 'oci';

// What is read from other places, too, is said once.
function onlySaid(container: Inspected): RunFlag[] {
  const read = [...rights(container), ...said(namespaces(container)), ...limits(container)];
  const known = new Set([...networkFlags(container), ...read.map(({ flag }) => flag as string)]);
  const capabilities = (key: string) => texts(at(container, 'HostConfig', key)).map(plainCapability);
  const there = { '--cap-add': capabilities('CapAdd'), '--cap-drop': capabilities('CapDrop') };
  return saidFlags(container).filter(({ flag, value: words = '' }) => {
    if (flag !== '--cap-add' && flag !== '--cap-drop') return !known.has(flag);
    return !words.split(',').every((word) => there[flag].includes(plainCapability(word)));
  });
}

const plainCapability = (word: string): string => word.toUpperCase().replace(/^CAP_/, '');

function networkFlags(container: Inspected): string[] {
  const all = Object.values((at(container, 'NetworkSettings', 'Networks') ?? {}) as Record<string, unknown>);
  const has = (key: string) => all.some((one) => textAt(one, 'IPAMConfig', key) !== '');
  const isUsualLog = /^(k8s-file|journald|json-file)$/.test(
    textAt(container, 'HostConfig', 'LogConfig', 'Type'),
  );
  const isThere = (...path: string[]) => Object.keys(strings(at(container, ...path))).length > 0;
  return [
    ...(has('IPv4Address') ? ['--ip'] : []),
    ...(has('IPv6Address') ? ['--ip6'] : []),
    ...(textAt(container, 'Config', 'MacAddress') === '' ? [] : ['--mac-address']),
    ...(textAt(container, 'HostConfig', 'UsernsMode') === '' ? [] : ['--userns']),
    ...(/^(0022|0000|)$/.test(textAt(container, 'Config', 'Umask')) ? [] : ['--umask']),
    ...(isUsualLog ? [] : ['--log-driver']),
    ...(isThere('HostConfig', 'Sysctls') ? ['--sysctl'] : []),
    ...(isThere('HostConfig', 'Annotations') ? ['--annotation'] : []),
  ];
}

const value = (flag: RunFlag['flag'], word: string | number): RunFlag => ({ flag, value: String(word) });

function* identity(container: Inspected, image: Inspected | undefined): Generator<RunFlag> {
  yield* said([hostName(container)]);
  const domain = textAt(container, 'Config', 'Domainname');
  if (domain !== '') yield value('--domainname', domain);
  const mac = textAt(container, 'Config', 'MacAddress');
  if (mac !== '') yield value('--mac-address', mac);
  const root = isPodman(container) ? '/' : '';
  const folder = textAt(container, 'Config', 'WorkingDir') || root;
  if (folder !== (textAt(image, 'Config', 'WorkingDir') || root)) yield value('--workdir', folder || '/');
  const signal = textAt(container, 'Config', 'StopSignal');
  const usual = textAt(image, 'Config', 'StopSignal');
  const isUsual = isPodman(container) ? signalNumber(signal) === signalNumber(usual) : signal === usual;
  if (signal !== '' && !isUsual) yield value('--stop-signal', signal);
  const patience = at(container, 'Config', 'StopTimeout');
  // Podman always writes one.
  if (typeof patience === 'number' && !(isPodman(container) && patience === 10))
    yield value('--stop-timeout', patience);
  const mask = textAt(container, 'Config', 'Umask');
  if (mask !== '' && mask !== '0022' && mask !== '0000') yield value('--umask', mask);
  if (at(container, 'Config', 'Tty') === true) yield { flag: '--tty' };
  if (at(container, 'Config', 'OpenStdin') === true) yield { flag: '--interactive' };
}

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

function namespaces(container: Inspected): Choice[] {
  const modes: [string, RunFlag['flag'], string[]][] = [
    ['PidMode', '--pid', ['private']],
    ['UTSMode', '--uts', ['private']],
    ['IpcMode', '--ipc', [isPodman(container) ? 'shareable' : 'private']],
    ['UsernsMode', '--userns', ['private']],
    ['CgroupnsMode', '--cgroupns', ['private']],
    ['CgroupMode', '--cgroupns', ['private', 'host']],
    ['CgroupParent', '--cgroup-parent', []],
    ['Runtime', '--runtime', ['oci', 'runc', 'crun']],
    ['Isolation', '--isolation', []],
    ['VolumeDriver', '--volume-driver', []],
  ];
  return modes.map(([key, flag, usual]) => {
    const word = textAt(container, 'HostConfig', key);
    return { key, flag, word, isUsual: word === '' || usual.includes(word) };
  });
}

// What shares the network of the machine usually has its name, too, and cannot be told from what was given that name.
function hostName(container: Inspected): Choice {
  const word = textAt(container, 'Config', 'Hostname');
  const mode = textAt(container, 'HostConfig', 'NetworkMode');
  const sharesName =
    /^(host|container:|ns:)/.test(mode) || textAt(container, 'HostConfig', 'UTSMode') === 'host';
  const isUsual = sharesName || textAt(container, 'Id').startsWith(word);
  return { key: 'Hostname', flag: '--hostname', word, isUsual };
}

function stopTime(container: Inspected): Choice {
  const word = textAt(container, 'Config', 'StopTimeout');
  return { key: 'StopTimeout', flag: '--stop-timeout', word, isUsual: word === '10' };
}

function logDriver(container: Inspected): Choice {
  const word = textAt(container, 'HostConfig', 'LogConfig', 'Type');
  return { key: 'LogConfig.Type', flag: '--log-driver', word, isUsual: true };
}

function numbers(container: Inspected): Choice[] {
  const host = at(container, 'HostConfig');
  const nanos = numberAt(host, 'NanoCpus');
  const [shm, pids] = isPodman(container)
    ? [
        [0, 65536000],
        [0, 2048],
      ]
    : [[0, 67108864], [0]];
  // Podman tells --cpus in both forms.
  const inNanos = (key: string) => (nanos > 0 ? [numberAt(host, key)] : [0]);
  const all: [string, RunFlag['flag'], number[]][] = [
    ['Memory', '--memory', [0]],
    ['MemoryReservation', '--memory-reservation', [0]],
    ['MemorySwap', '--memory-swap', [0, 2 * numberAt(host, 'Memory')]],
    ['MemorySwappiness', '--memory-swappiness', [0, -1]],
    ['KernelMemory', '--kernel-memory', [0]],
    ['CpuShares', '--cpu-shares', [0]],
    ['CpuPeriod', '--cpu-period', inNanos('CpuPeriod')],
    ['CpuQuota', '--cpu-quota', inNanos('CpuQuota')],
    ['CpuRealtimePeriod', '--cpu-rt-period', [0]],
    ['CpuRealtimeRuntime', '--cpu-rt-runtime', [0]],
    ['BlkioWeight', '--blkio-weight', [0]],
    ['OomScoreAdj', '--oom-score-adj', [0]],
    ['PidsLimit', '--pids-limit', pids],
    ['ShmSize', '--shm-size', shm],
  ];
  return all.map(([key, flag, usual]) => {
    const isUsual = usual.includes(numberAt(host, key));
    // Podman writes no limit as none.
    const isEndless = key === 'MemorySwap' && at(host, key) === 0 && numberAt(host, 'Memory') > 0;
    return { key, flag, word: isEndless ? '-1' : textAt(host, key), isUsual };
  });
}

function* limits(container: Inspected): Generator<RunFlag> {
  const nanos = numberAt(container, 'HostConfig', 'NanoCpus');
  if (nanos > 0) yield value('--cpus', nanos / 1e9);
  yield* said(numbers(container));
  // For Podman that is no limit; Docker takes none for its usual one.
  if (isPodman(container) && at(container, 'HostConfig', 'ShmSize') === 0) yield value('--shm-size', 0);
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
  for (const [key, word] of Object.entries(strings(at(container, 'HostConfig', 'Annotations')))) {
    yield value('--annotation', `${key}=${word}`);
  }
  for (const [key, word] of Object.entries(strings(at(container, 'HostConfig', 'StorageOpt')))) {
    yield value('--storage-opt', `${key}=${word}`);
  }
  yield* readTmpfs(container);
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
  for (const one of (at(container, 'HostConfig', 'BlkioWeightDevice') ?? []) as Inspected[]) {
    yield value('--blkio-weight-device', `${textAt(one, 'Path')}:${textAt(one, 'Weight')}`);
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
