import { readFileSync } from 'node:fs';
import { readFlags } from './stand-in-words.js';

/** A container as `docker inspect` shows it, from the flags of run; `own` is what only the stand-in knows of it. */
export function made(id, name, image, { flags, args, reference, state, env = {} }) {
  const all = (...names) => names.flatMap((flag) => flags[flag] ?? []);
  const on = (flag) => flags[flag] !== undefined && flags[flag].at(-1) !== 'false';
  const [policy = 'no', most] = (all('--restart').at(-1) ?? 'no').split(':');
  const [form, ...entry] = all('--entrypoint').length > 0 ? ['own', all('--entrypoint').at(-1)] : [];
  const networks = all('--network', '--net');
  return {
    Id: id,
    Created: new Date().toISOString(),
    Name: `/${name}`,
    Image: image.id,
    RestartCount: 0,
    State: {
      Status: 'created',
      Running: false,
      Restarting: false,
      OOMKilled: false,
      ExitCode: 0,
      Error: '',
      StartedAt: '0001-01-01T00:00:00Z',
      FinishedAt: '0001-01-01T00:00:00Z',
    },
    HostConfig: {
      Binds: all('-v', '--volume'),
      NetworkMode: networks[0] ?? 'bridge',
      RestartPolicy: { Name: policy, MaximumRetryCount: Number(most ?? 0) },
      PortBindings: portsOf(all('-p', '--publish')),
      ExtraHosts: all('--add-host'),
      SecurityOpt: all('--security-opt'),
      CapAdd: all('--cap-add'),
      CapDrop: all('--cap-drop'),
      Dns: all('--dns'),
      Privileged: on('--privileged'),
      ReadonlyRootfs: on('--read-only'),
      AutoRemove: on('--rm'),
      Memory: Number(all('--memory', '-m').at(-1) ?? 0),
      IpcMode: 'private',
      CgroupnsMode: 'private',
      Runtime: all('--runtime').at(-1) ?? 'runc',
      LogConfig: { Type: all('--log-driver').at(-1) ?? 'json-file', Config: pairs(all('--log-opt')) },
    },
    Mounts: mountsOf(all('-v', '--volume'), image, id),
    Config: {
      Hostname: all('--hostname', '-h').at(-1) ?? id.slice(0, 12),
      User: all('--user', '-u').at(-1) ?? image.config.User ?? '',
      Env: envOf(image.config.Env ?? [], all('-e', '--env'), all('--env-file'), env),
      Cmd: args.length > 0 || form ? args : (image.config.Cmd ?? []),
      Entrypoint: form ? entry : (image.config.Entrypoint ?? []),
      Image: reference,
      WorkingDir: all('--workdir', '-w').at(-1) ?? image.config.WorkingDir ?? '',
      Labels: { ...image.config.Labels, ...pairs(all('-l', '--label')) },
      StopSignal: all('--stop-signal').at(-1) ?? image.config.StopSignal,
      ...(all('--stop-timeout').length > 0 && { StopTimeout: Number(all('--stop-timeout').at(-1)) }),
      ...healthOf(all('--health-cmd').at(-1), (flag) => all(flag).at(-1), image),
    },
    NetworkSettings: {
      Networks: Object.fromEntries(
        (networks.length > 0 ? networks : ['bridge']).map((network) => [
          network,
          { Aliases: all('--network-alias') },
        ]),
      ),
    },
    own: {
      version: image.version,
      dies: image.dies,
      log: [...(image.log ?? [])],
      starts: image.starts,
      exec: image.exec,
      drain: image.drain ?? 0,
      size: state.containerSize ?? 0,
    },
  };
}

