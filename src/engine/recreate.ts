import type { Container, RunFlag } from './container.ts';
import { startContainer } from './containers.ts';
import { differences } from './differences.ts';
import type { Engine } from './engine.ts';
import type { InspectedPair } from './leaves.ts';
import { type Inspected, inspect, run, type Watch } from './run.ts';
import { unsaidFlags } from './unmapped-flags.ts';

/** What a container is made anew with: another name, the image, and who watches the commands. */
interface Anew {
  readonly name: string;
  readonly image: string;
  /** Asked for each command. */
  watch(): Watch;
}

/**
 * Creates a container with all settings of an old one, and gives where it differs from it nevertheless. What the old one
 * has as usual is said only when the engine takes something else as usual by now.
 */
export async function createLike(engine: Engine, old: Container, anew: Anew): Promise<string[]> {
  const create = (more: readonly RunFlag[]) => {
    const others = [...old.settings.others, ...more];
    const settings = { ...old.settings, name: anew.name, image: anew.image, others };
    return startContainer(engine, settings, anew.watch(), { verb: ['create'] });
  };
  await create([]);
  const lost = await differencesOf(engine, old, anew.name);
  const unsaid = unsaidFlags((await inspect(engine, 'container', old.id)) ?? {});
  const more = lost.flatMap((key) => unsaid.get(key) ?? []);
  if (more.length === 0) return lost;
  await run(engine, ['rm', anew.name], anew.watch());
  await create(more);
  return differencesOf(engine, old, anew.name);
}

/** Where a container differs from the old one that it was made after, by the places in what `inspect` prints. */
export async function differencesOf(
  engine: Engine,
  { id }: Pick<Container, 'id'>,
  name: string,
): Promise<string[]> {
  const [old, made] = await Promise.all([pairOf(engine, id), pairOf(engine, name)]);
  return differences(old, made);
}

async function pairOf(engine: Engine, name: string): Promise<InspectedPair> {
  const printed: Inspected = (await inspect(engine, 'container', name)) ?? {};
  const image = typeof printed.Image === 'string' ? await inspect(engine, 'image', printed.Image) : undefined;
  return { printed, image };
}
