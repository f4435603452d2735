import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from '../child.ts';
import type { Env } from '../world.ts';
import { ask, type Engine, plainLine, surroundingsOf } from './engine.ts';
import { engineTrouble, noProgram } from './trouble.ts';

/** Who watches a command that changes something; secrets go by `env`, never among the words. */
export interface Watch {
  /** Ends the command by SIGINT, as Ctrl-C would. */
  readonly signal?: AbortSignal;
  /** How long it may take, else two minutes; `Infinity` for what may take as long as it likes. */
  readonly seconds?: number;
  /** Variables of the command on top of the usual, such as the values of `--env NAME`. */
  readonly env?: Env;
  /** Text that the command can read as the file `inputFile`, and that nobody else sees. */
  readonly input?: string;
  /** One line of progress, without what would move the cursor. */
  onLine?(line: string): void;
  /** Just before the command starts: all its words, the program first. */
  before?(command: readonly string[]): void;
  /** Just after it ended well, with its time in milliseconds. */
  after?(command: readonly string[], milliseconds: number): void;
}

/** Asks the engine something that changes nothing and gives its words; throws a `Trouble` when it does not answer. */
export async function tell(engine: Engine, words: readonly string[], seconds = 30): Promise<string> {
  const answer = await ask(engine, words, seconds);
  if ('words' in answer) return answer.words;
  throw 'missing' in answer ? noProgram(engine.program) : engineTrouble(engine, answer.failed);
}

/**
 * Asks about things by name (`container inspect`, `image inspect`, …) and reads the JSON; nothing when there is no such
 * thing. Throws a `Trouble` when the engine does not answer.
 */
export async function inspect(
  engine: Engine,
  what: 'container' | 'image' | 'volume' | 'network',
  name: string,
): Promise<Inspected | undefined> {
  const answer = await ask(engine, [what, 'inspect', name], 30);
  if ('words' in answer) return (JSON.parse(answer.words) as Inspected[])[0];
  if ('missing' in answer) throw noProgram(engine.program);
  if (/no such|not found|not known|no container with|does not exist|unable to find/i.test(answer.failed)) {
    const trouble = engineTrouble(engine, answer.failed);
    if (trouble.kind === 'engine-refused') return undefined;
  }
  throw engineTrouble(engine, answer.failed);
}

/** What `inspect` prints of one thing, as JSON. */
export type Inspected = { readonly [key: string]: unknown };

/**
 * Runs a command of the engine that changes something, with the words as a list and never through a shell; gives what
 * it wrote to stdout. Throws a `Trouble` with its last words when it fails, and the reason of the signal when stopped.
 */
export async function run(engine: Engine, words: readonly string[], watch: Watch = {}): Promise<string> {
  watch.signal?.throwIfAborted();
  const command = [engine.program, ...words];
  watch.before?.(command);
  const start = performance.now();
  const { seconds = 120 } = watch;
  const { code, stdout, stderr, error, isLate } = await execute(engine, words, { ...watch, seconds });
  watch.signal?.throwIfAborted();
  if (error?.code === 'ENOENT') throw noProgram(engine.program);
  if (isLate)
    throw engineTrouble(engine, `no response to ${command.slice(0, 2).join(' ')} within ${seconds} seconds`);
  if (code !== 0) {
    const said = lastWords(stderr) || (error?.message ?? '');
    throw engineTrouble(engine, said, `${engine.program} ${words[0]} failed.`);
  }
  watch.after?.(command, performance.now() - start);
  return stdout.trim();
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly error: NodeJS.ErrnoException | undefined;
  readonly isLate: boolean;
}

/** Where a command finds its `input`. */
export const inputFile = '/dev/fd/3';

function execute(
  engine: Engine,
  words: readonly string[],
  { signal, env, onLine, input, seconds = Infinity }: Watch,
): Promise<Ended> {
  const file = input === undefined ? undefined : namelessFile(input);
  return new Promise((resolve) => {
    // A group of its own: Ctrl-C reaches us alone, and we end the command in order.
    const child = start(engine.program, words, {
      ...surroundingsOf(engine),
      ...(env && { more: env }),
      stdio: ['ignore', 'pipe', 'pipe', file ?? 'ignore'],
      detached: true,
    });
    if (file !== undefined) closeSync(file);
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]!.setEncoding('utf8').on('data', (text: string) => {
        said[name] += text;
        for (const line of linesOf(text)) onLine?.(line);
      });
    }
    const ending = endingOf(child, seconds, signal);
    const end = (code: number | null, error?: NodeJS.ErrnoException) => {
      ending.over();
      resolve({ code, ...said, error, isLate: ending.isLate() });
    };
    child.on('error', (error) => end(null, error));
    child.on('close', (code) => end(code));
  });
}

// By SIGINT, and by force when it does not heed that; then nobody waits for what it started, either.
function endingOf(child: ReturnType<typeof start>, seconds: number, signal: AbortSignal | undefined) {
  let isLate = false;
  let force: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill('SIGINT');
    force = setTimeout(() => {
      child.kill('SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, 2000);
  };
  const limit = Number.isFinite(seconds)
    ? setTimeout(() => {
        isLate = true;
        stop();
      }, seconds * 1000)
    : undefined;
  signal?.addEventListener('abort', stop, { once: true });
  const over = () => {
    clearTimeout(limit);
    clearTimeout(force);
    signal?.removeEventListener('abort', stop);
  };
  return { over, isLate: () => isLate };
}

// It has no name any more when the command starts, so that nothing is left of it, not even by kill -9.
function namelessFile(text: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'runner-setup-'));
  try {
    writeFileSync(join(folder, 'input'), text, { mode: 0o600 });
    return openSync(join(folder, 'input'), 'r');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// The reason often stands some lines before the last; what a program says of its own use is none.
function lastWords(stderr: string): string {
  const lines = linesOf(stderr).filter((line) => !/^(Usage: |See '|Run ')/.test(line));
  const first = lines.findIndex((line) => /^(\w+: )?(error|invalid)\b/i.test(line));
  return (first < 0 ? lines.slice(-1) : lines.slice(first).slice(0, 5)).join('\n');
}

const linesOf = (text: string): string[] =>
  text
    .split(/[\r\n]+/)
    .map(plainLine)
    .filter((line) => line !== '');
