import { type Invocation, misuse, takeInvocation, wordOf } from '../../app/invocation.ts';
import type { Program } from '../../app/program.ts';
import { type Container, configTarget } from '../../engine/container.ts';
import { canBeRunner, findContainer, runnerContainers } from '../../engine/containers.ts';
import { type FoundEngine, findEngine } from '../../engine/find.ts';
import type { Watch } from '../../engine/run.ts';
import { noContainer } from '../../engine/trouble.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import type { Grammar, Reading, VerbOption } from '../../terminal/options.ts';
import type { Say } from '../../terminal/say.ts';
import { spin } from '../../terminal/spin.ts';
import { shellLine } from '../../text/shell-quote.ts';
import type { World } from '../../world.ts';

/** What every command of `container` begins with. */
export interface ContainerContext extends Invocation {
  readonly engine: FoundEngine;
}

/** The flags that every command of `container` has. */
export const engineFlags = {
  engine: {
    flag: '--engine',
    isSwitch: false,
    hint: 'docker|podman',
    doc: 'Container engine (default: the one that runs)',
  },
  nonInteractive: { flag: '--non-interactive', short: '-n', isSwitch: true, doc: 'Do not ask questions' },
} as const satisfies Record<string, VerbOption>;

/** The flag that says which container. */
export const nameFlag = {
  name: { flag: '--name', isSwitch: false, hint: 'NAME', doc: 'Container name (default: gitlab-runner)' },
} as const satisfies Record<string, VerbOption>;

/** Takes what the command line says, and finds the engine; throws when there is none, or it is not running or not permitted. */
export async function openContext(reading: Reading, world: World): Promise<ContainerContext> {
  const invocation = await takeInvocation(reading, world, {});
  const { say } = invocation;
  const engine = await spin(world, say, 'Looking for Docker or Podman', () =>
    findEngine(wordOf(reading.verbFlags, 'engine'), world),
  );
  if (engine.passedOver !== undefined) say.note(`${engine.passedOver.message} Using Podman instead.`);
  say.detail(`engine: ${engine.program}, ${engine.kind} ${engine.version}`);
  return { ...invocation, engine };
}

/** The one name that was given, by position or by a flag; throws for several. */
export function nameGiven({ verbFlags, positionals }: Reading): string | undefined {
  const words = [...positionals, wordOf(verbFlags, 'name'), wordOf(verbFlags, 'container')];
  const names = [...new Set(words.filter((word) => word !== undefined))];
  if (names.length > 1)
    throw misuse(`Several containers were given: ${names.join(', ')}.`, 'Use one of them.');
  return names[0];
}

/** Throws when a container is none of gitlab-runner, so that none of another kind is taken for it. */
export function refuseStranger(container: Container): void {
  if (canBeRunner(container)) return;
  const { name, image } = container.settings;
  throw new Trouble(`The container ${name} is not a gitlab-runner container. Its image is ${image}.`, {
    why: `Neither its image nor its command contains gitlab-runner, and nothing is mounted on ${configTarget}.`,
    hint: 'Use another container: --name NAME',
  });
}

/** The flag that takes the same engine again, where another one may be taken without it. */
export const sameEngine = ({
  engine,
  verbFlags,
}: Pick<ContainerContext, 'engine' | 'verbFlags'>): string[] =>
  engine.other === undefined && verbFlags.engine === undefined ? [] : ['--engine', engine.program];

/** How commands of the engine are shown: each before it runs, and how long it took afterwards. */
export const shownBy = (say: Say, signal?: AbortSignal): Watch => ({
  ...(signal && { signal }),
  before: (command) => say.talk(`$ ${shellLine(command)}`),
  after: (command, milliseconds) =>
    say.talk(
      `  done: ${command.slice(0, 2).join(' ')}${milliseconds < 5000 ? '' : ` (${Math.round(milliseconds / 1000)} s)`}`,
    ),
});

/**
 * The runner container that is meant: the one with this name, else the only one there is. Throws when there is none,
 * or several and none was named.
 */
export async function chosenContainer(engine: FoundEngine, name: string | undefined): Promise<Container> {
  if (name !== undefined) {
    const found = await findContainer(engine, name);
    if (found !== undefined) return found;
    throw noContainer(engine, name);
  }
  const all = await runnerContainers(engine, { all: true });
  const running = all.filter(({ state }) => state.running);
  const [only, ...more] = running.length === 1 ? running : all;
  if (only === undefined) {
    throw new Trouble('No gitlab-runner container was found.', {
      why: `No container has a gitlab-runner image or a mount on ${configTarget}.`,
      hint: 'Create one: runner-setup container install\nTo use another container: --name NAME, --engine docker, or --engine podman',
    });
  }
  if (more.length === 0) return only;
  throw new Trouble(
    `There are several gitlab-runner containers: ${all.map(({ settings }) => settings.name).join(', ')}.`,
    {
      hint: 'Select one of them: --name NAME',
      code: exitCode.usage,
    },
  );
}

/** One of the commands of `container`, in a file of its own. */
export interface SubCommand {
  readonly grammar: Grammar;
  run(reading: Reading, world: World, program: Program): Promise<ExitCode>;
}
