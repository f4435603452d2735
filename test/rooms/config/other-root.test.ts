import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspectFile } from '../../../src/config/read-file.ts';
import { canHoldRoot, holdRoot } from '../../harness/other-root.ts';

// Both have a file of this path, and only that of this machine would be read and replaced.
test.runIf(canHoldRoot())(
  'a file by the root of a process in a container is not that of this machine',
  async () => {
    const own = mkdtempSync(join(tmpdir(), 'own-'));
    const { root, close } = await holdRoot();
    try {
      const path = join(root, own, 'config.toml');
      writeFileSync(join(own, 'config.toml'), 'concurrent = 1\n');
      mkdirSync(join(root, own), { recursive: true });
      expect(() => inspectFile(path)).toThrow('cannot be used through /proc');
      writeFileSync(path, 'concurrent = 2\n');
      expect(() => inspectFile(path)).toThrow('cannot be used through /proc');
    } finally {
      await close();
      rmSync(own, { recursive: true });
    }
  },
);
