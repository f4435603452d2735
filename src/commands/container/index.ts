import type { Program } from '../../app/program.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar } from '../../terminal/options.ts';
import { followedTag } from '../../text/gitlab-runner.ts';
import type { World } from '../../world.ts';
import type { SubCommand } from './context.ts';

/** The commands of `container`; each is loaded when it runs. */
const subVerbs: Readonly<Record<string, { line: string; load(): Promise<SubCommand> }>> = {
  install: {
    line: 'Start gitlab-runner in a container, or print how',
    load: async () => (await import('./install/index.ts')).install,
  },
  upgrade: {
    line: 'Replace the container with another image, keep its settings',
    load: async () => (await import('./upgrade/index.ts')).upgrade,
  },
  cleanup: {
    line: 'Remove what jobs left, now or on a schedule',
    load: async () => (await import('./cleanup/index.ts')).cleanup,
  },
  status: {
    line: 'Show container status',
    load: async () => (await import('./status/index.ts')).status,
  },
};

/** The verb `container`: the whole life of a gitlab-runner in Docker or Podman; its first word says what to do. */
export async function container(words: readonly string[], world: World, program: Program): Promise<ExitCode> {
  const at = placeOfVerb(words);
  const name = words[at];
  const isHelp = words.length === 0 || words.some((word) => /^(-h|--help|--help-all)$/.test(word));
  if (name === 'help' || (name === undefined && isHelp))
    return help([...words.slice(0, at), ...words.slice(at + 1)], world, program);
  const { readCommandLine } = await import('../../terminal/options.ts');
  if (name === undefined || !Object.hasOwn(subVerbs, name)) {
    const { noSubcommand, unknownSubcommand } = await import('../../terminal/unknown-command.ts');
    throw name === undefined
      ? noSubcommand('container')
      : unknownSubcommand('container', name, Object.keys(subVerbs));
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
  const { commands } = containerHelp;
  return { ...grammar, next: (before) => (before.length === 0 ? commands : undefined) };
}

// Flags may stand before the word, with their values.
const valued = ['--engine', '--name', '--container', '-c', '--config', '-l', '--log-level', '--log-format'];

function placeOfVerb(words: readonly string[]): number {
  let at = 0;
  while (at < words.length && words[at]!.startsWith('-')) at += valued.includes(words[at]!) ? 2 : 1;
  return at;
}

async function help(words: readonly string[], world: World, program: Program): Promise<ExitCode> {
  const [topic] = words.filter((word) => !word.startsWith('-'));
  const isAll = words.includes('--help-all');
  if (topic !== undefined && Object.hasOwn(subVerbs, topic))
    return container([topic, isAll ? '--help-all' : '--help'], world, program);
  const [{ commandHelp }, { pageOf }] = await Promise.all([
    import('../../terminal/help.ts'),
    import('../../app/show-help.ts'),
  ]);
  world.stdout.write(commandHelp('container COMMAND', containerHelp, { names: [] }, pageOf(world, isAll)));
  return exitCode.done;
}

const containerHelp: Help = {
  usage: ['container COMMAND [flags]'],
  about: 'Manage gitlab-runner in Docker or Podman.',
  commands: Object.fromEntries(Object.entries(subVerbs).map(([name, { line }]) => [name, line])),
  examples: {
    'Start gitlab-runner in a container': 'runner-setup container install',
    'Upgrade it and keep all its settings': `runner-setup container upgrade --to ${followedTag}`,
    'Show its status': 'runner-setup container status',
  },
};
