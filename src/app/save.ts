import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { draftName } from '../config/overwrite.ts';
import type { Config } from '../config/read.ts';
import { discard, diskTrouble, readFound } from '../config/read-file.ts';
import { type Replaced, type Replacing, replaceFile } from '../config/replace-file.ts';
import { Trouble } from '../errors.ts';
import { type HeldFolder, holdFolder } from '../files/folder.ts';
import { platformOf } from '../host/platform/index.ts';
import type { SystemId } from '../host/system-id.ts';
import type { Say } from '../terminal/say.ts';
import type { World } from '../world.ts';
import { readChecked } from './config-file.ts';
import { changedLines } from './diff.ts';
import type { Rollback } from './rollback.ts';

/** How a file is replaced in this run: who we are, and who hears of waiting and doubts. */
export const replacing = (world: World, say: Say, path: string): Replacing => ({
  machine: { pid: world.pid, hostname: world.hostname, isWindows: platformOf(world).isWindows },
  warn: (text) => say.warn(text),
  onWait: (who, seconds) => say.talk(`Waiting for ${who} to finish with ${path} (${seconds} s)`),
});

/** How config.toml is replaced in this run: the change is added to its history, by which `undo` goes back. */
export const recording = (world: World, say: Say, path: string): Replacing => ({
  ...replacing(world, say, path),
  run: async () => {
    const { shownCommandLine } = await import('./command-line.ts');
    return { at: world.now(), command: say.masked(shownCommandLine(world.words)) };
  },
});

/** A config.toml, and who writes it. */
interface Place {
  readonly world: World;
  readonly say: Say;
  readonly path: string;
  /** What was read of it before: the same text is not read again. */
  readonly seen?: Config | undefined;
  readonly agreed?: Agreed | undefined;
}

/** What a person has agreed to: config.toml as it was shown, and what becomes of it. */
export interface Agreed {
  readonly before: string | undefined;
  readonly after: string;
}

/** Makes the new text of config.toml from what it holds now; `undefined` when there is nothing to write. */
type Plan = (config: Config | undefined) => Promise<string | undefined>;

/**
 * Replaces config.toml by what is planned on its content under the lock. Where another program, such as gitlab-runner
 * that renews a token, changes it before it is replaced, the same is planned again on the new content; throws when that
 * changes other lines than a person has agreed to.
 */
export async function replaceConfig(
  { world, say, path, seen, agreed }: Place,
  plan: Plan,
  how: Pick<Replacing, 'signal' | 'keep' | 'goesOn'> = {},
): Promise<Replaced> {
  const read = async (text: string | undefined) => {
    if (text === undefined) return undefined;
    return text === seen?.text ? seen : readChecked(text, path);
  };
  const decide = async ({ text }: { text: string | undefined }) => {
    const after = await plan(await read(text));
    if (agreed !== undefined && after !== undefined) await checkAgreed(path, agreed, { before: text, after });
    return after;
  };
  return replaceFile(path, decide, { ...recording(world, say, path), ...how });
}

/** Throws when a change of a file that others have changed meanwhile changes other lines than a person has agreed to. */
export async function checkAgreed(path: string, agreed: Agreed, now: Agreed): Promise<void> {
  if (agreed.before === now.before) return;
  const linesOf = ({ before, after }: Agreed) => changedLines(before ?? '', after);
  const [wanted, lines] = await Promise.all([linesOf(agreed), linesOf(now)]);
  const isSame = lines.length === wanted.length && lines.every((line, at) => line === wanted[at]);
  if (!isSame) throw changedMeanwhile(path);
}

/** What is thrown when a file is no longer what a change was planned for. */
export const changedMeanwhile = (path: string): Trouble =>
  new Trouble(`Another program changed ${path} in the meantime.`, {
    hint: 'Nothing was written. Run the same command again to see what it would change now.',
  });

/** Makes a folder and those above it, for its owner alone; taken away again when the run fails. */
export function makeFolder(folder: string, rollback: Rollback): void {
  const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const remove = () => {
    try {
      for (let each = folder; each.length >= first.length; each = dirname(each)) rmdirSync(each);
    } catch (error) {
      // What stays in it, such as what GitLab was asked for, is said by itself.
      if ((error as NodeJS.ErrnoException).code === 'ENOTEMPTY') return 'kept';
      throw error;
    }
  };
  rollback.undoBy({
    what: `the folder ${first}`,
    remains: `The folder ${first} still exists.`,
    run: async () => remove(),
  });
}

/**
 * Puts a small file in place whole or not at all, for its owner alone, or with the mode and owner of `like`; what stands there, a link too, is replaced and
 * never written through. Its draft is named after a config file, so that the next run sweeps it up when this one is
 * killed. Throws what the system says.
 */
export async function putFile(
  path: string,
  content: string | Buffer,
  config: string,
  like?: Like,
): Promise<void> {
  const folder = holdFolder(dirname(path));
  try {
    put(folder, basename(path), { content, like }, basename(config));
  } finally {
    folder.close();
  }
}

/** Mode and owner of a file that is put in place; without an owner, whoever runs this. */
export interface Like {
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
}

interface Filling {
  readonly content: string | Buffer;
  readonly like: Like | undefined;
}

function put(folder: HeldFolder, name: string, filling: Filling, config: string, isAgain = false): void {
  const fresh = folder.at(draftName(config));
  try {
    fill(fresh, filling);
    renameSync(fresh, folder.at(name));
  } catch (error) {
    discard(fresh);
    // Another run has swept it up, as the draft of a run that was killed.
    if (isAgain || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    put(folder, name, filling, config, true);
  }
}

function fill(path: string, { content, like }: Filling): void {
  if (like === undefined) {
    writeFileSync(path, content, { mode: 0o600, flag: 'wx', flush: true });
    return;
  }
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, content);
    if (like.uid !== undefined && like.gid !== undefined) fchownSync(file, like.uid, like.gid);
    fchmodSync(file, like.mode);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Writes the system id beside config.toml; taken back when the run fails. */
export async function saveSystemId(
  { path, say }: { readonly path: string; readonly say: Say },
  systemId: SystemId,
  rollback: Rollback,
): Promise<void> {
  makeConfigFolder(path, rollback);
  if (systemId.isKept) return;
  // gitlab-runner only warns, too, when it cannot keep its id.
  try {
    await putBeside(systemId.file, systemId.id, path, rollback);
  } catch (error) {
    say.warn(`${systemId.file} could not be written: ${(error as Error).message}`);
  }
}

/** Makes the folder of a config.toml; taken away again when the run fails. Throws a `Trouble` when it cannot be made. */
export function makeConfigFolder(config: string, rollback: Rollback): void {
  const folder = dirname(config);
  try {
    makeFolder(folder, rollback);
  } catch (error) {
    throw diskTrouble(folder, error as NodeJS.ErrnoException, 'write');
  }
}

/** Puts a small file beside a config.toml; what stood there before comes back when the run fails. */
export async function putBeside(
  path: string,
  text: string,
  config: string,
  rollback: Rollback,
): Promise<void> {
  const before = readFound(path).text;
  rollback.undoBy({
    what: path,
    remains: `${path} still exists.`,
    run: async () => (before === undefined ? rmSync(path, { force: true }) : putFile(path, before, config)),
  });
  await putFile(path, text, config);
}
