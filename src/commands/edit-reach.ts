import {
  isAddress,
  isLoopback,
  isLoopbackName,
  type LocalName,
  nameServers,
  wordsOnName,
} from '../host/names.ts';
import type { Table } from '../runner/block.ts';
import {
  addressForJobs,
  caVolume,
  extraHost,
  gateway,
  handsCa,
  isEngineHere,
  knowsHost,
  onGateway,
  runsInContainers,
  trustScript,
} from '../runner/reach.ts';
import { textIn, textsIn } from '../runner/risks.ts';
import { usesDocker } from '../settings/executors.ts';
import type { Entry, Person } from '../terminal/ask.ts';
import { spin } from '../terminal/spin.ts';
import { askFor } from './edit-answers.ts';
import { type Drafting, drafted, reachPaths } from './edit-draft.ts';
import { entriesFor } from './edit-entries.ts';
import type { Stage } from './edit-finish.ts';
import { askProxy } from './edit-reach-proxy.ts';
import { lookInside, mayFetch } from './inside.ts';
import { addressOf, caFileFor, localNameOf, placeOf } from './reach.ts';

/** What can be proposed: what it changes, by paths below the runner. */
interface Proposal {
  readonly name: string;
  readonly line: string;
  readonly changes: Readonly<Record<string, unknown>>;
}

/** Lets a person say how jobs reach GitLab: names, certificate, proxy; and try it in a container. */
export async function editReach(stage: Stage, person: Person, draft: Drafting, at: number): Promise<void> {
  const { world, say } = stage;
  const host = addressOf(draft.config.runners[at]!, world)?.hostname ?? '';
  const local = await spin(world, say, `Looking up ${host}`, () =>
    localNameOf(host, world, { isOffline: false }),
  );
  const servers = await nameServers();
  let usual: string | undefined;
  for (;;) {
    const proposals = proposalsFor(stage, drafted(draft, at), local, servers);
    const entries = entriesOf(stage, draft, at, proposals);
    const choice = await person.pick(`#${at + 1}: how jobs reach ${host || 'GitLab'}`, entries, usual);
    if (choice === 'back') return;
    usual = choice.startsWith('propose') ? undefined : choice;
    if (choice === 'proxy') await askProxy(stage, person, draft, at);
    else if (choice === 'try') await tryIt(stage, drafted(draft, at), host);
    else if (choice.startsWith('propose')) take(draft, at, proposals[Number(choice.split(' ')[1])]!);
    else await change(person, draft, choice);
  }
}

function entriesOf({ world }: Stage, draft: Drafting, at: number, proposals: readonly Proposal[]): Entry[] {
  const executor = textIn(draft.config.runners[at], 'executor');
  const paths = ['clone_url', ...(usesDocker(executor) ? reachPaths : []), 'pre_build_script', 'environment'];
  const spots = paths.map((path) => draft.spotOf(`${at} ${path}`));
  const settings = entriesFor(draft, spots, world.stderr.columns ?? 80);
  const again = {
    value: 'try',
    name: 'Look it up in a container …',
    line: 'Runs the default image for a moment',
  };
  return [
    ...proposals.map(({ name, line }, number) => ({ value: `propose ${number}`, name, line })),
    ...settings.map((entry, number) => ({ ...entry, apart: number === 0 && proposals.length > 0 })),
    {
      value: 'proxy',
      name: 'Proxy …',
      line: 'Set it for the jobs in all its spellings, or take it away',
      apart: true,
    },
    ...(executor === 'docker' ? [again] : []),
    { value: 'back', name: 'Back', apart: true },
  ];
}

function proposalsFor(
  stage: Stage,
  runner: Table,
  local: LocalName | undefined,
  servers: readonly string[],
): Proposal[] {
  if (!runsInContainers(textIn(runner, 'executor'))) return [];
  return [
    ...tellName(stage, runner, local, servers),
    ...tellMachine(stage, runner),
    ...handCertificate(stage, runner),
  ];
}

