import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { type Key, keys } from './keys.ts';
import { type Cell, readCells, readRows } from './screen.ts';

export type { Cell } from './screen.ts';

/** What to start in a terminal; `script` is the built program unless another is named. */
export type Opening = {
  args: string[];
  env: Record<string, string>;
  cwd: string;
  columns?: number;
  rows?: number;
  /** The columns and rows that the terminal tells, where they are not those on which it shows. */
  told?: readonly [columns: number, rows: number];
  script?: string;
  /** Words for Node before the script. */
  node?: string[];
  /** Another program than Node; `args` are all its arguments. */
  command?: string;
};

/** A program in a real terminal, seen and used as a person does. */
export type Terminal = {
  /** Waits until the text stands on the screen; fails with the whole screen when it does not come. */
  waitFor(text: string | RegExp): Promise<void>;
  type(text: string): void;
  press(...keys: Key[]): void;
  /** The visible rows without the blanks at their ends and without empty rows below. */
  screen(): string;
  /** All rows, those that have scrolled away included. */
  scrollback(): string;
  /** Every character that was ever sent to the terminal, overwritten ones included, control sequences left out. */
  everSent(): string;
  cells(): Cell[][];
  resize(columns: number, rows: number): void;
  ended: Promise<{ code: number; signal: number | undefined }>;
  /** Ends the program if it still runs. */
  close(): Promise<void>;
};

/** Starts the built program in a terminal of its own (80 columns, 24 rows). */
export function openTerminal({
  args,
  env,
  cwd,
  columns = 80,
  rows = 24,
  script = program,
  node = [],
  command,
  told,
}: Opening): Terminal {
  const view = new xterm.Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true });
  const start = [
    command ?? process.execPath,
    ...(command ? args : ['--require', lastWords, ...node, script, ...args]),
  ];
  const [first = '', ...words] = [...preparing(told), ...start];
  const child = pty.spawn(first, words, {
    name: 'xterm-256color',
    cols: columns,
    rows,
    cwd,
    env: { TERM: 'xterm-256color', ...env },
  });
  const life = follow(child, view);
  return {
    waitFor: (text) => waitFor(text, view, life),
    type: (text) => child.write(text),
    press: (...pressed) => child.write(pressed.map((key) => keys[key]).join('')),
    screen: () => readRows(view).screen,
    scrollback: () => readRows(view).all,
    everSent: () => withoutControls(life.sent.join('')),
    cells: () => readCells(view),
    resize: (width, height) => {
      view.resize(width, height);
      child.resize(width, height);
    },
    ended: life.ended,
    close: async () => {
      if (!life.over) child.kill('SIGKILL');
      await life.ended;
      view.dispose();
    },
  };
}

// At Ctrl-C a terminal forgets what has been written and not read yet; on a busy machine these are the last words of a
// program that was quick to end. A size of 0 is none that a terminal can be opened with.
const preparing = (told: readonly [number, number] | undefined): string[] => [
  '/bin/sh',
  '-c',
  `/bin/stty noflsh${told === undefined ? '' : ` cols ${told[0]} rows ${told[1]}`}; exec "$@"`,
  'sh',
];

// From wherever this is run: the picture is drawn by a bundle in a folder of its own.
const root = ((): string => {
  let here = import.meta.dirname;
  while (!existsSync(resolve(here, 'rolldown.config.ts'))) here = resolve(here, '..');
  return here;
})();
const program = resolve(root, 'bin/runner-setup.js');
const lastWords = resolve(root, 'test/harness/last-words.cjs');

type Life = { sent: string[]; over: boolean; ended: Promise<{ code: number; signal: number | undefined }> };

function follow(child: pty.IPty, view: xterm.Terminal): Life {
  const life = { sent: [] as string[], over: false } as Life;
  child.onData((data) => {
    life.sent.push(data);
    view.write(data);
  });
  // A program may ask the terminal where its cursor is; the terminal answers like a typist.
  view.onData((answer) => child.write(answer));
  let going: NodeJS.Timeout | undefined;
  // More than once: the first may come before the program has stopped.
  view.parser.registerOscHandler(7777, () => {
    going ??= setInterval(() => child.kill('SIGCONT'), 5);
    return true;
  });
  life.ended = new Promise((done) => {
    child.onExit(({ exitCode, signal }) => {
      clearInterval(going);
      life.over = true;
      // The view takes what was written in turns; an empty write is answered when all before it is on the screen.
      view.write('', () => done({ code: exitCode, signal: signal || undefined }));
    });
  });
  return life;
}

async function waitFor(text: string | RegExp, view: xterm.Terminal, life: Life): Promise<void> {
  const limit = Date.now() + longest;
  const stands = () => {
    const { screen, unwrapped } = readRows(view);
    return [screen, unwrapped].some((seen) =>
      typeof text === 'string' ? seen.includes(text) : text.test(seen),
    );
  };
  while (!stands()) {
    const end = life.over && (await life.ended);
    if (end && stands()) return;
    if (end || Date.now() > limit) {
      const why = end ? `the program ended (${end.signal ?? end.code})` : `${longest / 1000} s have passed`;
      throw new Error(`${text} is not on the screen, and ${why}:\n${framed(readRows(view).screen)}`);
    }
    await wait(10);
  }
}

const longest = 20_000;

const framed = (screen: string) => `┌──\n${screen.replace(/^/gm, '│ ')}\n└──`;

const withoutControls = (text: string) =>
  text
    .replace(/\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[ -/]*[0-~])/g, '')
    .replace(/[\x00-\x08\x0b-\x1f]/g, '');
