import { type Table, tablesIn, textIn, textsIn, type Value } from '../config/model.ts';
import { runsInContainers } from '../settings/executors.ts';
import type { Edit } from './edit-request.ts';
import {
  addressForJobs,
  caVolume,
  entriesOn,
  extraHost,
  gateway,
  handsCa,
  helperCa,
  isEngineHere,
  type JobPlace,
  type KnownHost,
  knowsHost,
  sharesHostsFile,
  trustScript,
  withHost,
} from './job-network.ts';

/** A host that jobs have to find, and that this machine knows otherwise than containers may. */
export interface OddHost extends KnownHost {
  /** What is odd about it, for a sentence that begins with the name. */
  readonly words: string;
  /** Whether only the hosts file of this machine knows it. */
  readonly isInHosts: boolean;
  /** Whether most containers find it all the same, as DNS knows it. */
  readonly isKnownToDns: boolean;
}

/** What has to be known beside a runner to tell what its jobs lack. */
export interface GapInput {
  readonly place: JobPlace;
  /** The address that jobs clone from, where it is this machine by a name or an address that means the container itself in containers. */
  readonly loopback: URL | undefined;
  readonly hosts: readonly OddHost[];
  /** The DNS servers of this machine that containers can ask. */
  readonly servers: readonly string[];
  /** The file of the CA by which GitLab is trusted, as the engine finds it. */
  readonly ca: string | undefined;
}

/** One thing that jobs lack to reach GitLab, and what would give it to them. */
export type Gap = { readonly edits: readonly Edit[] } & (
  | { readonly what: 'machine'; readonly url: URL }
  | { readonly what: 'host' | 'servers'; readonly host: OddHost }
  /** `before` is what has to be done first, as a command or a sentence. */
  | { readonly what: 'ca'; readonly before: string | undefined }
  /** Images of one's own do not trust what the helper image is given. */
  | { readonly what: 'trust' }
);

/** What the jobs of a runner lack to reach GitLab; nothing where they share the network of a machine. */
export function gapsOf(runner: Table, around: GapInput): Gap[] {
  if (!runsInContainers(around.place.executor)) return [];
  return [...machineLacks(runner, around), ...hostLacks(runner, around), ...caLacks(runner, around)];
}

function* machineLacks(runner: Table, { place, loopback: url }: GapInput): Generator<Gap> {
  if (url === undefined || knowsHost(runner, url.hostname)) return;
  const isHere = isEngineHere(place);
  const address = withHost(url, isHere ? gateway : (place.ownAddress ?? 'ADDRESS-OF-THIS-MACHINE'));
  const clone: Edit = { level, from, path: ['clone_url'], do: 'set', value: address };
  yield { what: 'machine', url, edits: isHere ? [clone, ...tellingGateway(runner)] : [clone] };
}

function* hostLacks(runner: Table, { place, hosts, servers: [server] }: GapInput): Generator<Gap> {
  for (const host of hosts) {
    if (knowsHost(runner, host.name) || (host.isInHosts && sharesHostsFile(host, place))) continue;
    yield { what: 'host', host, edits: telling(runner, host, place) };
    const isAsked = textsIn(runner, 'docker', 'dns').length > 0 || place.executor === 'kubernetes';
    if (!host.isKnownToDns || server === undefined || isAsked) continue;
    const asking: Edit = { level, from, path: ['docker', 'dns'], do: 'set', value: [server] };
    yield { what: 'servers', host, edits: [asking] };
  }
}

function* caLacks(runner: Table, { place, ca }: Pick<GapInput, 'place' | 'ca'>): Generator<Gap> {
  if (ca === undefined || place.executor === 'docker-windows') return;
  if (!hasCa(runner))
    yield { what: 'ca', edits: handing(place, ca), before: beforeHanding(runner, place, ca) };
  if (textIn(runner, 'pre_build_script') !== '' || runsPowerShell(runner)) return;
  const trusting: Edit = { level, from, path: ['pre_build_script'], do: 'set', value: trustScript };
  yield { what: 'trust', edits: [trusting] };
}

