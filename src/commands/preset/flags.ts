import type { Grammar } from '../../terminal/options.ts';

/** What `preset` understands. */
export const presetGrammar: Grammar = {
  // Taken, as every command takes them; there is nothing to do with them here.
  names: ['config', 'nonInteractive'],
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
export const help = {
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
