import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ConfigInvocation, isSwitchedOn } from '../../app/invocation.ts';
import { putFile } from '../../app/save.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { readRegular } from '../../files/plain.ts';
import { completePath } from '../../host/places.ts';
import type { Exported } from './formats/format.ts';

/** A file of an export and whether its text is another one than before. */
export interface Written {
  readonly file: string;
  readonly isChanged: boolean;
}

/**
 * Writes the files of an export to a path: the only file there, or all of them into a folder. Throws before it writes when
 * a file is there that would be replaced, and neither `--force` nor `--yes` was given.
 */
export async function writeFiles(
  invocation: ConfigInvocation,
  output: string,
  files: Exported['files'],
): Promise<Written[]> {
  const path = completePath(output, invocation.world);
  const isFolder = files.length !== 1 || output.endsWith('/') || isThereAsFolder(path);
  const targets = files.map(({ name, text }) => ({ file: isFolder ? join(path, name) : path, text }));
  const written = targets.map(({ file, text }) => ({ file, isChanged: textAt(file) !== text }));
  const replaced = written.filter(({ file, isChanged }) => isChanged && existsSync(file));
  const mayReplace = invocation.yes || isSwitchedOn(invocation.verbFlags, 'force');
  if (replaced.length > 0 && !mayReplace) throw refusal(replaced.map(({ file }) => file));
  if (invocation.dryRun) return written;
  for (const [at, { file, text }] of targets.entries()) {
    if (!written[at]!.isChanged) continue;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    await putFile(file, text, file);
  }
  return written;
}

const isThereAsFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

function textAt(file: string): string | undefined {
  return existsSync(file) ? readRegular(file) : undefined;
}

const refusal = (files: readonly string[]): Trouble =>
  new Trouble(`${files.join(', ')} ${files.length === 1 ? 'exists' : 'exist'} with other content.`, {
    hint: 'To replace it, add --force.',
    code: exitCode.usage,
  });
