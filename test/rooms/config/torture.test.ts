import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { completeRunner } from '../../../src/config/canonical.ts';
import { editConfig } from '../../../src/config/edit.ts';
import { readConfig } from '../../../src/config/read.ts';
import { generateConfig, type Mode } from './generate.ts';
import { Chance } from './random.ts';
import {
  appendTrial,
  chooseTrial,
  leavesOf,
  type Trial,
  tablesOf,
  tryEdit,
  useBlock,
  wrongOutcome,
} from './torture.ts';

const seed = Number(process.env.SEED ?? 20261123);
const edits = Number(process.env.TORTURE_EDITS ?? 2400);
const modes: Mode[] = ['native', 'tidy', 'wild'];

useBlock(
  completeRunner({
    name: 'new',
    url: 'https://gitlab.example.com',
    token: 'glrt-x',
    executor: 'docker',
    docker: { image: 'alpine' },
  }),
);

for (const mode of modes) {
  test(`random edits of generated files change what they are meant to change (${mode})`, {
    timeout: 3_600_000,
  }, async () => {
    const counts: Record<string, number> = {};
    for (let at = 0; at < edits / modes.length; at++) {
      const chance = new Chance(seed * 1_000_003 + at * 3 + modes.indexOf(mode));
      const text = generateConfig(chance, mode);
      const config = await readConfig(text, 'config.toml');
      const trial = chooseTrial(config, chance);
      counts[trial.kind] = (counts[trial.kind] ?? 0) + 1;
      const fault = await tryEdit(text, trial);
      if (fault !== undefined) expect.fail(report(`seed ${seed}, edit ${at}`, text, trial, fault));
    }
    console.log(`seed ${seed}, ${mode}: ${JSON.stringify(counts)}`);
    expect(Object.keys(counts).length).toBeGreaterThan(7);
  });
}

for (const mode of modes) {
  test(`changes that are made together give what they give one after the other (${mode})`, {
    timeout: 3_600_000,
  }, async () => {
    for (let at = 0; at < edits / modes.length / 6; at++) {
      const chance = new Chance(seed * 1_000_003 + at * 3 + modes.indexOf(mode));
      const text = generateConfig(chance, mode);
      const trials: Trial[] = [];
      let one = text;
      for (let step = 0; step < 6; step++) {
        const config = await readConfig(one, 'config.toml');
        const trial = chooseTrial(config, chance);
        // Without any runner left, the name of their list is forgotten.
        if (trial.change.do === 'remove-runner' && config.runners.length === 1) continue;
        trials.push(trial);
        one = editConfig(config, [trial.change]);
      }
      const changes = trials.map(({ change }) => change);
      const together = editConfig(await readConfig(text, 'config.toml'), changes);
      const where = `seed ${seed}, file ${at}: ${trials.map(({ kind }) => kind).join(', ')}`;
      if (together !== one)
        expect.fail(report(where, text, trials[0]!, `${one}\n---- together\n${together}`));
    }
  });
}

const corpus = process.env.CORPUS;

if (corpus !== undefined) {
  test('each operation on each runner of each file of CORPUS', { timeout: 3_600_000 }, async () => {
    let count = 0;
    const refused: string[] = [];
    const faults: string[] = [];
    for (const name of readdirSync(corpus!)
      .filter((file) => file.endsWith('.toml'))
      .sort()) {
      const text = readFileSync(join(corpus!, name), 'utf8');
      const config = await readConfig(text, name).catch(() => undefined);
      if (config === undefined) refused.push(name);
      else {
        for (const trial of allTrials(config)) {
          count++;
          const fault = await tryEdit(text, trial);
          if (fault !== undefined) faults.push(report(name, text, trial, fault));
        }
      }
    }
    console.log(`${count} edits; not readable: ${refused.join(', ')}`);
    expect(faults.slice(0, 5)).toEqual([]);
    expect(count).toBeGreaterThan(0);
  });
}

type Damage = (after: string, chance: Chance, text: string) => string;

