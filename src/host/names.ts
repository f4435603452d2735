import { isIP, type LookupFunction } from 'node:net';
import { readRegular } from '../files/plain.ts';
import type { World } from '../world.ts';
import { platformOf } from './platform/index.ts';

/** What this machine and DNS say about the name of a host. */
export interface Whereabouts {
  readonly name: string;
  /** The addresses in the hosts file, which containers do not read. */
  readonly inHosts: readonly string[];
  /** The addresses that DNS answers; none when it does not know the name or does not answer, or needs not be asked. */
  readonly inDns: readonly string[];
  /** The addresses that programs on this machine get, from wherever. */
  readonly here: readonly string[];
}

/** Why a name means something else, or nothing, in a container; `address` is what it means here. */
export interface LocalName {
  readonly name: string;
  readonly address: string;
  /** Whether that address is this machine itself. */
  readonly isSelf: boolean;
  readonly because: 'hosts-file' | 'hosts-file-differs' | 'mdns' | 'private';
}

/** The hosts file: another one where RUNNER_SETUP_HOSTS_FILE names it, as in a container that has its host's mounted. */
export const hostsFileOf = (world: Pick<World, 'env' | 'platform'>): string =>
  world.env.RUNNER_SETUP_HOSTS_FILE || platformOf(world).hostsFile;

/** Why the hosts file that RUNNER_SETUP_HOSTS_FILE names says nothing; nothing when it can be read, or none is named. */
export function hostsFileFault({ env }: Pick<World, 'env'>): string | undefined {
  const file = env.RUNNER_SETUP_HOSTS_FILE;
  if (!file || textOf(file) !== undefined) return undefined;
  return `the hosts file ${file} (RUNNER_SETUP_HOSTS_FILE) cannot be read, so it is ignored.`;
}

function textOf(file: string): string | undefined {
  try {
    return readRegular(file);
  } catch {
    return undefined;
  }
}

/** The addresses of a name in a hosts file, those of IPv4 first; none where it cannot be read. */
export function addressesInHostsFile(host: string, file: string): string[] {
  if (isAddress(host) || isLoopbackName(host)) return [];
  const found = (textOf(file) ?? '')
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
    .filter(([address = '', ...names]) => isIP(address) !== 0 && names.some((one) => isSameName(one, host)));
  return sorted(found.map(([address]) => address!));
}

/**
 * Asks the hosts file, DNS and the machine for a name; DNS by itself, not through the machine, which would answer from
 * its hosts file. Never longer than four seconds; `servers` are those of the machine unless told.
 */
export async function whereaboutsOf(host: string, file: string, servers?: string[]): Promise<Whereabouts> {
  const name = bare(host);
  const inHosts = addressesInHostsFile(name, file);
  if (isAddress(name) || isLoopbackName(name)) return { name, inHosts, inDns: [], here: [] };
  // What neither the hosts file nor multicast says came from DNS already.
  const isDoubtful = inHosts.length > 0 || /\.local$/i.test(name);
  const [inDns, here] = await Promise.all([isDoubtful ? askDns(name, servers) : [], addressesOf(name, file)]);
  return { name, inHosts, inDns, here };
}

async function askDns(name: string, servers: string[] | undefined): Promise<string[]> {
  const { Resolver } = await import('node:dns/promises');
  const resolver = new Resolver({ timeout: 1500, tries: 2 });
  if (servers !== undefined) resolver.setServers(servers);
  const late = setTimeout(() => resolver.cancel(), 4000);
  const asked = [resolver.resolve4(name), resolver.resolve6(name)];
  const found = await Promise.all(asked.map((one) => one.catch(() => [])));
  clearTimeout(late);
  return sorted(found.flat());
}

/** Whether a name is known here in a way that containers do not share, or only on this network; nothing when all know it. */
export function localName(where: Whereabouts): LocalName | undefined {
  const { name, inHosts, inDns, here } = where;
  const address = inHosts[0] ?? here[0];
  if (address === undefined || inDns.some((one) => inHosts.includes(one))) return undefined;
  const because = becauseOf(where, address);
  return because && { name, address, isSelf: isLoopback(address), because };
}

function becauseOf({ name, inHosts, inDns }: Whereabouts, address: string): LocalName['because'] | undefined {
  if (inHosts.length > 0) return inDns.length > 0 ? 'hosts-file-differs' : 'hosts-file';
  if (/\.local$/i.test(name) && inDns.length === 0) return 'mdns';
  return isPrivate(address) ? 'private' : undefined;
}

/** What a local name is, for a sentence that begins with the name. */
export function wordsOnName({ address, because }: LocalName): string {
  switch (because) {
    case 'hosts-file':
      return `is in the hosts file of this machine (${address}), which containers do not read`;
    case 'hosts-file-differs':
      return `is ${address} in the hosts file of this machine, which containers do not read, and a different host in DNS`;
    case 'mdns':
      return `is resolved by multicast DNS (${address}), which containers do not use`;
    case 'private':
      return `has a private address (${address}), which only works in this network`;
  }
}

/** The addresses of a name as programs of this machine find them; none when it is not known. */
export async function addressesOf(host: string, file: string): Promise<string[]> {
  const { lookup } = await import('node:dns/promises');
  const inFile = addressesInHostsFile(host, file);
  if (inFile.length > 0) return inFile;
  const found = await lookup(bare(host), { all: true }).catch(() => []);
  return sorted(found.map(({ address }) => address));
}

/** How connections find a name when another hosts file was named: there first; nothing when the machine's own counts. */
export function lookupBy(world: Pick<World, 'env' | 'platform'>): LookupFunction | undefined {
  if (!world.env.RUNNER_SETUP_HOSTS_FILE) return undefined;
  return (name, options, done) => {
    const found = addressesInHostsFile(name, hostsFileOf(world));
    if (found.length === 0) return void import('node:dns').then(({ lookup }) => lookup(name, options, done));
    const all = found.map((address) => ({ address, family: isIP(address) }));
    if (options.all) return done(null, all);
    return done(null, all[0]!.address, all[0]!.family);
  };
}

/** The DNS servers of this machine that a container can ask, too. */
export async function nameServers(): Promise<string[]> {
  const { getServers } = await import('node:dns');
  return getServers()
    .map((one) => one.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1'))
    .filter((one) => isIP(one) !== 0 && !isLoopback(one));
}

/** Whether an address is the machine itself. */
export const isLoopback = (address: string): boolean => /^(127\.|::1$|::ffff:127\.)/i.test(bare(address));

/** Whether a name always means the machine itself. */
export const isLoopbackName = (host: string): boolean => /^(localhost|.*\.localhost)$/i.test(host);

/** Whether an address is one that only a network of its own knows. */
export const isPrivate = (ip: string): boolean =>
  isLoopback(ip) || /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|f[cd]..:|fe80:)/i.test(bare(ip));

const isSameName = (one: string, other: string): boolean =>
  one.toLowerCase().replace(/\.$/, '') === other.toLowerCase().replace(/\.$/, '');

/** A host of an address without the brackets of IPv6. */
export const bare = (host: string): string => host.replace(/^\[|\]$/g, '');

/** Whether a host of an address is no name, so that nobody has to look it up. */
export const isAddress = (host: string): boolean => isIP(bare(host)) !== 0;

const sorted = (addresses: readonly string[]): string[] =>
  [...new Set(addresses)].sort((a, b) => isIP(a) - isIP(b));
