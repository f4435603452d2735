import { createInterface } from 'node:readline';
import inquirer from 'inquirer';
import { exitCode, Trouble } from '../errors.ts';
import { isGitlabToken, isTokenForUrl } from '../settings/credential.ts';
import { type Kind, Unfit, type Value } from '../settings/kinds.ts';
import type { Question } from '../settings/questions.ts';
import { visible } from '../text/sanitize.ts';
import { fold } from '../text/wrap.ts';
import type { World } from '../world.ts';
import { askByLines } from './ask-line.ts';
import { confirm } from './confirm.ts';
import { lengthOf, line } from './line.ts';
import { besideNames, type MenuLine, menu } from './menu.ts';
import { type Pen, paint, type Say } from './say.ts';
import { canRedraw } from './size.ts';

/** What is needed of a question to ask it. */
type Asked = Pick<Question, 'ask' | 'kind' | 'required' | 'choices' | 'look'>;

/** One entry of a menu; `line` is shown below while it is pointed at, `apart` puts a rule above it, `toggles` lets Space take it. */
export interface Entry<T extends string = string> {
  readonly value: T;
  readonly name: string;
  readonly line?: string;
  readonly apart?: boolean;
  readonly toggles?: boolean;
}

/** How a menu is used: `usual` is pointed at first, Esc gives `back`, and typed words are searched by `find`. */
interface MenuWays<T extends string> {
  readonly usual?: T | undefined;
  readonly back?: T | undefined;
  find?(words: string): readonly Entry<T>[];
}

/** The person at the terminal, to be asked. */
export interface Person {
  /**
   * Asks one question until its words fit; `usual` is proposed, and an answer that was `refused` can be corrected.
   * `undefined` when the answer was left empty. What is checked afterwards is gone from the screen until it is `accepted`.
   */
  answer(question: Asked, usual: Value | undefined, refused?: Value): Promise<Value | undefined>;
  /** As `answer`, but Esc leaves the question, which is then gone from the screen, and gives `left`. */
  answerOrLeave(
    question: Asked,
    usual: Value | undefined,
    refused?: Value,
  ): Promise<Value | undefined | typeof left>;
  /** Shows a question whose answer was checked as answered with this value. */
  accepted(question: Asked, value: Value): void;
  agree(message: string, usual: boolean): Promise<boolean>;
  choose<T extends string>(
    message: string,
    choices: readonly { value: T; name: string; line?: string; key?: string }[],
    usual?: T,
    back?: T | typeof cancels,
  ): Promise<T>;
  /** Takes at least one of the choices. */
  several<T extends string>(
    message: string,
    choices: readonly { value: T; name: string; line?: string }[],
  ): Promise<T[]>;
  /** Takes one entry of a menu, which is gone from the screen afterwards. */
  pick<T extends string>(message: string, entries: readonly Entry<T>[], ways?: MenuWays<T>): Promise<T>;
  /** Asks by questions that Esc leaves, and that are gone from the screen afterwards; gives `back` at Esc. */
  orBack<T>(ask: (person: Person) => Promise<T>, back: T): Promise<T>;
}

/** The person of this world; Ctrl-C at any question, and `signal`, throw the `Trouble` of a canceled run. */
export async function personOf(world: World, say: Say, signal?: AbortSignal): Promise<Person> {
  const size = () => ({ rows: world.stderr.rows || 24, columns: world.stderr.columns || 80 });
  const pen = await paint(world.stderr, world, say.mode);
  const screen: Screen = { world, pen, size, show: (text) => say.masked(visible(text)) };
  return personBy(await asker(screen, signal), screen);
}

interface Screen {
  readonly world: World;
  readonly pen: Pen;
  size(): Size;
  /** A text without control characters and hidden secrets. */
  show(text: string): string;
}

