import { randomBytes } from 'node:crypto';
import {
  linkSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Trouble } from '../errors.ts';
import { discard } from './read-file.ts';

export interface Waiting {
  readonly machine: Machine;
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the lock, in milliseconds; a minute when absent. */
  readonly patience?: number | undefined;
  /** Called about once a second while another process holds the lock. */
  onWait?(who: string, seconds: number): void;
}

/**
 * Does something while no other process holds the lock file; Trouble when it stays taken too long. What killed runs left
 * of their own locks goes.
 */
export async function withLock<T>(lock: string, waiting: Waiting, act: () => Promise<T>): Promise<T> {
  const mark = await take(lock, waiting);
  const beat = setInterval(() => touch(lock), heartbeat);
  beat.unref();
  try {
    sweep(lock, waiting.machine);
    return await act();
  } finally {
    clearInterval(beat);
    // One that stays is taken for what it is: its process is gone.
    if (holderOf(lock)?.mark === mark) discard(lock);
  }
}

const heartbeat = 5_000;
const oldAge = 30_000;

async function take(lock: string, waiting: Waiting): Promise<string> {
  const { machine, signal, patience = 60_000 } = waiting;
  const mark = randomBytes(8).toString('hex');
  const began = machine.now().getTime();
  for (let told = 0; !create(lock, describe(machine, mark)); ) {
    signal?.throwIfAborted();
    const waited = machine.now().getTime() - began;
    if (breakStale(lock, machine)) continue;
    const holder = holderOf(lock);
    if (waited > patience) throw taken(lock, holder);
    if (waited > (told + 1) * 1_000) waiting.onWait?.(nameOf(holder), ++told);
    await pause(20 + Math.random() * 60);
  }
  return mark;
}

// A link to a finished file: nobody ever sees a lock without its content.
function create(lock: string, holder: Holder): boolean {
  const draft = `${lock}.${holder.mark}`;
  try {
    writeFileSync(draft, JSON.stringify(holder), { mode: 0o600, flag: 'wx' });
    linkSync(draft, lock);
    return true;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    // A draft that is gone was taken for one that a killed run had left: once more.
    if (code === 'EEXIST' || (code === 'ENOENT' && syscall === 'link')) return false;
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return createPlainly(lock, holder);
    throw error;
  } finally {
    discard(draft);
  }
}

function createPlainly(lock: string, holder: Holder): boolean {
  try {
    writeFileSync(lock, JSON.stringify(holder), { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isStale(lock: string, holder: Holder | undefined, machine: Machine): boolean {
  if (holder !== undefined && isGone(holder, machine)) return true;
  const age = ageOf(lock, machine);
  return age !== undefined && age > oldAge;
}

// Two processes may find the same lock stale: only the one that holds the gate may look again and take it away. The
// gate is a lock like any other, since its holder may be killed, too.
function breakLock(lock: string, seen: Holder | undefined, machine: Machine): boolean {
  const gate = `${lock}.break`;
  const mark = randomBytes(8).toString('hex');
  if (!create(gate, describe(machine, mark))) {
    breakStale(gate, machine);
    return false;
  }
  try {
    if (holderOf(lock)?.mark === seen?.mark) rmSync(lock, { force: true });
    return true;
  } finally {
    if (holderOf(gate)?.mark === mark) discard(gate);
  }
}

function breakStale(lock: string, machine: Machine): boolean {
  const holder = holderOf(lock);
  return isStale(lock, holder, machine) && breakLock(lock, holder, machine);
}

// What a killed run can leave: drafts of locks, half written perhaps, and gates.
function sweep(lock: string, machine: Machine): void {
  const name = basename(lock);
  for (const entry of readdirSync(dirname(lock))) {
    const rest = entry.startsWith(name) ? entry.slice(name.length) : '';
    const path = join(dirname(lock), entry);
    if (/^(\.break)+$/.test(rest)) breakStale(path, machine);
    else if (/^(\.break)*\.[0-9a-f]{16}$/.test(rest)) {
      const holder = holderOf(path);
      if (holder === undefined || isStale(path, holder, machine)) discard(path);
    }
  }
}

function ageOf(path: string, machine: Machine): number | undefined {
  try {
    return machine.now().getTime() - statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}

function touch(lock: string): void {
  const now = new Date();
  try {
    utimesSync(lock, now, now);
  } catch {
    // The lock is gone: whoever took it away will be noticed before the file is replaced.
  }
}

// What cannot be read as a holder is the lock of one that is not known.
function holderOf(lock: string): Holder | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(lock, 'utf8'));
    return isHolder(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(content: unknown): content is Holder {
  if (typeof content !== 'object' || content === null) return false;
  const { pid, host, mark } = content as Partial<Holder>;
  return typeof pid === 'number' && typeof host === 'string' && typeof mark === 'string';
}

function nameOf(holder: Holder | undefined): string {
  return holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
}

function taken(lock: string, holder: Holder | undefined): Trouble {
  return new Trouble(`${nameOf(holder)} has been changing the same file for too long`, {
    why: `It holds the lock ${lock}.`,
    hint: `Wait until it is done. If no such process runs, remove the lock: rm ${lock}`,
  });
}

/** Which process this is, as far as locks and messages need to know. */
interface Machine {
  readonly pid: number;
  readonly hostname: string;
  now(): Date;
}

/** A process, named so that nobody takes another one for it. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly namespace: string;
  readonly boot: string;
  readonly started: string;
  readonly mark: string;
}

/** Describes this process for others; `mark` tells two locks of one process apart. */
function describe(machine: Machine, mark: string): Holder {
  return {
    pid: machine.pid,
    host: machine.hostname,
    namespace: link('/proc/self/ns/pid'),
    boot: content('/proc/sys/kernel/random/boot_id'),
    started: startOf(machine.pid),
    mark,
  };
}

/** Says whether a holder's process is gone for certain; only its own machine and container can tell. */
function isGone(holder: Holder, machine: Machine): boolean {
  const here = describe(machine, '');
  const near = here.namespace !== '' && holder.host === here.host && holder.namespace === here.namespace;
  if (!near || holder.boot === '') return false;
  return holder.boot !== here.boot || holder.started === '' || startOf(holder.pid) !== holder.started;
}

/** When a process began, as the kernel counts; '' when there is no such process. A number can be used again. */
function startOf(pid: number): string {
  const fields = content(`/proc/${pid}/stat`);
  return fields.slice(fields.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function content(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
