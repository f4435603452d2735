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
import { type JobPlace, knowsHost, runsInContainers } from '../runner/reach.ts';
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

/** The file of the CA by which a GitLab is trusted, as the runner or its host's name tells; the path is that of the host where this is a container. */
export function caFileFor(url: URL, named: string, configFile: string, world: World): string | undefined {
  if (url.protocol !== 'https:') return undefined;
  const file = caFileHere(url, named, configFile, world);
  return file && (outsidePath(file) ?? file);
}

// What cannot be read is told elsewhere.
function caFileHere(url: URL, named: string, configFile: string, world: World): string | undefined {
  try {
    return findCertificates(url.hostname, { caFile: named || undefined }, configFile, world).ca?.file;
  } catch {
    return undefined;
  }
}
