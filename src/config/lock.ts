import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Trouble } from '../errors.ts';
import { describe, type Holder, isGone, type Machine } from './machine.ts';

export interface Waiting {
  readonly machine: Machine;
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the lock, in milliseconds; a minute when absent. */
  readonly patience?: number | undefined;
  /** Called about once a second while another process holds the lock. */
  onWait?(who: string, seconds: number): void;
}

/** Does something while no other process holds the lock file; Trouble when it stays taken too long. */
export async function withLock<T>(lock: string, waiting: Waiting, act: () => Promise<T>): Promise<T> {
  const mark = await take(lock, waiting);
  const beat = setInterval(() => touch(lock), heartbeat);
  beat.unref();
  try {
    return await act();
  } finally {
    clearInterval(beat);
    if (holderOf(lock)?.mark === mark) rmSync(lock, { force: true });
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
    const holder = holderOf(lock);
    if (isStale(lock, holder, machine) && breakLock(lock, holder)) continue;
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
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return createPlainly(lock, holder);
    throw error;
  } finally {
    rmSync(draft, { force: true });
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

// Two processes may find the same lock stale: only one at a time may look again and take it away.
function breakLock(lock: string, seen: Holder | undefined): boolean {
  const gate = `${lock}.break`;
  try {
    writeFileSync(gate, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    dropOldGate(gate);
    return false;
  }
  try {
    if (holderOf(lock)?.mark === seen?.mark) rmSync(lock, { force: true });
    return true;
  } finally {
    rmSync(gate, { force: true });
  }
}

function dropOldGate(gate: string): void {
  const age = ageOf(gate, { pid: 0, hostname: '', now: () => new Date() });
  if (age !== undefined && age > oldAge) rmSync(gate, { force: true });
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

function holderOf(lock: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(lock, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
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
