import { textsIn } from '../runner/risks.ts';
import { masker } from '../settings/mask.ts';
import { isProxyVariable, secretsOfProxy, shownProxy } from '../settings/proxy.ts';
import { table } from '../settings/table.ts';
import type { Person } from '../terminal/ask.ts';
import { type Drafting, drafted } from './edit-draft.ts';
import type { Stage } from './edit-finish.ts';
import { environmentFor, localGitlabs } from './edit-proxy.ts';
import { addressOf } from './reach.ts';

/** Asks for the proxy of the jobs, and what goes past it; an empty answer leaves things, "none" takes the proxy away. */
export async function askProxy(
  { world, say }: Stage,
  person: Person,
  draft: Drafting,
  at: number,
): Promise<void> {
  const runner = drafted(draft, at);
  const environment = textsIn(runner, 'environment');
  const present = environment.map((item) => /^https?_proxy=(.*)$/i.exec(item)?.[1]).find(Boolean);
  const act = await person.pick('Proxy of the jobs', [
    { value: 'set', name: present ? 'Another proxy, or other hosts past it' : 'Set a proxy' },
    ...(present ? [{ value: 'remove', name: `Take away ${shownProxy(present)}` }] : []),
    { value: 'back', name: 'Back', apart: true },
  ]);
  if (act === 'back') return;
  const spot = draft.spotOf(`${at} environment`);
  const put = (items: readonly string[]) => draft.put(spot, items.length > 0 ? items : undefined);
  if (act === 'remove') return put(environment.filter((item) => !isProxyVariable(item)));
  const proxy = await askAddress(person, present);
  if (proxy === undefined) return;
  say.hide(masker(secretsOfProxy(proxy)));
  const list = environment.map((item) => /^no_proxy=(.*)$/i.exec(item)?.[1]).find(Boolean);
  const noProxy = await person.answer(
    { ask: 'Hosts that jobs reach without it, with commas', kind: table.noProxy.kind, required: false },
    list,
  );
  const host = addressOf(runner, world)?.hostname ?? '';
  const local = await localGitlabs([runner], { world, say, isOffline: false });
  const wish = { proxy, noProxy: String(noProxy ?? '') };
  put(environmentFor(runner, wish, local.has(host) ? host : undefined));
}

// An address with a password is neither proposed nor seen while it is typed.
async function askAddress(person: Person, present: string | undefined): Promise<string | undefined> {
  const { kind } = table.proxy;
  const isSecret = secretsOfProxy(present).length > 0;
  const ask = isSecret ? 'Proxy (empty: as it is)' : 'Proxy, such as http://proxy.example.com:3128';
  const hidden = { ...kind, name: 'secret' as const };
  const question = { ask, kind: isSecret ? hidden : kind, required: !isSecret };
  const answer = await person.answer(question, isSecret ? undefined : present);
  return answer === undefined ? present : String(answer);
}
