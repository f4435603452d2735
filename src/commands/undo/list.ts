import { openText } from '../../app/config-file.ts';
import { maskedDiff } from '../../app/diff.ts';
import type { ConfigInvocation } from '../../app/invocation.ts';
import { becameBy, mostSteps, readVersions, type Version } from '../../config/history.ts';
import { readFound } from '../../config/read-file.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import type { DiffLine } from '../../terminal/say.ts';
import { harmless } from '../../text/sanitize.ts';

/** So many lines of a change are shown in the list; a dry run shows all. */
const mostLines = 12;

/**
 * Lists the changes of a file that can be undone, the newest first, each with its lines; says so where there is none. In a
 * terminal the newest comes last: the first lines scroll out of sight.
 */
export async function listChanges({ say, path, world, dryRun }: ConfigInvocation): Promise<ExitCode> {
  const present = openText(path, { say, dryRun });
  const versions = readVersions(readFound(path).real);
  const changes = await Promise.all(
    versions.map(async (version, at) => {
      const after = at === 0 ? (present ?? '') : versions[at - 1]!.text;
      const lines = await linesOf(say, path, version, after);
      return { ...version, number: at + 1, lines, isMixed: !becameBy(version, after) };
    }),
  );
  if (say.mode.json)
    say.object({ action: 'listed', changed: false, file: path, history: changes.map(plain) });
  else if (changes.length === 0) say.result(`No change to ${path} can be undone.`);
  else tellChanges(say, world.stdout.isTTY ? changes.toReversed() : changes);
  tellWays(say, changes.length);
  return exitCode.done;
}

function tellWays({ talk }: ConfigInvocation['say'], count: number): void {
  if (count > 0)
    talk(
      `To undo the last change: runner-setup undo${count > 1 ? ', or up to change N: runner-setup undo N' : ''}`,
    );
  if (count < mostSteps)
    talk('The creation of the file cannot be undone. To remove a runner: runner-setup unregister');
}

interface Listed extends Version {
  readonly number: number;
  readonly lines: readonly DiffLine[];
  /** Whether somebody else changed the file after it. */
  readonly isMixed: boolean;
}

const linesOf = (say: ConfigInvocation['say'], file: string, { text }: Version, after: string) =>
  maskedDiff(say, { file, before: text, after, isPlanned: false });

function tellChanges(say: ConfigInvocation['say'], changes: readonly Listed[]): void {
  for (const [at, change] of changes.entries()) {
    if (at > 0) say.result('');
    tellChange(say, change);
  }
}

function tellChange(say: ConfigInvocation['say'], { number, at, command, lines, isMixed }: Listed): void {
  const added = isMixed ? ' (and later changes by others)' : '';
  const title = [`${number}`, at ?? 'time unknown', harmless(command ?? 'command unknown', 1000) + added];
  const changed = lines.filter(({ sign }) => sign !== ' ');
  say.diff(title.join('  '), changed.slice(0, mostLines), 'result');
  if (changed.length > mostLines)
    say.result(
      `… ${changed.length - mostLines} more lines. To see what undoing it changes: runner-setup undo ${number} --dry-run`,
      2,
    );
}

const plain = ({ number, at, command, lines, isMixed }: Listed) => ({
  number,
  ...(at !== undefined && { at }),
  ...(command !== undefined && { command }),
  ...(isMixed && { mixed: true }),
  lines: lines.flatMap(({ sign, text }) => (sign === '+' || sign === '-' ? [sign + text] : [])),
});
