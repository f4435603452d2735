import { type Table, textIn, textsIn } from '../config/model.ts';
import { commandOf, type Engine, engineVersion, imageId, pullImage } from '../engine/engine.ts';
import { engineOfJobs } from '../engine/podman-socket.ts';
import { resolveInside } from '../engine/resolve-inside.ts';
import { addressesInHostsFile, hostsFileOf, isLoopback, nameServers } from '../host/names.ts';
import { entriesOn } from '../runner/job-network.ts';
import { tidyHostIp } from '../settings/syntax.ts';
import type { Say } from '../terminal/say.ts';
import { spin } from '../terminal/spin.ts';
import { harmless } from '../text/sanitize.ts';
import type { World } from '../world.ts';
import { untilInterrupt } from './gitlab-address.ts';
import { namesToFind } from './job-network.ts';

/** What came of looking a name up in a container: found, not found, or why it was not tried; and what to type then. */
export interface Verdict {
  readonly outcome: 'found' | 'lost' | 'untried';
  readonly words: string;
  readonly next?: string;
}

/** Whoever can be asked whether an image is to be fetched. */
export type MayPull = (image: string, command: string) => Promise<boolean>;

/** Asks a person whether an image may be fetched. */
export const mayFetch =
  (world: World, say: Say): MayPull =>
  async (image, command) => {
    const { personOf } = await import('../terminal/ask.ts');
    const person = await personOf(world, say);
    return person.agree(`The image ${image} is not on this machine. Pull it (${command})?`, true);
  };

/** Tries whether jobs of a runner find the hosts that they need, and says so; false when they do not. */
export async function tryInside({ world, say }: { world: World; say: Say }, runner: Table): Promise<boolean> {
  const names = namesToFind(runner, world);
  if (names.length === 0) say.note('jobs do not need to look up any host name.');
  for (const name of names) {
    const { outcome, words, next } = await lookInside({ world, say }, runner, name, mayFetch(world, say));
    if (outcome === 'found') say.note(`${words}. Jobs can resolve it.`);
    else if (outcome === 'lost') say.warn(`${asSentence(words)}${next ? ` ${next}` : ''}`);
    else say.warn(`the lookup was skipped: ${asSentence(words)}${next ? ` To fix this: ${next}` : ''}`);
    if (outcome !== 'found') return outcome !== 'lost';
  }
  return true;
}

/** Looks a name up in a container of the runner's default image, with the network that its jobs get. */
export async function lookInside(
  { world, say }: { world: World; say: Say },
  runner: Table,
  name: string,
  mayPull: MayPull,
): Promise<Verdict> {
  const engine = engineOfJobs(textIn(runner, 'docker', 'host'), world);
  const image = textIn(runner, 'docker', 'image');
  const found = await behind({ world, say }, `Asking ${engine.program} for ${image}`, async (signal) => {
    const untried = await obstacle(engine, image, signal);
    return untried ?? ('words' in (await imageId(engine, image, signal)) ? 'there' : 'absent');
  });
  if (typeof found !== 'string') return found;
  if (found === 'absent') {
    const command = commandOf(engine, `pull ${image}`);
    const without = {
      outcome: 'untried',
      words: `the image ${image} is not on this machine`,
      next: command,
    } as const;
    if (!(await mayPull(image, command))) return without;
    const told = await behind({ world, say }, `Pulling ${image}`, (signal) =>
      pullImage(engine, image, signal),
    );
    if ('failed' in told)
      return { ...without, words: `the image ${image} cannot be pulled: ${harmless(told.failed)}` };
  }
  return run({ world, say }, engine, runner, name);
}

/** Whether an engine answers. */
export const answers = ({ world, say }: { world: World; say: Say }, engine: Engine): Promise<boolean> =>
  behind({ world, say }, `Asking ${engine.program}`, async (signal) => {
    return 'words' in (await engineVersion(engine, signal));
  });

async function obstacle(engine: Engine, image: string, signal: AbortSignal): Promise<Verdict | undefined> {
  if (image === '' || image.includes('$')) {
    return { outcome: 'untried', words: 'the default image is only known in the job' };
  }
  const told = await engineVersion(engine, signal);
  if ('missing' in told) return { outcome: 'untried', words: `${engine.program} is not installed` };
  if ('words' in told) return undefined;
  const next = commandOf(engine, 'info');
  return { outcome: 'untried', words: `${engine.program} does not respond: ${harmless(told.failed)}`, next };
}

async function run(
  { world, say }: { world: World; say: Say },
  engine: Engine,
  runner: Table,
  name: string,
): Promise<Verdict> {
  const image = textIn(runner, 'docker', 'image');
  const attempt = {
    name,
    image,
    extraHosts: textsIn(runner, 'docker', 'extra_hosts').map(tidyHostIp),
    dns: textsIn(runner, 'docker', 'dns'),
    dnsSearch: textsIn(runner, 'docker', 'dns_search'),
    network: textIn(runner, 'docker', 'network_mode'),
    container: `runner-setup-${world.pid}-${world.now().getTime().toString(36)}`,
  };
  const inside = await behind({ world, say }, `Looking up ${name} in a container of ${image}`, (signal) =>
    resolveInside(engine, attempt, signal),
  );
  if ('failed' in inside) return { outcome: 'untried', words: harmless(inside.failed) };
  const here = addressesInHostsFile(name, hostsFileOf(world));
  if (inside.addresses.length > 0) return judge(name, `in a container of ${image}`, inside.addresses, here);
  const words = `${name} cannot be resolved in a container of ${image}`;
  return { outcome: 'lost', words, next: await adviceFor(runner, name, world) };
}

// The engine answers also when it was stopped; the person wants no more then.
const behind = <T>(
  { world, say }: { world: World; say: Say },
  words: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> =>
  untilInterrupt(world, async (signal) => {
    const done = await spin(world, say, words, () => work(signal));
    signal.throwIfAborted();
    return done;
  });

async function adviceFor(runner: Table, name: string, world: World): Promise<string> {
  const before = entriesOn(runner, name).find((one) => one.endsWith('host-gateway'));
  if (before !== undefined) {
    const address = world.ownAddress() ?? 'ADDRESS-OF-THIS-MACHINE';
    return `host-gateway requires Docker 20.10 or Podman 4.7. Instead of ${before}, use ${name}:${address}`;
  }
  const [server] = await nameServers();
  const dns = server === undefined ? '' : `, or a DNS server that resolves it: docker.dns=${server}`;
  return `Add its address for jobs: docker.extra_hosts=${name}:ADDRESS${dns}`;
}

function judge(name: string, where: string, addresses: readonly string[], here: readonly string[]): Verdict {
  const words = `${name} resolves to ${addresses.join(', ')} ${where}`;
  if (addresses.every(isLoopback))
    return { outcome: 'lost', words: `${words}, which is the container itself` };
  // The machine's own address is another one seen from a container.
  const isOther = here.length > 0 && !here.some((one) => isLoopback(one) || addresses.includes(one));
  return isOther
    ? { outcome: 'lost', words: `${words}, but to ${here.join(', ')} in the hosts file of this machine` }
    : { outcome: 'found', words };
}

// What an engine said may be one already: "Is the docker daemon running?"
const asSentence = (words: string): string => (/[.?!]$/.test(words) ? words : `${words}.`);
