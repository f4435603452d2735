import type { RunFlag } from './container.ts';
import { at, texts } from './inspected.ts';
import type { Inspected } from './run.ts';

/**
 * The flags of `run` that Podman's `inspect` shows nowhere but in the command that made the container: to be said again
 * as they were. None for Docker, and for what was made through Podman's socket.
 */
export function saidFlags(container: Inspected): RunFlag[] {
  return wordsOf(container).flatMap(({ flag, value }): RunFlag[] => {
    if (/^--net(work)?$/.test(flag)) return addressesOf(value ?? '');
    if (flag === '--group-add' && value === 'keep-groups') return [{ flag, value }];
    if (flag === '--mount' && isStrange(value ?? '')) return [{ flag, value: value! }];
    if (switches.has(flag))
      return [value === undefined ? { flag } : { flag: `${flag}=${value}` as RunFlag['flag'] }];
    return carried.has(flag) && value !== undefined ? [{ flag, value }] : [];
  });
}

/** The flags of that command of which neither is known: what `inspect` shows of them, and how to say them again. */
export const strangeFlags = (container: Inspected): string[] => [
  ...new Set(
    wordsOf(container)
      .map(({ flag }) => flag)
      .filter((flag) => !carried.has(flag) && !switches.has(flag) && !shown.test(flag)),
  ),
];

const names = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).map((name) => `--${name}`));

const carried = names(
  `sysctl secret annotation ip ip6 mac-address tz umask userns uidmap gidmap subuidname subgidname unsetenv personality
  passwd-entry group-entry seccomp-policy cgroups cgroup-conf requires hostuser health-on-failure chrootdirs
  systemd sdnotify timeout conmon-pidfile pidfile cgroupns log-driver cap-add cap-drop pids-limit shm-size memory-swap memory-swappiness
  image-volume`,
);

const switches = names('no-hosts unsetenv-all http-proxy env-host no-hostname read-only-tmpfs');

// What the other flags are read from, and what says nothing of the container itself. `create` has no --passwd; without it
// Podman writes the user into /etc/passwd when the image lacks that one.
const shown =
  /^--(detach|name|replace|restart|pull|quiet|rm|env|env-file|env-merge|volume|volumes-from|mount|publish|publish-all|add-host|security-opt|network|net|network-alias|user|health-(cmd|interval|retries|start-period|timeout|startup-.*|log-.*|max-log-.*)|no-healthcheck|log-opt|label|label-file|hostname|workdir|stop-signal|stop-timeout|read-only|passwd|init|init-path|group-add|cpus|cpu-.*|cpuset-.*|memory|memory-reservation|oom-.*|shm-size-systemd|dns|dns-.*|tmpfs|device|device-.*|entrypoint|privileged|tty|interactive|ulimit|pid|ipc|uts|cgroup-parent|expose|blkio-weight|blkio-weight-device|gpus|platform|arch|os|variant|authfile|creds|tls-verify|cert-dir|cidfile|pod-id-file|sig-proxy|attach|detach-keys|disable-content-trust|rmi|pod|rootfs|decryption-key|storage-opt|preserve-fds?)$/;

// Podman takes an address behind the name of a network, too (`--network NAME:ip=…`), and inspect does not show it.
function addressesOf(network: string): RunFlag[] {
  const options = network.split(':').slice(1).join(':').split(',');
  return options.flatMap((option): RunFlag[] => {
    const [, key, value] = /^(ip|ip6|mac)=(.+)$/.exec(option) ?? [];
    if (key === undefined) return [];
    return [{ flag: key === 'mac' ? '--mac-address' : (`--${key}` as RunFlag['flag']), value: value! }];
  });
}

/** Whether what --mount takes is of a type that `inspect` does not show as what it is. */
const isStrange = (mount: string): boolean => !/(^|,)"?type=(bind|volume|tmpfs)\b/.test(mount);

/** The places of such mounts. */
export const strangePlaces = (container: Inspected): string[] =>
  wordsOf(container).flatMap(({ flag, value = '' }) =>
    flag === '--mount' && isStrange(value)
      ? [/(?:^|,)(?:target|destination|dst)=([^,]*)/.exec(value)?.[1] ?? '']
      : [],
  );

interface Said {
  readonly flag: RunFlag['flag'];
  readonly value: string | undefined;
}

// Short flags all belong to what inspect shows. Where the image begins cannot be told without knowing each flag, but a
// flag of the runner's own that has one of these names is unlikely.
function wordsOf(container: Inspected): Said[] {
  const words = texts(at(container, 'Config', 'CreateCommand'));
  const args = texts(at(container, 'Config', 'Cmd'));
  const isSaid = args.length > 0 && words.slice(-args.length).join('\0') === args.join('\0');
  return words.slice(0, isSaid ? -args.length : undefined).flatMap((word, index): Said[] => {
    const [, flag, value] = /^(--[a-z][\w-]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (flag === undefined) return [];
    const next = words[index + 1];
    return [{ flag: flag as RunFlag['flag'], value: value ?? (switches.has(flag) ? undefined : next) }];
  });
}
