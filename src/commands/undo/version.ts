import { readFound } from '../../config/read-file.ts';
import { readPrevious } from '../../config/replace-file.ts';
import { exitCode, Trouble } from '../../errors.ts';

/** A version that can be put back, and how many changes that takes back. */
export interface Restorable {
  readonly text: string;
  readonly steps: number;
}

/** The version before the last changes of a file; throws where so many are not kept. */
export async function versionBefore(path: string, steps: number): Promise<Restorable> {
  const text = (await pickVersion(steps))(path);
  if (text !== undefined) return { text, steps };
  throw steps === 1 ? nothingKept(path) : await tooFew(path);
}

/** How the version before the last changes of a file is read; the last one without the history, which may be damaged. */
export async function pickVersion(steps: number): Promise<(path: string) => string | undefined> {
  if (steps === 1) return readPrevious;
  const { readVersions } = await import('../../config/history.ts');
  return (path) => readVersions(readFound(path).real)[steps - 1]?.text;
}

/** What is thrown where no earlier version of a file is kept. */
function nothingKept(path: string): Trouble {
  return new Trouble(`There is no earlier version of ${path}.`, {
    why: 'At each change, runner-setup saves the previous version. For this file, there is none.',
    hint: 'To remove a runner: runner-setup unregister\nTo use another file, add --config FILE.',
  });
}

async function tooFew(path: string): Promise<Trouble> {
  const { readVersions } = await import('../../config/history.ts');
  const { length } = readVersions(readFound(path).real);
  if (length === 0) return nothingKept(path);
  const kept = length === 1 ? 'Only one change' : `Only ${length} changes`;
  return new Trouble(`${kept} of ${path} can be undone.`, {
    hint: 'List them: runner-setup undo --list',
    code: exitCode.usage,
  });
}