/** A container of the state file: `{ "run": [words of run] }` with what it is like now, or what `inspect` shows as it is. */
export function laid(entry, { number, image, state }) {
  if (entry.run === undefined) return { ...entry, own: entry.own ?? {} };
  const {
    flags,
    others: [reference, ...args],
  } = readFlags(entry.run, { runs: true });
  const name = flags['--name']?.at(-1) ?? `made_${number}`;
  const container = made(entry.id ?? String(number).repeat(64).slice(0, 64), name, image(reference), {
    flags,
    args,
    reference,
    state,
  });
  const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
  const running = (entry.status ?? 'running') === 'running';
  Object.assign(
    container.State,
    { Status: entry.status ?? 'running', Running: running, StartedAt: ago(entry.startedAgo ?? 7200) },
    entry.state,
  );
  if (!running) container.State.FinishedAt = ago(entry.finishedAgo ?? 3600);
  container.Created = ago(entry.createdAgo ?? 86400);
  container.RestartCount = entry.restarts ?? 0;
  Object.assign(container.own, entry.own);
  for (const line of container.own.log) if (line.ago !== undefined) line.at = Date.now() - line.ago * 1000;
  return container;
}

const pairs = (words) => Object.fromEntries(words.map((word) => word.split(/=(.*)/s).slice(0, 2)));

function portsOf(words) {
  const ports = {};
  for (const word of words) {
    const parts = /^(?:(.*):)?([^:]*):([^:]+)$/.exec(word) ?? [word, undefined, '', word];
    const port = /\//.test(parts[3]) ? parts[3] : `${parts[3]}/tcp`;
    ports[port] ??= [];
    ports[port].push({ HostIp: (parts[1] ?? '').replace(/^\[|\]$/g, ''), HostPort: parts[2] });
  }
  return ports;
}

function mountsOf(words, image, id) {
  const said = words.map((word) => {
    const [source, target, options = ''] = word.split(':');
    const place = {
      Destination: target,
      Mode: options,
      RW: !options.split(',').includes('ro'),
      Propagation: 'rprivate',
    };
    if (source.startsWith('/')) return { Type: 'bind', Source: source, ...place };
    return {
      Type: 'volume',
      Name: source,
      Source: `/var/lib/docker/volumes/${source}/_data`,
      Driver: 'local',
      ...place,
      // As dockerd has it for every volume that --volume names; those without a name have none.
      Mode: options || 'z',
      Propagation: '',
    };
  });
  const targets = said.map(({ Destination }) => Destination);
  const own = Object.keys(image.config.Volumes ?? {}).filter((target) => !targets.includes(target));
  const unnamed = own.map((target, at) => {
    const name = `${id.slice(0, 62)}0${at}`;
    return {
      Type: 'volume',
      Name: name,
      Source: `/var/lib/docker/volumes/${name}/_data`,
      Destination: target,
      Driver: 'local',
      Mode: '',
      RW: true,
      Propagation: '',
    };
  });
  return [...said, ...unnamed];
}

// As the programs do: a name alone takes its value from the environment of the command.
function envOf(given, words, files, env) {
  const lines = files.flatMap((file) => readLines(file));
  const own = [...lines, ...words.map((word) => (word.includes('=') ? word : `${word}=${env[word] ?? ''}`))];
  const names = new Set(own.map((line) => line.split('=')[0]));
  return [...given.filter((line) => !names.has(line.split('=')[0])), ...own];
}

const readLines = (file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');

function healthOf(command, last, image) {
  if (command === undefined) return image.config.Healthcheck ? { Healthcheck: image.config.Healthcheck } : {};
  const time = (flag) => {
    const [, number, unit] = /^(\d+)(s|m|h)$/.exec(last(flag) ?? '') ?? [];
    return number === undefined
      ? {}
      : { [names[flag]]: Number(number) * { s: 1, m: 60, h: 3600 }[unit] * 1e9 };
  };
  const names = {
    '--health-interval': 'Interval',
    '--health-timeout': 'Timeout',
    '--health-start-period': 'StartPeriod',
  };
  const retries = last('--health-retries');
  return {
    Healthcheck: {
      Test: ['CMD-SHELL', command],
      ...time('--health-interval'),
      ...time('--health-timeout'),
      ...time('--health-start-period'),
      ...(retries && { Retries: Number(retries) }),
    },
  };
}
