import { fstatSync, writeSync } from 'node:fs';
import { cpus, homedir, hostname, networkInterfaces } from 'node:os';

export type Env = Readonly<Record<string, string | undefined>>;

/** What the program may touch of the world outside; everything else is handed in from here. */
export interface World {
  readonly env: Env;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** The current folder; nothing when it was removed meanwhile. */
  readonly cwd: string | undefined;
  readonly home: string;
  readonly hostname: string;
  readonly platform: NodeJS.Platform;
  readonly architecture: string;
  readonly cpus: number;
  /** An address by which other machines reach this one; nothing when it has none. */
  ownAddress(): string | undefined;
  /** The effective user; `undefined` on Windows. */
  readonly uid: number | undefined;
  readonly pid: number;
  /** How this program was started: Node and its script, both by absolute path. */
  readonly program: readonly [node: string, script: string];
  /** The words of the command line. */
  readonly words: readonly string[];
  readonly versions: { readonly node: string };
  /** Whether a person can be asked: both the keyboard and the screen are a terminal. */
  readonly isSomeoneThere: boolean;
  now(): Date;
  /** Calls `act` at Ctrl-C and at SIGTERM instead of dying; gives the function that ends this. */
  onInterrupt(act: (signal: string) => void): () => void;
  /** Calls `act` when nothing is under way any more, as at the end of input; gives the function that ends this. */
  onDrained(act: () => void): () => void;
  /** All of standard input, as text; throws a `Trouble` for more than 16 MiB. */
  readStdin(): Promise<string>;
}

/** The real world of this process; `onLost` is called once when standard output cannot be written. */
export function realWorld(onLost: (error: NodeJS.ErrnoException) => void): World {
  watchOutput(onLost);
  hushExperiments();
  return {
    env: environment(),
    // Opened where it is used; most runs read nothing.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    cwd: currentFolder(),
    home: process.env.HOME || ownHome(),
    hostname: hostname(),
    platform: process.platform,
    architecture: process.arch,
    get cpus() {
      return cpus().length;
    },
    ownAddress: once(ownAddress),
    uid: process.geteuid?.(),
    pid: process.pid,
    program: [process.execPath, process.argv[1] ?? ''],
    words: process.argv.slice(2),
    versions: { node: process.versions.node },
    get isSomeoneThere() {
      return Boolean(process.stderr.isTTY && process.stdin.isTTY);
    },
    now: () => new Date(),
    onInterrupt,
    onDrained(act) {
      process.once('beforeExit', act);
      return () => process.off('beforeExit', act);
    },
    readStdin,
  };
}

// undici says of each SOCKS proxy that it is an experiment, about which a person can do nothing.
function hushExperiments(): void {
  const warn = process.emitWarning;
  process.emitWarning = (warning: unknown, ...more: unknown[]) => {
    if (!/SOCKS5/.test(String(warning))) Reflect.apply(warn, process, [warning, ...more]);
  };
}

// A user may be in no file of users, as in a container.
function ownHome(): string {
  try {
    return homedir();
  } catch {
    return '';
  }
}

function currentFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

// A look at all interfaces, which each of thousands of runners asks for.
function once<T>(look: () => T): () => T {
  let seen: { readonly value: T } | undefined;
  return () => {
    seen ??= { value: look() };
    return seen.value;
  };
}

// Node would trust every certificate, and say so in words of its own; the program checks them whatever this says.
function environment(): Env {
  if (process.env.NODE_TLS_REJECT_UNAUTHORIZED === undefined) return process.env;
  const env = { ...process.env };
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  return env;
}

function ownAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address;
}

function watchOutput(onLost: (error: NodeJS.ErrnoException) => void): void {
  let isLost = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Who reads may stop reading, as `| head` does.
    if (error.code === 'EPIPE' || isLost) return;
    isLost = true;
    onLost(error);
  });
  // Nobody is left to tell; what is under way goes on to its end.
  process.stderr.on('error', () => {});
  if (fstatSync(process.stdout.fd).isFile()) process.stdout._write = writeWhole;
}

// Where a file has room for the beginning only, Node leaves it at that and reports success.
function writeWhole(bytes: Buffer, _encoding: string, done: (error?: Error) => void): void {
  let error: Error | undefined;
  try {
    for (let from = 0; from < bytes.length; ) from += writeSync(process.stdout.fd, bytes, from);
  } catch (cause) {
    error = cause as Error;
  }
  done(error);
}

function onInterrupt(act: (signal: string) => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let isHungUp = false;
  // The terminal and the shell may both tell of a connection that is lost: nobody insists by that.
  const hear = (signal: string) => {
    if (signal === 'SIGHUP' && isHungUp) return;
    isHungUp ||= signal === 'SIGHUP';
    act(signal);
  };
  for (const signal of signals) process.on(signal, hear);
  return () => {
    for (const signal of signals) process.off(signal, hear);
  };
}

async function readStdin(): Promise<string> {
  // Loaded when it is needed: what every run loads is kept small.
  const { mostBytes, tooLarge } = await import('./files/bounded.ts');
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > mostBytes) throw tooLarge('Standard input');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Leaves the exit code to the process, which ends when nothing is under way any more; a failure stays one. */
export function setExitCode(code: number): void {
  process.exitCode ||= code;
}
