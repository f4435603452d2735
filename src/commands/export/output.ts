import type { ConfigInvocation } from '../../app/invocation.ts';
import type { Output } from '../../terminal/output-schema.ts';
import type { Say } from '../../terminal/say.ts';
import { harmless } from '../../text/sanitize.ts';
import type { Exported, Source } from './formats/format.ts';
import { secretsOf } from './formats/format.ts';
import type { Written } from './write-files.ts';

/** Says how an export ended: its files on standard output where they were not written, then what it does not have. */
export function tellExport(
  { say, path, dryRun }: ConfigInvocation,
  source: Source,
  exported: Exported,
  written: readonly Written[] | undefined,
): void {
  if (say.mode.json) say.object(plain(path, source, exported, written, dryRun));
  else {
    if (written === undefined) printFiles(say, exported);
    else for (const one of written) say.done(`${wordsOf(one, dryRun)} ${one.file}.`);
    warnOfOmitted(say, source, exported);
    noteEnvironment(say, source);
  }
}

/** Warns of each thing that the format cannot express. */
export function warnOfOmitted(say: Say, source: Source, { omitted }: Exported): void {
  for (const { at, key, why } of omitted)
    say.warn(`${place(source, at)}${harmless(key)} is not exported. ${why}`);
}

// Most variables are no secrets.
function noteEnvironment(say: Say, source: Source): void {
  const isHidden = secretsOf(source).some(({ path }) => path.some((key) => /^environment$/i.test(key)));
  if (isHidden && !say.mode.environment)
    say.note(
      'values of environment are not exported. To export all but those with secret names, add --show-environment',
    );
}

const wordsOf = ({ isChanged }: Written, dryRun: boolean): string =>
  isChanged ? (dryRun ? 'Would write' : 'Wrote') : 'Nothing to change in';

const place = ({ runners }: Source, at: number | undefined): string =>
  at === undefined ? '' : `${harmless(runners.find((one) => one.at === at)!.name, 100)}: `;

function printFiles(say: Say, { files }: Exported): void {
  const [only, ...more] = files;
  if (more.length === 0) {
    if (only !== undefined) say.result(only.text.trimEnd());
    return;
  }
  const texts = files.map(({ name, text }) => `# File: ${name}\n${text}`);
  say.result(texts.join('\n').trimEnd());
  say.note('there are several files. To write them to a folder, add --output FOLDER/');
}

function plain(
  path: string,
  source: Source,
  { files, omitted }: Exported,
  written: readonly Written[] | undefined,
  dryRun: boolean,
): Omit<Output, 'warnings'> {
  const changed = written?.some(({ isChanged }) => isChanged) ?? false;
  return {
    action: dryRun && changed ? 'planned' : 'exported',
    changed,
    file: path,
    exports: files.map(({ name, about, text }, at) => ({ file: written?.[at]?.file ?? name, about, text })),
    omitted: omitted.map(({ at, key, why }) => ({ runner: at === undefined ? null : at + 1, key, why })),
    secrets: secretsOf(source).map(({ name, at, path: key }) => ({
      runner: at === undefined ? null : at + 1,
      key: key.join('.'),
      name,
    })),
  };
}
