import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Before all tests: a folder for whatever they leave behind, which is removed at the end. Its name is short, as it begins those of sockets. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 't'));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
