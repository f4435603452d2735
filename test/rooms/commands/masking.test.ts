import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { maskToml } from '../../../src/config/mask.ts';
import { isTable, isTables, type Value } from '../../../src/config/model.ts';
import { readConfig } from '../../../src/config/read.ts';
import { writeValue } from '../../../src/config/write.ts';
import { cleanEnvironment, runProgram } from '../../harness/program.ts';
import { generateConfig } from '../config/generate.ts';
import { Chance } from '../config/random.ts';

// What may be hidden, by its key. All other values, and all keys and headers, are shown as they are.
const mayBeHidden: readonly RegExp[] = [
  /(^|\.)token$/,
  /(^|\.)(password|AccessKey|SecretKey|SessionToken|AccountKey|PrivateKey|sentry_dsn)$/,
  /(^|\.)MINIO_ROOT_PASSWORD$/,
  /(^|\.)environment(\.\d+)?$/,
  // Where only a part is one: in scripts, among arguments, and among options.
  /(^|\.)(\w+_script|config_args(\.\d+)?|MachineOptions(\.\d+)?)$/,
];

// Those that were hidden once for their length, or for what they are called.
const mustBeShown: readonly RegExp[] = [
  /(^|\.)(name|url|executor|image|BucketName|config_exec|run_as_user|limit|concurrent|tags\.\d+)$/,
  /(^|\.)(volumes|allowed_images)\.\d+$/,
];

const isAllowed = (path: string, value: string): boolean =>
  /:\/\/[^/\s]*:[^/\s]*@/.test(value) ||
  (mayBeHidden.some((one) => one.test(path)) && !mustBeShown.some((one) => one.test(path)));

const folder = mkdtempSync(join(tmpdir(), 'runner-setup-masking-'));
afterAll(() => rmSync(folder, { recursive: true }));

// Those of the cases, without the many that are short and alike, and the files of a folder that is named.
const fixtures = resolve(import.meta.dirname, '../../cases/fixtures/config');
const texts = [fixtures, ...(process.env.CORPUS === undefined ? [] : [process.env.CORPUS])].flatMap((from) =>
  readdirSync(from)
    .filter((name) => /^(?!shell|two|three).*\.toml$/.test(name))
    .map((name) => [name, readFileSync(join(from, name), 'utf8')] as const),
);

const readable = async (text: string): Promise<Map<string, string> | undefined> =>
  readConfig(text, 'config.toml').then(
    ({ root }) => new Map(leavesIn(root, '')),
    () => undefined,
  );

function leavesIn(value: Value, path: string): [string, string][] {
  if (Array.isArray(value) || isTables(value))
    return value.flatMap((one, at) => leavesIn(one, path === '' ? String(at) : `${path}.${at}`));
  if (!isTable(value)) return [[path, writeValue(value)]];
  return Object.entries(value).flatMap(([key, one]) => leavesIn(one, path === '' ? key : `${path}.${key}`));
}

/** Where the values of two texts differ that must not; fails where their keys differ. */
async function faultsOf(before: string, masked: string): Promise<string[]> {
  const [plain, shown] = [await readable(before), await readable(masked)];
  if (plain === undefined) return [];
  expect([...(shown ?? new Map()).keys()]).toEqual([...plain.keys()]);
  return [...plain].flatMap(([path, value]) =>
    value === shown!.get(path) || isAllowed(path, value)
      ? []
      : [`${path}: ${value} became ${shown!.get(path)}`],
  );
}

/** The texts that no output may hold: values that are hidden whole. */
const secretsIn = (plain: Map<string, string>, shown: Map<string, string>): string[] =>
  [...plain].flatMap(([path, value]) => {
    const words = value.slice(1, -1);
    const isWhole = shown.get(path) === '"[hidden]"' && /^(?=.*\d)[^<>{}]{8,}$/.test(words);
    return isWhole ? [words] : [];
  });

const file = join(folder, 'config.toml');

async function run(...words: string[]): Promise<{ stdout: string; all: string }> {
  const script = resolve(import.meta.dirname, '../../../bin/runner-setup.js');
  const env = cleanEnvironment(folder);
  const { stdout, stderr } = await runProgram({ script, args: [...words, '-c', file], env, cwd: folder });
  return { stdout: String(stdout), all: `${stdout}${stderr}` };
}

