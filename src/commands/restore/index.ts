import { dirname } from 'node:path';
import { type Part, partAt, unpackParts } from '../../app/archive.ts';
import { openText, readChecked } from '../../app/config-file.ts';
import { showDiff } from '../../app/diff.ts';
import { finishInterruptedRuns } from '../../app/interrupted-run.ts';
import { type ConfigInvocation, dryRunCode, helpIfAsked, misuse, openToWrite } from '../../app/invocation.ts';
import { tellRunners } from '../../app/tell-restored.ts';
import { decode, diskTrouble } from '../../config/read-file.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import { readInput } from '../../files/plain.ts';
import { completePath } from '../../host/places.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { type Restoring, stateOf, write } from './apply.ts';

/** The verb `restore`: shows what an archive of `backup` changes, and puts its files back. */
export async function restore(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, restoreGrammar, 'restore', help);
  if (helped !== undefined) return helped;
  const invocation = await openToWrite(reading, world, restoreGrammar);
  const { path, words, dryRun } = invocation;
  const [word, ...more] = words;
  if (word === undefined || more.length > 0)
    throw misuse('restore takes one archive.', 'runner-setup restore FILE');
  const file = completePath(word, world);
  const parts = unpackParts(readArchive(file), file);
  const config = decode(file, parts.find(({ name }) => name === 'config.toml')!.bytes);
  await readChecked(config, `config.toml in ${file}`);
  await finishInterruptedRuns({ ...invocation, dryRun: true }, path);
  const present = openText(path, invocation);
  const states = statesOf(path, parts, present);
  const changed = parts.filter(({ name }) => name !== 'config.toml' && states[name] !== 'same');
  const restoring = { file, parts, config, present, states, changed };
  if (present === config && changed.length === 0) return tell(invocation, restoring, 'unchanged');
  await show(invocation, restoring);
  if (dryRun) {
    tell(invocation, restoring, 'planned');
    return dryRunCode(invocation, true);
  }
  await agree(invocation);
  await write(invocation, restoring);
  return tell(invocation, restoring, 'restored');
}

/** What `restore` understands. */
export const restoreGrammar: Grammar = {
  names: ['config', 'container', 'engine', 'nonInteractive', 'showEnvironment'],
  next: (before) => (before.length === 0 ? 'files' : undefined),
};

const help: Help = {
  usage: ['restore FILE [flags]'],
  about:
    'Restore config.toml, certificates, and system ID from an archive of runner-setup backup. It shows the changes and asks first; a script requires --yes. Files that are not in the archive are unchanged. Existing files keep their owner and mode.',
  flags: {
    Flags: ['dryRun', 'exitCode', 'yes', 'nonInteractive', 'json', 'config', 'container', 'showEnvironment'],
  },
  examples: {
    'Show what would be restored': 'runner-setup restore runner.tar.gz --dry-run',
    'Restore an archive': 'runner-setup restore runner.tar.gz',
    'Undo the change to config.toml': 'runner-setup undo',
  },
};

function readArchive(file: string): Buffer {
  try {
    return readInput(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).errno === undefined) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw misuse(`There is no ${file}.`, 'runner-setup restore FILE');
    throw diskTrouble(file, error as NodeJS.ErrnoException, 'read');
  }
}

function statesOf(path: string, parts: readonly Part[], present: string | undefined): Restoring['states'] {
  const config = present === undefined ? undefined : { bytes: Buffer.from(present) };
  return Object.fromEntries(
    parts.map((part) => {
      const now = part.name === 'config.toml' ? config : partAt(dirname(path), part.name);
      return [part.name, stateOf(part, now)];
    }),
  );
}

async function show(
  invocation: ConfigInvocation,
  { present, config, changed, states }: Restoring,
): Promise<void> {
  const { say, path, mayAsk, yes, dryRun } = invocation;
  const to = dryRun && !say.mode.json ? 'result' : mayAsk && !yes && !dryRun ? 'propose' : 'talk';
  if (present !== config) {
    await showDiff(say, { file: path, before: present, after: config, isPlanned: false }, to);
    await tellRunners(say, path, { present, before: config });
  }
  for (const { name } of changed) {
    say[to](`${name}: ${states[name] === 'new' ? 'new' : 'replaced'}`);
    if (name === '.runner_system_id' && states[name] === 'changed')
      say.warn(
        'The system ID of this machine changes. GitLab tells machines with the same token apart by it: do not use one on two machines.',
      );
  }
}

async function agree({ world, say, mayAsk, yes }: ConfigInvocation): Promise<void> {
  if (yes) return;
  if (!mayAsk)
    throw misuse(
      'restore asks before it makes changes, and cannot ask here. Nothing was changed.',
      'To restore without a question, add --yes.',
    );
  const { cancelled, personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  if (!(await person.agree('Restore these files?', true))) throw cancelled();
}

type Action = 'restored' | 'unchanged' | 'planned';

function tell({ say, path }: ConfigInvocation, { file, parts, states }: Restoring, action: Action): ExitCode {
  if (say.mode.json) {
    const files = parts.map(({ name, bytes }) => ({ name, size: bytes.length, state: states[name]! }));
    say.object({ action, changed: action !== 'unchanged', file: path, archive: { file, files } });
  } else say.done(sentences[action](path, file));
  return exitCode.done;
}

const sentences: Readonly<Record<Action, (path: string, file: string) => string>> = {
  restored: (path, file) =>
    `Restored ${file} to ${path}. To undo the change to config.toml: runner-setup undo`,
  unchanged: (path, file) => `Nothing to restore: ${path} and the files beside it are as in ${file}.`,
  planned: (path) => `Nothing was changed. This would be restored in ${path}.`,
};