function* tellName(
  { world }: Stage,
  runner: Table,
  local: LocalName | undefined,
  servers: readonly string[],
): Generator<Proposal> {
  if (local === undefined || knowsHost(runner, local.name)) return;
  const place = placeOf(runner, world);
  const line = `${local.name} ${wordsOnName(local)}`;
  if (place.executor === 'kubernetes') {
    const ip = addressForJobs(local, place);
    const before = (runner.kubernetes as Table | undefined)?.host_aliases ?? [];
    const aliases = [...(before as unknown[]), { ip, hostnames: [local.name] }];
    yield {
      name: `Tell the jobs ${local.name} is ${ip}`,
      line,
      changes: { 'kubernetes.host_aliases': aliases },
    };
    return;
  }
  const entry = extraHost(local, place);
  const hosts = [...textsIn(runner, 'docker', 'extra_hosts'), entry];
  yield { name: `Tell the jobs ${entry}`, line, changes: { 'docker.extra_hosts': hosts } };
  const [server] = servers;
  if (local.because !== 'private' || server === undefined || textsIn(runner, 'docker', 'dns').length > 0)
    return;
  const about = 'The DNS server of this machine, for containers that would ask another one';
  yield { name: `Let containers ask ${server}`, line: about, changes: { 'docker.dns': [server] } };
}

function* tellMachine({ world }: Stage, runner: Table): Generator<Proposal> {
  const url = addressOf(runner, world);
  if (url === undefined || !isEngineHere(placeOf(runner, world)) || textIn(runner, 'clone_url') !== '')
    return;
  if (!isLoopbackName(url.hostname) && !isLoopback(url.hostname)) return;
  const hosts = textsIn(runner, 'docker', 'extra_hosts').filter((one) => !one.startsWith(`${gateway}:`));
  yield {
    name: `Let jobs clone from ${onGateway(url)}`,
    line: `In a container, ${url.hostname} is the container itself`,
    changes: { clone_url: onGateway(url), 'docker.extra_hosts': [...hosts, `${gateway}:host-gateway`] },
  };
}

function* handCertificate({ world, config }: Stage, runner: Table): Generator<Proposal> {
  const url = addressOf(runner, world);
  const file = url && caFileFor(url, textIn(runner, 'tls-ca-file'), config.file, world);
  if (file === undefined || textIn(runner, 'executor') !== 'docker') return;
  const volumes = textsIn(runner, 'docker', 'volumes');
  if (!handsCa(volumes)) {
    yield {
      name: "Hand GitLab's certificate to the helper image",
      line: `Mounts ${file.path}.${file.remark}`,
      changes: { 'docker.volumes': [...volumes, caVolume(file.path)] },
    };
  } else if (textIn(runner, 'pre_build_script') === '') {
    const line = 'Installs it before each job, on Debian, Alpine and Red Hat';
    yield { name: 'Let images of your own trust it', line, changes: { pre_build_script: trustScript } };
  }
}

function take(draft: Drafting, at: number, { changes }: Proposal): void {
  for (const [path, value] of Object.entries(changes)) draft.put(draft.spotOf(`${at} ${path}`), value);
}

async function change(person: Person, draft: Drafting, word: string): Promise<void> {
  const spot = draft.spotOf(word);
  const answer = await askFor(person, spot.key, draft.valueAt(spot));
  if (answer !== 'same') draft.put(spot, answer === 'unset' ? undefined : answer.value);
}

async function tryIt({ world, say }: Stage, runner: Table, host: string): Promise<void> {
  const clone = textIn(runner, 'clone_url');
  const name = URL.canParse(clone) ? new URL(clone).hostname : host;
  if (isAddress(name) || name === '') {
    say.talk(`${name || 'The address'} is no name: there is nothing to look up.`);
    return;
  }
  const { outcome, words, next } = await lookInside({ world, say }, runner, name, mayFetch(world, say));
  if (outcome === 'found') say.note(`${words}: jobs find it.`);
  else say.warn(`${words}.${next === undefined ? '' : ` ${next}`}`);
}
