import { type ExitCode, exitCode, Trouble } from '../errors.ts';
import { bySudo, shellLine } from '../text/shell-quote.ts';
import type { World } from '../world.ts';
import { dryRunCode, type Invocation, misuse } from './invocation.ts';

/** What changes the packages of this machine, and what is said of it afterwards. */
export const deeds = { install: 'installed', upgrade: 'upgraded', uninstall: 'uninstalled' } as const;

/** A command that changes the packages of this machine. */
export type PackageCommand = keyof typeof deeds;

/** Refuses to change the packages of this machine as another user than root. */
export function refuseWithoutRoot({ uid, words }: World, command: PackageCommand): void {
  if (uid === 0) return;
  throw new Trouble(`Only root can ${command} packages.`, {
    hint: bySudo(
      `sudo runner-setup ${shellLine(words)}`,
      'Open the terminal with "Run as administrator", then run the command again.',
    ),
    code: exitCode.usage,
  });
}

/** Refuses to change the packages of this machine where no one can be asked and nobody has said yes. */
export function refuseWithoutYes(
  { yes, mayAsk }: Pick<Invocation, 'yes' | 'mayAsk'>,
  command: PackageCommand,
): void {
  if (yes || mayAsk) return;
  throw misuse(
    `In a script, ${command} requires --yes. Nothing was ${deeds[command]}.`,
    'Add --yes, or use --dry-run to see the commands.',
  );
}

/** Shows the commands of a dry run, or the object of `--json`, and says what they are. Gives the exit code. */
export function tellPlan(
  invocation: Pick<Invocation, 'say' | 'dryRun' | 'exitsByChanges'>,
  commands: readonly string[],
  meaning = 'These commands would be run.',
): ExitCode {
  const { say } = invocation;
  if (say.mode.json) say.object({ action: 'planned', changed: true, commands });
  else for (const line of commands) say.command(line, 'result');
  if (!say.mode.json) say.done(`Nothing was changed. ${meaning}`);
  return dryRunCode(invocation, true);
}

/** What a plan means whose commands are not the ones that this program runs itself. */
export const sameEffect = 'These commands have the same effect as a run without --dry-run.';

/** Shows the commands, and asks whether to run them; throws when that is not wanted. */
export async function agreeTo(
  { world, say, yes }: Pick<Invocation, 'world' | 'say' | 'yes'>,
  lines: readonly string[],
  usual = true,
  question = 'Run these commands?',
): Promise<void> {
  if (yes) return;
  const { cancelled, personOf } = await import('../terminal/ask.ts');
  for (const line of lines) say.command(line, 'propose');
  const person = await personOf(world, say);
  if (!(await person.agree(question, usual))) throw cancelled();
}
