import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { editConfig } from '../../../src/config/edit.ts';
import { type Change, makeTable, type Table } from '../../../src/config/model.ts';
import { readConfig } from '../../../src/config/read.ts';
import { risksOf } from '../../../src/runner/rules/index.ts';
import type { Risk } from '../../../src/runner/rules/rule.ts';
import { readShellLine } from '../../../src/text/shell-line.ts';
import { removeFolder } from '../../harness/folder.ts';
import { cleanEnvironment, runProgram } from '../../harness/program.ts';
import { faultyRunners, healthy, otherFaults } from '../runner/faulty-runners.ts';

const script = resolve(import.meta.dirname, '../../../bin/runner-setup.js');

const moment = { now: new Date('2026-03-01T12:00:00Z'), expand: (text: string) => text };

/** A file with one runner and the keys at its top. */
async function fileWith(runner: Table, globals: Table): Promise<string> {
  const empty = await readConfig('concurrent = 1\n', 'config.toml');
  const tops = Object.entries(globals).map(
    ([key, value]): Change => ({ do: 'set', at: 'global', path: [key], value }),
  );
  return editConfig(empty, [...tops, { do: 'append', block: makeTable({ ...healthy, ...runner }) }]);
}

async function risksIn(text: string): Promise<Risk[]> {
  return risksOf(await readConfig(text, 'config.toml'), moment);
}

/** The text of a file after a command was typed, with nobody there to be asked. */
async function afterCommand(text: string, command: string): Promise<{ after: string; stderr: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'advice-'));
  const file = join(folder, 'config.toml');
  writeFileSync(file, text, { mode: 0o600 });
  const [, ...words] = readShellLine(`${command} `).words;
  const args = [...words, '--config', file, '--yes', '--non-interactive'];
  const { stderr } = await runProgram({ script, args, env: cleanEnvironment(folder), cwd: folder });
  const after = readFileSync(file, 'utf8');
  removeFolder(folder);
  return { after, stderr: String(stderr) };
}

const ranks = ['note', 'warning', 'error'];
const rankOf = ({ severity }: Risk): number => ranks.indexOf(severity);

// What stands in quotes is the value, which is another one afterwards.
const aboutIt = ({ rule, path, message }: Risk): string =>
  [rule, ...path, message.replace(/"[^"]*"/g, '""')].join(' ');

describe('what doctor says to type does away with what it found, or makes it less', () => {
  const all = { ...faultyRunners, ...otherFaults };
  test.each(Object.entries(all))('%s', async (_, [runner, globals = {}]) => {
    const text = await fileWith(runner, globals);
    for (const risk of await risksIn(text)) {
      const command = /runner-setup edit .*/.exec(risk.next ?? '')?.[0];
      if (command === undefined) continue;
      const { after, stderr } = await afterCommand(text, command);
      const left = (await risksIn(after)).filter((one) => aboutIt(one) === aboutIt(risk));
      const isBetter = Math.max(-1, ...left.map(rankOf)) < rankOf(risk);
      expect({ command, stderr: isBetter ? '' : stderr, left: isBetter ? [] : left }).toEqual({
        command,
        stderr: '',
        left: [],
      });
    }
  });
});

test('each of the other faults is found', async () => {
  for (const [name, [runner, globals = {}]] of Object.entries(otherFaults)) {
    const usual = (await risksIn(await fileWith({}, {}))).map(({ rule }) => rule);
    const found = (await risksIn(await fileWith(runner, globals))).filter(
      ({ rule }) => !usual.includes(rule),
    );
    expect({ name, isFound: found.length > 0 }).toEqual({ name, isFound: true });
  }
});
