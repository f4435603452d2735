import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Container, type ContainerSettings, configTarget, type Image } from './container.ts';
import { ask, type Engine } from './engine.ts';
import type { FoundEngine } from './find.ts';
import { readImageName } from './image-name.ts';
import { textAt } from './inspected.ts';
import { isOfRunner } from './inventory.ts';
import { readContainer, readImage } from './read-container.ts';
import { type Inspected, inputFile, inspect, run, tell, type Watch } from './run.ts';
import { profileIn, type RunHow, runWords } from './run-args.ts';
import { engineTrouble, noProgram } from './trouble.ts';

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
  const answer = await ask(engine, ['container', 'inspect', ...ids], 30);
  if ('missing' in answer) return [];
  const text = 'words' in answer ? answer.words : answer.printed;
  return text === '' ? [] : JSON.parse(text);
}

/**
 * Whether a container that a person named can be one of gitlab-runner: by its image, by its words, or by a mount on the
 * config folder, which the image of a registry of their own has, too.
 */
export const canBeRunner = (container: Container): boolean =>
  isRunner(container) || configTarget in container.places;

// A backup that shares the volumes of the runner is none, and a job is none, whatever its image.
function isRunner({ settings, imageId, imageNames, processWords, labels: all }: Container): boolean {
  const { name: own, image, entrypoint = [], args = [] } = settings;
  if (isOfRunner(own, all)) return false;
  const isBare = readImageName(image) === undefined || imageId.startsWith(`sha256:${image}`);
  const names = (isBare ? imageNames : [image]).map((one) => one.replace(/@.*$/, '').replace(/:[^:/]*$/, ''));
  if (names.some((name) => /gitlab-runner-helper/.test(name))) return false;
  const words = isBare ? processWords : [...entrypoint, ...args];
  return [...names, ...words].some((word) => /gitlab-runner/.test(word));
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
  const profile = settings.securityOptions.map(profileIn).find((one) => one !== undefined);
  const said = await withFile(profile, (file) => {
    const { words, env, fileLines } = runWords(settings, {
      pull: 'never',
      ...how,
      ...(file !== undefined && { profile: file }),
      envFile: inputFile,
    });
    const input = fileLines.length === 0 ? {} : { input: `${fileLines.join('\n')}\n` };
    return run(engine, words, { ...watch, ...input, env: { ...watch.env, ...env } });
  });
  const { afterwards } = runWords(settings);
  for (const command of afterwards) await run(engine, command, watch);
  return said.split('\n').at(-1) ?? '';
}

// The program itself reads it, so it may be at hand here alone.
async function withFile<T>(text: string | undefined, work: (file?: string) => Promise<T>): Promise<T> {
  if (text === undefined) return work();
  const folder = mkdtempSync(join(tmpdir(), 'runner-setup-'));
  try {
    const file = join(folder, 'seccomp.json');
    writeFileSync(file, text, { mode: 0o600 });
    return await work(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The last lines of a container's log, oldest first, stdout and stderr together; none when it cannot be read. */
export async function logOf(engine: Engine, name: string, lines = 50): Promise<string[]> {
  const found: string[] = [];
  const watch = { onLine: (line: string) => void found.push(line), seconds: 10 };
  await run(engine, ['logs', '--tail', String(lines), name], watch).catch(() => undefined);
  return found;
}

/**
 * Looks at containers by their names or ids with one command; those that are not there are left out. What their images
 * say by themselves is not taken away from their settings. Throws when the engine does not answer.
 */
export async function inspectContainers(engine: Engine, names: readonly string[]): Promise<Container[]> {
  const answer = await ask(engine, ['container', 'inspect', ...names], 30);
  if ('missing' in answer) throw noProgram(engine.program);
  if ('failed' in answer && !/no such|not found|no container with/i.test(answer.failed)) {
    throw engineTrouble(engine, answer.failed);
  }
  const text = 'words' in answer ? answer.words : answer.printed;
  const all = text === '' ? [] : (JSON.parse(text) as Inspected[]);
  return all.map((one) => readContainer(one, undefined));
}

/** What the log of a runner says about its start. */
interface Signs {
  /** It has read its config. */
  readonly loaded: boolean;
  /** The line that says why it could not. */
  readonly refused: string | undefined;
}

/**
 * Reads the lines of a runner's log, plain or JSON: gitlab-runner says "Configuration loaded" at info level, "Failed to
 * load config" at error level, and ends with a line of level fatal.
 */
export function signsIn(lines: readonly string[]): Signs {
  const refused = lines.findLast((line) =>
    /failed to load config|^fatal:|"level":"(fatal|panic)"|^panic:/i.test(line),
  );
  return {
    loaded: lines.some((line) => /configuration loaded/i.test(line)),
    refused,
  };
}

/** The log of a container since a start of it, like `logSince`. */
export const logOfStart = (engine: Engine, name: string, startedAt: string, seconds?: number) => {
  // A second earlier: the first lines may be written before the engine notes that it has started.
  const since = new Date((Date.parse(startedAt) || 0) - 1000).toISOString();
  return logSince(engine, name, since, seconds === undefined ? undefined : seconds + 1);
};

/**
 * The lines of a container's log since a moment (an ISO time), oldest first, stdout and stderr together, for at most so
 * many `seconds`; none when the log cannot be read, as with drivers that send it away.
 */
export async function logSince(
  engine: Engine,
  name: string,
  since: string,
  seconds?: number,
): Promise<string[]> {
  const found: string[] = [];
  const start = Date.parse(since) || 0;
  const at = (milliseconds: number) => new Date(start + milliseconds).toISOString();
  const until = seconds === undefined ? [] : ['--until', at(seconds * 1000)];
  const watch = { onLine: (line: string) => void found.push(line), seconds: 10 };
  await run(engine, ['logs', '--since', at(0), ...until, name], watch).catch(() => undefined);
  return found;
}

/**
 * How many jobs run on an engine, by the labels that gitlab-runner gives to the containers of a job; nothing when it
 * does not say. Jobs of other executors are not seen.
 */
export async function runningJobs(engine: Engine): Promise<number | undefined> {
  const words = ['ps', '--quiet', '--no-trunc', '--filter', `label=${label}.managed=true`];
  const answer = await ask(engine, words, 30);
  if (!('words' in answer)) return undefined;
  const ids = answer.words.split('\n').filter(Boolean);
  if (ids.length === 0) return 0;
  const jobs = await Promise.all(ids.map((id) => jobOf(engine, id)));
  return new Set(jobs.filter((job) => job !== undefined)).size;
}

const label = 'com.gitlab.gitlab-runner';

async function jobOf(engine: Engine, id: string): Promise<string | undefined> {
  const answer = await ask(engine, ['container', 'inspect', id], 30);
  if (!('words' in answer)) return undefined;
  const [found] = JSON.parse(answer.words) as Inspected[];
  return textAt(found, 'Config', 'Labels', `${label}.job.id`) || undefined;
}
