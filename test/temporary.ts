import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Before all tests: a folder for whatever they leave behind, which is removed at the end. Its name is short, as it begins those of sockets. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 't'));
  // Some tests run the program as another user.
  chmodSync(folder, 0o755);
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
