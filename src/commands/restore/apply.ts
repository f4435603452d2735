import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Part, packParts, partAt, partsOf } from '../../app/archive.ts';
import type { ConfigInvocation } from '../../app/invocation.ts';
import { type Rollback, withRollback } from '../../app/rollback.ts';
import {
  changedMeanwhile,
  type Like,
  makeConfigFolder,
  makeFolder,
  putFile,
  recording,
} from '../../app/save.ts';
import { diskTrouble } from '../../config/read-file.ts';
import { replaceFile } from '../../config/replace-file.ts';
import { quote } from '../../text/shell-quote.ts';

/** An archive that is to be restored, and what it changes. */
export interface Restoring {
  readonly file: string;
  readonly parts: readonly Part[];
  /** The text of config.toml in it, and the present one. */
  readonly config: string;
  readonly present: string | undefined;
  /** How each file in it differs from the present one. */
  readonly states: Readonly<Record<string, 'new' | 'changed' | 'same'>>;
  /** The other files that change. */
  readonly changed: readonly Part[];
}

/** How a file in an archive differs from the present one. */
export function stateOf(part: Part, present: Pick<Part, 'bytes'> | undefined): 'new' | 'changed' | 'same' {
  if (present === undefined) return 'new';
  return present.bytes.equals(part.bytes) ? 'same' : 'changed';
}

/**
 * Writes what an archive changes: first the files beside config.toml, which are kept as they were in an archive of their
 * own, then config.toml. Taken back when one of them fails.
 */
export async function write(invocation: ConfigInvocation, restoring: Restoring): Promise<void> {
  const { world, say, path } = invocation;
  const { present, config, changed } = restoring;
  await withRollback(world, say, async (rollback) => {
    makeConfigFolder(path, rollback);
    if (changed.length > 0 && present !== undefined) await keepPresent(invocation);
    for (const part of changed) await put(invocation, part, rollback);
    rollback.check();
    if (present === config) return;
    await replaceFile(
      path,
      ({ text }) => {
        if (text !== present) throw changedMeanwhile(path);
        return config;
      },
      { ...recording(world, say, path), signal: rollback.signal },
    );
  });
}

async function keepPresent({ say, path }: ConfigInvocation): Promise<void> {
  const file = join(dirname(path), '.before-restore.tar.gz');
  await putFile(file, packParts(partsOf(path).parts), path);
  say.talk(`Saved the current files in ${file}. To restore them: runner-setup restore ${quote(file)}`);
}

async function put({ world, path }: ConfigInvocation, part: Part, rollback: Rollback): Promise<void> {
  const file = join(dirname(path), part.name);
  const before = partAt(dirname(path), part.name);
  const like = before ?? withoutOthers(part);
  try {
    if (part.name.startsWith('certs/')) makeFolder(dirname(file), rollback);
    rollback.undoBy({
      what: file,
      remains: `${file} is still changed.`,
      run: async () =>
        before === undefined
          ? rmSync(file, { force: true })
          : putFile(file, before.bytes, path, ownedBy(world.uid, before)),
    });
    await putFile(file, part.bytes, path, ownedBy(world.uid, like));
  } catch (error) {
    throw diskTrouble(file, error as NodeJS.ErrnoException, 'write');
  }
}

// Nobody but the owner may write what an archive brings.
const withoutOthers = (part: Part): Part => ({ ...part, mode: part.mode & 0o644 });

// Only root may give files away.
const ownedBy = (uid: number | undefined, { mode, uid: owner, gid }: Part): Like =>
  uid === 0 ? { mode, uid: owner, gid } : { mode };
