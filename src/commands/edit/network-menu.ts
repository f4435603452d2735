import { addressOf, type CaFile, caFileFor, gapsAt, type LookUp, lookingUp } from '../../app/job-network.ts';
import { tryInside } from '../../app/probe-container.ts';
import { environmentFor, localGitlabs } from '../../app/proxy.ts';
import { type Table, tablesIn, textIn, textsIn } from '../../config/model.ts';
import { resultOf, withEdits } from '../../runner/edit.ts';
import type { Edit } from '../../runner/edit-request.ts';
import type { Gap } from '../../runner/network-gaps.ts';
import { usesDocker } from '../../settings/executors.ts';
import { type Kind, secret, text, Unfit } from '../../settings/kinds.ts';
import {
  isProxyVariable,
  partsOfProxy,
  secretsOfProxy,
  shownProxy,
  withCredentials,
} from '../../settings/proxy.ts';
import { table } from '../../settings/table.ts';
import type { Entry, Person } from '../../terminal/ask.ts';
import { columnsOf } from '../../terminal/size.ts';
import { spin } from '../../terminal/spin.ts';
import type { EditContext } from './context.ts';
import { type Draft, entriesFor } from './draft.ts';
import { askFor } from './prompts.ts';

/** What can be proposed, and what it changes. */
interface Proposal {
  readonly name: string;
  readonly line: string;
  readonly edits: readonly Edit[];
}

/** Lets a person say how jobs reach GitLab: names, certificate, proxy; and try it in a container. */
export async function editJobNetwork(
  context: EditContext,
  person: Person,
  draft: Draft,
  at: number,
): Promise<void> {
  const { world, say } = context;
  const url = addressOf(draft.config.runners[at]!, world);
  const host = url?.hostname ?? '';
  const lookUp = lookingUp(world, { isOffline: false });
  // What was looked up once is known.
  await spin(world, say, `Looking up ${host || 'GitLab'}`, () =>
    gapsAt(draft.runnerAt(at), world, lookUp, undefined),
  );
  let usual: string | undefined;
  for (;;) {
    const proposals = await proposalsFor(context, draft.runnerAt(at), url, lookUp);
    const entries = entriesOf(context, draft, at, proposals);
    const choice = await person.pick(`#${at + 1}: how jobs reach ${host || 'GitLab'}`, entries, {
      usual,
      back: 'back',
    });
    if (choice === 'back') return;
    usual = choice.startsWith('propose') ? undefined : choice;
    if (choice === 'proxy') await person.orBack((asked) => askProxy(context, asked, draft, at), undefined);
    else if (choice === 'try') await tryInside(context, draft.runnerAt(at));
    else if (choice.startsWith('propose')) take(draft, at, proposals[Number(choice.split(' ')[1])]!);
    else await change(person, draft, choice);
  }
}

function entriesOf(
  { world }: EditContext,
  draft: Draft,
  at: number,
  proposals: readonly Proposal[],
): Entry[] {
  const executor = draft.executorAt(at);
  const paths = [
    'clone_url',
    ...(usesDocker(executor) ? dockerNetworkPaths : []),
    'pre_build_script',
    'environment',
  ];
  const refs = paths.map((path) => draft.refOf(`${at} ${path}`));
  const settings = entriesFor(draft, refs, columnsOf(world.stderr));
  const again = {
    value: 'try',
    name: 'Test the host name in a container …',
    line: 'Starts the default image briefly',
  };
  return [
    ...proposals.map(({ name, line }, number) => ({ value: `propose ${number}`, name, line })),
    ...settings.map((entry, number) => ({ ...entry, apart: number === 0 && proposals.length > 0 })),
    {
      value: 'proxy',
      name: 'Proxy …',
      line: 'Set or remove the proxy for jobs',
      apart: true,
    },
    ...(executor === 'docker' ? [again] : []),
    { value: 'back', name: 'Back', apart: true },
  ];
}

// The keys of the Docker executors by which jobs reach GitLab.
const dockerNetworkPaths = ['docker.extra_hosts', 'docker.dns', 'docker.network_mode', 'docker.volumes'];

async function proposalsFor(
  { world, config }: EditContext,
  runner: Table,
  url: URL | undefined,
  lookUp: LookUp,
): Promise<Proposal[]> {
  const ca = url && caFileFor(url, textIn(runner, 'tls-ca-file'), config.file, world);
  const gaps = await gapsAt(runner, world, lookUp, ca?.path);
  const isHandedLater = gaps.some(({ what }) => what === 'ca');
  return gaps
    .filter(({ what }) => what !== 'trust' || (ca !== undefined && !isHandedLater))
    .map((gap) => ({ ...wordsOn(gap, runner, ca), edits: gap.edits }));
}

