import type { ChalkInstance } from 'chalk';
import { exitCode, type Severity, type Trouble } from '../errors.ts';
import { visible } from '../text/sanitize.ts';
import { hideKnown, withoutPasswords, withoutPlainSecrets } from '../text/secrets.ts';
import { fold, foldCommand } from '../text/wrap.ts';
import type { World } from '../world.ts';
import { type ConfigPlace, flagOf, withFlag } from './config-flag.ts';
import { type Mark, markOf } from './marks.ts';
import type { Output } from './output-schema.ts';
import { columnsOf } from './size.ts';

/** How much is said, and in which form. */
export interface OutputMode {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly debug: boolean;
  readonly color: boolean | undefined;
  /** Whether the values of `environment` are shown. */
  readonly environment?: boolean;
}

export interface DiffLine {
  readonly sign: ' ' | '+' | '-' | '@';
  readonly text: string;
}

/** How something is said: as talk, as what a person is asked to agree to, or as the result. */
export type Channel = 'talk' | 'propose' | 'result';

/** Something that was found: how bad, where, what, why, and what to type. */
export interface ShownFinding {
  readonly severity: Severity;
  readonly place: string;
  readonly message: string;
  /** Lines that stand as they are. */
  readonly excerpt?: string | undefined;
  readonly why?: string | undefined;
  readonly next?: string | undefined;
}

type ListKey = {
  [Key in keyof Output]-?: Output[Key] extends readonly unknown[] | undefined ? Key : never;
}[keyof Output];
type Item<Key extends ListKey> = NonNullable<Output[Key]>[number];

/** An object of `--json` that is being printed. */
export interface Pieces<Key extends ListKey> {
  /** Prints one item of the list; settled when there is room for the next. */
  item(value: Item<Key>): Promise<void>;
  /** Prints everything else, and the end. */
  end(rest: Omit<Output, 'warnings' | Key>): void;
}

/** All that the program says goes through here: results to stdout, talk to stderr, secrets hidden, colour decided once. */
export interface Say {
  /** A line of result; with `indent` a terminal gets it folded, that many blanks before the lines after the first. */
  result(text: string, indent?: number): void;
  /** Lines of result, as they stand. */
  lines(all: Iterable<string>): void;
  /** A line of result that says how good or bad something is, on a terminal with a mark in front of it. */
  judged(mark: Mark, text: string): void;
  /** What was found, as results: of each its place first, so that editors can jump there. */
  findings(found: Iterable<ShownFinding>): void;
  /** The one object of `--json`; the warnings of the run are added. */
  object(value: Omit<Output, 'warnings'>): void;
  /** The object of `--json` piece by piece, for a list that is too long to be held: its items first, then the rest. */
  pieces<Key extends ListKey>(key: Key): Pieces<Key>;
  done(text: string): void;
  talk(text: string): void;
  /** What a person is about to be asked to agree to: `--quiet` does not hide it. */
  propose(text: string): void;
  /** A command of a plan, as a proposal or as the result: broken only where a shell goes on in the next line. */
  command(line: string, to: 'propose' | 'result'): void;
  /** Only with `--verbose`. */
  detail(text: string): void;
  note(text: string): void;
  warn(text: string): void;
  /** What went wrong; a run that a person has ended is no error. */
  trouble(trouble: Pick<Trouble, 'message' | 'why' | 'hint' | 'code'>, stack?: string): void;
  /** A diff whose lines hide their secrets already, under its title: with the talk, as a proposal, or as the result. */
  diff(title: string, lines: readonly DiffLine[], to: Channel): void;
  /** From now on these secrets are hidden in all that is said. */
  hide(secrets: readonly string[]): void;
  /** A text, such as a line of a file, without the secrets that are hidden. */
  masked(text: string): string;
  /** From now on GitLab's tokens are shown whole, unless `hide` names them. */
  showTokens(): void;
  /** From now on the commands that are shown as the next to type lead to this config.toml. */
  at(place: ConfigPlace): void;
  readonly warnings: readonly string[];
  readonly mode: OutputMode;
}

/** Makes the voice for one run. */
export async function speak(world: World, mode: OutputMode): Promise<Say> {
  return withPlaces(withVisibleText(await voiceOf(world, mode)));
}

