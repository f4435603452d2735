import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateConfig } from '../config/generate.ts';
import { Chance } from '../config/random.ts';
import { useFlags } from './edit-files.ts';

test('--set, --add, --remove and --unset change what they name and nothing else', async () => {
  let changed = 0;
  const faults: string[] = [];
  for (let at = 0; at < 12; at++) {
    const chance = new Chance(at + 1);
    const fared = await useFlags(generateConfig(chance, 'native'), `file ${at}`, chance, 5);
    changed += fared.changed;
    faults.push(...fared.faults);
  }
  expect(faults.slice(0, 3)).toEqual([]);
  expect(changed).toBeGreaterThan(100);
});

const corpus = process.env.CORPUS;

if (corpus !== undefined) {
  test('the same for every file of CORPUS', { timeout: 3_600_000 }, async () => {
    const sum = { changed: 0, refused: 0 };
    const faults: string[] = [];
    const unread: string[] = [];
    for (const name of readdirSync(corpus)
      .filter((file) => file.endsWith('.toml'))
      .sort()) {
      const text = readFileSync(join(corpus, name), 'utf8');
      const fared = await useFlags(text, name, new Chance(1), 10).catch(() => undefined);
      if (fared === undefined) unread.push(name);
      else {
        sum.changed += fared.changed;
        sum.refused += fared.refused;
        faults.push(...fared.faults);
      }
    }
    console.log(`${sum.changed} edits, ${sum.refused} refused; not readable: ${unread.join(', ')}`);
    expect(faults.slice(0, 5)).toEqual([]);
    expect(sum.changed).toBeGreaterThan(0);
  });
}