function personBy(put: Put, screen: Screen): Person {
  const { size, show } = screen;
  return {
    answer: async (question, usual, refused) => {
      const how = { isFleeting: isChecked(question) };
      return readAnswer(question, await put(promptFor(question, usual, refused), how), usual);
    },
    answerOrLeave: async (question, usual, refused) => {
      try {
        const how = { isFleeting: true, hasEscape: true };
        const value = readAnswer(question, await put(promptFor(question, usual, refused), how), usual);
        if (!isChecked(question)) showAnswered(screen, question, value);
        return value;
      } catch (error) {
        if (error instanceof Escaped) return left;
        throw error;
      }
    },
    accepted: (question, value) => {
      if (isChecked(question)) showAnswered(screen, question, value);
    },
    agree: async (message, usual) => (await put({ type: 'confirm', message, default: usual })) as boolean,
    choose: async (message, choices, usual, back) => {
      const list = { type: 'menu', message, loop: false, lines: choiceLines(choices) };
      const escapeWords = back === cancels ? 'Esc cancel' : undefined;
      return (await put({ ...list, default: usual, back, escapeWords })) as never;
    },
    several: async (message, choices) => {
      const lines = besideNames(choiceLines(choices), Number.POSITIVE_INFINITY);
      const list = { type: 'checkbox', message, loop: false, choices: lines };
      return (await put({ ...list, pageSize: roomIn(size()), required: true })) as never;
    },
    pick: async (message, entries, { usual, back, find } = {}) => {
      const list = { type: 'menu', message, loop: true, lines: entryLines(entries), back };
      const source = find && ((words: string) => shownIn(show, entryLines(find(words))));
      return (await put({ ...list, default: usual, find: source }, { isFleeting: true })) as never;
    },
    orBack: async (ask, back) => {
      try {
        return await ask(personBy((prompt) => put(prompt, { isFleeting: true, hasEscape: true }), screen));
      } catch (error) {
        if (error instanceof Escaped) return back;
        throw error;
      }
    },
  };
}

// Where nothing can be drawn again the answer is still there.
function showAnswered({ world, pen, size, show }: Screen, question: Asked, value: Value | undefined): void {
  if (!canRedraw(world.stderr)) return;
  const given = show(shortly(question, value));
  const room = size().columns - Math.max(roomBehind, given.length + '✔  '.length);
  const ask = pen.bold(fold(show(question.ask), room, 2));
  world.stderr.write(`${pen.green('✔')} ${ask} ${pen.cyan(given)}\n`);
}

/** What a question gives that Esc has left. */
export const left = Symbol('left');

/** What is thrown when Esc leaves a question. */
class Escaped extends Error {}

// What Esc gives in a list that it leaves in this way.
const escapes = 'escape';

/** What Esc gives in a list where it ends the run, as Ctrl-C does. */
const cancels = 'cancel';

const leftBy = (answer: unknown): Error | undefined =>
  answer === escapes ? new Escaped() : answer === cancels ? cancelled() : undefined;

/** A question that Esc leaves, and says so: a list takes the key itself, because there it also clears what was typed. */
function withEscape(prompt: Prompt): Prompt {
  const { type, back } = prompt;
  if (type === 'menu') return back === undefined ? { ...prompt, back: escapes } : prompt;
  return type === 'line' || type === 'confirm' ? { ...prompt, escapeWords: 'Esc back' } : prompt;
}

interface Size {
  readonly rows: number;
  readonly columns: number;
}

interface Putting {
  /** Whether the question is gone from the screen once it was answered. */
  readonly isFleeting?: boolean;
  /** Whether Esc leaves it, which throws `Escaped`. */
  readonly hasEscape?: boolean;
}

/** Puts one question. */
type Put = (prompt: Prompt, how?: Putting) => Promise<unknown>;

