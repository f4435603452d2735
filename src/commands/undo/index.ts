import { basename, dirname, join } from 'node:path';
import { openText } from '../../app/config-file.ts';
import { showDiff } from '../../app/diff.ts';
import { finishInterruptedRuns } from '../../app/interrupted-run.ts';
import {
  type ConfigInvocation,
  dryRunCode,
  helpIfAsked,
  isSwitchedOn,
  misuse,
  openInvocation,
  openToWrite,
} from '../../app/invocation.ts';
import { withRollback } from '../../app/rollback.ts';
import { recording } from '../../app/save.ts';
import { tellRunners } from '../../app/tell-restored.ts';
import { keptName } from '../../config/kept.ts';
import { restorePrevious } from '../../config/replace-file.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { Say } from '../../terminal/say.ts';
import type { World } from '../../world.ts';
import { pickVersion, type Restorable, versionBefore } from './version.ts';

/** The verb `undo`: shows the way back to the version before the last change of config.toml, or before an earlier one, and goes it; undoing twice changes nothing. */
export async function undo(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, undoGrammar, 'undo', help);
  if (helped !== undefined) return helped;
  const isList = isSwitchedOn(reading.verbFlags, 'list');
  const invocation = await (isList ? openInvocation : openToWrite)(reading, world, undoGrammar);
  const steps = stepsIn(invocation);
  if (isList) {
    const { listChanges } = await import('./list.ts');
    return listChanges(invocation);
  }
  // What goes back is the change before it, so it is not added to the file now.
  await finishInterruptedRuns({ ...invocation, dryRun: true }, invocation.path);
  const present = openText(invocation.path, invocation);
  const version = await versionBefore(invocation.path, steps);
  if (version.text === present) return tell(invocation, version, 'unchanged');
  await refuseBroken(invocation.path, version);
  return restore(invocation, present, version);
}

/** What `undo` understands. */
export const undoGrammar: Grammar = {
  names: ['config', 'container', 'engine', 'nonInteractive', 'showEnvironment'],
  verbFlags: {
    list: { flag: '--list', isSwitch: true, doc: 'List the changes that can be undone, newest first' },
  },
};

const help: Help = {
  usage: ['undo [N] [flags]', 'undo --list'],
  about:
    'Undo the last change to config.toml, or the last N changes. It shows the difference and asks first; another undo reverts it. The last 20 changes are kept, with up to 1 MiB of earlier versions.',
  flags: {
    Flags: [
      'list',
      'dryRun',
      'exitCode',
      'yes',
      'nonInteractive',
      'json',
      'config',
      'container',
      'showEnvironment',
    ],
  },
  examples: {
    'Show what would be undone': 'runner-setup undo --dry-run',
    'List the changes that can be undone': 'runner-setup undo --list',
    'Undo the last three changes': 'runner-setup undo 3',
  },
};

function stepsIn({ words: [word = '1', ...more], verbFlags }: ConfigInvocation): number {
  const isList = isSwitchedOn(verbFlags, 'list');
  if (more.length > 0 || !/^[1-9]\d{0,3}$/.test(word) || (isList && word !== '1'))
    throw misuse(
      `Unexpected argument: "${[word, ...more].at(isList ? 0 : more.length > 0 ? 1 : 0)}".`,
      'To undo several changes: runner-setup undo N\nTo use another file: runner-setup undo --config FILE',
    );
  return Number(word);
}

async function restore(
  invocation: ConfigInvocation,
  present: string | undefined,
  version: Restorable,
): Promise<ExitCode> {
  const { world, say, path, mayAsk, yes, dryRun } = invocation;
  const before = version.text;
  const isAsked = mayAsk && !yes && !dryRun;
  const to = dryRun && !say.mode.json ? 'result' : isAsked ? 'propose' : 'talk';
  await showDiff(say, { file: path, before: present, after: before, isPlanned: false }, to);
  const isDoubtful = await tellRunners(say, path, { present, before });
  if (dryRun) {
    tell(invocation, version, 'planned');
    return dryRunCode(invocation, true);
  }
  if (isDoubtful && !isAsked && !yes) throw unsure(path);
  if (isAsked) await agree(world, say, !isDoubtful);
  // It is not stopped on its way: the version that goes back would be replaced by the present one.
  const pick = await pickVersion(version.steps);
  const how = recording(world, say, path);
  const { written } = await withRollback(world, say, () =>
    restorePrevious(path, how, { present, before }, pick),
  );
  return tell(invocation, version, written ? 'undone' : 'unchanged');
}

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

// What goes into the place of config.toml has to be one, whoever put it there.
async function refuseBroken(path: string, { text, steps }: Restorable): Promise<void> {
  const { readConfig } = await import('../../config/read.ts');
  try {
    await readConfig(text, path);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const kept = join(dirname(path), keptName(basename(path)));
    throw new Trouble(`The saved version of ${path} is not a valid config.toml, so it was not restored.`, {
      why: error.message,
      hint: steps === 1 ? `Check it: less ${kept}` : 'Restore another version: runner-setup undo --list',
      cause: error,
    });
  }
}

type Action = 'undone' | 'unchanged' | 'planned';

function tell({ say, path }: ConfigInvocation, version: Restorable, action: Action): ExitCode {
  const changed = action !== 'unchanged';
  if (say.mode.json) say.object({ action, changed, file: path });
  else say.done(sentences[action](path, version));
  return exitCode.done;
}

const sentences: Readonly<Record<Action, (file: string, version: Restorable) => string>> = {
  undone: (file, { steps }) =>
    `Restored ${steps === 1 ? 'the previous version of' : `the version before the last ${steps} changes of`} ${file}. To revert this: runner-setup undo`,
  unchanged: (file, { steps }) =>
    `Nothing to undo: ${file} is the same as before ${steps === 1 ? 'the last change' : `the last ${steps} changes`}.`,
  planned: (file) => `Nothing was changed. This would be restored in ${file}.`,
};