async function voiceOf(world: World, mode: OutputMode): Promise<Omit<Say, 'at'>> {
  const [warnings, hiding] = [warningsIn(world), hidingSecrets()];
  const talking = !mode.quiet && !mode.json;
  const out = await paint(world.stdout, world, mode);
  const err = await paint(world.stderr, world, mode);
  const marked = (mark: Mark) => markOf(mark, world.stdout, world, out);
  const print = (stream: NodeJS.WriteStream, text: string) => stream.write(`${hiding.masked(text)}\n`);
  const [room, width] = [columnsOf(world.stdout), columnsOf(world.stderr)];
  const result = (text: string) => print(world.stdout, text);
  const within = (text: string) => foldLines(text, width);
  const propose = (text: string) => !mode.json && print(world.stderr, text);
  const told = (one: ShownFinding) => hiding.masked(marked(one.severity) + findingText(one, out, room));
  const talk = (text: string) => talking && print(world.stderr, text);
  const label = (name: string, text: string, colour: (text: string) => string) =>
    `${colour(name)} ${fold(text, width, name.length + 1)}`;
  return {
    warnings,
    mode,
    result: (text, indent) => result(indent === undefined ? text : foldRow(text, room, indent)),
    lines: (all) => writeLines(world.stdout, each(all, hiding.masked)),
    judged: (mark, text) => result(marked(mark) + fold(text, room, 2)),
    findings: (found) => writeLines(world.stdout, each(found, told)),
    object: (value) => world.stdout.write(objectText({ ...value, warnings }, hiding.inValue)),
    pieces: (key) => piecesTo(world.stdout, key, warnings, hiding.inValue),
    done: (text) => talking && result(marked('good') + fold(text, room, 2)),
    talk: (text) => talk(within(text)),
    propose: (text) => propose(within(text)),
    command: (line, to) => (to === 'result' ? result(foldPlan(line, room)) : propose(foldPlan(line, width))),
    detail: (text) => (mode.verbose || mode.debug) && print(world.stderr, err.dim(within(text))),
    note: (text) => talk(label('note:', text, err.cyan)),
    warn(text) {
      warnings.push(text);
      talk(label('warning:', text, err.yellow));
    },
    trouble(trouble, stack) {
      print(world.stderr, troubleText(trouble, err, width));
      if (stack !== undefined) print(world.stderr, err.dim(stack));
    },
    diff(title, lines, to) {
      const [pen, stream] = to === 'result' ? [out, world.stdout] : [err, world.stderr];
      if (!{ talk: talking, propose: !mode.json, result: true }[to]) return;
      print(stream, to === 'result' ? title : pen.bold(within(title)));
      // Keys and headers would be hidden, too, if a secret were called like them.
      for (const line of lines) stream.write(`${diffText(line, pen)}\n`);
    },
    hide: hiding.hide,
    masked: hiding.masked,
    showTokens: hiding.showTokens,
  };
}

// A write of its own for each of thousands takes longer than all the rest.
function writeLines(stream: NodeJS.WriteStream, lines: Iterable<string>): void {
  const all = [...lines];
  if (all.length > 0) stream.write(`${all.join('\n')}\n`);
}

// A row may begin with blanks.
function foldRow(row: string, width: number, indent: number): string {
  const words = row.trimStart();
  return row.slice(0, row.length - words.length) + fold(words, width, indent);
}

// A command of several lines is broken already.
const foldPlan = (line: string, width: number): string =>
  line.includes('\n') ? line : foldCommand(line, width, 2);

// Each line by itself: what stands in several lines is no paragraph.
const foldLines = (text: string, width: number): string =>
  text
    .split('\n')
    .map((line) => fold(line, width, 3))
    .join('\n');

// Who tells of a failure speaks with a voice of its own, and the warnings before it are still the run's.
function warningsIn(world: World): string[] {
  const warnings = warningsOf.get(world) ?? [];
  warningsOf.set(world, warnings);
  return warnings;
}

const warningsOf = new WeakMap<World, string[]>();

const objectText = (value: object, inValue: (key: string, value: unknown) => unknown): string =>
  `${visible(JSON.stringify(value, inValue, 2))}\n`;

