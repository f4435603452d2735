import { sameGitlab } from '../gitlab/url.ts';
import { engineAt, engineVersion } from '../host/engine.ts';
import {
  addressesOf,
  hostsFileOf,
  isAddress,
  isLoopbackName,
  type LocalName,
  nameServers,
  wordsOnName,
} from '../host/names.ts';
import { blockOf, type Table } from '../runner/block.ts';
import { plannedRunner } from '../runner/plan.ts';
import { snippetsFor } from '../runner/proxy.ts';
import {
  addressForJobs,
  caVolume,
  extraHost,
  gateway,
  handsCa,
  type JobPlace,
  knowsHost,
  onGateway,
  runsInContainers,
  trustScript,
} from '../runner/reach.ts';
import { quote } from '../runner/replay.ts';
import { textIn, textsIn } from '../runner/risks.ts';
import { usesDocker } from '../settings/executors.ts';
import { type Gathered, learn } from '../settings/gather.ts';
import type { Facts } from '../settings/questions.ts';
import type { HandedCa, LocalHost, OutsideName } from '../settings/questions-reach.ts';
import { type Settings, table } from '../settings/table.ts';
import { spin } from '../terminal/spin.ts';
import type { World } from '../world.ts';
import type { Trusted } from './address.ts';
import { tellSnippets } from './edit-report.ts';
import { lookInside, mayFetch } from './inside.ts';
import { caFile, caFileFor, isShared, localNameOf, placeOf } from './reach.ts';
import { chainFile, type Ready, type Start, wayTo } from './ready.ts';
import type { Outcome } from './report.ts';
import type { Looks } from './wizard.ts';

/** The looks of the wizard at how jobs will reach GitLab: its name, its certificate, and a container to try. */
export function looksAtReach(
  start: Start,
  accepted: () => Trusted | undefined,
): Pick<Looks, 'reach' | 'engine' | 'inside'> {
  const { world, dryRun } = start;
  return {
    async reach(words) {
      const url = new URL(words);
      const localHost = await localHostOf(url, start);
      const outside = dryRun ? undefined : await outsideOf(url, start, accepted());
      const ca = caOf(url, start, accepted());
      return { ...(localHost && { localHost }), ...(outside && { outside }), ...(ca && { ca }) };
    },
    async engine(settings) {
      if (dryRun || settings.executor !== 'docker') return false;
      return 'words' in (await engineVersion(engineAt(settings.dockerHost ?? '', world.env)));
    },
    inside: (settings) => insideFound(start, settings),
  };
}

async function localHostOf(url: URL, { world, say, dryRun }: Start): Promise<LocalHost | undefined> {
  if (isLoopbackName(url.hostname)) return machineItself(url);
  if (isAddress(url.hostname)) return undefined;
  const found = await spin(world, say, `Looking up ${url.hostname}`, () =>
    localNameOf(url.hostname, world, { isOffline: dryRun }),
  );
  return found && hostOf(found, world, await nameServers());
}

async function outsideOf(
  url: URL,
  start: Start,
  trusted: Trusted | undefined,
): Promise<OutsideName | undefined> {
  const { world, say, given } = start;
  const { outsideAddress } = await import('../gitlab/outside.ts');
  const way = wayTo(start, given.known, url.hostname, trusted);
  const outside = await spin(world, say, 'Asking GitLab for its own name', () =>
    outsideAddress(url.href, way),
  );
  if (outside === undefined || sameGitlab(outside, url.href)) return undefined;
  const addresses = await addressesOf(new URL(outside).hostname, hostsFileOf(world));
  return { url: outside, isKnown: addresses.length > 0 };
}

const machineItself = (url: URL): LocalHost => ({
  words: `in a container, ${url.hostname} is the container itself; ${gateway} can stand for this machine there.`,
  entry: () => `${gateway}:host-gateway`,
  cloneUrl: onGateway(url),
});

function hostOf(name: LocalName, world: World, servers: readonly string[]): LocalHost {
  const isSeldom = name.because === 'private';
  return {
    words: `${name.name} ${wordsOnName(name)}.${isSeldom ? ' Jobs need to be told only if their DNS does not know it.' : ''}`,
    entry(settings) {
      const place = jobPlace(settings, world);
      return isSeldom || isShared(name, place) ? undefined : extraHost(name, place);
    },
    ...(isSeldom && { servers }),
  };
}

const jobPlace = ({ executor = '', dockerHost = '' }: Settings, world: World): JobPlace => ({
  executor,
  engine: dockerHost,
  ownAddress: world.ownAddress(),
});

function caOf(url: URL, { world, file, given }: Start, trusted: Trusted | undefined): HandedCa | undefined {
  const found = trusted
    ? caFile(chainFile(file.path, trusted))
    : caFileFor(url, given.known.settings.tlsCaFile ?? '', file.path, world);
  return found && { volume: caVolume(found.path), remark: found.remark.trim(), isHanded: handsCa };
}

/** What is known with the volume that hands the CA to the jobs, when that is wanted. */
export function withCa(known: Gathered, { ca }: Pick<Facts, 'ca'>): Gathered {
  const volumes = known.settings.dockerVolumes ?? [];
  if (ca !== undefined && !ca.isHanded(volumes))
    learn(known, 'dockerVolumes', [...volumes, ca.volume], 'answer');
  return known;
}

