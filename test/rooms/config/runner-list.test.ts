import { expect, test } from 'vitest';
import { editConfig } from '../../../src/config/edit.ts';
import type { Change } from '../../../src/config/model.ts';
import { readConfig } from '../../../src/config/read.ts';
import { Chance } from './random.ts';

const layouts: ((items: string[], chance: Chance) => string)[] = [
  (items) => `[${items.join(', ')}]`,
  (items) => `[ ${items.join(',')}, ]`,
  (items) => `[\n${items.map((one) => `  ${one},\n`).join('')}]`,
  (items) => `[\n  ${items.join(',\n  ')}\n]`,
  (items) =>
    `[ # all\n${items.map((one, at) => `\n  # of ${at}\n  ${one}, # behind ${at}\n`).join('')}  # end\n]`,
  (items, chance) =>
    `[${items.map((one) => one + chance.one([',', ', ', ',\n', ', # c\n  ', '\n, '])).join('')}]`,
  (items) => `[\n  ${items.join(', ')}\n  # end\n]`,
];

function itemOf(at: number, chance: Chance): string {
  const more = [
    'docker = {image = "a", volumes = ["/a", "/b"]}',
    'environment = [\n    "A=1", # one\n    "B=2",\n  ]',
    'docker.image = "b"',
    'limit = 0x10',
  ].filter(() => chance.happens(0.5));
  const keys = [
    `name = 'r${at}'`,
    `token = "t${at}"`,
    ...more.filter(
      (one, _, all) => !(one.startsWith('docker.') && all.some((other) => other.startsWith('docker ='))),
    ),
  ];
  return chance.happens(0.5) ? `{ ${keys.join(', ')} }` : `{${keys.join(',')}}`;
}

function changeOf(count: number, chance: Chance): Change {
  const at = chance.below(count);
  return chance.one<Change>([
    { do: 'remove-runner', at },
    { do: 'set', at, path: ['limit'], value: chance.below(9) },
    { do: 'set', at, path: ['docker', 'image'], value: 'c' },
    { do: 'unset', at, path: ['limit'] },
    { do: 'unset', at, path: ['name'] },
    { do: 'add', at, path: ['environment'], values: ['C=3'] },
    { do: 'remove', at, path: ['environment'], values: ['A=1'] },
  ]);
}

const outcome = async (act: () => Promise<string>): Promise<string> => {
  try {
    return await act();
  } catch (error) {
    return `Trouble: ${(error as Error).message}`;
  }
};

const edited = async (text: string, changes: Change[]) =>
  editConfig(await readConfig(text, 'config.toml'), changes);

test('many changes of runners in one list come to what they come to one by one', async () => {
  const seed = Number(process.env.SEED ?? 20261128);
  const counts = { same: 0, refused: 0 };
  for (let round = 0; round < 400; round++) {
    const chance = new Chance(seed * 7919 + round);
    let count = 1 + chance.below(5);
    const items = Array.from({ length: count }, (_, at) => itemOf(at, chance));
    const text = `concurrent = 1\nrunners = ${chance.one(layouts)(items, chance)} # after\n\n[session_server]\n  session_timeout = 1\n`;
    const changes: Change[] = [];
    for (let wanted = 2 + chance.below(5); changes.length < wanted && count > 0; ) {
      const change = changeOf(count, chance);
      if (change.do === 'remove-runner') count--;
      changes.push(change);
    }
    const oneByOne = await outcome(async () => {
      let now = text;
      for (const change of changes) now = await edited(now, [change]);
      return now;
    });
    const atOnce = await outcome(() => edited(text, changes));
    expect({ text, changes, result: atOnce }).toEqual({ text, changes, result: oneByOne });
    counts[atOnce.startsWith('Trouble') ? 'refused' : 'same']++;
  }
  expect(counts.same).toBeGreaterThan(250);
});

// Once each change had read the whole list again: 2,000 runners took minutes.
test('the time for a list of runners grows with their number', async () => {
  const timeFor = async (count: number) => {
    const items = Array.from({ length: count }, (_, at) => `{name = "r${at}", token = "t${at}"}`);
    const config = await readConfig(`runners = [${items.join(', ')}]\n`, 'config.toml');
    const changes = items.map((_, at): Change => ({ do: 'set', at, path: ['limit'], value: 3 }));
    const before = performance.now();
    editConfig(config, changes);
    return performance.now() - before;
  };
  await timeFor(50);
  const few = await timeFor(200);
  expect(await timeFor(1600)).toBeLessThan(few * 30);
}, 60_000);