function piecesTo<Key extends ListKey>(
  stream: NodeJS.WriteStream,
  key: Key,
  warnings: readonly string[],
  inValue: (key: string, value: unknown) => unknown,
): Pieces<Key> {
  let isFirst = true;
  const start = () => (isFirst ? `{\n  "${key}": [` : ',');
  return {
    async item(value) {
      const text = visible(JSON.stringify(value, inValue, 2)).replaceAll('\n', '\n    ');
      const hasRoom = stream.write(`${start()}\n    ${text}`);
      isFirst = false;
      if (!hasRoom) await roomIn(stream);
    },
    end(rest) {
      const text = objectText({ ...rest, warnings }, inValue).replace(
        '{',
        () => `${isFirst ? `${start()}]` : '\n  ]'},`,
      );
      stream.write(text);
    },
  };
}

// Who reads no more gives no room, either.
function roomIn(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    const goOn = () => {
      for (const event of ['drain', 'error', 'close']) stream.off(event, goOn);
      resolve();
    };
    for (const event of ['drain', 'error', 'close']) stream.on(event, goOn);
    if (!stream.writable) goOn();
  });
}

function hidingSecrets() {
  const secrets: string[] = [];
  let known = (text: string) => text;
  let plain = withoutPlainSecrets;
  const masked = (text: string) => plain(known(text));
  return {
    masked,
    hide(more: readonly string[]) {
      secrets.push(...more);
      known = hideKnown(secrets);
    },
    showTokens() {
      plain = withoutPasswords;
    },
    /** For JSON: its values, and none of its keys. */
    inValue: (_: string, value: unknown) => (typeof value === 'string' ? masked(value) : value),
  };
}

// The one place where all that is said passes before it is coloured: nobody else has to remember what a name may hold.
function withVisibleText(voice: Omit<Say, 'at'>): Omit<Say, 'at'> {
  return {
    ...voice,
    result: (text, indent) => voice.result(visible(text), indent),
    lines: (all) => voice.lines(each(all, visible)),
    judged: (mark, text) => voice.judged(mark, visible(text)),
    findings: (found) => voice.findings(each(found, visibleFinding)),
    done: (text) => voice.done(visible(text)),
    talk: (text) => voice.talk(visible(text)),
    propose: (text) => voice.propose(visible(text)),
    command: (line, to) => voice.command(visible(line), to),
    detail: (text) => voice.detail(visible(text)),
    note: (text) => voice.note(visible(text)),
    warn: (text) => voice.warn(visible(text)),
    trouble: ({ message, why, hint, code }, stack) =>
      voice.trouble(visibleParts({ message, why, hint, code }), stack && visible(stack)),
    diff: (title, lines, to) => voice.diff(visible(title), lines.map(visibleParts), to),
  };
}

// One after the other, so that of thousands only the texts are held.
function* each<T, Made>(things: Iterable<T>, make: (one: T) => Made): Generator<Made> {
  for (const one of things) yield make(one);
}

const visibleFinding = ({ severity, place, message, excerpt, why, next }: ShownFinding): ShownFinding => ({
  severity,
  place: visible(place),
  message: visible(message),
  excerpt: excerpt && visible(excerpt),
  why: why && visible(why),
  next: next && visible(next),
});

const visibleParts = <T extends object>(parts: T): T =>
  Object.fromEntries(
    Object.entries(parts).map(([key, value]) => [key, typeof value === 'string' ? visible(value) : value]),
  ) as T;

/** A voice whose `at` tells where config.toml is; from then on the commands that it shows lead there. */
function withPlaces(voice: Omit<Say, 'at'>): Say {
  let flag = '';
  const led = (text: string) => withFlag(text, flag);
  return {
    ...voice,
    // A line that stands as it is may be one of the file.
    result: (text, indent) => voice.result(indent === undefined ? text : led(text), indent),
    judged: (mark, text) => voice.judged(mark, led(text)),
    findings: (found) => voice.findings(each(found, (one) => leadFrom(one, led))),
    object: (value) => voice.object(JSON.parse(JSON.stringify(value, adviser(led)))),
    pieces: (key) => {
      const { item, end } = voice.pieces(key);
      const advised = (value: object) => JSON.parse(JSON.stringify(value, adviser(led)));
      return { item: (value) => item(advised(value as object)), end: (rest) => end(advised(rest)) };
    },
    done: (text) => voice.done(led(text)),
    talk: (text) => voice.talk(led(text)),
    note: (text) => voice.note(led(text)),
    warn: (text) => voice.warn(led(text)),
    trouble: (trouble, stack) => voice.trouble(advise(trouble, led), stack),
    at(place) {
      flag = flagOf(place);
    },
  };
}

