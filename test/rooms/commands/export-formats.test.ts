import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse as parseHcl } from '@cdktf/hcl2json';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { AtGitlab, Exported } from '../../../src/commands/export/formats/format.ts';
import { formats } from '../../../src/commands/export/formats/index.ts';
import { sourceOf } from '../../../src/commands/export/source.ts';
import { isTable, isTables, sameValue, type Table, textIn, type Value } from '../../../src/config/model.ts';
import { parseValues } from '../../../src/config/parse.ts';
import { type Config, readConfig } from '../../../src/config/read.ts';
import { secretValues } from '../../../src/config/secret-places.ts';
import { entriesIn } from '../../../src/runner/select.ts';
import { isReference } from '../../../src/text/secrets.ts';
import { ansibleVariables, cloudConfig, composeFile, helmValues, userRunner } from './export-schemas.ts';

// The files of the cases, and those of a folder that is named.
const fixtures = resolve(import.meta.dirname, '../../cases/fixtures/config');
const folders = [fixtures, ...(process.env.CORPUS === undefined ? [] : [process.env.CORPUS])];
const read = await Promise.all(
  folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.toml'))
      .map(async (name) => {
        const text = readFileSync(join(folder, name), 'utf8');
        return [name, await readConfig(text, name).catch(() => undefined)] as const;
      }),
  ),
);
const configs = read.flatMap(([name, config]) => (config === undefined ? [] : [[name, config] as const]));

const kept: AtGitlab = {
  runner_type: 'project_type',
  project_id: 7,
  description: 'a "quoted" ${name}',
  tag_list: ['linux', 'a b', '${x}'],
  run_untagged: false,
  locked: true,
  access_level: 'ref_protected',
  maximum_timeout: 3600,
  paused: false,
  maintenance_note: 'line one\nline two',
};

const exported = async (format: string, config: Config, gitlab = false, open = false): Promise<Exported> => {
  const entries = entriesIn(config.runners);
  const known = new Map(gitlab ? entries.map(({ at }) => [at, kept]) : []);
  return (await formats[format]!.load())(
    sourceOf(config, entries, known, { showEnvironment: open, asSpelled: false }),
  );
};

const ajv = new Ajv({ allErrors: true, strict: false });
function expectFits(schema: object, value: unknown): void {
  const isFit = ajv.validate(schema, value);
  expect(isFit ? [] : ajv.errors).toEqual([]);
}

/** Where a value of an export differs from that of config.toml, but for references to variables in the place of secrets. */
function differences(there: Value | undefined, value: Value | undefined, path: string): string[] {
  if (typeof there === 'string' && typeof value === 'string') {
    const pieces = there.split(/\$\{[A-Z_][A-Z0-9_]*\}/).map((piece) => piece.replace(/[^\w\s]/g, '\\$&'));
    return new RegExp(`^${pieces.join('[\\s\\S]*')}$`).test(value) ? [] : [path];
  }
  if (Array.isArray(there) && Array.isArray(value) && there.length === value.length)
    return there.flatMap((one, at) => differences(one, value[at], `${path}.${at}`));
  if (!isTable(there) || !isTable(value)) return sameValue(there, value) ? [] : [path];
  // gitlab-runner takes keys whatever their case.
  const inLower = (table: Table) =>
    Object.entries(table).map(([key, inner]) => [key.toLowerCase(), inner] as const);
  const [left, right] = [new Map(inLower(there)), new Map(inLower(value))];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) =>
    differences(left.get(key), right.get(key), `${path}.${key}`),
  );
}

const expectSame = (text: string, config: Config): void =>
  expect(differences(parseValues(text), config.root, '')).toEqual([]);

const hasRunners = configs.filter(([, { root }]) => root.runners === undefined || isTables(root.runners));

describe.each(hasRunners)('%s', (_, config) => {
  test.each(Object.keys(formats).filter((name) => !formats[name]!.isFleet))(
    '%s holds no secret',
    async (format) => {
      const secrets = secretValues(config.text).filter(
        (one) => one.length > 3 && !isReference(one) && !/^(env|file):/.test(one),
      );
      for (const gitlab of [false, true]) {
        const { files } = await exported(format, config, gitlab);
        const text = files.map((file) => file.text).join('\n');
        expect(secrets.filter((one) => text.includes(`"${one}"`) || text.includes(`'${one}'`))).toEqual([]);
        expect(text).not.toMatch(/_SECRET_*\d+_/);
      }
    },
  );

  test('helm has values of the chart, and a template with one runner', async () => {
    const { files, omitted } = await exported('helm', config);
    for (const { text } of files) {
      const values = parse(text);
      expectFits(helmValues, values);
      const filled = values.runners.config
        .replace(/\{\{ required .*? \}\}/g, 'x')
        .replaceAll('{{ "{{" }}', '{{');
      expect(parseValues(filled).runners).toHaveLength(1);
    }
    const unfit = omitted.filter(({ key }) => key === 'runner');
    expect(files.length + unfit.length).toBe(config.runners.length);
  });

  test('ansible has variables of the role', async () => {
    for (const gitlab of [false, true]) {
      const { files } = await exported('ansible', config, gitlab);
      const tag = { tag: '!unsafe', resolve: (text: string) => text };
      expectFits(ansibleVariables, parse(files[0]!.text, { customTags: [tag] }));
    }
  });

  test('cloud-init writes the same config.toml', async () => {
    const { files } = await exported('cloud-init', config);
    expect(files[0]!.text).toMatch(/^#cloud-config\n/);
    const data = parse(files[0]!.text);
    expectFits(cloudConfig, data);
    expectSame(data.write_files[0].content, config);
  });

  test('compose mounts the same config.toml', async () => {
    const { files } = await exported('compose', config);
    expectFits(composeFile, parse(files[0]!.text));
    expectSame(files[1]!.text, config);
  });

  test('terraform has a resource for each runner, and their config.toml', async () => {
    for (const gitlab of [false, true]) {
      const { files } = await exported('terraform', config, gitlab);
      const { resource, locals } = await parseHcl('a.tf', files[0]!.text);
      const runners = Object.values(resource?.gitlab_user_runner ?? {}).flat();
      expect(runners).toHaveLength(config.runners.length);
      for (const one of runners) expectFits(userRunner, one);
      const text: string = locals[0].gitlab_runner_config;
      const filled = text
        .replace(/(?<!\$)\$\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}/g, 'x')
        .replace(/([$%])\1\{/g, '$1{');
      const there = parseValues(filled);
      expect((there.runners ?? []) as Table[]).toHaveLength(config.runners.length);
      for (const [at, runner] of ((there.runners ?? []) as Table[]).entries())
        expect(textIn(runner, 'executor')).toBe(textIn(config.runners[at], 'executor'));
    }
  });
});
