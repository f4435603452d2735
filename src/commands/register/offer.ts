import { type ConfigFile, configOfContainer } from '../../app/container-config.ts';
import { effectOn } from '../../app/effect.ts';
import type { Program } from '../../app/program.ts';
import type { Table } from '../../config/model.ts';
import { type FoundEngine, findEngine } from '../../engine/find.ts';
import { nameOf } from '../../engine/trouble.ts';
import { Trouble } from '../../errors.ts';
import { defaultConfigFile } from '../../host/places.ts';
import { plannedRunner } from '../../runner/plan.ts';
import { personOf } from '../../terminal/ask.ts';
import { spin } from '../../terminal/spin.ts';
import type { World } from '../../world.ts';
import type { RegisterContext, RegisterPlan } from './plan.ts';
import { isRunnerAbsent } from './unready.ts';
import { containerLine, containerWords, type Installation, installationHere } from './ways-to-run.ts';

/** A way to run gitlab-runner, as one command of this program. */
interface Way {
  readonly value: 'package' | 'binary' | 'container';
  readonly name: string;
  readonly line: string;
  readonly command: 'install' | 'container';
  readonly words: readonly string[];
  /** The same as a person types it later. */
  readonly typed: string;
}

/**
 * The ways to get a gitlab-runner that has the file of a registration, where none is found on this machine; nothing where
 * one is found, where the file is none that a gitlab-runner has by itself, and where nobody can be asked.
 */
export async function waysHere(context: RegisterContext, { input, plan }: RegisterPlan): Promise<Way[]> {
  const { world, say, file, mayAsk, yes } = context;
  if (!mayAsk || yes || file.container !== undefined) return [];
  const installation = await installationHere(world);
  // Whoever names another file knows who is going to read it.
  const isUsual = [defaultConfigFile(world), installation?.configFile].includes(file.path);
  if (!isUsual) return [];
  const runner = plannedRunner(input, plan);
  return spin(world, say, 'Looking for gitlab-runner', () => waysFor(file.path, runner, world, installation));
}

/**
 * Offers these ways to a person behind a registration that is saved; the command of the one that is chosen shows its
 * plan and asks for a yes. Gives the context with the place of the file now, where a runner in it can be seen online.
 * Throws when it fails: the runner stays registered, which is said.
 */
export async function takeOffer(
  context: RegisterContext,
  ways: readonly Way[],
  program: Program,
): Promise<RegisterContext | undefined> {
  const { world, file } = context;
  const way = await ask(context, ways);
  if (way === undefined) return undefined;
  try {
    await program.run(way.command, way.words, world);
  } catch (error) {
    throw error instanceof Trouble ? staying(error, file.path, way) : error;
  }
  const place = await placeNow(way, context);
  return place && { ...context, file: { ...file, ...place } };
}

async function waysFor(
  path: string,
  runner: Table,
  world: World,
  installation: Installation | undefined,
): Promise<Way[]> {
  if (!(await isRunnerAbsent(path, world))) return [];
  return [...installationWay(path, installation), ...(await containerWay(path, runner, world))];
}

// Only the file of its service is served by it.
function installationWay(path: string, installation: Installation | undefined): Way[] {
  if (installation === undefined || !installation.isAllowed || installation.configFile !== path) return [];
  const { kind, words, typed } = installation;
  const name = kind === 'package' ? 'Package' : 'Binary';
  return [{ value: kind, name, line: `GitLab's ${kind}, with a service`, command: 'install', words, typed }];
}

async function containerWay(path: string, runner: Table, world: World): Promise<Way[]> {
  const typed = containerLine(path, runner);
  const engine = typed && (await engineOf(world));
  const words = engine && (await containerWords(path, runner, engine));
  if (typed === undefined || !engine || words === undefined) return [];
  const line = `in ${nameOf(engine)}`;
  return [
    {
      value: 'container',
      name: 'Container',
      line,
      command: 'container',
      words: ['install', ...words],
      typed,
    },
  ];
}

// Who has no engine, or must not use it, has no container.
async function engineOf(world: World): Promise<FoundEngine | undefined> {
  try {
    return await findEngine(undefined, world);
  } catch (error) {
    if (error instanceof Trouble) return undefined;
    throw error;
  }
}

async function ask({ world, say, file }: RegisterContext, ways: readonly Way[]): Promise<Way | undefined> {
  say.talk('');
  say.note(
    'no gitlab-runner was found on this machine. The runner runs no jobs until gitlab-runner is running.',
  );
  const person = await personOf(world, say);
  const later = { value: 'later' as const, name: 'Not now', line: 'shows how to do it later' };
  try {
    const chosen = await person.choose('Install gitlab-runner?', [...ways, later], undefined, 'later');
    return ways.find(({ value }) => value === chosen);
  } catch (error) {
    throw error instanceof Trouble ? staying(error, file.path, ways[0]!) : error;
  }
}

// What was taken back, or could not be, is told; beside it, the registration was made.
function staying(error: Trouble, path: string, { typed }: Way): Trouble {
  const message = error.message.replace(
    /^Canceled\. Nothing was \w+( behind)?\./,
    'Canceled. gitlab-runner was not installed.',
  );
  const again = `To install gitlab-runner: ${typed}`;
  // Another run of register is not what is to be repeated.
  const hint = error.hint?.replace(/then run: .*$/m, 'then install gitlab-runner.');
  return new Trouble(`${message}\nThe runner stays registered in ${path}.`, {
    ...(error.why !== undefined && { why: error.why }),
    hint: hint === undefined ? again : `${hint}\n${again}`,
    code: error.code,
    cause: error,
  });
}

// Without systemd, nobody has started the service.
async function placeNow(
  { value, words }: Way,
  { world, say, file }: RegisterContext,
): Promise<ConfigFile | undefined> {
  const { path } = file;
  if (value !== 'container') return effectOn({ path }, world).kind === 'loads' ? { path } : undefined;
  const after = (flag: string) => words[words.indexOf(flag) + 1]!;
  return configOfContainer({ name: after('--name'), engine: after('--engine') }, world, say);
}
