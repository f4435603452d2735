import { visible } from '../text/sanitize.ts';
import type { World } from '../world.ts';
import { isColoured, type Say } from './say.ts';
import { canRedraw } from './size.ts';

/** A piece of work that is being done: its words can change, and lines can be said above it. */
export interface Spin {
  says(text: string): void;
  stop(): void;
}

/**
 * Runs `work` behind a spinner with a verb when a person is there, and plainly elsewhere; `work` may change the words.
 * Only waits that are worth knowing (`says`) are printed without a terminal.
 */
export async function spin<T>(
  world: World,
  say: Say,
  text: string,
  work: (spin: Spin) => Promise<T>,
): Promise<T> {
  const spinner = await start(world, say, text);
  try {
    return await work(spinner);
  } finally {
    spinner.stop();
  }
}

async function start(world: World, say: Say, text: string): Promise<Spin> {
  const { quiet, json } = say.mode;
  if (!canRedraw(world.stderr) || quiet || json) {
    // A person who is there is told what is waited for; a log is not.
    if (world.stderr.isTTY) say.talk(text);
    return { says: (words) => say.talk(words), stop: () => {} };
  }
  const { default: ora } = await import('ora');
  const color = isColoured(world.stderr, world, say.mode) ? 'cyan' : false;
  // ora reads the keyboard meanwhile, and only so does Ctrl-C arrive; one that was never paused it does not read.
  if (world.stdin.isTTY) world.stdin.pause();
  const spinner = ora({
    text: visible(text),
    stream: world.stderr,
    discardStdin: true,
    hideCursor: true,
    color,
  }).start();
  // ora would clear lines without end on a terminal of no width.
  const onResize = () => canRedraw(world.stderr) || spinner.stop();
  world.stderr.on('resize', onResize);
  return {
    says(words) {
      spinner.text = visible(words);
    },
    stop() {
      world.stderr.off('resize', onResize);
      spinner.stop();
    },
  };
}
