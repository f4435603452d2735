import {
  createPrompt,
  isDownKey,
  isEnterKey,
  isUpKey,
  makeTheme,
  useEffect,
  useKeypress,
  usePagination,
  usePrefix,
  useRef,
  useState,
} from '@inquirer/core';
import { fold } from '../text/wrap.ts';

/** One entry; `short` stands on the screen once it was taken, `description` below while it is pointed at, `apart` puts a rule above it. */
export interface MenuLine {
  readonly value: string;
  readonly name: string;
  readonly short?: string;
  readonly description?: string;
  readonly apart?: boolean;
}

interface Menu {
  readonly message: string;
  readonly lines: readonly MenuLine[];
  readonly default?: string | undefined;
  /** Whether the first entry comes after the last. */
  readonly loop: boolean;
  /** How many rows the entries take at most. */
  readonly most: number;
  readonly theme: Look;
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
  readonly style: Readonly<Record<'message' | 'answer' | 'highlight' | 'description' | 'help', Paint>>;
}

/**
 * A list to take one entry of, by arrows, Home, End, the page keys or the first letters. Inquirer's own one takes every
 * other key for a search that finds the first entry, and its length does not follow the terminal.
 */
export const menu = createPrompt<string, Menu>((config, done) => {
  const { lines, loop, message } = config;
  const { style } = config.theme;
  const [size, setSize] = useState(config.size());
  useEffect(() => config.onResize(() => setSize(config.size())), []);
  const [status, setStatus] = useState('idle');
  const [active, setActive] = useState(
    Math.max(
      0,
      lines.findIndex(({ value }) => value === config.default),
    ),
  );
  const prefix = usePrefix({ status, theme: makeTheme({ prefix: config.theme.prefix }) });
  const waiting = useRef<NodeJS.Timeout | undefined>(undefined);
  useEffect(() => () => clearTimeout(waiting.current), []);
  const { pageSize, isDescribed } = layOut(config, size);
  useKeypress((key, rl) => {
    clearTimeout(waiting.current);
    if (isEnterKey(key)) {
      setStatus('done');
      done(lines[active]!.value);
      return;
    }
    const moved = movedTo(key, active, { last: lines.length - 1, loop, pageSize });
    if (moved !== undefined) rl.clearLine(0);
    const next = moved ?? lineFor(rl.line, lines);
    if (next !== undefined) setActive(next);
    waiting.current = setTimeout(() => rl.clearLine(0), pause);
  });
  const page = usePagination({
    items: lines,
    active,
    pageSize,
    loop,
    renderItem: ({ item, isActive }) => {
      const room = size.columns - 2;
      const words = item.name.length > room ? fold(item.name, room, 4) : item.name;
      const line = isActive ? style.highlight(`❯ ${words}`) : `  ${words}`;
      return item.apart ? ` ${rule}\n${line}` : line;
    },
  });
  const head = `${prefix} ${style.message(message)}`;
  const { short, name, description } = lines[active]!;
  if (status === 'done') return `${head} ${style.answer(short ?? name)}`;
  const about = description === undefined ? [] : [style.description(description)];
  const foot = style.help(footOf(config, pageSize, size));
  return [head, page, ...(isDescribed ? [' ', ...about] : []), foot].join('\n') + hiddenCursor;
});

const hiddenCursor = '\x1b[?25l';

const rule = '──────────────';

// So long after the last letter the next one begins another word.
const pause = 700;

// With fewer rows for the entries than this, their descriptions are left out.
const least = 4;

function layOut(
  { lines, message, most }: Menu,
  { rows, columns }: Size,
): { pageSize: number; isDescribed: boolean } {
  const rowsOf = (text: string) => fold(text, columns, 0).split('\n').length;
  const about = Math.max(
    0,
    ...lines.map(({ description }) => (description === undefined ? 0 : rowsOf(description))),
  );
  const head = Math.ceil((message.length + 2) / columns);
  const [room, described] = [rows - head - 1, rows - head - 1 - 1 - about];
  if (described >= least) return { pageSize: Math.min(described, most), isDescribed: true };
  return { pageSize: Math.max(1, Math.min(room, most)), isDescribed: false };
}

// As much as fits on one row: a second one would be taken from the entries.
function footOf({ lines, loop }: Menu, pageSize: number, { columns }: Size): string {
  const isLong = lines.length + lines.filter(({ apart }) => apart).length > pageSize;
  const keys = '↑↓ navigate, ⏎ select';
  const count = `${keys}; ${lines.length} entries`;
  const ways = loop ? `${count}, ↑ leads from the first to the last` : `${count}, End leads to the last`;
  return (isLong ? [ways, count, keys] : [keys]).find((text) => text.length < columns) ?? '';
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
