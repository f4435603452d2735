import { type Check, whoAt } from '../../app/checks.ts';
import type { Order } from '../../app/invocation.ts';
import { takeEntries } from '../../app/remove-entries.ts';
import type { Place } from '../../runner/select.ts';

/** Takes the refused runners out of the file, after showing them and asking; gives their positions (from 0). */
export async function removeRefused(order: Order, checks: readonly Check[]): Promise<number[]> {
  const { say } = order;
  const places: Place[] = checks.map(({ place }) => place);
  const tell = order.yes ? say.talk : say.propose;
  tell(`Out of ${order.path}:`);
  for (const place of places) tell(`  ${whoAt(place)}`);
  if (!order.yes && !(await isAgreed(order, places.length))) return [];
  await takeEntries(order, places);
  return places.map(({ at }) => at);
}

async function isAgreed({ world, say }: Order, count: number): Promise<boolean> {
  const { personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  return person.agree(count === 1 ? 'Remove this runner?' : `Remove these ${count} runners?`, false);
}
