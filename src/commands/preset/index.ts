import { helpIfAsked, isSwitchedOn, misuse, takeInvocation } from '../../app/invocation.ts';
import { takePreset } from '../../app/presets.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import { presetNames } from '../../settings/presets.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import { columnsOf } from '../../terminal/size.ts';
import { noSubcommand, unknownSubcommand } from '../../terminal/unknown-command.ts';
import type { World } from '../../world.ts';
import { listPresets, showPreset } from './output.ts';

/** The verb `preset`: lists the ready settings, or shows one with the .gitlab-ci.yml that fits. */
export async function preset(reading: Reading, world: World): Promise<ExitCode> {
  const { options, verbFlags, positionals } = reading;
  const [what, word, ...more] = positionals;
  const isBare = what === undefined && Object.keys({ ...options, ...verbFlags }).length === 0;
  const asked = isBare ? { ...reading, options: { help: '' } } : reading;
  const helped = await helpIfAsked(asked, world, presetGrammar, 'preset', help);
  if (helped !== undefined) return helped;
  if (what === undefined) throw noSubcommand('preset');
  const { say } = await takeInvocation(reading, world, {});
  if (what === 'list' && word === undefined) {
    await listPresets(say, world);
    return exitCode.done;
  }
  if (what === 'list') throw misuse(`Unexpected arguments: ${[word, ...more].join(' ')}.`, usage);
  if ((presetNames as readonly string[]).includes(what))
    throw misuse(`Unknown command "preset ${what}".`, `runner-setup preset show ${what}`);
  if (what !== 'show') throw unknownSubcommand('preset', what, ['list', 'show']);
  if (word === undefined || more.length > 0) {
    throw misuse(
      word === undefined
        ? 'Which preset?'
        : `Only one preset can be shown at a time: ${[word, ...more].join(', ')}.`,
      usage,
    );
  }
  const [ci, block] = ['ci', 'block'].map((name) => isSwitchedOn(verbFlags, name));
  if (ci && block)
    throw misuse('--ci and --block cannot be combined.', 'Use one of them, or omit both to show everything.');
  const one = await takePreset(word, world, say, say.mode.environment);
  showPreset(say, one, columnsOf(world.stdout), ci ? 'ci' : block ? 'block' : 'all');
  return exitCode.done;
}

const usage = 'runner-setup preset list\nrunner-setup preset show NAME';

const acts = {
  list: 'List presets with their purpose and risk',
  show: 'Show one preset with its .gitlab-ci.yml sample',
};

/** What `preset` understands. */
export const presetGrammar: Grammar = {
  // Taken, as every command takes them; there is nothing to do with them here.
  names: ['config', 'nonInteractive', 'showEnvironment'],
  verbFlags: {
    ci: { flag: '--ci', isSwitch: true, doc: 'Print only the .gitlab-ci.yml sample' },
    block: {
      flag: '--block',
      isSwitch: true,
      doc: 'Print only the TOML, as a start for your own preset',
    },
  },
  next: ([what]) => (what === undefined ? acts : what === 'show' ? 'presets' : undefined),
};

const help: Help = {
  usage: ['preset list', 'preset show NAME [--ci | --block]'],
  about:
    'Show presets: tested runner settings with their purpose, their risk, and a matching .gitlab-ci.yml sample. NAME is a preset, or a TOML file of your own with one [[runners]].',
  commands: acts,
  flags: { Flags: ['ci', 'block', 'json'] },
  examples: {
    'List the presets': 'runner-setup preset list',
    'Write the sample for a project': 'runner-setup preset show docker-dind --ci > .gitlab-ci.yml',
    'Use a preset': 'runner-setup register --preset docker-dind',
  },
};
