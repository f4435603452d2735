import {
  addressesInHostsFile,
  hostsFileOf,
  type LocalName,
  localName,
  whereaboutsOf,
} from '../host/names.ts';
import { findCertificates } from '../host/places.ts';
import { outsidePath } from '../host/surroundings.ts';
import type { Table } from '../runner/block.ts';
import { expand, textOf } from '../runner/identity.ts';
import { type JobPlace, knowsHost, runsInContainers, sharesHostsFile } from '../runner/reach.ts';
import { textIn } from '../runner/risks.ts';
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

/** Whether containers get the hosts file that says what a name is. */
export const isShared = (name: LocalName, place: JobPlace): boolean =>
  name.because.startsWith('hosts-file') && sharesHostsFile(name, place);

/** Where jobs of a runner run. */
export const placeOf = (runner: Table, world: World): JobPlace => ({
  executor: textOf(runner, 'executor'),
  engine: textIn(runner, 'docker', 'host'),
  ownAddress: world.ownAddress(),
});

/** The address of a runner's GitLab; nothing when it has none that can be read. */
export function addressOf(runner: Table, world: World): URL | undefined {
  const url = expand(textOf(runner, 'url'), world.env);
  return URL.canParse(url) && /^https?:/i.test(url) ? new URL(url) : undefined;
}

/** The GitLab whose name jobs of a runner have to look up in a container; nothing when they share the names of a machine, or are told. */
export function hostToTell(runner: Table, world: World): string | undefined {
  const host = addressOf(runner, world)?.hostname;
  const isAsked = host !== undefined && runsInContainers(textOf(runner, 'executor'));
  return isAsked && !knowsHost(runner, host) ? host : undefined;
}

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
  return { path: outside, remark: ` This is a container: ${outside} is the path on its host.` };
}

// What cannot be read is told elsewhere.
function caFileHere(url: URL, named: string, configFile: string, world: World): string | undefined {
  try {
    return findCertificates(url.hostname, { caFile: named || undefined }, configFile, world).ca?.file;
  } catch {
    return undefined;
  }
}
