import { expect, test } from 'vitest';
import { allKeys, type FoundKey } from '../../../src/app/config-keys.ts';
import { editsOf } from '../../../src/commands/edit/flags.ts';
import { planEdit } from '../../../src/commands/edit/plan.ts';
import { editConfig } from '../../../src/config/edit.ts';
import { lintText } from '../../../src/config/lint/index.ts';
import { DateTime, Float, type Value } from '../../../src/config/model.ts';
import { type Config, readConfig } from '../../../src/config/read.ts';
import { typeFaults } from '../../../src/config/types.ts';
import { readShellLine } from '../../../src/text/shell-line.ts';

const values: readonly Value[] = [
  'many',
  '4',
  'true',
  5,
  -1,
  new Float(2),
  new Float(2.5),
  true,
  new DateTime('2027-01-01'),
  [],
  ['a'],
  [1],
  ['a', 1],
  { a: 1 },
  [{ a: 1 }],
];

const runner = '[[runners]]\n  name = "one"\n  url = "https://gitlab.example.com"\n  token = "glrt-x"\n';

/** A file with a value at a key, whatever the key takes. */
async function fileWith({ level, path }: FoundKey, value: Value): Promise<Config> {
  const config = await readConfig(runner, 'config.toml');
  const text = editConfig(config, [{ do: 'set', at: level === 'global' ? 'global' : 0, path, value }]);
  return readConfig(text, 'config.toml');
}

async function afterCommand(config: Config, command: string): Promise<Config> {
  const { words } = readShellLine(`${command} `);
  const [, , at, flag, path, ...more] = words;
  expect([flag, more]).toEqual(['--unset', []]);
  const edits = editsOf(
    { verbFlags: { unset: [path!], ...(at === '--global' && { global: ['true'] }) } },
    {},
  );
  const runners = at === '--global' ? [] : [Number(at!.slice(1)) - 1];
  return (await planEdit(config, edits, { runners, isAll: false, forced: false })).after;
}

test('what lint says of a value of the wrong type works when typed, for every key', async () => {
  const counts = { removed: 0, repaired: 0, advised: 0 };
  const keys = [...allKeys('global'), ...allKeys('runner')];
  for (const [at, key] of keys.entries()) {
    for (const value of values.filter((_, index) => (at + index) % 4 === 0)) {
      const config = await fileWith(key, value);
      const { findings } = await lintText(config.text, config.file, {});
      for (const { next, fixable } of findings.filter(({ rule }) => rule === 'type')) {
        const command = /runner-setup edit .*/.exec(next!)?.[0];
        const remedies = typeFaults(config).flatMap(({ remedy }) => remedy ?? []);
        if (fixable) {
          expect(next).toContain('runner-setup doctor --fix');
          expect(typeFaults(await readConfig(editConfig(config, remedies), 'c'))).toEqual([]);
          counts.repaired++;
        } else if (command !== undefined) {
          expect(typeFaults(await afterCommand(config, command)).length).toBeLessThan(
            typeFaults(config).length,
          );
          counts.removed++;
        } else {
          expect(next).toMatch(/^Use the header \[.*\]\.$/);
          counts.advised++;
        }
      }
    }
  }
  expect(Math.min(counts.removed, counts.repaired)).toBeGreaterThan(100);
  expect(counts.advised).toBeGreaterThan(0);
});

// The file that edit opens may hold anything by now.
test.each(['add', 'remove'] as const)(
  '%s, in a list that holds a table, is refused with words',
  async (act) => {
    const text = `${runner}executor = "docker"\n[runners.docker]\nvolumes = ["/cache", { a = 1 }, 5]\n`;
    const config = await readConfig(text, 'config.toml');
    const edits = editsOf({ verbFlags: { [act]: ['docker.volumes=/x'] } }, {});
    const plan = planEdit(config, edits, { runners: [0], isAll: false, forced: false });
    await expect(plan).rejects.toThrow(
      'runners.docker.volumes must be a list of strings, but contains a table',
    );
  },
);
