import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** A program that listens on a port of this machine. */
interface Listener {
  readonly pid: number;
  readonly name: string;
}

/**
 * The program that listens on a TCP port of this machine, by the tables of Linux; nothing when there is none, or when this
 * user may not see it.
 */
export function listenerOn(port: number, processes = '/proc'): Listener | undefined {
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => socketsIn(join(processes, 'net', table), port)));
  if (sockets.size === 0) return undefined;
  const pid = entriesOf(processes).find(
    (name) => /^\d+$/.test(name) && holds(join(processes, name, 'fd'), sockets),
  );
  return pid === undefined
    ? undefined
    : { pid: Number(pid), name: textOf(join(processes, pid, 'comm')).trim() };
}

// `sl local_address rem_address st … inode`: 0A is a socket that listens.
function socketsIn(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return textOf(table)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => state === '0A' && local.endsWith(wanted))
    .map((fields) => `socket:[${fields[9]}]`);
}

const holds = (folder: string, sockets: ReadonlySet<string>): boolean =>
  entriesOf(folder).some((name) => sockets.has(linkOf(join(folder, name))));

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
