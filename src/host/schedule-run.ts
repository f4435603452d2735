import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import { start } from '../child.ts';
import { Trouble } from '../errors.ts';
import { readRegular } from '../files/plain.ts';
import { showRights } from '../text/shell-quote.ts';
import type { Env } from '../world.ts';

/** The text of a file; nothing when it is not there. Throws when it cannot be read. */
export function textAt(path: string): string | undefined {
  try {
    return readRegular(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw untouched(path, 'read', error);
  }
}

/** Writes a file whole, with the rights and the owner of `like`, or takes it away when there is no text; throws when that is not permitted. */
export function putText(path: string, text: string | undefined, like?: Stats): void {
  try {
    if (text === undefined) rmSync(path, { force: true });
    else writeWhole(path, text, like);
  } catch (error) {
    throw untouched(path, 'written', error);
  }
}

function writeWhole(path: string, text: string, like?: Stats): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  // Cron and systemd pass over names that begin with a dot.
  const draft = join(dirname(path), `.${basename(path)}.draft`);
  writeFileSync(draft, text, { mode: like === undefined ? 0o644 : 0o600, flush: true });
  if (like !== undefined) {
    chownSync(draft, like.uid, like.gid);
    chmodSync(draft, like.mode);
  }
  renameSync(draft, path);
}

const untouched = (path: string, how: 'read' | 'written', error: unknown): Trouble =>
  new Trouble(`${path} cannot be ${how}.`, {
    why: (error as Error).message,
    hint: 'Run the command with sudo, or use rootless Podman or Docker.',
    cause: error,
  });

/** What came of a program of the system. */
export interface Ran {
  readonly code: number;
  readonly words: string;
  readonly said: string;
}

/** How a program of the system is run. */
interface How {
  readonly input?: string;
  /** How long it may take. */
  readonly seconds?: number;
  readonly cwd?: string;
  /** Interrupts it, as Ctrl-C would. */
  readonly signal?: AbortSignal;
}

/** Runs a program of the system, such as `systemctl`, with the words as a list, for a minute at most unless told; nothing when there is no such program. */
export function runSystem(
  [program, ...words]: readonly [string, ...string[]],
  env: Env,
  { input = '', seconds = 60, cwd, signal }: How = {},
): Promise<Ran | undefined> {
  return new Promise((resolve, reject) => {
    const child = start(program, words, {
      env,
      stdio: 'pipe',
      detached: true,
      ...(cwd !== undefined && { cwd }),
    });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name]!.setEncoding('utf8').on('data', (text: string) => {
        said[name] += text;
      });
    const limit = setTimeout(() => {
      said.stderr += `no response within ${seconds} seconds`;
      child.kill('SIGKILL');
      // What it started may go on and hold these.
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, seconds * 1000);
    const interrupt = () => child.kill('SIGINT');
    signal?.addEventListener('abort', interrupt);
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(limit);
      if (error.code === 'ENOENT') resolve(undefined);
      else reject(unstarted(program, env, error));
    });
    child.on('close', (code) => {
      clearTimeout(limit);
      resolve({ code: code ?? 1, words: said.stdout, said: said.stderr.trim() });
    });
    // A program that never reads may be gone before this is written.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** Runs a program that may ask the person at the terminal, as `sudo` does; gives its exit code, or nothing when there is no such program. */
export function runAtTerminal(
  [program, ...words]: readonly [string, ...string[]],
  env: Env,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    // What it prints is for the person, not for who reads the output.
    const child = start(program, words, { env, stdio: ['inherit', 2, 2] });
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve(undefined);
      else reject(unstarted(program, env, error));
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** What is thrown for a program that is there, but that the system does not start. */
function unstarted(program: string, { PATH = '' }: Env, error: NodeJS.ErrnoException): Trouble {
  const places = PATH.split(delimiter).map((folder) => join(folder, program));
  const file = isAbsolute(program) ? program : (places.find((place) => existsSync(place)) ?? program);
  const isForbidden = error.code === 'EACCES' || error.code === 'EPERM';
  return new Trouble(`The program ${file} cannot be started.`, {
    why: isForbidden ? 'This user is not allowed to execute it.' : error.message,
    hint: isForbidden
      ? `Run the command as a user who is allowed to, or check the mode of the program: ${showRights(file)}`
      : `Check the program: ${showRights(file)}`,
    cause: error,
  });
}