async function insideFound({ world, say }: Start, settings: Settings): Promise<boolean> {
  const { url = '', dockerExtraHosts = [] } = settings;
  const { hostname } = new URL(url);
  const name = isLoopbackName(hostname) ? gateway : hostname;
  const runner = blockOf({ ...settings, dockerExtraHosts }, noRegistration);
  const { outcome, words, next } = await lookInside({ world, say }, runner, name, mayFetch(world, say));
  if (outcome === 'found') say.note(`${words}: jobs find it.`);
  else say.warn(outcome === 'lost' ? `${words}.` : `not looked up: ${words}.${next ? ` Try: ${next}` : ''}`);
  return outcome !== 'lost';
}

const noRegistration = { id: 0, token: '', obtainedAt: '', expiresAt: undefined };

/** Tells what belongs to a proxy besides, and what the jobs lack to reach GitLab, each with the flag to give; what a person was asked for is not said again. */
export async function tellReach(start: Start, ready: Ready, { runner }: Outcome): Promise<void> {
  const { say, given } = start;
  const runners = [plannedRunner(ready.circumstances, ready.plan)];
  if (ready.known.settings.proxy && !say.manner.json) tellProxy(say, runners[0]!);
  if (say.manner.json || say.manner.quiet) return;
  const executor = textIn(runners[0], 'executor');
  if (!runsInContainers(executor)) return;
  const url = new URL(ready.known.settings.url!);
  if (!given.mayAsk || !usesDocker(executor)) await noteName(start, runners, url);
  noteCa(start, ready, runners, url, runner.position);
}

function tellProxy(say: Start['say'], runner: Table): void {
  const environments = [textsIn(runner, 'environment')];
  tellSnippets(say, snippetsFor(environments, usesDocker(textIn(runner, 'executor'))));
}

async function noteName({ world, say, dryRun }: Start, runners: readonly Table[], url: URL): Promise<void> {
  const { hostname } = url;
  if (isAddress(hostname) || runners.some((one) => knowsHost(one, hostname))) return;
  if (isLoopbackName(hostname)) {
    if (runners.every((one) => textIn(one, 'clone_url') === '')) say.note(wordsOnItself(url));
    return;
  }
  const name = await spin(world, say, `Looking up ${hostname}`, () =>
    localNameOf(hostname, world, { isOffline: dryRun }),
  );
  if (name === undefined || isShared(name, placeOf(runners[0]!, world))) return;
  const place = placeOf(runners[0]!, world);
  const isSeldom = name.because === 'private';
  const [server] = isSeldom && usesDocker(place.executor) ? await nameServers() : [];
  const doubt = isSeldom ? 'If jobs do not find it' : 'To tell the jobs';
  const dns = server === undefined ? '' : ` or ${table.dockerDns.flag} ${server}`;
  say.note(`${name.name} ${wordsOnName(name)}. ${doubt}: ${tellingFlag(name, place)}${dns}`);
}

const wordsOnItself = (url: URL): string =>
  `${machineItself(url).words} For the jobs: --clone-url ${onGateway(url)} --docker-extra-hosts ${gateway}:host-gateway`;

function tellingFlag(name: LocalName, place: JobPlace): string {
  if (place.executor !== 'kubernetes') return `${table.dockerExtraHosts.flag} ${extraHost(name, place)}`;
  const alias = [{ ip: addressForJobs(name, place), hostnames: [name.name] }];
  return `${table.kubernetesHostAliases.flag} ${quote(JSON.stringify(alias))}`;
}

function noteCa(
  start: Start,
  { trusted, known }: Ready,
  runners: readonly Table[],
  url: URL,
  position: number,
): void {
  const { say, given, world, file } = start;
  const named = known.settings.tlsCaFile ?? runners.map((one) => textIn(one, 'tls-ca-file')).find(Boolean);
  const found = trusted
    ? caFile(chainFile(file.path, trusted))
    : caFileFor(url, named ?? '', file.path, world);
  const executor = textIn(runners[0], 'executor');
  if (found === undefined || executor === 'docker-windows') return;
  const script = `--pre-build-script ${quote(trustScript)}`;
  const isHanded = runners.some((one) => handsCa(textsIn(one, 'docker', 'volumes')));
  const wasAsked = given.mayAsk && executor === 'docker';
  if (isHanded && wasAsked) {
    say.note('the helper image of the jobs trusts GitLab now. Images of your own do with:');
    say.talk(`  runner-setup edit '#${position}' ${script}`);
  }
  if (isHanded || wasAsked) return;
  const lack = 'jobs are not given the certificate of GitLab';
  if (executor === 'kubernetes') {
    say.note(`${lack}; runner-setup doctor says how.`);
    return;
  }
  // Not folded, so that they can be copied.
  say.note(`${lack}. For the helper image, and for images of your own:${found.remark}`);
  say.talk(`  ${table.dockerVolumes.flag} ${quote(caVolume(found.path))}\n  ${script}`);
}
