import { type ConfigInvocation, dryRunCode, misuse } from '../../app/invocation.ts';
import { plain } from '../../app/renewal.ts';
import { textIn } from '../../config/model.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import { type Entries, idOf, nameWithUrl } from '../../runner/select.ts';

/**
 * Makes sure, before GitLab makes the first token void, that each new one can be asked for and has a place to go to.
 * Throws for a runner whose token stands in a variable, and for one without an id where an access token was given.
 */
export function checkResettable(
  { path }: ConfigInvocation,
  entries: readonly Entries[],
  accessToken: string | undefined,
): void {
  for (const { first, all } of entries) {
    const name = nameWithUrl(first);
    const token = all.map(({ runner }) => textIn(runner, 'token')).find((one) => /\$(\w|\{)/.test(one));
    if (token !== undefined) {
      throw new Trouble(`${path}: the token of ${name} is a variable (${token}).`, {
        why: 'The new token could not be saved there, and the old token would stop working.',
        hint: `Rotate it in the file that sets the variable: runner-setup rotate "#${first.at + 1}" --force --environment-file FILE`,
        code: exitCode.usage,
      });
    }
    if (accessToken !== undefined && idOf(first.runner) === undefined) {
      throw misuse(
        `${path}: ${name} has no id. An access token can reset a token only by the ID of the runner.`,
        `Get the ID: runner-setup verify\nThen set it: runner-setup edit "#${first.at + 1}" --set id=ID`,
      );
    }
  }
}

const sentence = ({ first, all }: Entries): string => {
  const others = all.filter(({ at }) => at !== first.at).map(({ at }) => `#${at + 1}`);
  const copies = others.length === 0 ? '' : ` The same token is replaced in ${others.join(', ')}.`;
  return `${nameWithUrl(first)} gets a new token. The old token stops working immediately on every machine that uses it.${copies}`;
};

/** Says which runners would get a new token, and does nothing. */
export function tellPlan(invocation: ConfigInvocation, entries: readonly Entries[]): ExitCode {
  const { say, path, dryRun } = invocation;
  const action = dryRun ? 'planned' : 'unchanged';
  const runners = entries.map(plain);
  if (say.mode.json) say.object({ action, changed: runners.length > 0, file: path, runners });
  else if (entries.length === 0) say.done(`${path} has no runners.`);
  else {
    for (const each of entries) say.result(sentence(each), 3);
    say.done('Nothing was changed. This is what would happen.');
  }
  return dryRunCode(invocation, runners.length > 0);
}

/** Shows what is going to happen, and asks a person whether it should. Throws when not. */
export async function agreeTo(invocation: ConfigInvocation, entries: readonly Entries[]): Promise<void> {
  const { world, say } = invocation;
  const isAsked = invocation.mayAsk && !invocation.yes;
  const tell = isAsked ? say.propose : say.talk;
  for (const each of entries) tell(sentence(each));
  if (!isAsked) return;
  const { cancelled, personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  if (!(await person.agree(entries.length === 1 ? 'Reset this token?' : 'Reset these tokens?', false)))
    throw cancelled();
}
