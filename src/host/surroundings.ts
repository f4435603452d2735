import { lookup } from 'node:dns/promises';
import { chmodSync, existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import type { World } from '../world.ts';
import { systemIdFor } from './system-id.ts';

/** The config files that gitlab-runner uses when nobody names one, other than this one, as far as they exist. */
export function otherConfigs(path: string, { home, platform }: Pick<World, 'home' | 'platform'>): string[] {
  if (platform === 'win32') return [];
  const usual = ['/etc/gitlab-runner/config.toml', join(home, '.gitlab-runner', 'config.toml')];
  return [...new Set(usual)].filter((other) => existsSync(other) && !isSame(other, path));
}

/** Whether two paths lead to the same file. */
export function isSame(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return one === other;
  }
}

/** The mode of a file that everybody may use, or its group change; nothing when all is well, or on Windows. */
export function looseMode(path: string, platform: NodeJS.Platform): string | undefined {
  if (platform === 'win32') return undefined;
  const mode = statSync(path).mode & 0o777;
  return (mode & 0o027) === 0 ? undefined : mode.toString(8).padStart(4, '0');
}

/** Leaves a file to its owner alone. */
export function tighten(path: string): void {
  chmodSync(realpathSync(path), 0o600);
}

/**
 * Whether the system id beside a config file was made on another machine: it has the form that comes from a machine
 * id, and this machine's gives another one.
 */
export function isForeignSystemId(path: string, platform: NodeJS.Platform): boolean {
  const { id, isKept } = systemIdFor(path, platform);
  if (!isKept || !id.startsWith('s_')) return false;
  const own = systemIdFor(join(dirname(path), '.none', 'config.toml'), platform).id;
  return own.startsWith('s_') && own !== id;
}

/** The address of a name that stands in the hosts file of this machine; nothing when DNS would be asked. */
export function addressInHostsFile(host: string, file = '/etc/hosts'): string | undefined {
  if (isIP(host) !== 0 || host === 'localhost' || !existsSync(file)) return undefined;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address !== undefined && names.includes(host)) return address;
  }
  return undefined;
}

/** The addresses of a name; none when it is not known. */
export async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  return [...new Set(found.map(({ address }) => address))];
}
