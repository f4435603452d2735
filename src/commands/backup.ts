import { writeFileSync } from 'node:fs';
import { type Part, packParts, partsOf } from '../app/archive.ts';
import { helpIfAsked, misuse, openInvocation } from '../app/invocation.ts';
import { discard, diskTrouble } from '../config/read-file.ts';
import { type ExitCode, exitCode, Trouble } from '../errors.ts';
import { completePath } from '../host/places.ts';
import type { Help } from '../terminal/help.ts';
import type { Grammar, Reading } from '../terminal/options.ts';
import { quote } from '../text/shell-quote.ts';
import type { World } from '../world.ts';

/** The verb `backup`: saves config.toml, certificates, and system ID as one archive. */
export async function backup(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, backupGrammar, 'backup', help);
  if (helped !== undefined) return helped;
  const invocation = await openInvocation(reading, world, backupGrammar);
  const { say, path, words, dryRun } = invocation;
  if (words.length > 1) throw misuse(`Unexpected argument: "${words[1]}".`, 'runner-setup backup [FILE]');
  const file = completePath(words[0] ?? usualName(world.now()), world);
  const { parts, leftOut } = partsOf(path);
  for (const one of leftOut)
    say.warn(`${one} is not in the backup: it is not a regular file with a usual name and up to 1 MiB.`);
  if (!dryRun) write(file, packParts(parts));
  const archive = { file, files: parts.map(({ name, bytes }) => ({ name, size: bytes.length })) };
  if (say.mode.json) say.object({ action: dryRun ? 'planned' : 'saved', changed: true, file: path, archive });
  else tell(say, file, parts, dryRun);
  return exitCode.done;
}

/** What `backup` understands. */
export const backupGrammar: Grammar = {
  names: ['config', 'container', 'engine', 'nonInteractive'],
  next: (before) => (before.length === 0 ? 'files' : undefined),
};

const help: Help = {
  usage: ['backup [FILE] [flags]'],
  about:
    'Save config.toml, the certificates in its certs folder, and the system ID in one archive (tar, gzip). The archive contains tokens and keys: only its owner can read it. An existing file is not overwritten. Without FILE, the file name contains the date.',
  flags: { Flags: ['dryRun', 'json', 'config', 'container'] },
  examples: {
    'Save an archive in the current folder': 'runner-setup backup',
    'Save the file of a container': 'runner-setup backup runner.tar.gz --container gitlab-runner',
    'Restore it': 'runner-setup restore runner.tar.gz',
  },
};

const usualName = (now: Date): string =>
  `gitlab-runner-backup-${now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}.tar.gz`;

function write(file: string, bytes: Buffer): void {
  try {
    writeFileSync(file, bytes, { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(file);
    // A file that is half written is of no use.
    if (code !== 'ENOENT' && code !== 'EACCES') discard(file);
    throw diskTrouble(file, error as NodeJS.ErrnoException, 'write');
  }
}

const exists = (file: string): Trouble =>
  new Trouble(`${file} exists, so nothing was written.`, {
    hint: 'Use another name: runner-setup backup FILE',
    code: exitCode.usage,
  });

function tell(
  say: { done(text: string): void; talk(text: string): void },
  file: string,
  parts: readonly Part[],
  dryRun: boolean,
): void {
  for (const { name, bytes } of parts) say.talk(`${name} (${bytes.length} bytes)`);
  if (dryRun) say.done(`Nothing was written. The backup would be ${file}.`);
  else say.done(`Saved ${file}. It contains tokens. To restore it: runner-setup restore ${quote(file)}`);
}
