import {
  createPrompt,
  isDownKey,
  isEnterKey,
  isTabKey,
  isUpKey,
  makeTheme,
  useEffect,
  useKeypress,
  useMemo,
  usePagination,
  usePrefix,
  useRef,
  useState,
} from '@inquirer/core';
import { fold } from '../text/wrap.ts';

/**
 * One entry; `short` stands on the screen once it was taken, `beside` next to its name, `description` below while it is
 * pointed at, `apart` puts a rule above it, `toggles` lets Space take it, too, and `key` is a letter that takes it at once
 * where there is no search.
 */
export interface MenuLine {
  readonly value: string;
  readonly name: string;
  readonly short?: string;
  readonly beside?: string;
  readonly description?: string;
  readonly apart?: boolean;
  readonly toggles?: boolean;
  readonly key?: string;
}

interface Menu {
  readonly message: string;
  readonly lines: readonly MenuLine[];
  readonly default?: string | undefined;
  /** Whether the first entry comes after the last. */
  readonly loop: boolean;
  /** What Esc gives; without it Esc only clears what was typed. */
  readonly back?: string | undefined;
  /** What Esc does, for the line below the list. */
  readonly escapeWords?: string | undefined;
  readonly theme: Look;
  /** The entries found for words; without it typed words lead to the entry that begins with them. */
  find?: ((words: string) => readonly MenuLine[]) | undefined;
  /** The rows and columns of the terminal as it is now. */
  size(): Size;
  /** Calls `act` when that changes; gives the function that ends this. */
  onResize(act: () => void): () => void;
}

interface Size {
  readonly rows: number;
  readonly columns: number;
}

type Paint = (text: string) => string;

interface Look {
  readonly prefix: { readonly idle: string; readonly done: string };
  readonly style: Readonly<
    Record<'message' | 'answer' | 'highlight' | 'description' | 'help' | 'error', Paint>
  >;
}

/**
 * A list to take one entry of, by arrows, Home, End, the page keys or typed words, which search where there is something
 * to `find`. It fills the terminal. Inquirer's own lists take either arrows or a search, have no Esc, and their length
 * does not follow the terminal.
 */
export const menu = createPrompt<string, Menu>((config, done) => {
  const { message } = config;
  const { style } = config.theme;
  const size = useSize(config);
  const [taken, setTaken] = useState<string | undefined>(undefined);
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(startOf(config));
  const [missed, setMissed] = useState<Missed | undefined>(undefined);
  const lines = useLines(config, typed, size);
  const status = taken === undefined ? 'idle' : 'done';
  const prefix = usePrefix({ status, theme: makeTheme({ prefix: config.theme.prefix }) });
  const ahead = useTypeAhead(config, setActive, setMissed);
  const loop = config.loop && typed === '';
  const { pageSize, isDescribed } = layOut(config, lines, size);
  const take = (value: string) => {
    setTaken(value);
    done(value);
  };
  useKeypress((key, rl) => {
    const line = lines[active];
    if (isEnterKey(key) && missed?.isRefused === false) return setMissed({ ...missed, isRefused: true });
    if (isEnterKey(key)) return line === undefined ? rl.write(typed) : take(line.value);
    if (key.name === 'escape') {
      rl.clearLine(0);
      if (missed !== undefined) return setMissed(undefined);
      if (typed === '') return config.back === undefined ? undefined : take(config.back);
    }
    if (key.name === 'space' && rl.line.trim() === '') {
      rl.clearLine(0);
      return line?.toggles ? take(line.value) : undefined;
    }
    const direct = directly(config, rl.line);
    if (direct !== undefined) return take(direct.value);
    // Readline puts a tab into the line.
    if (isTabKey(key)) return retype(rl, typed);
    const moved = movedTo(key, active, { last: lines.length - 1, loop, pageSize });
    if (moved !== undefined) setActive(moved);
    if (config.find === undefined) return ahead(rl, moved !== undefined);
    if (moved !== undefined || rl.line === typed) return;
    setTyped(rl.line);
    setActive(rl.line === '' ? startOf(config) : 0);
  });
  const page = usePage(lines, { active, pageSize, loop, columns: size.columns, style });
  const head = `${prefix} ${style.message(message)}${typed === '' ? '' : `  ${style.answer(`/${wordsIn(typed)}`)}`}`;
  if (taken !== undefined) return `${head}${answered(config, lines, taken)}`;
  const { description } = lines[active] ?? nothingFound;
  const about = description === undefined ? [] : [style.description(description)];
  const foot = paintedFoot(config, lines, { active, typed, pageSize, size }, missed);
  return [head, page, ...(isDescribed ? [' ', ...about] : []), foot].join('\n') + hiddenCursor;
});

