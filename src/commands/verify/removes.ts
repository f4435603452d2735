import { type Check, whoAt } from '../../app/checks.ts';
import type { ConfigInvocation } from '../../app/invocation.ts';
import { takeEntries } from '../../app/remove-entries.ts';
import type { RunnerEntry } from '../../runner/select.ts';

/** Takes the refused runners out of the file, after showing them and asking; gives their positions (from 0). */
export async function removeRefused(
  invocation: ConfigInvocation,
  checks: readonly Check[],
): Promise<number[]> {
  const { say } = invocation;
  const places: RunnerEntry[] = checks.map(({ place }) => place);
  const tell = invocation.yes ? say.talk : say.propose;
  tell(`Out of ${invocation.path}:`);
  for (const place of places) tell(`  ${whoAt(place)}`);
  if (!invocation.yes && !(await isAgreed(invocation, places.length))) return [];
  await takeEntries(invocation, places);
  return places.map(({ at }) => at);
}

async function isAgreed({ world, say }: ConfigInvocation, count: number): Promise<boolean> {
  const { personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  return person.agree(count === 1 ? 'Remove this runner?' : `Remove these ${count} runners?`, false);
}
