import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { made } from './stand-in-container.js';
import { readFlags } from './stand-in-words.js';

/** What each command does to the state, and what it prints; `refuse` ends it as the engine would. */
export const acts = {
  version({ state, program, print, rest, say }) {
    const format = rest.at(-1);
    if (format === '{{.Server.Version}}') return say(state.version ?? '28.1.0');
    const version = state.version ?? '28.1.0';
    if (program === 'podman') return print({ Client: { Version: version } });
    const name = state.kind === 'podman' ? 'Podman Engine' : 'Engine';
    print({
      Client: { Version: '28.1.0' },
      Server: { Version: version, Components: [{ Name: name, Version: version }] },
    });
  },
  info({ state, program, print }) {
    if (program === 'podman') {
      const path = (state.socket ?? '/run/podman/podman.sock').replace(/^unix:\/\//, '');
      print({
        host: {
          remoteSocket: { path, exists: state.socketExists ?? true },
          security: { rootless: state.rootless ?? false },
        },
        store: { graphRoot: state.root ?? '/var/lib/containers/storage' },
      });
    } else {
      print({
        SecurityOptions: state.rootless ? ['name=rootless'] : ['name=seccomp,profile=builtin'],
        DockerRootDir: state.root ?? '/var/lib/docker',
      });
    }
  },
  'context show'({ state, say }) {
    say(state.context ?? 'default');
  },
  'context inspect'({ state, print }) {
    print([
      { Name: 'default', Endpoints: { docker: { Host: state.socket ?? 'unix:///var/run/docker.sock' } } },
    ]);
  },
  'image inspect'({ state, rest, print, say, refuse }) {
    const { flags, others } = readFlags(rest);
    const found = others.map(
      (name) => imageOf(state, name) ?? refuse(`Error response from daemon: No such image: ${name}`),
    );
    if (flags['--format']?.[0] === '{{.Id}}') return say(found[0].id);
    print(found.map(imageInspect));
  },
  'image ls'({ state, rest, print, say }) {
    const { flags } = readFlags(rest);
    for (const image of state.images ?? []) {
      if (flags['-q'] ?? flags['--quiet']) {
        say(image.id);
        continue;
      }
      for (const tag of image.tags.length > 0 ? image.tags : ['<none>:<none>']) {
        const at = tag.lastIndexOf(':');
        print({
          ID: image.id,
          Repository: tag.slice(0, at),
          Tag: tag.slice(at + 1),
          Size: `${image.size ?? 0}B`,
          CreatedAt: image.created,
        });
      }
    }
  },
  'image pull'({ state, rest, say, refuse }) {
    const {
      others: [name],
    } = readFlags(rest);
    const found = (state.registry ?? []).find(({ tags }) => tags.some((tag) => sameName(tag, name)));
    if (found === undefined)
      refuse(
        `Error response from daemon: manifest for ${name} not found: manifest unknown: manifest unknown`,
      );
    const image = filled(found);
    say(`${name.split(':').at(-1)}: Pulling from ${name.replace(/:[^:]*$/, '')}`);
    say(`Digest: ${image.digest}`);
    for (const other of state.images ?? []) other.tags = other.tags.filter((tag) => !sameName(tag, name));
    state.images ??= [];
    const here = state.images.find(({ id }) => id === image.id);
    if (here === undefined)
      state.images.push(structuredClone({ ...image, tags: [found.tags.find((tag) => sameName(tag, name))] }));
    else here.tags.push(name);
    say(`Status: ${here === undefined ? 'Downloaded newer image' : 'Image is up to date'} for ${name}`);
  },
  'image tag'({ state, rest: [from, to], refuse }) {
    const image = imageOf(state, from) ?? refuse(`Error response from daemon: No such image: ${from}`);
    image.tags.push(to);
  },
  'image rm'({ state, rest, say, refuse }) {
    for (const name of readFlags(rest).others) {
      const image = imageOf(state, name) ?? refuse(`Error response from daemon: No such image: ${name}`);
      const user = (state.containers ?? []).find(({ Image }) => Image === image.id);
      const isLast = name === image.id || image.tags.length < 2;
      if (user && isLast)
        refuse(
          `Error response from daemon: conflict: unable to remove repository reference "${name}" (must force) - container ${user.Id.slice(0, 12)} is using its referenced image ${image.id.slice(7, 19)}`,
        );
      if (isLast) {
        state.images = state.images.filter((one) => one !== image);
        say(`Deleted: ${image.id}`);
      } else {
        image.tags = image.tags.filter((tag) => !sameName(tag, name));
        say(`Untagged: ${name}`);
      }
      free(state, isLast ? (image.size ?? 0) : 0);
    }
  },
  'container create': (how) => create(how),
  'container run'(how) {
    const container = create(how);
    if (how.state.runFails) how.refuse(`docker: Error response from daemon: ${how.state.runFails}`, 125);
    start(container);
  },
  'container start'({ state, rest, say, refuse }) {
    for (const name of readFlags(rest).others) {
      start(containerOf(state, name, refuse));
      say(name);
    }
  },
  'container stop'({ state, rest, say, refuse }) {
    for (const name of readFlags(valueless(rest)).others) {
      end(containerOf(state, name, refuse), 0);
      say(name);
    }
  },
  'container kill'({ state, rest, say, refuse }) {
    const { flags, others } = readFlags(rest);
    const signal = (flags['--signal'] ?? flags['-s'] ?? ['KILL'])[0].replace(/^SIG/, '');
    for (const name of others) {
      const container = containerOf(state, name, refuse);
      if (!container.State.Running)
        refuse(
          `Error response from daemon: cannot kill container: ${name}: container ${container.Id.slice(0, 12)} is not running`,
        );
      if (signal === 'QUIT' && container.own.drain > 0) container.own.draining = true;
      else if (!/^(HUP|0|USR1)$/.test(signal)) end(container, signal === 'KILL' ? 137 : 0);
      say(name);
    }
  },
  'container wait'({ state, rest: [name], say, refuse }) {
    const container = containerOf(state, name, refuse);
    if (container.State.Running) end(container, 0);
    say(String(container.State.ExitCode));
  },
  'container rm'({ state, rest, say, refuse }) {
    const { flags, others } = readFlags(rest);
    for (const name of others) {
      const container = containerOf(state, name, refuse);
      if (container.State.Running && !flags['-f'] && !flags['--force'])
        refuse(
          `Error response from daemon: cannot remove container "/${name}": container is running: stop the container before removing or force remove`,
        );
      state.containers = state.containers.filter((one) => one !== container);
      free(state, container.own.size ?? 0);
      say(name);
    }
  },
  'container rename'({ state, rest: [from, to], refuse }) {
    const container = containerOf(state, from, refuse);
    if (state.containers.some(({ Name }) => Name === `/${to}`))
      refuse(
        `Error response from daemon: Error when allocating new name: Conflict. The container name "/${to}" is already in use`,
      );
    container.Name = `/${to}`;
  },
  'container update'({ state, rest, say, refuse }) {
    const { flags, others } = readFlags(rest);
    for (const name of others) {
      const container = containerOf(state, name, refuse);
      if (flags['--restart'])
        container.HostConfig.RestartPolicy = { Name: flags['--restart'][0], MaximumRetryCount: 0 };
      say(name);
    }
  },
  'container ls'({ state, rest, print, say }) {
    const { flags } = readFlags(rest);
    const wanted = (flags['--filter'] ?? []).map((one) => one.split(/=(.*)/s));
    for (const container of state.containers ?? []) {
      if (!container.State.Running && !flags['--all'] && !flags['-a']) continue;
      if (!wanted.every(([key, value]) => fits(container, key, value))) continue;
      if (flags['-q'] ?? flags['--quiet']) say(container.Id);
      else print(listed(container));
    }
  },
  'container inspect'({ state, rest, print, refuse }) {
    const { flags, others } = readFlags(rest);
    // What is there is printed, whatever is missing.
    const missing = [];
    const miss = (words) => void missing.push(words);
    const found = others
      .map((name) => containerOf(state, name, miss, 'Error: No such container'))
      .filter(Boolean);
    for (const container of found) tick(container);
    const size = (own) => ((flags['--size'] ?? flags['-s']) ? { SizeRw: own.size ?? 0 } : {});
    print(found.map(({ own, ...shown }) => ({ ...shown, ...size(own) })));
    if (missing.length > 0) refuse(missing.join('\n'));
  },
  'container logs'({ state, rest, complain, refuse }) {
    const {
      flags,
      others: [name],
    } = readFlags(rest);
    const since = Date.parse(flags['--since']?.[0] ?? '') || 0;
    const lines = (containerOf(state, name, refuse).own.log ?? [])
      .map((one) => (typeof one === 'string' ? { says: one, at: since } : one))
      .filter(({ at }) => at >= since && at <= Date.now())
      .map(({ says }) => says);
    const last = Number(flags['--tail']?.[0] ?? flags['-n']?.[0] ?? lines.length);
    for (const text of lines.slice(-last)) complain(text);
  },
  'container exec'({ state, rest, say, refuse }) {
    const [name, ...words] = readFlags(rest, { runs: true }).others;
    const container = containerOf(state, name, refuse);
    if (!container.State.Running)
      refuse(`Error response from daemon: container ${container.Id} is not running`);
    const answer = container.own.exec?.[words.join(' ')];
    if (answer !== undefined) return say(answer);
    if (/gitlab-runner (--version|-v)$/.test(words.join(' ')))
      return say(`Version:      ${container.own.version ?? '19.4.0'}\nOS/Arch:      linux/amd64`);
    return undefined;
  },
  'network connect'({ state, rest, refuse }) {
    const [network, name] = readFlags(rest).others;
    containerOf(state, name, refuse).NetworkSettings.Networks[network] = {
      Aliases: readFlags(rest).flags['--alias'] ?? [],
    };
  },
  'network inspect'({ rest, print }) {
    print([{ Name: rest.at(-1) }]);
  },
  'volume inspect'({ state, rest, print, refuse }) {
    const name = rest.at(-1);
    const volume = (state.volumes ?? []).find(({ Name }) => Name === name);
    if (volume === undefined) refuse(`Error response from daemon: get ${name}: no such volume`);
    print([volume]);
  },
  'volume create'({ state, rest, say }) {
    const name = readFlags(rest).others[0];
    state.volumes ??= [];
    state.volumes.push({
      Name: name,
      Driver: 'local',
      Mountpoint: `/var/lib/docker/volumes/${name}/_data`,
      Labels: {},
    });
    say(name);
  },
  'volume ls'({ state, print }) {
    for (const volume of state.volumes ?? []) print(volume);
  },
  'volume rm'({ state, rest, say }) {
    for (const name of readFlags(rest).others) {
      free(state, state.volumes?.find(({ Name }) => Name === name)?.size ?? 0);
      state.volumes = state.volumes?.filter(({ Name }) => Name !== name);
      say(name);
    }
  },
};

const valueless = (words) => words.flatMap((word) => (word === '-t' ? ['--time'] : [word]));

const free = (state, size) => {
  state.freed = (state.freed ?? 0) + size;
};

const bare = (name) => name.replace(/^docker\.io\//, '').replace(/^library\//, '');

const withTag = (name) => (/:[^/]*$|@/.test(name) ? name : `${name}:latest`);

/** Whether two references mean the same image. */
export const sameName = (one, other) => withTag(bare(one)) === withTag(bare(other));

const idOf = (seed) => createHash('sha256').update(seed).digest('hex');

/** An image entry with what was left out of it. */
export function filled(image) {
  const seed = image.version ?? image.tags[0] ?? 'none';
  image.id ??= `sha256:${idOf(`image ${seed}`)}`;
  image.digest ??= `sha256:${idOf(`digest ${seed}`)}`;
  image.created ??= '2026-05-01T10:00:00Z';
  image.config ??= {
    Entrypoint: ['/usr/bin/dumb-init', '/entrypoint'],
    Cmd: ['run', '--user=gitlab-runner', '--working-directory=/home/gitlab-runner'],
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    Volumes: { '/etc/gitlab-runner': {}, '/home/gitlab-runner': {} },
    StopSignal: 'SIGQUIT',
    Labels: {},
  };
  return image;
}

const imageOf = (state, name) =>
  (state.images ?? [])
    .map(filled)
    .find(
      ({ id, tags, digest }) =>
        id === name ||
        id === `sha256:${name}` ||
        tags.some((tag) => sameName(tag, name)) ||
        name.endsWith(`@${digest}`),
    );

const imageInspect = (image) => ({
  Id: image.id,
  RepoTags: image.tags,
  RepoDigests: (image.local ? [] : image.tags.slice(0, 1)).map(
    (tag) => `${tag.replace(/:[^:/]*$/, '')}@${image.digest}`,
  ),
  Created: image.created,
  Size: image.size ?? 0,
  Config: image.config,
  ...(image.tagged && { Metadata: { LastTagTime: image.tagged } }),
});

function containerOf(state, name, refuse, text = 'Error response from daemon: No such container') {
  const found = (state.containers ?? []).find(({ Id, Name }) => Name === `/${name}` || Id.startsWith(name));
  return found ?? refuse(`${text}: ${name}`);
}

function create({ state, rest, env, say, refuse }) {
  const {
    flags,
    others: [name, ...args],
  } = readFlags(rest, { runs: true });
  const image =
    imageOf(state, name) ?? refuse(`docker: Error response from daemon: No such image: ${name}`, 125);
  const wanted = flags['--name']?.at(-1) ?? `made_${state.containers?.length ?? 0}`;
  if ((state.containers ?? []).some(({ Name }) => Name === `/${wanted}`))
    refuse(
      `docker: Error response from daemon: Conflict. The container name "/${wanted}" is already in use by container.`,
      125,
    );
  state.made = (state.made ?? 0) + 1;
  const container = made(idOf(`container ${state.made}`), wanted, image, {
    flags,
    args,
    reference: name,
    state,
    env,
  });
  state.containers ??= [];
  state.containers.push(container);
  say(container.Id);
  return container;
}

function start(container) {
  for (const mount of container.Mounts ?? []) layMountPoint(mount, container);
  Object.assign(container.State, {
    Status: 'running',
    Running: true,
    Restarting: false,
    ExitCode: 0,
    StartedAt: new Date().toISOString(),
  });
  container.own.looked = 0;
  if (container.own.starts) container.own.log.push(...container.own.starts);
}

// As engines do: what is mounted below another mount needs a place there.
function layMountPoint({ Source, Destination }, { Mounts }) {
  const outer = Mounts.find(
    (one) => one.Type === 'bind' && Destination.startsWith(`${one.Destination}/`) && existsSync(one.Source),
  );
  if (outer === undefined || !existsSync(Source)) return;
  const place = join(outer.Source, Destination.slice(outer.Destination.length));
  const isFile = statSync(Source).isFile();
  mkdirSync(isFile ? dirname(place) : place, { recursive: true, mode: 0o755 });
  if (isFile && !existsSync(place)) writeFileSync(place, '');
}

function end(container, code, status = 'exited') {
  Object.assign(container.State, {
    Status: status,
    Running: false,
    Restarting: false,
    ExitCode: code,
    FinishedAt: new Date().toISOString(),
  });
  container.own.draining = false;
}

// Each look at a container is a step of its time: it may die, be restarted, or come to the end of its jobs.
function tick(container) {
  const { own, State } = container;
  own.looked = (own.looked ?? 0) + 1;
  if (own.draining && --own.drain <= 0) return end(container, 0);
  if (own.dies === undefined || !State.Running || own.looked <= (own.dies.after ?? 0)) return undefined;
  if (own.dies.log) own.log.push(...[own.dies.log].flat());
  if (container.HostConfig.RestartPolicy.Name === 'no') return end(container, own.dies.code ?? 1);
  Object.assign(State, {
    Status: 'restarting',
    Running: true,
    Restarting: true,
    ExitCode: own.dies.code ?? 1,
  });
  container.RestartCount += 1;
  return undefined;
}

function fits(container, key, value) {
  if (key === 'name') return container.Name.includes(value);
  if (key === 'status') return container.State.Status === value;
  if (key === 'volume')
    return container.Mounts.some(({ Destination, Name }) => Destination === value || Name === value);
  if (key === 'label') {
    const [name, text] = value.split(/=(.*)/s);
    return name in container.Config.Labels && (text === undefined || container.Config.Labels[name] === text);
  }
  return true;
}

const listed = ({ Id, Name, Config, State, Mounts, own }) => ({
  ID: Id,
  Names: Name.slice(1),
  Image: Config.Image,
  State: State.Status,
  Status: State.Running ? 'Up 2 hours' : `Exited (${State.ExitCode}) 2 hours ago`,
  Mounts: Mounts.map(({ Name: name, Source }) => name ?? Source).join(','),
  Labels: Object.entries(Config.Labels)
    .map((pair) => pair.join('='))
    .join(','),
  Size: `${own.size ?? 0}B (virtual 100MB)`,
});
