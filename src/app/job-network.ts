import { type Table, textIn } from '../config/model.ts';
import { writeValue } from '../config/write.ts';
import { outsidePath } from '../host/config-folder.ts';
import {
  addressesInHostsFile,
  hostsFileOf,
  isAddress,
  isLoopback,
  isLoopbackName,
  type LocalName,
  localName,
  nameServers,
  whereaboutsOf,
  wordsOnName,
} from '../host/names.ts';
import { findCertificates } from '../host/places.ts';
import type { Edit } from '../runner/edit-request.ts';
import { executorIn } from '../runner/executor.ts';
import { type JobPlace, knowsHost } from '../runner/job-network.ts';
import { type Gap, gapsOf, type OddHost } from '../runner/network-gaps.ts';
import { runsInContainers } from '../settings/executors.ts';
import type { Value } from '../settings/kinds.ts';
import { table } from '../settings/table.ts';
import { settingAt } from '../settings/toml-keys.ts';
import { expand } from '../text/expand.ts';
import { urlIn } from '../text/gitlab-url.ts';
import { quote } from '../text/shell-quote.ts';
import type { World } from '../world.ts';

/** Whether a name means something else to this machine than to containers; offline only the hosts file is asked. */
export async function localNameOf(
  host: string,
  world: World,
  { isOffline }: { isOffline: boolean },
): Promise<LocalName | undefined> {
  const file = hostsFileOf(world);
  if (!isOffline) return localName(await whereaboutsOf(host, file));
  return localName({ name: host, inHosts: addressesInHostsFile(host, file), inDns: [], here: [] });
}

/** Where jobs of a runner run. */
export const placeOf = (runner: Table, world: World): JobPlace => ({
  executor: executorIn(runner),
  engine: textIn(runner, 'docker', 'host'),
  ownAddress: world.ownAddress(),
});

/** The address of a runner's GitLab; nothing when it has none that can be read. */
export function addressOf(runner: Table, world: World): URL | undefined {
  const url = expand(textIn(runner, 'url'), world.env);
  return /^https?:/i.test(url) ? urlIn(url) : undefined;
}

/** The addresses that jobs of a runner need: GitLab's, and where they clone from. */
function urlsOf(runner: Table, world: World): JobUrls {
  const gitlab = addressOf(runner, world);
  const clone = textIn(runner, 'clone_url');
  return { gitlab, clone: clone === '' ? gitlab : (urlIn(clone) ?? gitlab) };
}

interface JobUrls {
  readonly gitlab: URL | undefined;
  readonly clone: URL | undefined;
}

/** The names of hosts that jobs of a runner have to find. */
export const namesToFind = (runner: Table, world: World): string[] => namesIn(urlsOf(runner, world));

function namesIn({ gitlab, clone }: JobUrls): string[] {
  const urls = clone === gitlab ? [gitlab] : [gitlab, clone];
  const names = urls.flatMap((url) => (url && hostOf(url).isToFind ? hostOf(url).name : []));
  return names.length < 2 ? names : [...new Set(names)];
}

/** The host of an address: whether it means the container itself to jobs, and whether they have to look for it. */
interface Host {
  readonly name: string;
  readonly isLoop: boolean;
  readonly isToFind: boolean;
}

// Thousands of runners have the same address.
const hosts = new WeakMap<URL, Host>();

function hostOf(url: URL): Host {
  const known = hosts.get(url);
  if (known !== undefined) return known;
  const name = url.hostname;
  const isLoop = isLoopbackName(name) || isLoopback(name);
  const host = { name, isLoop, isToFind: !isAddress(name) && !isLoopbackName(name) };
  hosts.set(url, host);
  return host;
}

/** Looks names up as this machine knows them, each once. */
export type LookUp = (host: string) => Promise<LocalName | undefined>;

/** A way to look names up that asks for each once; offline only the hosts file is asked. */
export function lookingUp(world: World, how: { isOffline: boolean }): LookUp {
  const asked = new Map<string, Promise<LocalName | undefined>>();
  return (host) => {
    const found = asked.get(host) ?? localNameOf(host, world, how);
    asked.set(host, found);
    return found;
  };
}

/** What jobs of a runner lack to reach GitLab; `ca` is the file by which it is trusted. */
export async function gapsAt(
  runner: Table,
  world: World,
  lookUp: LookUp,
  ca: string | undefined,
): Promise<Gap[]> {
  const jobs = jobsOf(runner, world);
  return jobs === undefined ? [] : gapsOfJobs(runner, jobs, lookUp, ca);
}

