import {
  type DiskUsage,
  diskUsageAt,
  diskUsageByContainer,
  type Free,
  hasLimit,
} from '../../../engine/disk-usage.ts';
import type { Inventory } from '../../../engine/inventory.ts';
import { type Ask, type Root, readInventory, readRoot } from '../../../engine/read-inventory.ts';
import type { Removal } from '../../../engine/removals.ts';
import { tell } from '../../../engine/run.ts';
import { nameOf } from '../../../engine/trouble.ts';
import { Trouble } from '../../../errors.ts';
import type { ContainerContext } from '../context.ts';
import type { CleanupRequest } from './request.ts';

/** What was found: what is there, what may go, and what is free. */
export interface Survey {
  readonly invocation: CleanupRequest;
  readonly root: Root;
  readonly inventory: Inventory;
  readonly removals: readonly Removal[];
  /** Absent where the engine's disk cannot be seen from here. */
  readonly usage: DiskUsage | undefined;
  readonly free: Free | undefined;
}

/** Asks the engine where its things are and what they are. */
export async function take(
  context: ContainerContext,
): Promise<{ readonly root: Root; readonly inventory: Inventory }> {
  const { engine } = context;
  const ask = askerOf(context);
  const root = await readRoot(ask);
  return { root, inventory: await readInventory(ask, engine.program, root) };
}

// Adding up large disks takes Docker minutes.
const askerOf =
  ({ engine }: ContainerContext): Ask =>
  (words) =>
    tell(engine, words, 600);

/**
 * What measures free space: the path that was named, else the engine's folder when it is on this machine, else a
 * container when that was asked for. Throws when there are limits and nothing to compare them with.
 */
export async function diskUsageFor(
  context: ContainerContext,
  { checkPath, useDf, limits }: CleanupRequest,
  root: Root,
  { images }: Inventory,
  removals: readonly Removal[],
): Promise<DiskUsage | undefined> {
  if (checkPath !== undefined) return diskUsageAt(checkPath) ?? nothingAt(checkPath);
  const isNear = !(await isFar(context));
  const here = isNear ? diskUsageAt(root.path) : undefined;
  if (here !== undefined) return here;
  const going = new Set(removals.flatMap(({ words }) => words));
  const staying = images.filter(({ names }) => names.length > 0 && !going.has(names[0]!));
  const runnersFirst = staying.toSorted((a, b) => Number(b.isRunners) - Number(a.isRunners));
  const names = runnersFirst.slice(0, tries).map((image) => image.names[0]!);
  const there = useDf
    ? await diskUsageByContainer(askerOf(context), root, names, limits.files !== undefined)
    : undefined;
  if (there === undefined && hasLimit(limits)) throw unseen(context, root, useDf);
  return there;
}

const tries = 8;

/** Whether the engine is on another machine, so that a folder of the same name here means nothing. */
async function isFar({ engine }: ContainerContext): Promise<boolean> {
  const { host, program, env } = engine;
  const named = host ?? (program === 'docker' ? env.DOCKER_HOST : env.CONTAINER_HOST);
  if (named) return /^(tcp|ssh|https?):/.test(named);
  if (program === 'podman') return false;
  const { ask } = await import('../../../engine/engine.ts');
  const answer = await ask(engine, ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']);
  return 'words' in answer && /^(tcp|ssh|https?):/.test(answer.words);
}

function nothingAt(path: string): never {
  throw new Trouble(`--check-path ${path} does not exist.`, {
    hint: `Use a folder on the disk of the engine, such as /var/lib/docker.`,
  });
}

const unseen = ({ engine }: ContainerContext, { path }: Root, useDf: boolean): Trouble =>
  new Trouble(`Cannot measure free space on the disk of ${nameOf(engine)} (${path}).`, {
    why: useDf ? 'No local image contains df.' : 'The engine is on another machine or in a virtual machine.',
    hint: useDf
      ? 'Run the command on the machine of the engine, or use a folder on that disk: --check-path PATH'
      : 'Measure with df in a container (--use-df), or use a folder on that disk (--check-path PATH).',
  });
