import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasAlpinePackage, isAlpine } from '../../../src/host/packages/apk.ts';

test.each([
  ['ID=alpine\nVERSION_ID=3.23.0\n', true],
  ['ID=postmarketos\nID_LIKE=alpine\n', true],
  ['ID=debian\n', false],
  [undefined, false],
])('Alpine by its os-release file: %j', (text, is) => {
  expect(isAlpine(text)).toBe(is);
});

test.each([
  ['C:Q1x=\nP:musl\nV:1.2.5-r9\n\nC:Q1y=\nP:gitlab-runner\nV:18.11.2-r1\n', true],
  ['C:Q1y=\nP:gitlab-runner-openrc\nV:18.11.2-r1\nD:gitlab-runner\n', false],
])('the package by the list of apk: %j', (list, isThere) => {
  const root = mkdtempSync(join(tmpdir(), 'apk-'));
  expect(hasAlpinePackage(root)).toBe(false);
  mkdirSync(join(root, 'lib/apk/db'), { recursive: true });
  writeFileSync(join(root, 'lib/apk/db/installed'), list);
  expect(hasAlpinePackage(root)).toBe(isThere);
});