async function asker({ world, pen, size, show }: Screen, signal: AbortSignal | undefined): Promise<Put> {
  const onResize = (act: () => void) => {
    world.stderr.on('resize', act);
    return () => world.stderr.off('resize', act);
  };
  const theme = themeOf(pen, () => size().columns);
  hastenEscape(world);
  return async (prompt, { isFleeting = false, hasEscape = false } = {}) => {
    const { erasable, ...question } = hasEscape && canRedraw(world.stderr) ? withEscape(prompt) : prompt;
    const { style } = theme;
    const look = { ...theme, style: { ...style, ...(erasable && { defaultAnswer: style.erasable }) } };
    const shown = shownIn(show, question) as object;
    if (!canRedraw(world.stderr))
      return askByLines(world, { ...shown, ...(erasable && { erasable }) }, cancelled, signal);
    const leaving = leavingBy(world, hasEscape && question.type !== 'menu');
    try {
      const ends = [signal ?? [], leaving.signal].flat();
      const module = inquirer.createPromptModule({
        ...{ input: world.stdin, output: world.stderr, signal: AbortSignal.any(ends) },
        ...{ clearPromptOnDone: isFleeting },
      });
      module.registerPrompt('confirm', confirm as never);
      module.registerPrompt('menu', menu as never);
      module.registerPrompt('line', line as never);
      const asked = module([{ ...shown, name: 'it', theme: look, size, onResize }] as never);
      const { it: answer }: Record<string, unknown> = await untilDrained(world, asked);
      const left = leftBy(answer);
      if (left !== undefined) throw left;
      return answer;
    } catch (error) {
      if (!isCancel(error)) throw error;
      throw leaving.signal.aborted ? new Escaped() : cancelled();
    } finally {
      leaving.release();
    }
  };
}

// How long a terminal may take to send the rest of a key that begins as Esc does.
const escapeTimeout = 100;

// Node waits half a second after Esc; the first interface of a stream says for how long.
function hastenEscape({ stdin, stderr }: World): void {
  if (stdin.isTTY && canRedraw(stderr))
    createInterface({ input: stdin, terminal: true, escapeCodeTimeout: escapeTimeout }).close();
}

/** A signal that is aborted when Esc is pressed, if it is to be. */
function leavingBy({ stdin }: World, isWanted: boolean) {
  const stop = new AbortController();
  const onKey = (_: unknown, key: { name?: string }) => {
    if (key.name === 'escape') stop.abort();
  };
  if (isWanted) stdin.on('keypress', onKey);
  return { signal: stop.signal, release: () => void stdin.off('keypress', onKey) };
}

// What a question shows, made harmless; what its choices stand for, and what is there to be edited, stays as it is.
function shownIn(show: Screen['show'], shown: unknown): unknown {
  if (typeof shown === 'string') return show(shown);
  if (Array.isArray(shown)) return shown.map((one) => shownIn(show, one));
  if (typeof shown !== 'object' || shown === null) return shown;
  return Object.fromEntries(
    Object.entries(shown).map(([key, value]) => [key, asIs.includes(key) ? value : shownIn(show, value)]),
  );
}

const asIs: readonly string[] = ['type', 'value', 'default', 'back', 'refused'];

// Inquirer never settles at the end of input (Ctrl-D): the process would end with nothing said.
async function untilDrained<T>(world: World, asked: Promise<T>): Promise<T> {
  let release = () => {};
  const drained = new Promise<never>((_, reject) => {
    release = world.onDrained(() => reject(cancelled()));
  });
  return Promise.race([asked, drained]).finally(release);
}

/** What is thrown when the person stops the run. */
export const cancelled = (): Trouble =>
  new Trouble('Canceled. Nothing was changed.', { code: exitCode.cancelled });

/** A question in Inquirer's words; `erasable` when its proposal can be taken away for no answer at all. */
type Prompt = { readonly [key: string]: unknown; readonly erasable?: boolean };

/** Whether an answer is looked at afterwards, so that it is not right yet when it was given. */
const isChecked = ({ look }: Asked): boolean => look === 'address' || look === 'token' || look === 'owner';

function shortly({ kind, choices }: Asked, value: Value | undefined): string {
  if (value === undefined) return '';
  if (kind.name === 'secret') return lengthOf(String(value));
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  return choices?.find((one) => one.value === value)?.name ?? visible(kind.write(value).join(' '));
}

function promptFor(question: Asked, usual: Value | undefined, refused: Value | undefined): Prompt {
  const { ask: message, kind, choices, required } = question;
  if (choices) {
    const lines = choiceLines(choices);
    return { type: 'menu', message, loop: false, default: usual, lines };
  }
  if (kind.name === 'yes-no') return { type: 'confirm', message, default: usual ?? false };
  const proposal = wordsFor(kind, usual);
  const validate = (words: string) =>
    (proposal !== undefined && words === visible(proposal)) || judge(question, words);
  // Some questions say themselves what it means to leave them empty.
  const isOptional = !required && !/\b(empty|optional)\b/.test(message);
  if (kind.name === 'secret') return { type: 'line', message, isHidden: true, isOptional, validate };
  const erasable = !required && kind.name !== 'number';
  const line = {
    type: 'line',
    message,
    default: proposal && visible(proposal),
    validate,
    isOptional,
    erasable,
    forgets: (words: string) => isMisplaced(question, words),
  };
  return refused === undefined ? line : { ...line, refused: visible(wordsFor(kind, refused) ?? '') };
}

