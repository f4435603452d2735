import { exitCode, Trouble } from '../errors.ts';
import { platformOf } from '../host/platform/index.ts';
import { nearest } from '../text/closest.ts';
import type { World } from '../world.ts';

/**
 * What to type instead of words that people know from gitlab-runner, systemd, Docker, and other programs. A word that
 * becomes a command of ours is taken out here.
 */
const instead: Readonly<Record<string, string>> = {
  version: 'runner-setup --version',
  run: 'gitlab-runner run',
  status:
    'runner-setup verify              # tokens\nrunner-setup container status    # a container\ngitlab-runner status             # the service',
  config: 'runner-setup list    # show it\nrunner-setup edit    # change it',
  add: 'runner-setup register',
  create: 'runner-setup register',
  new: 'runner-setup register',
  init: 'runner-setup register',
  ls: 'runner-setup list',
  show: 'runner-setup list',
  get: 'runner-setup list',
  set: 'runner-setup edit',
  update: 'runner-setup edit',
  remove: 'runner-setup unregister',
  rm: 'runner-setup unregister',
  delete: 'runner-setup unregister',
  check: 'runner-setup doctor',
  test: 'runner-setup doctor',
  validate: 'runner-setup lint',
  login: 'runner-setup registry-auth add',
  logout: 'runner-setup registry-auth remove',
  template: 'runner-setup preset list',
  templates: 'runner-setup preset list',
  presets: 'runner-setup preset list',
  docker: 'runner-setup container --help',
  podman: 'runner-setup container --help',
  cleanup: 'runner-setup container cleanup',
  prune: 'runner-setup container cleanup',
};

const beginnings: Readonly<Record<string, string>> = { install: 'in', upgrade: 'upg', uninstall: 'unin' };

/** What is thrown for a word that is no command of the program: it says what to type instead, or the nearest command. */
export function unknownCommand(word: string, commands: readonly string[], world: World): Trouble {
  const what = word.startsWith('-') ? 'flag' : 'command';
  const known = answerTo(word, world);
  // They change the machine, so a word that merely resembles one is not answered with it.
  const near = commands.filter((command) => word.startsWith(beginnings[command] ?? ''));
  const guess = known === undefined ? (nearest(word, near) ?? beginningOf(word, commands)) : undefined;
  return new Trouble(`Unknown ${what} "${word}".${guess ? ` Did you mean ${guess}?` : ''}`, {
    hint: known ?? 'To see the commands: runner-setup --help',
    code: exitCode.usage,
  });
}

function answerTo(word: string, world: World): string | undefined {
  const { start, stop, restart, log: logs } = platformOf(world).usualService(world.env);
  const answers: Readonly<Record<string, string>> = { ...instead, start, stop, restart, logs };
  return Object.hasOwn(answers, word) ? answers[word] : undefined;
}

function beginningOf(word: string, commands: readonly string[]): string | undefined {
  const [only, ...more] = commands.filter((command) => word.length > 2 && command.startsWith(word));
  return more.length === 0 ? only : undefined;
}

/** What is thrown for a word that is no command of a command (`verb`): it names the nearest one. */
export function unknownSubcommand(verb: string, word: string, commands: readonly string[]): Trouble {
  const guess = nearest(word, commands);
  return new Trouble(`Unknown command "${verb} ${word}".${guess ? ` Did you mean ${verb} ${guess}?` : ''}`, {
    hint: `To see the commands: runner-setup ${verb} --help`,
    code: exitCode.usage,
  });
}

/** What is thrown when a command that has commands was given flags and no command; with nothing at all it shows its help. */
export const noSubcommand = (verb: string): Trouble =>
  new Trouble('No command given.', {
    hint: `To see the commands: runner-setup ${verb} --help`,
    code: exitCode.usage,
  });
