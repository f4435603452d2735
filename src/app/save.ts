import { mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Replacing } from '../config/replace-file.ts';
import type { Say } from '../terminal/say.ts';
import type { World } from '../world.ts';
import type { Rollback } from './rollback.ts';

/** How a file is replaced in this run: who we are, and who hears of waiting and doubts. */
export const replacing = (world: World, say: Say, path: string): Replacing => ({
  machine: { pid: world.pid, hostname: world.hostname, now: world.now },
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