type Lead = (text: string) => string;

// Everything else in an object is data.
const adviser = (led: Lead) => (key: string, value: unknown) =>
  advised.includes(key) && typeof value === 'string' ? led(value) : value;

const advised: readonly string[] = ['message', 'why', 'hint', 'next'];

const leadFrom = (one: ShownFinding, led: Lead): ShownFinding => ({
  ...one,
  message: led(one.message),
  why: one.why && led(one.why),
  next: one.next && led(one.next),
});

// The texts of an error are not among the keys that are copied.
function advise<Advice extends object>(advice: Advice, led: Lead): Advice {
  const texts = advised.map((key) => [key, adviser(led)(key, Reflect.get(advice, key))]);
  return { ...advice, ...Object.fromEntries(texts.filter(([, text]) => text !== undefined)) };
}

function troubleText(
  { message, why, hint, code }: Parameters<Say['trouble']>[0],
  pen: Pen,
  width: number,
): string {
  const part = (label: string, text: string) => `${label} ${fold(text, width, 7)}`;
  return [
    code === exitCode.cancelled ? fold(message, width, 0) : part(pen.red('error:'), message),
    ...(why === undefined ? [] : [part(`  ${pen.bold('why:')}`, why)]),
    ...(hint === undefined ? [] : [part(` ${pen.bold('next:')}`, hint)]),
  ].join('\n');
}

function findingText(
  { severity, place, message, excerpt, why, next }: ShownFinding,
  pen: Pen,
  width: number,
): string {
  const colour = { error: pen.red, warning: pen.yellow, note: pen.cyan }[severity];
  const head = fold(`${place}: ${severity}: ${message}`, width, 2);
  const first = head.replace(`: ${severity}: `, () => `: ${colour(severity)}: `);
  const lines = excerpt === undefined ? '' : `\n    ${excerpt.replaceAll('\n', '\n    ')}`;
  const reason = why === undefined ? '' : `\n  ${pen.bold('why:')}  ${fold(why, width, 8)}`;
  const advice = next === undefined ? '' : `\n  ${pen.bold('next:')} ${fold(next, width, 8)}`;
  return first + lines + reason + advice;
}

function diffText(line: DiffLine, pen: Pen): string {
  if (line.sign === '+') return pen.green(`+ ${line.text}`.trimEnd());
  if (line.sign === '-') return pen.red(`- ${line.text}`.trimEnd());
  return line.sign === '@' ? pen.cyan(line.text) : `  ${line.text}`.trimEnd();
}

/** What colours words: chalk's, or nothing at all where there is no colour. */
export type Pen = Pick<ChalkInstance, 'red' | 'green' | 'yellow' | 'cyan' | 'bold' | 'dim'>;

/** The pen for a stream: no colour without a terminal, with `NO_COLOR`, `TERM=dumb` or `--no-color`; `FORCE_COLOR` wins over the first. */
export async function paint(stream: NodeJS.WriteStream, world: World, mode: OutputMode): Promise<Pen> {
  if (!isColoured(stream, world, mode)) return plain;
  // Loaded for colour only: scripts have none.
  const { Chalk } = await import('chalk');
  return new Chalk({ level: 1 });
}

/** Whether words on this stream are coloured. */
export function isColoured(stream: NodeJS.WriteStream, { env }: World, mode: OutputMode): boolean {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  const refused = mode.color === false || Boolean(env.NO_COLOR) || env.FORCE_COLOR === '0';
  const able = mode.color === true || forced || (Boolean(stream.isTTY) && env.TERM !== 'dumb');
  return able && !refused;
}

const same = (text: unknown): string => String(text);
const plain = { red: same, green: same, yellow: same, cyan: same, bold: same, dim: same } as Pen;
