import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Trouble } from '../errors.ts';
import { platformOf } from '../host/platform/index.ts';
import type { World } from '../world.ts';
import { ask, type Engine, namedBy } from './engine.ts';
import { engineTrouble, noEngine, noProgram } from './trouble.ts';

/** An engine that has answered. */
export interface FoundEngine extends Engine {
  /** Which engine it is behind the program: Podman's socket understands Docker's, too. */
  readonly kind: 'docker' | 'podman';
  readonly version: string;
  /** What kept from the more usual engine, when this is another one. */
  readonly passedOver?: Trouble;
  /** The program of the other engine, when it is here and nobody said which. */
  readonly other?: Engine['program'];
}

type Where = Pick<World, 'env' | 'uid' | 'platform'>;

/**
 * Finds the engine to use: the program of `--engine`, else the one that a variable or a context names, else docker, else
 * podman, whichever answers first; what they name is left to the program itself. Throws a `Trouble` when a program is
 * missing, or its engine does not run or does not let this user in: what was named is not replaced by another one.
 */
export async function findEngine(request: string | undefined, world: Where): Promise<FoundEngine> {
  if (request !== undefined && request !== 'docker' && request !== 'podman') throw noEngine(request);
  const candidates = candidatesFor(request, world);
  let first: Trouble | undefined;
  for (const candidate of candidates) {
    const found = await greet(candidate);
    if ('program' in found) {
      const isPassedOver = first !== undefined && found.program === 'podman';
      return { ...found, ...otherThan(found, candidates), ...(isPassedOver && { passedOver: first! }) };
    }
    if (await isNamed(candidate)) throw found;
    first ??= found;
  }
  throw first ?? noProgram(request, platformOf(world).hasOwnContainers);
}

function otherThan({ program }: Engine, candidates: readonly Engine[]): Pick<FoundEngine, 'other'> {
  const other = candidates.find((one) => one.program !== program);
  return other === undefined ? {} : { other: other.program };
}

// What somebody chose, and that is perhaps on another machine: a context counts as long as no variable does.
async function isNamed(engine: Engine): Promise<boolean> {
  if (engine.host !== undefined) return false;
  if (namedBy(engine) !== undefined) return true;
  if (engine.program === 'podman') return false;
  const answer = await ask(engine, ['context', 'show']);
  return 'words' in answer && !['', 'default'].includes(answer.words);
}

/** Every engine that answers, that of the usual program first; throws like `findEngine` when none does. */
export async function findEngines(world: Where): Promise<FoundEngine[]> {
  const first = await findEngine(undefined, world);
  const other = first.program === 'docker' ? 'podman' : 'docker';
  if (!isOnPath(other, world)) return [first];
  const second = await findEngine(other, world).catch(() => undefined);
  return second === undefined ? [first] : [first, second];
}

/** The ways to each engine program on PATH, the most usual first; nobody is asked. */
export const waysToEngines = (world: Where): Engine[][] =>
  (['docker', 'podman'] as const)
    .map((program) => candidatesFor(program, world))
    .filter((ways) => ways.length > 0);

function candidatesFor(request: 'docker' | 'podman' | undefined, world: Where): Engine[] {
  const { env } = world;
  const usual = env.CONTAINER_HOST && !env.DOCKER_HOST ? ['podman', 'docker'] : ['docker', 'podman'];
  const programs = (request === undefined ? usual : [request]) as Engine['program'][];
  return programs
    .filter((program) => isOnPath(program, world))
    .flatMap((program) => [
      { program, host: undefined, env },
      ...(program === 'docker' ? rootlessSockets(world).map((host) => ({ program, host, env })) : []),
    ]);
}

// The program itself looks only at root's socket when no context says otherwise.
function rootlessSockets({ env, uid }: Where): string[] {
  if (env.DOCKER_HOST || env.DOCKER_CONTEXT || uid === undefined) return [];
  const folder = env.XDG_RUNTIME_DIR || `/run/user/${uid}`;
  const sockets = [join(folder, 'docker.sock'), join(folder, 'podman', 'podman.sock')];
  if (uid === 0) sockets.push('/run/podman/podman.sock');
  return sockets.filter((socket) => existsSync(socket)).map((socket) => `unix://${socket}`);
}

const isOnPath = (program: string, world: Pick<World, 'env' | 'platform'>): boolean =>
  pathOf(program, world) !== undefined;

/** Where a program is, by PATH; nothing when no folder of it has it. */
export function pathOf(program: string, world: Pick<World, 'env' | 'platform'>): string | undefined {
  const name = platformOf(world).executable(program);
  const folders = (world.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

async function greet(engine: Engine): Promise<FoundEngine | Trouble> {
  const answer = await ask(engine, ['version', '--format', '{{json .}}']);
  if ('missing' in answer) return noProgram(engine.program);
  if ('failed' in answer) return engineTrouble(engine, answer.failed);
  const { Client, Server } = readJson(answer.words) as VersionAnswer;
  const names = (Server?.Components ?? []).map(({ Name }) => Name ?? '');
  const isPodman = engine.program === 'podman' || names.some((name) => /podman/i.test(name));
  // Podman without a service is client and server in one.
  const version = Server?.Version ?? Client?.Version ?? 'unknown';
  return { ...engine, kind: isPodman || /podman/i.test(Client?.Name ?? '') ? 'podman' : 'docker', version };
}

interface VersionAnswer {
  readonly Client?: { readonly Version?: string; readonly Name?: string };
  readonly Server?: { readonly Version?: string; readonly Components?: readonly { Name?: string }[] };
}

function readJson(text: string): object {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
