import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type BucketSetup, startBucket } from './downloads/stand-in.ts';
import { startGitlab } from './gitlab/index.ts';
import { filesIn, fixtures } from './harness/case.ts';
import { writeSections } from './harness/case-file.ts';
import { findCases, readCase, recordCase, requireBuilt, runCase } from './harness/cases.ts';
import { type RegistrySetup, startRegistry } from './registry/stand-in.ts';
import type { StorageSetup } from './storage/setup.ts';
import { startStorage } from './storage/stand-in.ts';

const root = resolve(import.meta.dirname, 'cases');
const cases = findCases(root).map(readCase);
const script = resolve(import.meta.dirname, '../bin/runner-setup.js');
const startServer = (setup: unknown) => startGitlab(setup as Parameters<typeof startGitlab>[0]);

beforeAll(() => {
  requireBuilt(script);
  requireBuilt(resolve(root, '../../dist'));
});

describe.concurrent('cases', () => {
  for (const it of cases) {
    test(it.title, { timeout: 120_000 }, async ({ expect: want }) => {
      const result = await runCase(it, {
        script,
        startServer,
        startRegistry: (setup) => startRegistry(setup as RegistrySetup),
        startBucket: (setup) => startBucket(setup as BucketSetup),
        startStorage: (setup) => startStorage(setup as StorageSetup),
      });
      want(result.leaks, 'secrets that were printed').toEqual([]);
      const update = process.env.UPDATE;
      const expected = update ? recordCase(it, result, update === 'all' ? 'all' : 'texts') : result.expected;
      want(result.actual).toEqual(expected);
    });
  }
});

test('there are cases', () => {
  expect(cases.length).toBeGreaterThan(0);
});

test('every fixture is used', () => {
  const used = new Set(cases.flatMap(({ written }) => written.sections.map(({ source }) => source)));
  expect(filesIn(fixtures).filter((path) => !used.has(path))).toEqual([]);
});

test('every case is written as UPDATE=texts would write it', () => {
  const other = cases.filter(({ file, written }) => writeSections(written) !== readFileSync(file, 'utf8'));
  expect(other.map(({ file }) => file)).toEqual([]);
});