test('of files of all forms nothing is hidden but what may be', async () => {
  let count = 0;
  for (let seed = 1; seed <= 40; seed++) {
    for (const mode of ['native', 'tidy', 'wild'] as const) {
      const text = generateConfig(new Chance(seed), mode).replaceAll(
        '${RUNNER_TOKEN}',
        'glrt-t1_generated000001',
      );
      const masked = maskToml(text);
      expect(await faultsOf(text, masked)).toEqual([]);
      expect(masked).not.toContain('glrt-t1_generated000001');
      count += masked.split('[hidden]').length - 1;
    }
  }
  expect(count).toBeGreaterThan(100);
});

test.each(texts)('%s, as list, edit, undo, and doctor show it', { timeout: 120_000 }, async (name, text) => {
  const plain = await readable(text);
  if (plain === undefined) return;
  writeFileSync(file, 'x = 1\n', { mode: 0o600 });
  writeFileSync(join(folder, '.config.toml.previous'), text, { mode: 0o600 });
  const undo = await run('undo', '--dry-run', '--quiet');
  const added = undo.stdout.split('\n').filter((line) => line.startsWith('+'));
  const shown = added.map((line) => line.slice(2).replace(/^\\ufeff/, '')).join('\n');
  expect(added.length, undo.all).toBeGreaterThan(0);
  expect(await faultsOf(text, shown), name).toEqual([]);

  writeFileSync(file, text, { mode: 0o600 });
  const outputs = [
    undo,
    await run('edit', '--global', '--force', '--set', 'concurrent=77', '--dry-run'),
    await run('doctor', '--offline'),
  ];
  const known = new Set([...shown.split('\n'), 'concurrent = 77'].map((line) => line.trim()));
  const lines = outputs[1]!.stdout.split('\n').filter((line) => /^[-+ ] /.test(line));
  expect(lines.filter((line) => /hidden/.test(line) && !known.has(line.slice(2).trim()))).toEqual([]);
  const { root } = await readConfig(text, file);
  const runners = (Object.entries(root).find(([key]) => /^runners$/i.test(key))?.[1] ?? []) as Value[];
  for (const at of runners.keys()) {
    const listed = await run('list', `#${at + 1}`, '--json');
    outputs.push(listed);
    const { runners: told = [{ settings: [] }] } = JSON.parse(listed.stdout);
    const settings: { key: string; value: string }[] = told[0].settings.map(
      ({ key, value }: { key: string; value: unknown }) => ({ key, value: JSON.stringify(value) }),
    );
    const hidden = settings.filter(({ value }) => value.includes('[hidden]'));
    const isWrong = ({ key, value }: (typeof settings)[number]) =>
      !isAllowed(key.replaceAll(/\[(\d+)\]/g, '.$1'), value);
    expect(hidden.filter(isWrong), name).toEqual([]);
  }
  const all = outputs.map((one) => one.all).join('\n');
  expect(secretsIn(plain, (await readable(shown)) ?? new Map()).filter((one) => all.includes(one))).toEqual(
    [],
  );
});

test('a token that is a word of the program changes nothing but itself', { timeout: 120_000 }, async () => {
  const shownWith = async (token: string) => {
    const text = (limit: number) =>
      `concurrent = 3\n[[runners]]\nname = "n"\nlimit = ${limit}\nurl = "https://gitlab.example.com"\ntoken = "${token}"\nexecutor = "docker"\n[runners.docker]\nimage = "a"\n`;
    writeFileSync(file, text(1), { mode: 0o600 });
    writeFileSync(join(folder, '.config.toml.previous'), text(2), { mode: 0o600 });
    const set = ['edit', '#1', '-n', '--dry-run', '--set', 'docker.image=b', '--token', `${token}-2`];
    const { runners } = JSON.parse((await run('list', '--json')).stdout);
    return [
      await run('undo', '--dry-run'),
      await run('undo', '--dry-run', '--json'),
      await run(...set),
      await run(...set, '--json'),
      (await run('list')).stdout.split('\n')[0]!.split(/ +/),
      Object.keys(runners[0]),
    ];
  };
  const usual = await shownWith('an-ordinary-token-1');
  for (const token of ['name', 'runners', 'TOKEN', 'image', 'changes', 'runners.docker'])
    expect(await shownWith(token), token).toEqual(usual);
});
