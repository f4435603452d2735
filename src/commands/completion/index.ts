import { helpIfAsked, misuse, takeInvocation } from '../../app/invocation.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import { platformOf } from '../../host/platform/index.ts';
import { type ShellScript, shellScripts } from '../../terminal/completion/scripts.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import { nearest } from '../../text/closest.ts';
import type { World } from '../../world.ts';

/** The verb `completion`: prints what a shell needs to complete the commands; a person is told how to keep it. */
export async function completion(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, completionGrammar, 'completion', help);
  if (helped !== undefined) return helped;
  const [word, ...more] = reading.positionals;
  const { script, install } = scriptOf(word, more, world);
  const { say } = await takeInvocation(reading, world, {});
  if (say.mode.json) say.object({ action: 'printed', changed: false, text: script });
  else world.stdout.write(script);
  if (world.stdout.isTTY) say.talk(`\nTo install it, run once:\n  ${install}`);
  return exitCode.done;
}

/** What `completion` understands. */
export const completionGrammar: Grammar = {
  names: ['config'],
  next: (before) => (before.length === 0 ? names : undefined),
};

const names = Object.keys(shellScripts);

function scriptOf(word: string | undefined, more: readonly string[], world: World): ShellScript {
  if (word === undefined)
    throw misuse('No shell was given. Use bash, zsh, fish, or powershell.', commandFor(ownShell(world)));
  if (more.length > 0)
    throw misuse(`Only one shell can be given, not both "${word}" and "${more[0]}".`, commandFor(word));
  if (Object.hasOwn(shellScripts, word)) return shellScripts[word]!;
  const guess = word === 'pwsh' ? 'powershell' : nearest(word, names);
  throw misuse(
    `The shell "${word}" is not supported.${guess ? ` Did you mean ${guess}?` : ''}`,
    commandFor(guess),
  );
}

function ownShell(world: World): string | undefined {
  const { SHELL = '' } = world.env;
  const own = SHELL === '' ? platformOf(world).shell(world.env) : SHELL.replace(/^.*\//, '');
  return names.find((name) => name === own);
}

const commandFor = (shell?: string): string =>
  (shell === undefined ? names : [shell]).map((name) => `runner-setup completion ${name}`).join('\n');

const help: Help = {
  usage: ['completion bash|zsh|fish|powershell'],
  about:
    'Print the script that completes commands, flags, values, and runner names in a shell. bash 4.4 or later is required. Runner names are offered to users who may read config.toml.',
  examples: {
    'Install it for bash; for zsh, write zsh and ~/.zshrc': shellScripts.bash!.install,
    'Install it for fish': shellScripts.fish!.install,
    'Install it for PowerShell': shellScripts.powershell!.install,
  },
};
