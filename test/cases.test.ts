import { relative, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { startGitlab } from './gitlab/index.ts';
import { findCases, readCase, recordCase, requireBuilt, runCase } from './harness/cases.ts';
import { type RegistrySetup, startRegistry } from './registry/stand-in.ts';

const root = resolve(import.meta.dirname, 'cases');
const script = resolve(import.meta.dirname, '../bin/runner-setup.js');
const startServer = (setup: unknown) => startGitlab(setup as Parameters<typeof startGitlab>[0]);

beforeAll(() => {
  requireBuilt(script);
  requireBuilt(resolve(root, '../../dist'));
});

describe.concurrent('cases', () => {
  for (const folder of findCases(root)) {
    const verb = relative(root, folder).split(/[\\/]/)[0];
    const it = readCase(folder);
    test(`${verb}: ${it.title}`, { timeout: 120_000 }, async ({ expect: want }) => {
      const result = await runCase(it, {
        script,
        startServer,
        startRegistry: (setup) => startRegistry(setup as RegistrySetup),
      });
      want(result.leaks, 'secrets that were printed').toEqual([]);
      const update = process.env.UPDATE;
      const expected = update ? recordCase(it, result, update === 'all' ? 'all' : 'texts') : result.expected;
      want(result.actual).toEqual(expected);
    });
  }
});

test('there are cases', () => {
  expect(findCases(root).length).toBeGreaterThan(0);
});