// Beside the entries: question, rule, description and keys.
const roomIn = ({ rows }: Size): number => Math.max(3, rows - 6);

const entryLines = (entries: readonly Entry[]): MenuLine[] =>
  entries.map(({ value, name, line, apart, toggles }) => ({
    value,
    name,
    ...(apart && { apart }),
    ...(toggles && { toggles }),
    // The pages set values in backticks.
    ...(line && { description: line.replaceAll('`', '') }),
  }));

const choiceLines = (
  choices: readonly { value: string; name: string; line?: string; key?: string }[],
): MenuLine[] =>
  choices.map(({ value, name, line, key }) => ({
    ...{ value, name, short: name },
    ...(line && { beside: line }),
    ...(key && { key }),
  }));

const wordsFor = (kind: Kind, usual: Value | undefined): string | undefined =>
  usual === undefined ? undefined : kind.write(usual).join(' ');

// A token belongs to no name, and must not stay on the screen.
const isMisplaced = ({ kind, look }: Asked, words: string): boolean =>
  kind.name !== 'secret' && (look === 'address' ? isTokenForUrl(words) : isGitlabToken(words));

function judge(question: Asked, words: string): true | string {
  const { kind, required } = question;
  if (isMisplaced(question, words)) {
    const wanted = question.look === 'address' ? 'GitLab URL' : 'value that is asked for here';
    return `This is a GitLab token. Enter the ${wanted}.`;
  }
  const typed = wordsOf(kind, words);
  if (typed.length === 0) return required ? 'A value is required.' : true;
  try {
    kind.read(typed);
    return true;
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    return `Enter ${error.message}.`;
  }
}

function readAnswer({ kind }: Asked, answer: unknown, usual: Value | undefined): Value | undefined {
  if (typeof answer === 'boolean') return answer;
  // Words proposed and kept are not read again: an item of a list may have blanks in it.
  const proposal = wordsFor(kind, usual);
  if (proposal !== undefined && answer === visible(proposal)) return usual;
  const typed = wordsOf(kind, String(answer ?? ''));
  return typed.length === 0 ? undefined : kind.read(typed);
}

function wordsOf(kind: Kind, words: string): string[] {
  const typed = words.trim();
  if (typed === '') return [];
  if (kind.name === 'list' || kind.name === 'map') return /^[[{]/.test(typed) ? [typed] : typed.split(/\s+/);
  return [typed];
}

const isCancel = (error: unknown): boolean =>
  error instanceof Error && ['ExitPromptError', 'AbortPromptError', 'CancelPromptError'].includes(error.name);

// What stands behind a question: (Y/n), and where the answer begins.
const roomBehind = 8;

function themeOf(pen: Pen, columns: () => number) {
  return {
    prefix: { idle: pen.cyan('?'), done: pen.green('✔') },
    style: {
      answer: (text: string) => pen.cyan(text),
      message: (text: string) => pen.bold(fold(text, columns() - roomBehind, 2)),
      error: (text: string) => pen.red(fold(`> ${text}`, columns(), 2)),
      defaultAnswer: (text: string) => pen.dim(`(${text})`),
      erasable: (text: string) => pen.dim(`(${text}; Backspace: none)`),
      help: (text: string) => pen.dim(text),
      highlight: (text: string) => pen.cyan(text),
      key: (text: string) => pen.cyan(text),
      description: (text: string) => pen.cyan(fold(text, columns(), 0)),
      disabled: (text: string) => pen.dim(text),
      keysHelpTip: (keys: [string, string][]) =>
        pen.dim(keys.map(([key, act]) => `${key} ${act}`).join(', ')),
    },
  };
}
