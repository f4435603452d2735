import { expect, test } from 'vitest';
import { withReversal } from '../../../src/app/interrupt.ts';
import type { Say } from '../../../src/terminal/say.ts';
import type { World } from '../../../src/world.ts';

test('the second Ctrl-C ends the command that hangs, and no later one', async () => {
  let interrupt = () => {};
  const world = {
    onInterrupt(act: () => void) {
      interrupt = act;
      return () => {};
    },
  } as unknown as World;
  const say = { talk: () => {} } as unknown as Say;
  await withReversal(world, say, async (reversal) => {
    const hangs = reversal.cut();
    const ended = new Promise<Error>((resolve) =>
      hangs.addEventListener('abort', () => resolve(hangs.reason)),
    );
    interrupt();
    interrupt();
    const later = reversal.cut();
    // The timer alone keeps nothing alive.
    const alive = setInterval(() => {}, 100);
    expect(await ended).toMatchObject({ code: 130 });
    clearInterval(alive);
    expect(later.aborted).toBe(false);
  });
});
