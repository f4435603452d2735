import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Trouble } from '../errors.ts';
import type { HeldFolder } from '../files/folder.ts';
import { readPlainFile } from '../files/plain.ts';
import { randomHex } from '../text/random.ts';
import { removeFile, showRights } from '../text/shell-quote.ts';
import { discard } from './read-file.ts';

export interface Waiting {
  readonly machine: Machine;
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for one and the same holder of the lock, in milliseconds; a minute when absent. */
  readonly patience?: number | undefined;
  /** A clock that nobody sets, in milliseconds from whenever; that of this process when absent. */
  clock?(): number;
  /** Called about once a second while another process holds the lock. */
  onWait?(who: string, seconds: number): void;
}

/**
 * Does something while no other process holds the lock file of this name in a folder; Trouble when one process keeps it
 * too long. `act` can ask whether the lock is still ours. What killed runs left of their own locks goes.
 */
export async function withLock<T>(
  folder: HeldFolder,
  name: string,
  waiting: Waiting,
  act: (isHeld: () => boolean) => Promise<T>,
): Promise<T> {
  const queue: Queue = { folder, waiting, watched: new Map() };
  const mark = await take(queue, name);
  const isHeld = () => holderOf(folder, name)?.mark === mark;
  const beat = setInterval(() => touch(folder, name, mark), heartbeat);
  beat.unref();
  try {
    sweep(queue, name);
    return await act(isHeld);
  } finally {
    clearInterval(beat);
    // One that stays is taken for what it is: its process is gone.
    if (isHeld()) discard(folder.at(name));
  }
}

const heartbeat = 5_000;
/** How long a lock has to stand still before it counts as left behind, in milliseconds; a living holder moves it at each heartbeat. */
const oldAge = 30_000;
/** Drafts of locks live for milliseconds, gates a little longer: what is so much older than a new lock was left behind. */
const leftAge = 600_000;

/** One process that wants locks of a folder, and what it has seen of them: how they looked, and since when. */
interface Queue {
  readonly folder: HeldFolder;
  readonly waiting: Waiting;
  readonly watched: Map<string, { readonly look: string; readonly since: number }>;
}

const clockOf = ({ waiting }: Queue): number => waiting.clock?.() ?? performance.now();

async function take(queue: Queue, name: string): Promise<string> {
  const { folder, waiting } = queue;
  const { machine, signal, patience = 60_000 } = waiting;
  const mark = randomHex(16);
  const began = clockOf(queue);
  let holder: Holder | undefined;
  for (let told = 0, since = began; !create(folder, name, describe(machine, mark)); ) {
    signal?.throwIfAborted();
    if (breakStale(queue, name)) continue;
    const now = holderOf(folder, name);
    // Others get on: whoever came since then has a minute of its own.
    if (now?.mark !== holder?.mark) [holder, since] = [now, clockOf(queue)];
    if (clockOf(queue) - since > patience) throw taken(folder, name, holder);
    if (clockOf(queue) - began > (told + 1) * 1_000) waiting.onWait?.(nameOf(holder), ++told);
    await pause(20 + Math.random() * 60);
  }
  return mark;
}

// A link to a finished file: nobody ever sees a lock without its content.
function create(folder: HeldFolder, name: string, holder: Holder): boolean {
  const draft = folder.at(`${name}.${holder.mark}`);
  try {
    writeFileSync(draft, JSON.stringify(holder), { mode: 0o600, flag: 'wx' });
    linkSync(draft, folder.at(name));
    return true;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    // A draft that is gone was taken for one that a killed run had left: once more.
    if (code === 'EEXIST' || (code === 'ENOENT' && syscall === 'link')) return false;
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS')
      return createPlainly(folder, name, holder);
    throw error;
  } finally {
    discard(draft);
  }
}

