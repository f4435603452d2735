import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allKeys, type FoundKey } from '../../../src/app/config-keys.ts';
import { placeIn } from '../../../src/app/edit-plan.ts';
import { isTable, textIn, valueAt } from '../../../src/config/model.ts';
import { type Config, readConfig } from '../../../src/config/read.ts';
import { Trouble } from '../../../src/errors.ts';
import { needsTable } from '../../../src/settings/executors.ts';
import { generateConfig } from '../config/generate.ts';
import { Chance } from '../config/random.ts';
import { pathOf, planUse, sample, type Use } from './edit-files.ts';

/** A use of edit and the use that takes it back. */
type There = readonly [flag: Use['flag'], word: string];
type Trip = readonly [there: There, back: There];

function tripsFor(key: FoundKey, config: Config, at: Use['at']): Trip[] {
  const { path, type } = key;
  const name = pathOf(path);
  const word = sample[type] ?? 'fresh';
  const value = valueAt(placeIn(config, at), path);
  if (isBareAtFirst(config, at, key)) return [];
  const single: There[] = [
    ['--set', `${name}=${word}`],
    ['--unset', name],
  ];
  const trips: Trip[] = value === undefined ? [[single[0]!, single[1]!]] : [];
  const isMap = type.startsWith('map<');
  const item = isMap ? (/\w+/.exec(word)![0] as string) : type === 'policies' ? 'always' : word;
  if (isMap && (value === undefined || isTable(value)) && !/[[{]/.test(word))
    trips.push([
      ['--add', `${name}=${word}`],
      ['--remove', `${name}=${item}`],
    ]);
  if (!isMap && (/\[\]$/.test(type) || type === 'tables'))
    trips.push([
      ['--add', `${name}=${word}`],
      ['--remove', `${name}=${word}`],
    ]);
  return trips;
}

// Where nothing in the file after the first edit tells how it was before: an empty list or table, a table that only
// its sub-tables announced, one that the executor needs, and one that gitlab-runner writes though it is empty.
function isBareAtFirst(config: Config, at: Use['at'], { path }: FoundKey): boolean {
  const top = placeIn(config, at);
  const value = valueAt(top, path);
  if (typeof value === 'object' && Object.keys(value).length === 0) return true;
  const above = path.slice(0, -1).map((_, length) => path.slice(0, length + 1));
  if (path[0] === 'cache' && /\[runners\.cache\.\w+\]\s*(?:\[|$)/.test(config.text)) return true;
  if (path[0] === 'custom_build_dir' || above.some((one) => isHeadless(config, at, one))) return true;
  return (
    at !== 'global' &&
    above.length > 0 &&
    top[path[0]!] === undefined &&
    needsTable(textIn(top, 'executor'), path[0]!)
  );
}

function isHeadless(config: Config, at: Use['at'], path: readonly string[]): boolean {
  const table = valueAt(placeIn(config, at), path);
  if (!isTable(table)) return false;
  const header = [...(at === 'global' ? [] : ['runners']), ...path].join('.');
  const isEmpty = Object.keys(table).length === 0;
  return isEmpty || !config.text.toLowerCase().includes(`[${header.toLowerCase()}]`);
}

async function travel(
  config: Config,
  at: Use['at'],
  [there, back]: Trip,
): Promise<'same' | 'refused' | string> {
  try {
    const { after } = await planUse(config, { at, flag: there[0], word: there[1] });
    if (after.text === config.text) return 'refused';
    const { after: home } = await planUse(after, { at, flag: back[0], word: back[1] });
    return home.text === config.text
      ? 'same'
      : `${at}: ${there.join(' ')}, ${back.join(' ')}\n${after.text}\n---\n${home.text}`;
  } catch (error) {
    if (error instanceof Trouble) return 'refused';
    throw error;
  }
}

/** Travels with every key of a file that its turn comes to, so that files together have each key. */
async function travelAll(texts: readonly (readonly [name: string, text: string])[], every: number) {
  const faults: string[] = [];
  let [same, turn] = [0, 0];
  for (const [name, text] of texts) {
    const config = await readConfig(text, name).catch(() => undefined);
    for (const at of config === undefined ? [] : (['global', ...config.runners.keys()] as const)) {
      for (const key of allKeys(at === 'global' ? 'global' : 'runner')) {
        if (valueAt(placeIn(config!, at), key.path) === undefined && turn++ % every !== 0) continue;
        for (const trip of tripsFor(key, config!, at)) {
          const outcome = await travel(config!, at, trip);
          if (outcome === 'same') same++;
          else if (outcome !== 'refused') faults.push(`${name}: ${outcome}`);
        }
      }
    }
  }
  return { same, faults };
}

const textsIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.toml'))
    .sort()
    .map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);

test('what is set and unset, or added and removed, leaves the bytes of the file as they were', {
  timeout: 120_000,
}, async () => {
  const fixtures = textsIn('test/cases/fixtures/config');
  const others = [
    ['empty but for a comment', '# nothing yet\n'],
    ['without a line end', 'concurrent = 1'],
    ['a runner without a line end', '[[runners]]\n  name = "a"\n  executor = "shell"'],
    [
      'carriage returns',
      'concurrent = 1\r\n\r\n[[runners]]\r\n  name = "a"\r\n  [runners.cache]\r\n    Type = "s3"\r\n',
    ],
  ] as const;
  const generated = Array.from(
    { length: 6 },
    (_, at) => [`generated ${at}`, generateConfig(new Chance(at), 'native')] as const,
  );
  const { same, faults } = await travelAll([...fixtures, ...others, ...generated], 29);
  expect(faults.slice(0, 3)).toEqual([]);
  expect(same).toBeGreaterThan(800);
});

const corpus = process.env.CORPUS;

if (corpus !== undefined) {
  test('the same for every file of CORPUS', { timeout: 3_600_000 }, async () => {
    const { same, faults } = await travelAll(textsIn(corpus), 7);
    console.log(`${same} trips there and back`);
    expect(faults.slice(0, 3)).toEqual([]);
  });
}
