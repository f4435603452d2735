import { mkdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { draftName } from '../config/overwrite.ts';
import { discard } from '../config/read-file.ts';
import type { Replacing } from '../config/replace-file.ts';
import { type HeldFolder, holdFolder } from '../files/folder.ts';
import type { Say } from '../terminal/say.ts';
import type { World } from '../world.ts';
import type { Rollback } from './rollback.ts';

/** How a file is replaced in this run: who we are, and who hears of waiting and doubts. */
export const replacing = (world: World, say: Say, path: string): Replacing => ({
  machine: { pid: world.pid, hostname: world.hostname, platform: world.platform },
  warn: (text) => say.warn(text),
  onWait: (who, seconds) => say.talk(`Waiting for ${who} to finish with ${path} (${seconds} s)`),
});

/** Makes a folder and those above it, for its owner alone; taken away again when the run fails. */
export function makeFolder(folder: string, rollback: Rollback): void {
  const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const remove = () => {
    for (let each = folder; each.length >= first.length; each = dirname(each)) rmdirSync(each);
  };
  rollback.undoBy({
    what: `the folder ${first}`,
    remains: `The folder ${first} is left.`,
    run: async () => remove(),
  });
}

/**
 * Puts a small file in place whole or not at all, for its owner alone; what stands there, a link too, is replaced and
 * never written through. Its draft is named after a config file, so that the next run sweeps it up when this one is
 * killed. Throws what the system says.
 */
export async function putFile(path: string, content: string, config: string): Promise<void> {
  const folder = await holdFolder(dirname(path));
  try {
    put(folder, basename(path), content, basename(config));
  } finally {
    await folder.close();
  }
}

function put(folder: HeldFolder, name: string, content: string, config: string, isAgain = false): void {
  const fresh = folder.at(draftName(config));
  try {
    writeFileSync(fresh, content, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(fresh, folder.at(name));
  } catch (error) {
    discard(fresh);
    // Another run has swept it up, as the draft of a run that was killed.
    if (isAgain || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    put(folder, name, content, config, true);
  }
}
