import { basename, dirname, join } from 'node:path';
import { openText } from '../../app/config-file.ts';
import { showDiff } from '../../app/diff.ts';
import { finishInterruptedRuns } from '../../app/interrupted-run.ts';
import { dryRunCode, helpIfAsked, misuse, openInvocation } from '../../app/invocation.ts';
import { withRollback } from '../../app/rollback.ts';
import { replacing } from '../../app/save.ts';
import { readPrevious, restorePrevious } from '../../config/replace-file.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { Say } from '../../terminal/say.ts';
import type { World } from '../../world.ts';
import { tellRunners } from './output.ts';

/** The verb `undo`: shows the way back to the version before the last change of config.toml, and goes it; undoing twice changes nothing. */
export async function undo(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, undoGrammar, 'undo', help);
  if (helped !== undefined) return helped;
  const invocation = await openInvocation(reading, world, undoGrammar);
  const { say, path, words, mayAsk, yes, dryRun } = invocation;
  if (words.length > 0)
    throw misuse(`Unexpected argument: "${words[0]}".`, 'To use another file: --config FILE');
  // What goes back is the change before it, so it is not added to the file now.
  await finishInterruptedRuns({ ...invocation, dryRun: true }, path);
  const present = openText(path, say);
  const before = readPrevious(path);
  if (before === undefined) throw nothingKept(path);
  if (before === present) return tell(say, path, 'unchanged');
  await refuseBroken(path, before);
  const versions = { file: path, before: present, after: before, isPlanned: false };
  const isAsked = mayAsk && !yes && !dryRun;
  const to = dryRun && !say.mode.json ? 'result' : isAsked ? 'propose' : 'talk';
  await showDiff(say, versions, to);
  const isDoubtful = await tellRunners(say, path, { present, before });
  if (dryRun) {
    tell(say, path, 'planned');
    return dryRunCode(invocation, true);
  }
  if (isDoubtful && !isAsked && !yes) throw unsure(path);
  if (isAsked) await agree(world, say, !isDoubtful);
  // It is not stopped on its way: the version that goes back would be replaced by the present one.
  const { written } = await withRollback(world, say, () =>
    restorePrevious(path, replacing(world, say, path), { present, before }),
  );
  return tell(say, path, written ? 'undone' : 'unchanged');
}

/** What `undo` understands. */
export const undoGrammar: Grammar = {
  names: ['config', 'container', 'engine', 'nonInteractive', 'showEnvironment'],
};

const help: Help = {
  usage: ['undo [flags]'],
  about:
    'Undo the last change to config.toml. It shows the change and asks first; a second undo reverts the first.',
  flags: {
    Flags: ['dryRun', 'exitCode', 'yes', 'nonInteractive', 'json', 'config', 'container', 'showEnvironment'],
  },
  examples: {
    'Show what would be undone': 'runner-setup undo --dry-run',
    'Undo the last change': 'runner-setup undo',
  },
};

async function agree(world: World, say: Say, isUsual: boolean): Promise<void> {
  const { cancelled, personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  if (!(await person.agree('Restore this version?', isUsual))) throw cancelled();
}

const unsure = (path: string): Trouble =>
  misuse(
    `Nothing was restored, because it would replace a current token in ${path} with an earlier one.`,
    'To restore it anyway, add --yes.',
  );

function nothingKept(path: string): Trouble {
  return new Trouble(`There is no earlier version of ${path}.`, {
    why: 'At each change, runner-setup saves the previous version. For this file, there is none.',
    hint: 'To use another file, add --config FILE.',
  });
}

// What goes into the place of config.toml has to be one, whoever put it there.
async function refuseBroken(path: string, before: string): Promise<void> {
  const { readConfig } = await import('../../config/read.ts');
  try {
    await readConfig(before, path);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    throw new Trouble(`The saved version of ${path} is not a valid config.toml, so it was not restored.`, {
      why: error.message,
      hint: `Check it: less ${join(dirname(path), `.${basename(path)}.previous`)}`,
      cause: error,
    });
  }
}

type Action = 'undone' | 'unchanged' | 'planned';

function tell(say: Say, file: string, action: Action): ExitCode {
  const changed = action !== 'unchanged';
  if (say.mode.json) say.object({ action, changed, file });
  else say.done(sentences[action](file));
  return exitCode.done;
}

const sentences: Readonly<Record<Action, (file: string) => string>> = {
  undone: (file) => `Restored the previous version of ${file}. To revert this: runner-setup undo`,
  unchanged: (file) => `Nothing to undo: ${file} is the same as before the last change.`,
  planned: (file) => `Nothing was changed. This would be restored in ${file}.`,
};
