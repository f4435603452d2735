import { type Container, type ContainerSettings, configTarget, type Image } from './container.ts';
import { ask, type Engine } from './engine.ts';
import type { FoundEngine } from './find.ts';
import { readContainer, readImage } from './read-container.ts';
import { type Inspected, inputFile, inspect, run, tell, type Watch } from './run.ts';
import { type RunHow, runWords } from './run-args.ts';

/** Reads one container by its name or id; nothing when there is none. Throws when the engine does not answer. */
export async function findContainer(engine: Engine, name: string): Promise<Container | undefined> {
  const found = await inspect(engine, 'container', name);
  if (found === undefined) return undefined;
  const image = typeof found.Image === 'string' ? await inspect(engine, 'image', found.Image) : undefined;
  return readContainer(found, image);
}

/** Reads one image by its reference or id; nothing when it is not on the machine. */
export async function findImage(engine: Engine, reference: string): Promise<Image | undefined> {
  const found = await inspect(engine, 'image', reference);
  return found === undefined ? undefined : readImage(found);
}

/**
 * The containers of gitlab-runner itself: those with a mount on its config folder, which every container of its image
 * has, and that run it. `all` counts those that do not run, too.
 */
export async function runnerContainers(
  engine: Engine & { readonly kind?: FoundEngine['kind'] },
  { all = false, seconds = 30 } = {},
): Promise<Container[]> {
  // Podman finds volumes by their name only, so all are looked at there.
  const filter = engine.kind === 'docker' ? ['--filter', `volume=${configTarget}`] : [];
  const words = ['ps', ...(all ? ['--all'] : []), '--no-trunc', '--quiet', ...filter];
  const ids = (await tell(engine, words, seconds)).split('\n').filter(Boolean);
  if (ids.length === 0) return [];
  const found = (await inspectAll(engine, ids)).filter(
    (one) => configTarget in readContainer(one, undefined).places,
  );
  const read = await Promise.all(found.map((one) => findContainer(engine, String(one.Id))));
  return read.filter((one): one is Container => one !== undefined && isRunner(one));
}

// One may be gone meanwhile: the others are printed all the same.
async function inspectAll(engine: Engine, ids: readonly string[]): Promise<Inspected[]> {
  const told = await ask(engine, ['container', 'inspect', ...ids], 30);
  if ('missing' in told) return [];
  const text = 'words' in told ? told.words : told.printed;
  return text === '' ? [] : JSON.parse(text);
}

/**
 * Whether a container that a person named can be one of gitlab-runner: by its image, by its words, or by a mount on the
 * config folder, which the image of a registry of their own has, too.
 */
export const canBeRunner = (container: Container): boolean =>
  isRunner(container) || configTarget in container.places;

// A backup that shares the volumes of the runner is none.
function isRunner({ settings: { image, entrypoint = [], args = [] } }: Container): boolean {
  const name = image.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
  if (/gitlab-runner-helper/.test(name)) return false;
  return /gitlab-runner/.test(name) || [...entrypoint, ...args].some((word) => /gitlab-runner/.test(word));
}

/**
 * Makes and starts a container from its settings; gives its id. The values of its variables go by the environment of
 * the command, or by a file without a name.
 */
export async function startContainer(
  engine: Engine,
  settings: ContainerSettings,
  watch: Watch = {},
  how: RunHow = {},
): Promise<string> {
  const { words, env, fileLines, afterwards } = runWords(settings, {
    pull: 'never',
    ...how,
    envFile: inputFile,
  });
  const input = fileLines.length === 0 ? {} : { input: `${fileLines.join('\n')}\n` };
  const said = await run(engine, words, { ...watch, ...input, env: { ...watch.env, ...env } });
  for (const command of afterwards) await run(engine, command, watch);
  return said.split('\n').at(-1) ?? '';
}

/** The last lines of a container's log, oldest first, stdout and stderr together; none when it cannot be read. */
export async function logOf(engine: Engine, name: string, lines = 50): Promise<string[]> {
  const found: string[] = [];
  const watch = { onLine: (line: string) => void found.push(line), seconds: 10 };
  await run(engine, ['logs', '--tail', String(lines), name], watch).catch(() => undefined);
  return found;
}