function wordsOn(gap: Gap, runner: Table, ca: CaFile | undefined): { name: string; line: string } {
  const after = withEdits(runner, gap.edits);
  switch (gap.what) {
    case 'machine': {
      const line = `In a container, ${gap.url.hostname} is the container itself`;
      return { name: `Let jobs clone from ${textIn(after, 'clone_url')}`, line };
    }
    case 'host': {
      const alias = tablesIn(after, 'kubernetes', 'host_aliases').at(-1);
      const entry = textsIn(after, 'docker', 'extra_hosts').at(-1);
      const told = entry ?? `${gap.host.name} is ${textIn(alias, 'ip')}`;
      return { name: `Add for jobs: ${told}`, line: `${gap.host.name} ${gap.host.words}` };
    }
    case 'servers': {
      const line = 'DNS server of this machine; containers use another one';
      return { name: `Use the DNS server ${textsIn(after, 'docker', 'dns')[0]}`, line };
    }
    case 'ca': {
      const line = gap.before ? `First: ${gap.before}` : `Mounts ${ca?.path}.${ca?.remark}`;
      return { name: "Mount GitLab's CA certificate in the helper image", line };
    }
    case 'trust': {
      const line = 'Installs it before each job, on Debian, Alpine, and Red Hat';
      return { name: 'Trust this CA in other images, too', line };
    }
  }
}

function take(draft: Draft, at: number, { edits }: Proposal): void {
  for (const edit of edits) {
    const ref = draft.refOf(`${at} ${edit.path.join('.')}`);
    draft.put(ref, resultOf(edit, draft.valueAt(ref)));
  }
}

async function change(person: Person, draft: Draft, word: string): Promise<void> {
  const ref = draft.refOf(word);
  const answer = await askFor(person, draft.asked(ref), draft.valueAt(ref));
  if (answer !== 'same') draft.put(ref, answer === 'unset' ? undefined : answer.value);
}

/** Asks for the proxy of the jobs and the hosts reached without it, or removes it. */
async function askProxy(
  { world, say }: EditContext,
  person: Person,
  draft: Draft,
  at: number,
): Promise<void> {
  const runner = draft.runnerAt(at);
  const environment = textsIn(runner, 'environment');
  const present = environment.map((item) => /^https?_proxy=(.*)$/i.exec(item)?.[1]).find(Boolean);
  const acts = [
    { value: 'set', name: present ? 'Change the proxy or its exceptions' : 'Set a proxy' },
    ...(present ? [{ value: 'remove', name: `Remove ${shownProxy(present)}` }] : []),
    { value: 'back', name: 'Back', apart: true },
  ];
  const act = await person.pick('Proxy for jobs', acts);
  if (act === 'back') return;
  const ref = draft.refOf(`${at} environment`);
  const put = (items: string[]) => draft.put(ref, items.length > 0 ? items : undefined);
  if (act === 'remove') return put(environment.filter((item) => !isProxyVariable(item)));
  const proxy = await askAddress(person, present);
  say.hide(secretsOfProxy(proxy));
  const list = environment.map((item) => /^no_proxy=(.*)$/i.exec(item)?.[1]).find(Boolean);
  const noProxy = await person.answer(
    { ask: 'Hosts reached without the proxy, comma-separated', kind: table.noProxy.kind, required: false },
    list,
  );
  const host = addressOf(runner, world)?.hostname ?? '';
  const local = await localGitlabs([runner], { world, say, isOffline: false });
  const edit = { proxy, noProxy: String(noProxy ?? '') };
  put(environmentFor(runner, edit, local.has(host) ? host : undefined));
}

// A password must not be seen while it is typed, nor be proposed: it is asked for by itself.
async function askAddress(person: Person, present: string | undefined): Promise<string> {
  const parts = partsOfProxy(present);
  const usual = present === undefined ? undefined : parts.place;
  const place = await person.answer(
    { ask: 'Proxy, such as http://proxy.example.com:3128', kind: bare, required: true },
    usual,
  );
  const who = { ask: 'User name for the proxy (leave empty for none)', kind: text(), required: false };
  const user = await person.answer(who, parts.user === '' ? undefined : parts.user);
  if (user === undefined) return String(place);
  const ask = parts.password === '' ? 'Password (leave empty for none)' : 'Password (leave empty to keep)';
  const password = await person.answer({ ask, kind: secret(), required: false }, undefined);
  return withCredentials(String(place), String(user), String(password ?? parts.password));
}

const bare: Kind = {
  ...table.proxy.kind,
  read(words) {
    if (words.at(-1)?.includes('@'))
      throw new Unfit('a URL without user name and password (these are the next questions)');
    return table.proxy.kind.read(words);
  },
};
