import { visible } from '../text/sanitize.ts';
import type { World } from '../world.ts';
import { besideNames, lineFor, type MenuLine } from './menu.ts';

/** A question in Inquirer's words, as far as it is asked by lines. */
interface LineQuestion {
  readonly type?: string;
  readonly message?: string;
  readonly default?: unknown;
  readonly isHidden?: boolean;
  /** Whether no value at all is an answer, which is said where nothing is proposed. */
  readonly isOptional?: boolean;
  /** Whether the proposal can be answered with no value at all. */
  readonly erasable?: boolean;
  validate?(words: string): true | string;
  readonly lines?: readonly MenuLine[];
  readonly choices?: readonly MenuLine[];
  /** The lines found for words that name none of them. */
  find?(words: string): readonly MenuLine[];
}

interface Lines {
  put(text: string): void;
  /** The next line that is typed after this prompt. */
  read(prompt: string, isHidden?: boolean): Promise<string>;
}

/**
 * Asks one question where nothing can be drawn again, as on a serial console: lists have numbers, and each answer is a
 * line. Gives what Inquirer would give. Rejects with `cancelled()` at Ctrl-C, at the end of input, and by `signal`.
 */
export function askByLines(
  world: World,
  question: LineQuestion,
  cancelled: () => Error,
  signal?: AbortSignal,
): Promise<unknown> {
  const lines: Lines = {
    put: (text) => void world.stderr.write(text),
    read: (prompt, isHidden = false) => readLine(world, { prompt, isHidden, cancelled, signal }),
  };
  const ask = { confirm, menu: chooseOne, checkbox: chooseSeveral }[question.type ?? ''];
  return (ask ?? askText)(question, lines);
}

async function askText(question: LineQuestion, { put, read }: Lines): Promise<string> {
  const { message, erasable, isOptional, validate, isHidden } = question;
  const proposal = question.default === undefined ? undefined : String(question.default);
  const optional = isOptional ? ' (optional)' : '';
  const usual = proposal === undefined ? optional : ` (${proposal}${erasable ? `; ${none}: none` : ''})`;
  for (;;) {
    const typed = await read(`? ${message}${usual} `, isHidden);
    const isErased = erasable && proposal !== undefined && typed.trim() === none;
    const words = isErased ? '' : typed === '' ? (proposal ?? '') : typed;
    const verdict = validate?.(words) ?? true;
    if (verdict === true) return words;
    put(`> ${visible(verdict)}\n`);
  }
}

// What is typed to answer with no value where Enter alone takes the proposal.
const none = '-';

async function confirm({ message, default: usual }: LineQuestion, { put, read }: Lines): Promise<boolean> {
  for (;;) {
    const words = (await read(`? ${message} (${usual ? 'Y/n' : 'y/N'}) `)).trim().toLowerCase();
    if (words === '') return Boolean(usual);
    if (/^(y|yes|n|no)$/.test(words)) return words.startsWith('y');
    put('> Enter y or n.\n');
  }
}

async function chooseOne(question: LineQuestion, { read }: Lines): Promise<string> {
  const { message, default: usual, find, lines: all = [] } = question;
  const ways = find === undefined ? 'Number or name' : 'Number, name, or words to search for';
  let lines = all;
  let start = Math.max(
    0,
    lines.findIndex(({ value }) => value === usual),
  );
  let head = `? ${message}\n${listed(lines)}`;
  for (;;) {
    const words = (await read(`${head}${ways} (${start + 1}): `)).trim();
    const taken = lines[words === '' ? start : (placeOf(words, lines) ?? -1)];
    if (taken !== undefined) return taken.value;
    const found = find?.(words.replace(/^\//, '')) ?? [];
    head = found.length > 0 ? listed(found) : notListed(words);
    if (found.length > 0) [lines, start] = [found, 0];
  }
}

async function chooseSeveral({ message, choices = [] }: LineQuestion, { read }: Lines): Promise<string[]> {
  let head = `? ${message}\n${listed(choices)}`;
  for (;;) {
    const typed = await read(`${head}Numbers or names, space-separated: `);
    const words = typed.split(/\s+/).filter((word) => word !== '');
    const places = new Set(words.map((word) => placeOf(word, choices)));
    const strange = words.find((word) => placeOf(word, choices) === undefined);
    if (strange === undefined && places.size > 0)
      return choices.filter((_, at) => places.has(at)).map(({ value }) => value);
    head = strange === undefined ? '> Choose at least one.\n' : notListed(strange);
  }
}

const listed = (lines: readonly MenuLine[]): string =>
  besideNames(lines, Number.POSITIVE_INFINITY)
    .map(({ name, description }, at) => {
      const about = description === undefined ? '' : `  ${description.replace(/\s+/g, ' ')}`;
      return `${String(at + 1).padStart(3)}  ${name}${about}\n`;
    })
    .join('');

const placeOf = (words: string, lines: readonly MenuLine[]): number | undefined => {
  const whole = lines.findIndex(({ name, short }) => [name, short].includes(words));
  return whole >= 0 ? whole : lineFor(words, lines);
};

const notListed = (words: string): string => `> "${visible(words)}" is not in the list.\n`;

interface LineRequest {
  readonly prompt: string;
  readonly isHidden: boolean;
  readonly signal: AbortSignal | undefined;
  cancelled(): Error;
}

// The terminal itself shows and corrects what is typed; a secret is read key by key so that it is not shown.
function readLine(
  { stdin, stderr, onInterrupt }: World,
  { prompt, isHidden, signal, cancelled }: LineRequest,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = Buffer.alloc(0);
    const release = onInterrupt(() => stop());
    const end = () => {
      release();
      signal?.removeEventListener('abort', stop);
      stdin.off('data', take).off('end', stop).pause();
      if (isHidden) stdin.setRawMode(false);
    };
    const stop = () => {
      end();
      stderr.write('\n');
      reject(cancelled());
    };
    const take = (bytes: Buffer) => {
      typed = Buffer.concat([typed, bytes]);
      const at = typed.findIndex((byte) => (isHidden ? keysThatEnd : lineEnds).includes(byte));
      if (at < 0) return;
      if (!lineEnds.includes(typed[at]!)) return stop();
      end();
      if (isHidden) stderr.write('\n');
      // What was typed ahead is the answer to the next question.
      if (at + 1 < typed.length) stdin.unshift(typed.subarray(at + 1));
      resolve(corrected(typed.subarray(0, at).toString('utf8')));
    };
    if (signal?.aborted) return stop();
    signal?.addEventListener('abort', stop, { once: true });
    // Before the prompt, after which a script may type at once.
    if (isHidden) stdin.setRawMode(true);
    stderr.write(prompt);
    stdin.on('data', take).on('end', stop).resume();
  });
}

const lineEnds: readonly number[] = [0x0a, 0x0d];

// Ctrl-C and Ctrl-D arrive as keys there.
const keysThatEnd: readonly number[] = [...lineEnds, 0x03, 0x04];

/** A line after its Backspaces and Ctrl-U. */
function corrected(line: string): string {
  const letters: string[] = [];
  for (const letter of line) {
    if (letter === '\b' || letter === '\x7f') letters.pop();
    else if (letter === '\x15') letters.length = 0;
    else letters.push(letter);
  }
  return letters.join('');
}
