import { expect, test } from 'vitest';
import { completeRunner } from '../../../src/config/canonical.ts';
import { readConfig } from '../../../src/config/read.ts';
import { Trouble } from '../../../src/errors.ts';
import { Chance } from './random.ts';
import { chooseTrial, tryEdit, useBlock } from './torture.ts';

async function verdict(text: string): Promise<'TOML' | 'read all the same' | 'refused'> {
  try {
    return (await readConfig(text, 'config.toml')).redefined ? 'read all the same' : 'TOML';
  } catch (error) {
    if (error instanceof Trouble) return 'refused';
    throw error;
  }
}

// Each of these was asked of BurntSushi/toml 1.6.0.
test.each([
  ['a.b = 1\n[a.c]\n', 'TOML'],
  ['a.b = 1\n[a]\nc = 2\n', 'read all the same'],
  ['a.b = 1\na.c = 2\n[a]\n', 'refused'],
  ['a.b.c = 1\n[a]\n', 'read all the same'],
  ['a.b.c = 1\na.d.e = 2\n[a]\n', 'refused'],
  ['a = { b = 1 }\n[a]\n', 'refused'],
  ['a = { b = 1 }\n[a.c]\n', 'read all the same'],
  ['a = { b = 1 }\n[[a.c]]\n', 'read all the same'],
  ['a = { b = 1 }\na.c = 2\n', 'read all the same'],
  ['a = { b = 1 }\n[a.b]\n', 'refused'],
  ['a.c = 2\na = { b = 1 }\n', 'refused'],
  ['a = [{ b = 1 }]\n[[a]]\n', 'refused'],
  ['a = [{ b = 1 }]\n[a.c]\n', 'refused'],
  ['[a]\n[a]\n', 'refused'],
  ['[a.b]\n[a]\n[a]\n', 'refused'],
  ['[[a]]\n[a.b.c]\n[[a]]\n[a.b]\n[a.b]\n', 'read all the same'],
  ['a = 1\na = 2\n', 'refused'],
  ['a.b = 1\n[a] c = 2\n', 'refused'],
  ['a.b = "x" a.c = "y"\n[a]\n', 'refused'],
  ['a.b = 1\n[a]\nc = [1,\n[a.d]\n', 'refused'],
])('%j: %s', async (text, is) => {
  expect(await verdict(text)).toBe(is);
});

const dotted = ['docker.image = "x" # one', 'docker.tmpfs."/a" = "1"', 'session.x = 1'];
const inline = [
  'docker = { image = "x", tmpfs = { "/a" = "1" } } # in',
  'docker = {}',
  'cache = { Type = "s3" }',
];
const sections = [
  '[runners.docker]\n    privileged = true\n    volumes = ["/cache"]',
  '[runners.docker.sysctls]\n    a = "1"',
  '[runners.docker.tmpfs]\n    "/b" = "2"',
  '[[runners.docker.services]]\n    name = "redis"\n    # about the alias\n    alias = "r"',
  '[runners.cache.s3]\n    BucketName = "b" # bucket',
];

function redefining(chance: Chance): string {
  const runner = () => [
    ...['', '# about the runner', '[[runners]]', '  name = "n"'],
    ...[...chance.some(dotted, 0.4), ...chance.some(inline, 0.3)].map((line) => `  ${line}`),
    ...chance.some(chance.shuffled(sections), 0.5).map((section) => `  ${section}`),
  ];
  return ['concurrent = 1', ...runner(), ...runner(), ''].join('\n');
}

test('random edits of such files change what they are meant to change, or are refused', async () => {
  useBlock(
    completeRunner({ name: 'new', url: 'https://gitlab.example.com', token: 'glrt-x', executor: 'docker' }),
  );
  const counts = { edited: 0, refused: 0 };
  for (let at = 0; at < 1500; at++) {
    const chance = new Chance(at);
    const text = redefining(chance);
    if ((await verdict(text)) !== 'read all the same') continue;
    const trial = chooseTrial(await readConfig(text, 'config.toml'), chance);
    const fault = await tryEdit(text, trial);
    if (fault?.includes('could not be changed without harm')) counts.refused++;
    else if (fault === undefined) counts.edited++;
    else expect.fail(`${JSON.stringify(trial)}\n${fault}\n${text}`);
  }
  expect(counts.edited).toBeGreaterThan(200);
  expect(counts.refused).toBeLessThan(counts.edited / 50);
});
