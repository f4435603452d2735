import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepBinary } from '../../../src/app/place-binary.ts';
import { linuxBinary } from '../../../src/host/platform/binaries/linux.ts';
import type { Say } from '../../../src/terminal/say.ts';
import { realWorld } from '../../../src/world.ts';

// Both names are of one file then, and a rename leaves both.
test('the old program that was never replaced is restored without its other name', async () => {
  const root = mkdtempSync(join(tmpdir(), 'kept-'));
  const folder = join(root, linuxBinary.folder);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, linuxBinary.file), 'old');
  const say = {} as unknown as Say;
  const kept = await keepBinary({ binary: linuxBinary, root }, { world: realWorld(() => {}), say });
  await kept.restore();
  expect(readdirSync(folder)).toEqual(['gitlab-runner']);
  rmSync(root, { recursive: true });
});