/** What tells jobs of a host; what they were told of it before goes. */
export function telling(runner: Table, host: KnownHost, place: JobPlace): Edit[] {
  if (place.executor !== 'kubernetes') return entryFor(runner, host.name, extraHost(host, place));
  const alias = { ip: addressForJobs(host, place), hostnames: [host.name] };
  return [{ level, from, path: ['kubernetes', 'host_aliases'], do: 'add', values: [alias] }];
}

/** What tells jobs on this machine's engine of the machine's name in containers. */
export const tellingGateway = (runner: Table): Edit[] => entryFor(runner, gateway, `${gateway}:host-gateway`);

function entryFor(runner: Table, name: string, entry: string): Edit[] {
  const path = ['docker', 'extra_hosts'];
  const before = entriesOn(runner, name).filter((one) => one !== entry);
  const adding: Edit = { level, from, path, do: 'add', values: [entry] };
  return before.length === 0 ? [adding] : [{ level, from, path, do: 'remove', values: before }, adding];
}

const hasCa = (runner: Table): boolean =>
  handsCa(textsIn(runner, 'docker', 'volumes')) ||
  ['config_map', 'secret', 'host_path', 'pvc'].some((kind) =>
    handsCa(tablesIn(runner, 'kubernetes', 'volumes', kind).map((one) => textIn(one, 'mount_path'))),
  );

function handing({ executor }: JobPlace, ca: string): Edit[] {
  if (executor !== 'kubernetes')
    return [{ level, from, path: ['docker', 'volumes'], do: 'add', values: [caVolume(ca)] }];
  return [{ level, from, path: ['kubernetes', 'volumes', 'config_map'], do: 'add', values: [podVolume] }];
}

const podVolume = { name: 'gitlab-ca', mount_path: '/etc/gitlab-runner/certs', read_only: true };

/** What has to be done before a CA can be handed to the jobs of a runner, as a command or a sentence; nothing where the file will do. */
export function beforeHanding(runner: Table, { executor }: JobPlace, ca: string): string | undefined {
  if (executor === 'kubernetes') {
    const namespace = textIn(runner, 'kubernetes', 'namespace') || 'default';
    return `kubectl create configmap gitlab-ca --namespace ${namespace} --from-file=ca.crt=${ca}`;
  }
  return /autoscaler|machine/.test(executor) ? 'Copy the file to the machines that run jobs' : undefined;
}

/**
 * What makes the jobs of a runner trust a CA: a volume for the helper image, and a script before each job for images of
 * one's own, in front of the one that is there. Nothing where they do already.
 */
export function trusting(runner: Table, place: JobPlace, ca: string): Edit[] {
  const handed = [...caLacks(runner, { place, ca })].flatMap((gap) => (gap.what === 'ca' ? gap.edits : []));
  const script = textIn(runner, 'pre_build_script');
  if (script.includes(helperCa) || runsPowerShell(runner)) return handed;
  const value = script === '' ? trustScript : `${trustScript}\n${script}`;
  return [...handed, settingScript(value)];
}

/** What takes away again all that `trusting` has added. */
export function distrusting(runner: Table): Edit[] {
  const volumes = textsIn(runner, 'docker', 'volumes').filter((volume) => volume.endsWith(caVolume('')));
  const maps = tablesIn(runner, 'kubernetes', 'volumes', 'config_map').filter(
    (one) => textIn(one, 'name') === podVolume.name,
  );
  const script = textIn(runner, 'pre_build_script');
  const rest = script.slice(trustScript.length).replace(/^\n/, '');
  return [
    ...removing(['docker', 'volumes'], volumes),
    ...removing(['kubernetes', 'volumes', 'config_map'], maps),
    ...(script.startsWith(trustScript) ? [settingScript(rest)] : []),
  ];
}

const removing = (path: readonly string[], values: readonly Value[]): Edit[] =>
  values.length === 0 ? [] : [{ level, from, path, do: 'remove', values }];

const settingScript = (value: string): Edit => {
  const path = ['pre_build_script'];
  return value === '' ? { level, from, path, do: 'unset' } : { level, from, path, do: 'set', value };
};

// The script is for sh, which Windows containers and pwsh images have not.
const runsPowerShell = (runner: Table): boolean => /^(pwsh|powershell)$/.test(textIn(runner, 'shell'));

const [level, from] = ['runner', 'how jobs reach GitLab'] as const;
