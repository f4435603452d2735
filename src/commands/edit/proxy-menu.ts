import { addressOf } from '../../app/job-network.ts';
import { environmentFor, localGitlabs } from '../../app/proxy.ts';
import { textsIn } from '../../config/model.ts';
import { type Kind, secret, text, Unfit } from '../../settings/kinds.ts';
import { masker } from '../../settings/mask.ts';
import {
  isProxyVariable,
  partsOfProxy,
  secretsOfProxy,
  shownProxy,
  withCredentials,
} from '../../settings/proxy.ts';
import { table } from '../../settings/table.ts';
import type { Person } from '../../terminal/ask.ts';
import type { Drafting } from './draft.ts';
import type { EditContext } from './finish.ts';

/** Asks for the proxy of the jobs and what goes past it, or takes it away. */
export async function askProxy(
  { world, say }: EditContext,
  person: Person,
  draft: Drafting,
  at: number,
): Promise<void> {
  const runner = draft.runnerAt(at);
  const environment = textsIn(runner, 'environment');
  const present = environment.map((item) => /^https?_proxy=(.*)$/i.exec(item)?.[1]).find(Boolean);
  const act = await person.pick('Proxy of the jobs', [
    { value: 'set', name: present ? 'Another proxy, or other hosts past it' : 'Set a proxy' },
    ...(present ? [{ value: 'remove', name: `Take away ${shownProxy(present)}` }] : []),
    { value: 'back', name: 'Back', apart: true },
  ]);
  if (act === 'back') return;
  const spot = draft.spotOf(`${at} environment`);
  const put = (items: string[]) => draft.put(spot, items.length > 0 ? items : undefined);
  if (act === 'remove') return put(environment.filter((item) => !isProxyVariable(item)));
  const proxy = await askAddress(person, present);
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

// A password must not be seen while it is typed, nor be proposed: it is asked for by itself.
async function askAddress(person: Person, present: string | undefined): Promise<string> {
  const parts = partsOfProxy(present);
  const usual = present === undefined ? undefined : parts.place;
  const place = await person.answer(
    { ask: 'Proxy, such as http://proxy.example.com:3128', kind: bare, required: true },
    usual,
  );
  const who = { ask: 'User at the proxy (empty: none)', kind: text(), required: false };
  const user = await person.answer(who, parts.user === '' ? undefined : parts.user);
  if (user === undefined) return String(place);
  const ask = parts.password === '' ? 'Password (empty: none)' : 'Password (empty: as it is)';
  const password = await person.answer({ ask, kind: secret(), required: false }, undefined);
  return withCredentials(String(place), String(user), String(password ?? parts.password));
}

const bare: Kind = {
  ...table.proxy.kind,
  read(words) {
    if (words.at(-1)?.includes('@'))
      throw new Unfit('the address alone: user and password are asked for next');
    return table.proxy.kind.read(words);
  },
};
