import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { outputSchema } from '../src/terminal/output-schema.ts';
import { findCases, readCase } from './harness/cases.ts';

const root = resolve(import.meta.dirname, 'cases');
const shipped = JSON.parse(readFileSync(resolve(root, '../../dist/output.schema.json'), 'utf8')) as object;
const formats = { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/ };
const validate = new Ajv2020({ allErrors: true, formats }).compile(shipped);

const faultsOf = (value: unknown): string[] =>
  validate(value)
    ? []
    : validate.errors!.map(
        ({ instancePath, message, params }) => `${instancePath} ${message}: ${JSON.stringify(params)}`,
      );

interface Printed {
  readonly title: string;
  readonly stdout: string;
}

// What each run with --json prints, as the case has recorded it.
function printedIn(file: string): Printed[] {
  const { title, runs, written } = readCase(file);
  const stdout = String(written.sections.find(({ name }) => name === 'stdout')?.bytes ?? '');
  const each = runs.length === 1 ? [stdout] : stdout.split(/^--- run \d+\n/m).slice(1);
  return runs.flatMap((words, at) =>
    words.includes('--json') && !words.includes('--help') ? [{ title, stdout: each[at] ?? '' }] : [],
  );
}

const printed = findCases(root).flatMap(printedIn);

describe('what --json prints', () => {
  test.each(printed)('$title', ({ stdout }) => {
    // A case has the word for a time of its run.
    expect(faultsOf(JSON.parse(stdout.replaceAll('<NOW>', '2026-01-31T12:00:00Z')))).toEqual([]);
  });

  test('is in the cases of every command', () => {
    const commands = new Set(printed.map(({ title }) => title.split('/')[0]));
    expect([...commands].sort()).toEqual([
      'apply',
      'assign',
      'backup',
      'cache',
      'completion',
      'container',
      'doctor',
      'edit',
      'explain',
      'export',
      'fleet',
      'install',
      'lint',
      'list',
      'migrate',
      'pause',
      'preset',
      'register',
      'registry-auth',
      'reset-token',
      'restore',
      'resume',
      'rotate',
      'unassign',
      'undo',
      'uninstall',
      'unregister',
      'upgrade',
      'verify',
    ]);
  });
});

describe('the schema', () => {
  const least = { action: 'listed', changed: false, warnings: [] };

  test('is the one that the types are made from', () => {
    expect(shipped).toEqual({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      ...JSON.parse(JSON.stringify(outputSchema)),
    });
  });

  test.each([
    ['a field that it does not know', { ...least, more: 1 }],
    [
      'a field of a runner that it does not know',
      { ...least, runner: { position: 1, name: '', url: '', x: 1 } },
    ],
    ['a text in the place of a number', { ...least, runner: { position: '1', name: '', url: '' } }],
    ['an action that it does not know', { ...least, action: 'done' }],
    ['an object without its warnings', { action: 'listed', changed: false }],
    ['an error without its code', { ...least, error: { message: 'No.' } }],
  ])('refuses %s', (_, value) => {
    expect(faultsOf(value)).not.toEqual([]);
  });
});
