import { isSwitchedOn, misuse, takeInvocation } from '../../app/invocation.ts';
import { takePreset } from '../../app/presets.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import { presetNames } from '../../settings/presets.ts';
import { noSubVerb, unknownSubVerb, verbHelp } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { listPresets, showPreset } from './output.ts';

/** The verb `preset`: lists the ready settings, or shows one with the .gitlab-ci.yml that fits. */
export async function preset(reading: Reading, world: World): Promise<ExitCode> {
  const { options, verbFlags, positionals } = reading;
  const [what, word, ...more] = positionals;
  const isBare = what === undefined && Object.keys({ ...options, ...verbFlags }).length === 0;
  if ('help' in options || 'helpAll' in options || isBare) return showHelp(world);
  if (what === undefined) throw noSubVerb('preset');
  const { say } = await takeInvocation(reading, world, { names: [] });
  if (what === 'list' && word === undefined) {
    await listPresets(say, world);
    return exitCode.done;
  }
  if (what === 'list') throw misuse(`preset list takes no words: ${[word, ...more].join(' ')}.`, usage);
  if ((presetNames as readonly string[]).includes(what))
    throw misuse(`preset has no command ${what}.`, `runner-setup preset show ${what}`);
  if (what !== 'show') throw unknownSubVerb('preset', what, ['list', 'show']);
  if (word === undefined || more.length > 0) {
    throw misuse(
      word === undefined ? 'Which preset?' : `One preset at a time: ${[word, ...more].join(', ')}.`,
      usage,
    );
  }
  const [ci, block] = ['ci', 'block'].map((name) => isSwitchedOn(verbFlags, name));
  if (ci && block) throw misuse('--ci and --block were both given.', 'Give one, or neither for all of it.');
  const one = await takePreset(word, world, say, say.mode.environment);
  showPreset(say, one, ci ? 'ci' : block ? 'block' : 'all');
  return exitCode.done;
}

const usage = 'runner-setup preset list, or: runner-setup preset show NAME';

function showHelp(world: World): ExitCode {
  world.stdout.write(verbHelp(help, { verbFlags: presetGrammar.verbFlags! }));
  return exitCode.done;
}

/** What `preset` understands. */
export const presetGrammar: Grammar = {
  // Taken, as every command takes them; there is nothing to do with them here.
  names: ['config', 'nonInteractive', 'showEnvironment'],
  verbFlags: {
    ci: { flag: '--ci', isSwitch: true, doc: 'Print the sample .gitlab-ci.yml alone' },
    block: {
      flag: '--block',
      isSwitch: true,
      doc: 'Print the block alone: the beginning of a preset of your own',
    },
  },
  next: ([what]) =>
    what === undefined
      ? { list: 'What they are for, and their risk', show: 'One of them, with a .gitlab-ci.yml' }
      : what === 'show'
        ? 'presets'
        : undefined,
};

/** What its help says. */
const help = {
  line: `Shows the ready settings for runners: what they are for, their risk, the block of
config.toml and a .gitlab-ci.yml that fits. A preset is used by register and edit.

NAME is one of the list, or a TOML file of your own with one [[runners]].`,
  usage: 'preset list | preset show NAME [--ci|--block]',
  examples: [
    'runner-setup preset list',
    'runner-setup preset show docker-dind',
    'runner-setup preset show docker-dind --ci > .gitlab-ci.yml',
    'runner-setup register --preset docker-dind',
    "runner-setup edit '#1' --preset docker-socket",
    'runner-setup preset show docker --block > mine.toml',
  ],
};
