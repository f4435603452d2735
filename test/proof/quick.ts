import { isDeepStrictEqual } from 'node:util';
import { parseStepwise, parseValues } from '../../src/config/parse.ts';
import { generateConfig, type Mode } from '../rooms/config/generate.ts';
import { Chance } from '../rooms/config/random.ts';

const modes: Mode[] = ['native', 'tidy', 'wild'];

/**
 * Reads generated files, sound and damaged, by the quick and by the stepwise parser; gives how many were sound and
 * broken, and the first text that they do not agree about: values, their kinds, the order of keys, the fault and its place.
 */
export function compareParsers(
  seed: number,
  count: number,
): { sound: number; broken: number; fault?: string } {
  const tally = { sound: 0, broken: 0 };
  for (let at = 0; at < count; at++) {
    const chance = new Chance(seed * 7919 + at);
    const whole = plain(generateConfig(chance, modes[at % modes.length]!));
    for (const text of [whole, damaged(whole, chance), damaged(whole, chance)]) {
      const quick = outcome(() => parseValues(text));
      const stepwise = outcome(() => parseStepwise(text));
      if (!isDeepStrictEqual(quick, stepwise))
        return { ...tally, fault: `seed ${seed}, file ${at}\n${text}` };
      tally[quick.isSound ? 'sound' : 'broken']++;
    }
  }
  return tally;
}

const plain = (text: string): string => text.replace('\ufeff', '').replaceAll('\r\n', '\n');

// Pieces that come near to what the quick parser takes whole.
const pieces =
  '" """ \' \\ \\u0041 # = [ ]] . \n \t \r \u007f \u0001 \u00e9 \ud83d\ude00 0 00 1_0 -1 +1 1.5 1e3 12345678901234567 2025-02-30T00:00:00Z 2025-02-03T04:05:06Z 25:00:00 04:05:06 true truex __proto__ a.b "a"'.split(
    ' ',
  );

function damaged(text: string, chance: Chance): string {
  const lines = text.split('\n');
  const line = chance.below(lines.length);
  const old = lines[line]!;
  const at = chance.below(old.length + 1);
  const cut = chance.happens(0.5) ? 0 : chance.below(6);
  const ways = [
    () => old.slice(0, at) + chance.one(pieces) + old.slice(at + cut),
    () => old.slice(0, at) + old.slice(at + cut),
    () => old.replace(/=.*/, `= ${chance.one(pieces)}`),
    () => chance.one(lines),
    () => `${old}\n${chance.one(lines)}`,
    () => `${old} `,
  ];
  lines[line] = chance.one(ways)();
  const joined = lines.join('\n');
  return chance.happens(0.1) ? joined.trimEnd() : chance.happens(0.1) ? joined.slice(0, -at) : joined;
}

function outcome(parse: () => unknown): {
  isSound: boolean;
  values?: unknown;
  keys?: string;
  fault?: unknown;
} {
  try {
    const values = parse();
    return {
      isSound: true,
      values,
      keys: JSON.stringify(values, (_, it) => (typeof it === 'bigint' ? `${it}n` : it)),
    };
  } catch (error) {
    const { message, line, column } = error as { message: string; line: number; column: number };
    return { isSound: false, fault: { message, line, column } };
  }
}

/**
 * Changes one generated runner after the other in a file of many, and reads each version once by what is remembered of
 * the one before and once anew; gives how many were sound and broken, and the first that the two ways do not agree about.
 */
export function compareBlocks(
  seed: number,
  count: number,
): { sound: number; broken: number; fault?: string } {
  const chance = new Chance(seed);
  const fresh = (name: number) => `[[runners]]\n  name = "${name}"\n  [runners.docker]\n`;
  const blocks = Array.from({ length: 12 }, (_, at) => fresh(at));
  const tally = { sound: 0, broken: 0 };
  for (let version = 0; version < count; version++) {
    const at = chance.below(blocks.length);
    const isOdd = blocks.every((block) => /docker\]\n$/.test(block)) || chance.happens(0.1);
    blocks[at] = isOdd ? `[[runners]]\n${chance.one(strays)}` : fresh(version);
    const head = chance.happens(0.1) ? chance.one(strays) : '';
    const text = `concurrent = ${version}\n${head}${blocks.join('')}`;
    const values = outcome(() => parseValues(text));
    if (
      !isDeepStrictEqual(
        values,
        outcome(() => parseStepwise(text)),
      )
    )
      return { ...tally, fault: `seed ${seed}, version ${version}\n${text}` };
    tally[values.isSound ? 'sound' : 'broken']++;
  }
  return tally;
}

// What makes a block mean something else where it stands, or look like the start of one.
const strays = [
  'name = "x"\n',
  'name = """\n[[runners]]\n"""\n',
  "name = '''\n[[runners]]\n'''\nlimit = 1\n",
  'list = [\n"[[runners]]",\n"b" ]\n',
  '[session_server]\nsession_timeout = 3\n',
  '[other]\nx = 1\n',
  '[[Runners]]\nx = 1\n',
  '[["runners"]]\nx = 1\n',
  '[runners.docker]\nimage = "a"\n[[runners.docker.services]]\nname = "b"\n',
  'docker.image = "a"\n',
  'text = "[[runners]]"\n',
  '# [[runners]]\n',
  'broken = \n',
  '',
];