// What Esc gives need not be an entry.
function answered({ theme: { style } }: Menu, lines: readonly MenuLine[], taken: string): string {
  const line = lines.find(({ value }) => value === taken);
  return line === undefined ? '' : ` ${style.answer(line.short ?? line.name)}`;
}

// The entry that one typed letter takes at once.
const directly = ({ find, lines }: Menu, typed: string): MenuLine | undefined =>
  find === undefined ? lines.find(({ key }) => key !== undefined && key === typed) : undefined;

function useSize(config: Menu): Size {
  const [size, setSize] = useState(config.size());
  useEffect(() => config.onResize(() => setSize(config.size())), []);
  return size;
}

const startOf = ({ lines, default: usual }: Menu): number =>
  Math.max(
    0,
    lines.findIndex(({ value }) => value === usual),
  );

/**
 * The lines as they are shown in so many columns: what stands beside the names begins below each other. What does not fit
 * is cut, and stands whole below the list while it is pointed at.
 */
export function besideNames(lines: readonly MenuLine[], columns: number): readonly MenuLine[] {
  const width = Math.max(...lines.map(({ name }) => name.length));
  const room = columns - width - 2;
  const isCut = lines.some(({ beside = '' }) => beside.length > room);
  return lines.map((line) => {
    const { name, beside } = line;
    if (!beside) return line;
    const shown = beside.length > room ? `${beside.slice(0, Math.max(0, room - 1))}…` : beside;
    const long = room < leastBeside ? name : `${name.padEnd(width)}  ${shown}`;
    return { ...line, name: long, short: name, ...(isCut && { description: beside }) };
  });
}

// Less than this of what stands beside a name is left out.
const leastBeside = 12;

function useLines(config: Menu, typed: string, { columns }: Size): readonly MenuLine[] {
  const found = useMemo(() => linesFor(config, typed), [typed]);
  return useMemo(() => besideNames(found, columns - 2), [found, columns]);
}