/** The jobs of a runner that have a network of their own. */
interface Jobs {
  readonly place: JobPlace;
  readonly gitlab: URL | undefined;
  /** The address that they clone from, where it means their container. */
  readonly loopback: URL | undefined;
  /** What they are not told of yet. */
  readonly names: readonly string[];
}

/** What the jobs of a runner have to find; nothing where they share the names of their machine. */
export function jobsOf(runner: Table, world: World): Jobs | undefined {
  const place = placeOf(runner, world);
  if (!runsInContainers(place.executor)) return undefined;
  const urls = urlsOf(runner, world);
  const { gitlab, clone } = urls;
  const isLoop = clone !== undefined && hostOf(clone).isLoop;
  const names = namesIn(urls).filter((name) => !knowsHost(runner, name));
  return { place, gitlab, loopback: isLoop ? clone : undefined, names };
}

/** What the jobs of a runner lack to reach GitLab, with what `jobsOf` says of them. */
export async function gapsOfJobs(
  runner: Table,
  { place, loopback, names }: Jobs,
  lookUp: LookUp,
  ca: string | undefined,
): Promise<Gap[]> {
  const found = names.length === 0 ? [] : await Promise.all(names.map(lookUp));
  const hosts = found.flatMap((name) => (name ? [oddHost(name)] : []));
  const servers = hosts.some(({ isKnownToDns }) => isKnownToDns) ? await nameServers() : [];
  return gapsOf(runner, { place, loopback, hosts, servers, ca });
}

/** A name that this machine knows otherwise, as the jobs are told of it. */
export const oddHost = (name: LocalName): OddHost => ({
  ...name,
  words: wordsOnName(name),
  isInHosts: name.because.startsWith('hosts-file'),
  isKnownToDns: name.because === 'private',
});

/** A CA file as the engine finds it, which reads paths on its own machine. */
export interface CaFile {
  readonly path: string;
  /** What has to be said of the path: that this is a container, and its host's path another one; empty elsewhere. */
  readonly remark: string;
}

/** The file of the CA by which a GitLab is trusted, as the runner or its host's name tells. */
export function caFileFor(url: URL, named: string, configFile: string, world: World): CaFile | undefined {
  if (url.protocol !== 'https:') return undefined;
  const file = caFileHere(url, named, configFile, world);
  return file === undefined ? undefined : caFile(file);
}

/** A file of this machine as the engine finds it. */
export function caFile(file: string): CaFile {
  const outside = outsidePath(file);
  if (outside === undefined) return { path: file, remark: '' };
  return {
    path: outside,
    remark: ` runner-setup is running in a container: ${outside} is the path on its host.`,
  };
}

// What cannot be read is told elsewhere.
function caFileHere(url: URL, named: string, configFile: string, world: World): string | undefined {
  try {
    return findCertificates(url.hostname, { caFile: named || undefined }, configFile, world).ca?.file;
  } catch {
    return undefined;
  }
}

/** The flags of the command `edit` that make these edits. */
export const editFlags = (edits: readonly Edit[]): string => edits.flatMap(editFlag).join(' ');

function editFlag(edit: Edit): string[] {
  const path = edit.path.join('.');
  if (edit.do === 'unset') return [`--unset ${path}`];
  if (edit.do !== 'set') return edit.values.map((value) => `--${edit.do} ${path}=${quote(textOf(value))}`);
  const name = settingAt('runner', edit.path);
  if (name === undefined) return [`--set ${path}=${quote(textOf(edit.value))}`];
  const { flag, kind } = table[name];
  return kind.write(edit.value as Value).map((word) => `${flag} ${quote(word)}`);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : writeValue(value as never));

/** The flags of `register` that make these edits; nothing when one of them has none. */
export function registerFlags(edits: readonly Edit[]): string[] | undefined {
  const flags = edits.map((edit) => {
    const name = settingAt('runner', edit.path);
    if (name === undefined || edit.do === 'unset' || edit.do === 'remove') return undefined;
    const { flag, kind } = table[name];
    const value = (edit.do === 'set' ? edit.value : edit.values) as Value;
    return kind.write(value).map((word) => `${flag} ${quote(word)}`);
  });
  return flags.some((words) => words === undefined) ? undefined : flags.flatMap((words) => words!);
}
