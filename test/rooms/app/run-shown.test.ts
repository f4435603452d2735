import { expect, test } from 'vitest';
import { runShown } from '../../../src/app/system-commands.ts';
import type { Say } from '../../../src/terminal/say.ts';
import { realWorld } from '../../../src/world.ts';

/** Runs a command of 0.3 seconds, with these signals meanwhile. */
async function run(...signals: NodeJS.Signals[]) {
  const say = { talk: () => {} } as unknown as Say;
  const ran = runShown(
    ['sleep', '0.3'],
    realWorld(() => {}),
    say,
  );
  for (const signal of signals) process.emit(signal, signal);
  return ran;
}

test.each<[NodeJS.Signals[]]>([[['SIGINT']], [['SIGTERM']], [['SIGHUP', 'SIGHUP', 'SIGHUP']]])(
  'a command ends by itself after %j: a lost connection may say so more than once',
  async (signals) => expect(await run(...signals)).toMatchObject({ code: 0 }),
);

test.each<[NodeJS.Signals[]]>([[['SIGINT', 'SIGINT']], [['SIGHUP', 'SIGTERM']]])(
  '%j ends a command',
  async (signals) => {
    await expect(run(...signals)).rejects.toMatchObject({ message: 'Canceled.', code: 130 });
  },
);
