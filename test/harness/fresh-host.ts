import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { removeFolder } from './folder.ts';

/** A machine of its own without gitlab-runner: its /etc, /run and processes are no others than its own. */
export interface FreshHost {
  readonly folder: string;
  /** The words before a program that runs there; `env` is its environment. */
  readonly enter: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** A file of it, by its path there; nothing where there is none. */
  file(path: string): string | undefined;
  write(path: string, text: string): void;
  remove(): void;
}

/** Whether this machine can hold another one: a Debian whose kernel gives namespaces to this user. */
export function canHold(): boolean {
  const tried = spawnSync('/usr/bin/unshare', [...namespaces, '/bin/sh', '-c', 'mount -t tmpfs none /mnt']);
  const can = tried.status === 0 && existsSync('/usr/lib/apt/apt-helper');
  if (!can) console.warn('no machine of its own here: the journey from a fresh machine was not made');
  return can;
}

const namespaces = ['--map-root-user', '--mount', '--pid', '--fork', '--kill-child'];

const parts = resolve(import.meta.dirname, '../host');
const key = resolve(import.meta.dirname, '../cases/fixtures/keys/gitlab-repository.asc');

interface Laying {
  readonly init?: 'systemd' | 'init';
  /** The user who runs programs there. */
  readonly uid?: number;
}

/** Lays a Debian with systemd, or with init alone. Its package has a stand-in for gitlab-runner that works with a config.toml. */
export function layHost({ init = 'systemd', uid = 0 }: Laying = {}): FreshHost {
  const folder = mkdtempSync(join(tmpdir(), 'host-'));
  const at = (path: string) => join(folder, path);
  for (const path of [
    'etc/apt/sources.list.d',
    'run',
    'host/apt',
    'host/node',
    'host/package',
    'host/bin',
    'host/home',
  ])
    mkdirSync(at(path), { recursive: true });
  if (init === 'systemd') mkdirSync(at('run/systemd/system'), { recursive: true });
  cpSync(join(parts, 'bin'), at('host/bin'), { recursive: true });
  for (const name of ['gitlab-runner', 'gitlab-runner.js'])
    cpSync(join(parts, name), at(`host/package/${name}`));
  cpSync(join(parts, 'apt-helper'), at('host/apt/apt-helper'));
  cpSync(key, at('host/package/gpg.key'));
  for (const name of ['sh', 'install', 'rm']) symlinkSync(`/usr/bin/${name}`, at(`host/bin/${name}`));
  symlinkSync(process.execPath, at('host/node/gitlab-runner'));
  writeFileSync(
    at('etc/os-release'),
    'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_CODENAME=trixie\n',
  );
  writeFileSync(at('etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(at('etc/hosts'), '127.0.0.1 localhost gitlab.corp.test\n');
  const env = {
    PATH: '/host/bin',
    HOME: '/host/home',
    HERE: '/host/home',
    ENTER_AS: String(uid),
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    NO_UPDATE_NOTIFIER: '1',
  };
  return {
    folder,
    env,
    enter: ['/usr/bin/unshare', ...namespaces, '/bin/sh', join(parts, 'enter.sh'), folder],
    file: (path) => (existsSync(at(path)) ? readFileSync(at(path), 'utf8') : undefined),
    write(path, text) {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), text);
      chmodSync(at(path), 0o600);
    },
    remove: () => removeFolder(folder),
  };
}
