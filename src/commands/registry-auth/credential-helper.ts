import { interruptible } from '../../app/interrupt.ts';
import { isSwitchedOn } from '../../app/invocation.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { askHelper, checkHelper, listHelper, programOf } from '../../host/credential-helper.ts';
import { type Entry, entryOf } from '../../host/docker-config.ts';
import type { RegistryAuthContext } from './context.ts';
import { hideLogins } from './target.ts';

/** Reads a secret through a credential helper; it is hidden from now on. Throws when there is none, or at Ctrl-C. */
export async function readFrom(stage: RegistryAuthContext, helper: string, key: string): Promise<Entry> {
  const { env } = stage.world;
  const entry = entryOf(await waiting(stage, helper, (signal) => askHelper(helper, key, env, signal)));
  hideLogins(stage.say, { auths: { [key]: entry } });
  return entry;
}

/** The registries that a credential store knows, each with its user; none when it fails and a person can read why. */
export async function storeEntries(
  stage: RegistryAuthContext,
  store: string,
): Promise<Record<string, string>> {
  try {
    return await waiting(stage, store, (signal) => listHelper(store, stage.world.env, signal));
  } catch (error) {
    const isTold = error instanceof Trouble && error.code !== exitCode.cancelled && stage.mayAsk;
    if (!isTold) throw error;
    stage.say.trouble(error);
    return {};
  }
}

// A spinner would take keyboard and screen from a helper that asks for a password of its own.
function waiting<T>(
  { world, say }: RegistryAuthContext,
  helper: string,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (world.stderr.isTTY) say.talk(`Asking ${programOf(helper)} …`);
  return interruptible(world, say, 0, ({ signal }) => ask(signal));
}

/** Whether a credential store may be opened: it may ask its owner for a password, so it is not opened unasked. */
export async function mayOpen(stage: RegistryAuthContext, store: string, question: string): Promise<boolean> {
  if (isSwitchedOn(stage.verbFlags, 'readStore')) return true;
  if (!stage.mayAsk) return false;
  checkHelper(store);
  const { personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(stage.world, stage.say);
  return person.agree(question, true);
}