function createPlainly(folder: HeldFolder, name: string, holder: Holder): boolean {
  try {
    writeFileSync(folder.at(name), JSON.stringify(holder), { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isStale(queue: Queue, name: string, holder: Holder | undefined): boolean {
  if (holder !== undefined && isGone(holder, queue.waiting.machine)) return true;
  return stillFor(queue, name) > oldAge;
}

/**
 * For how long a file has looked the same, in milliseconds by our own clock. Time stamps are not compared with any clock:
 * containers and file servers have others.
 */
function stillFor(queue: Queue, name: string): number {
  const stats = lstatSync(queue.folder.at(name), { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  const look = [stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join(' ');
  const now = clockOf(queue);
  const before = queue.watched.get(name);
  if (before?.look === look) return now - before.since;
  queue.watched.set(name, { look, since: now });
  return 0;
}

// Two processes may find the same lock stale: only the one that holds the gate may look again and take it away. The
// gate is a lock like any other, since its holder may be killed, too.
function breakLock(queue: Queue, name: string, seen: Holder | undefined): boolean {
  const { folder, waiting } = queue;
  const gate = `${name}.break`;
  const mark = randomHex(16);
  if (!create(folder, gate, describe(waiting.machine, mark))) {
    breakStale(queue, gate);
    return false;
  }
  try {
    if (holderOf(folder, name)?.mark === seen?.mark) remove(folder, name);
    return true;
  } finally {
    if (holderOf(folder, gate)?.mark === mark) discard(folder.at(gate));
  }
}

function breakStale(queue: Queue, name: string): boolean {
  const holder = holderOf(queue.folder, name);
  return isStale(queue, name, holder) && breakLock(queue, name, holder);
}

function remove(folder: HeldFolder, name: string): void {
  try {
    rmSync(folder.at(name), { force: true });
  } catch (cause) {
    const path = join(folder.path, name);
    throw new Trouble(`The lock ${path} is left over, and cannot be removed`, {
      why: 'It was not created by runner-setup.',
      hint: `Check it, then remove it: ${showRights(path)}`,
      cause,
    });
  }
}

// What a killed run can leave: drafts of locks, half written perhaps, and gates.
function sweep(queue: Queue, lock: string): void {
  const { folder, waiting } = queue;
  for (const name of readdirSync(folder.at('.'))) {
    const rest = name.startsWith(lock) ? name.slice(lock.length) : '';
    if (!/^(\.break)*(\.break|\.[0-9a-f]{16})$/.test(rest)) continue;
    const holder = holderOf(folder, name);
    const isLeft = holder !== undefined && isGone(holder, waiting.machine);
    if (rest.endsWith('.break')) {
      if (isLeft || isOlder(folder, name, lock)) breakLock(queue, name, holder);
      // Half a draft may be that of a living process: it makes another one.
    } else if (holder === undefined || isLeft || isOlder(folder, name, lock)) discard(folder.at(name));
  }
}

// Both stamps come from the file system, whose clock need not be ours.
function isOlder(folder: HeldFolder, name: string, lock: string): boolean {
  const [one, other] = [name, lock].map((file) => lstatSync(folder.at(file), { throwIfNoEntry: false }));
  return one !== undefined && other !== undefined && other.mtimeMs - one.mtimeMs > leftAge;
}

const { O_RDWR, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

// The file system puts its own time on what is written; a time of ours might be far from it.
function touch(folder: HeldFolder, name: string, mark: string): void {
  try {
    const file = openSync(folder.at(name), O_RDWR | O_NOFOLLOW | O_NONBLOCK);
    try {
      const content = fstatSync(file).isFile() ? readFileSync(file, 'utf8') : '';
      if (content.includes(mark)) writeSync(file, content, 0);
    } finally {
      closeSync(file);
    }
  } catch {
    // The lock is gone: whoever took it away will be noticed before the file is replaced.
  }
}

// What cannot be read as a holder is the lock of one that is not known.
function holderOf(folder: HeldFolder, name: string): Holder | undefined {
  try {
    const content: unknown = JSON.parse(readPlainFile(folder.at(name)).bytes.toString());
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

function taken(folder: HeldFolder, name: string, holder: Holder | undefined): Trouble {
  const lock = join(folder.path, name);
  return new Trouble(`${nameOf(holder)} has locked the file for too long`, {
    why: `It holds the lock ${lock}.`,
    hint: `Wait until it has finished. If no such process is running, remove the lock: ${removeFile(lock)}`,
  });
}

/** Which process this is, as far as locks and messages need to know. */
interface Machine {
  readonly pid: number;
  readonly hostname: string;
  /** Whether the system keeps a file that is open from being replaced, and has no owners and modes to keep. */
  readonly isWindows: boolean;
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