/** The words of what was typed; a slash before them only opens the search. */
const wordsIn = (typed: string): string => typed.replace(/^\//, '');

const linesFor = ({ lines, find }: Menu, typed: string): readonly MenuLine[] =>
  typed === '' || find === undefined ? lines : find(wordsIn(typed));

interface Line {
  readonly line: string;
  clearLine(direction: 0): void;
}

function retype(rl: Line & { write(text: string): void }, typed: string): void {
  rl.clearLine(0);
  rl.write(typed);
}

/** Letters that were typed and lead to no entry, and whether Enter was refused for that. */
interface Missed {
  readonly words: string;
  readonly isRefused: boolean;
}

/**
 * What each key does where there is no search: letters lead to the entry that begins with them. `miss` is told
 * whether they lead to none.
 */
function useTypeAhead(
  { lines }: Menu,
  point: (at: number) => void,
  miss: (missed: Missed | undefined) => void,
): (rl: Line, hasMoved: boolean) => void {
  const waiting = useRef<NodeJS.Timeout | undefined>(undefined);
  useEffect(() => () => clearTimeout(waiting.current), []);
  return (rl, hasMoved) => {
    clearTimeout(waiting.current);
    if (hasMoved) rl.clearLine(0);
    const next = lineFor(rl.line, lines);
    if (next !== undefined) point(next);
    const words = rl.line.trim();
    miss(next === undefined && words !== '' ? { words, isRefused: false } : undefined);
    waiting.current = setTimeout(() => rl.clearLine(0), pause);
  };
}

interface PageLook {
  readonly active: number;
  readonly pageSize: number;
  readonly loop: boolean;
  readonly columns: number;
  readonly style: Look['style'];
}

function usePage(lines: readonly MenuLine[], { columns, style, ...view }: PageLook): string {
  return usePagination({
    ...view,
    items: lines.length > 0 ? lines : [nothingFound],
    renderItem: ({ item, isActive }) => {
      const room = columns - 2;
      const words = item.name.length > room ? fold(item.name, room, 4) : item.name;
      const line = isActive && lines.length > 0 ? style.highlight(`❯ ${words}`) : `  ${words}`;
      return item.apart ? ` ${rule}\n${line}` : line;
    },
  });
}

const nothingFound: MenuLine = { value: '', name: 'Nothing found.' };

const hiddenCursor = '\x1b[?25l';

const rule = '──────────────';

// So long after the last letter the next one begins another word.
const pause = 700;

// With fewer rows for the entries than this, their descriptions are left out.
const least = 4;

function layOut(
  { message }: Menu,
  lines: readonly MenuLine[],
  { rows, columns }: Size,
): { pageSize: number; isDescribed: boolean } {
  const rowsOf = (text: string) => fold(text, columns, 0).split('\n').length;
  const about = Math.max(
    0,
    ...lines.map(({ description }) => (description === undefined ? 0 : rowsOf(description))),
  );
  const head = Math.ceil((message.length + 2) / columns);
  const [room, described] = [rows - head - 1, rows - head - 1 - 1 - about];
  if (described >= least) return { pageSize: described, isDescribed: true };
  return { pageSize: Math.max(1, room), isDescribed: false };
}

function paintedFoot(
  config: Menu,
  lines: readonly MenuLine[],
  look: FootLook,
  missed: Missed | undefined,
): string {
  const { style } = config.theme;
  return missed === undefined
    ? style.help(footOf(config, lines, look))
    : style.error(wordsOnMissed(missed, look.size));
}

// What is long may be a token, which is not shown.
function wordsOnMissed({ words }: Missed, { columns }: Size): string {
  const typed = words.length <= longestShown ? `"${words}"` : 'what was typed';
  const all = [`No entry begins with ${typed}. Press Esc to clear it.`, `No entry begins with ${typed}.`];
  return all.find((text) => text.length + 2 < columns) ?? 'No such entry.';
}

const longestShown = 12;

interface FootLook {
  readonly active: number;
  readonly typed: string;
  readonly pageSize: number;
  readonly size: Size;
}

// As much as fits on one row: a second one would be taken from the entries.
function footOf(
  { find, back, escapeWords = 'Esc back' }: Menu,
  lines: readonly MenuLine[],
  { active, typed, pageSize, size }: FootLook,
): string {
  const isLong = lines.length + lines.filter(({ apart }) => apart).length > pageSize;
  const ways = [
    ...(lines[active]?.toggles && typed === '' ? ['Space toggle'] : []),
    ...(find !== undefined && typed === '' ? ['/ search'] : []),
    ...(typed !== '' ? ['Esc end the search'] : back === undefined ? [] : [escapeWords]),
  ];
  const keys = '↑↓ navigate, ⏎ select';
  const all = [keys, ...ways].join(', ');
  const count = typed === '' ? `${lines.length} entries` : `${lines.length} found`;
  const texts = isLong || typed !== '' ? [`${all}; ${count}`, all, `${keys}; ${count}`, keys] : [all, keys];
  return texts.find((text) => text.length < size.columns) ?? '';
}

interface Bounds {
  readonly last: number;
  readonly loop: boolean;
  readonly pageSize: number;
}

// Nothing for a key that does not move.
function movedTo(key: { name: string; ctrl: boolean }, at: number, bounds: Bounds): number | undefined {
  const { last, loop, pageSize } = bounds;
  const within = (to: number) => Math.min(Math.max(to, 0), last);
  if (isUpKey(key as never)) return at === 0 && loop ? last : within(at - 1);
  if (isDownKey(key as never)) return at === last && loop ? 0 : within(at + 1);
  if (key.name === 'home') return 0;
  if (key.name === 'end') return last;
  if (key.name === 'pageup') return within(at - pageSize);
  return key.name === 'pagedown' ? within(at + pageSize) : undefined;
}

/** The place of the entry that typed words mean: the one whose name begins so, else the one of that number; nothing when neither is there. */
export function lineFor(typed: string, lines: readonly MenuLine[]): number | undefined {
  const words = typed.trimStart().toLowerCase();
  if (words === '') return undefined;
  const named = lines.findIndex(({ name }) => name.toLowerCase().startsWith(words));
  if (named >= 0) return named;
  const place = Number(words);
  return Number.isInteger(place) && place > 0 && place <= lines.length ? place - 1 : undefined;
}