const damages: Record<string, Damage> = {
  'a line less': (after, chance, text) => edited(after, chance, text, () => []),
  'a line altered': (after, chance, text) => edited(after, chance, text, (line) => [` ${line}`]),
  'a comment altered': (after) => after.replace(/# (\d+) /, '# $1  '),
  'two lines exchanged': (after) =>
    after.replace(/^(\s*\w+ = \d+)(\r?\n)(\s*\w+ = "\w*")(?=\r?\n)/m, '$3$2$1'),
  'a value altered': (after) => after.replace(/= (true|false)/, (_, word) => `= ${word === 'false'}`),
  'a line twice': (after, chance, text) => edited(after, chance, text, (line) => [line, line]),
  'another line end': (after) =>
    after.includes('\r\n') ? after.replace('\r\n', '\n') : after.replace('\n', '\r\n'),
  'no byte order mark': (after) => after.replace('\ufeff', ''),
  'another end': (after) => (after.endsWith('\n') ? after.trimEnd() : `${after}\n`),
};

// A line that the edit itself has written is not "untouched".
function edited(after: string, chance: Chance, text: string, change: (line: string) => string[]): string {
  const lines = after.split('\n');
  const old = new Set(text.split('\n'));
  const full = [...lines.keys()].filter((at) => /\w/.test(lines[at]!) && old.has(lines[at]!));
  if (full.length === 0) return after;
  const at = chance.one(full);
  return lines.flatMap((line, index) => (index === at ? change(line) : [line])).join('\n');
}

for (const [name, damage] of Object.entries(damages)) {
  test(`the harness notices ${name}`, async () => {
    let noticed = 0;
    const missed: string[] = [];
    for (let at = 0; at < 150; at++) {
      const chance = new Chance(at + 1);
      const text = generateConfig(chance, modes[at % 3]!);
      const config = await readConfig(text, 'config.toml');
      const trial = chooseTrial(config, chance);
      const after = editConfig(config, [trial.change]);
      const damaged = damage(after, chance, text);
      if (damaged === after || after === text) continue;
      if ((await wrongOutcome(text, damaged, trial)) !== undefined) noticed++;
      else missed.push(report(name, text, trial, `${after}\n---- damaged\n${damaged}`));
    }
    expect(noticed).toBeGreaterThan(5);
    // Here and there a damage happens to look like a part of the edit.
    expect(missed.slice(Math.ceil(noticed / 20))).toEqual([]);
  });
}

function allTrials(config: Awaited<ReturnType<typeof readConfig>>): Trial[] {
  const trials: Trial[] = [appendTrial(config)];
  const tops = [
    ['global', config.globals] as const,
    ...config.runners.map((runner, at) => [at, runner] as const),
  ];
  for (const [at, top] of tops) {
    if (at !== 'global') trials.push({ kind: 'remove runner', change: { do: 'remove-runner', at } });
    for (const { path, value } of leavesOf(top)) {
      trials.push({ kind: 'unset', change: { do: 'unset', at, path } });
      if (!Array.isArray(value))
        trials.push({ kind: 'set value', change: { do: 'set', at, path, value: 'changed' } });
      else if (!value.some((item) => typeof item === 'object')) {
        trials.push({
          kind: 'add',
          change: { do: 'add', at, path, values: ['fresh'] },
          inverse: { do: 'remove', at, path, values: ['fresh'] },
        });
        if (value.length > 0)
          trials.push({ kind: 'remove', change: { do: 'remove', at, path, values: [value[0]!] } });
      }
    }
    for (const path of [
      ['brand_new'],
      ['docker', 'tmpfs', '/x'],
      ['docker', 'privileged_x'],
      ['cache', 's3', 'X'],
      ['a', 'b', 'c'],
    ]) {
      const missing = path.findIndex(
        (_, depth) =>
          !tablesOf(top).some((leaf) => leaf.path.join('.') === path.slice(0, depth + 1).join('.')),
      );
      trials.push({
        kind: 'new key inside',
        change: { do: 'set', at, path, value: 1 },
        inverse: { do: 'unset', at, path: path.slice(0, missing + 1) },
      });
    }
    for (const { path } of tablesOf(top)) trials.push({ kind: 'unset', change: { do: 'unset', at, path } });
  }
  return trials;
}

function report(where: string, text: string, trial: Trial, fault: string): string {
  const change = JSON.stringify(trial.change, (_, value) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
  return `${where}: ${trial.kind} ${change}\n${fault}\n--- the file\n${text.replaceAll('\r', '␍')}`;
}
