import type { Program } from '../../app/program.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import type { Grammar } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import type { SubCommand } from './context.ts';

/** The commands of `container`; each is loaded when it runs. */
const subVerbs: Readonly<Record<string, { line: string; load(): Promise<SubCommand> }>> = {
  install: {
    line: 'Start gitlab-runner in a container, or print how',
    load: async () => (await import('./install/index.ts')).install,
  },
  upgrade: {
    line: 'Take another image, with all settings kept, or go back to the old one',
    load: async () => (await import('./upgrade/index.ts')).upgrade,
  },
  cleanup: {
    line: 'Show what takes space, and remove what jobs left; now, or by a timer',
    load: async () => (await import('./cleanup/index.ts')).cleanup,
  },
  status: {
    line: 'Show container status: version, mounts, config, runners, errors, space',
    load: async () => (await import('./status/index.ts')).status,
  },
};

/** The verb `container`: the whole life of a gitlab-runner in Docker or Podman; its first word says what to do. */
export async function container(words: readonly string[], world: World, program: Program): Promise<ExitCode> {
  const at = placeOfVerb(words);
  const name = words[at];
  const isHelp = words.length === 0 || words.some((word) => /^(-h|--help|--help-all)$/.test(word));
  if (name === 'help' || (name === undefined && isHelp)) return showHelp(words.slice(at + 1), world, program);
  const { readCommandLine } = await import('../../terminal/options.ts');
  if (name === undefined || !Object.hasOwn(subVerbs, name)) {
    const { noSubVerb, unknownSubVerb } = await import('../../terminal/help.ts');
    throw name === undefined
      ? noSubVerb('container')
      : unknownSubVerb('container', name, Object.keys(subVerbs));
  }
  const { grammar, run } = await subVerbs[name]!.load();
  const rest = [...words.slice(0, at), ...words.slice(at + 1)];
  return run(readCommandLine(`container ${name}`, rest, grammar), world, program);
}

/** What `container` understands behind these words. */
export async function containerGrammar(words: readonly string[]): Promise<Grammar> {
  const name = words[placeOfVerb(words)];
  const known = name !== undefined && Object.hasOwn(subVerbs, name) ? subVerbs[name] : undefined;
  const { grammar } = known === undefined ? { grammar: { names: [] } } : await known.load();
  const lines = Object.fromEntries(Object.entries(subVerbs).map(([word, { line }]) => [word, line]));
  return { ...grammar, next: (before) => (before.length === 0 ? lines : undefined) };
}

// Flags may stand before the word, with their values.
const valued = ['--engine', '--name', '--container', '-c', '--config', '-l', '--log-level', '--log-format'];

function placeOfVerb(words: readonly string[]): number {
  let at = 0;
  while (at < words.length && words[at]!.startsWith('-')) at += valued.includes(words[at]!) ? 2 : 1;
  return at;
}

async function showHelp([topic]: readonly string[], world: World, program: Program): Promise<ExitCode> {
  if (topic !== undefined && Object.hasOwn(subVerbs, topic))
    return container([topic, '--help'], world, program);
  const { subVerbsHelp } = await import('../../terminal/help.ts');
  const line = 'Looks after a gitlab-runner that itself runs in a container of Docker or Podman.';
  const rows = Object.entries(subVerbs).map(([name, sub]) => ({ name, line: sub.line }));
  world.stdout.write(subVerbsHelp('container', line, rows));
  return exitCode.done;
}
