import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { globalKeys, type Keys, keyOf, runnerKeys } from '../../../src/config/keys.ts';
import { fleetSchema } from '../../../src/fleet-file/schema.ts';

const shipped = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../../dist/fleet.schema.json'), 'utf8'),
) as object;
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(shipped);

const faultsOf = (text: string): string[] =>
  validate(load(text))
    ? []
    : validate.errors!.map(({ instancePath, message, params }) => {
        const { additionalProperty: stranger } = params as { additionalProperty?: string };
        return `${instancePath} ${message}${stranger === undefined ? '' : `: ${stranger}`}`;
      });

test('the schema in the package is the one of the program', () => {
  expect(shipped).toEqual(JSON.parse(JSON.stringify(fleetSchema())));
});

test.each([
  'version: 1',
  `
version: 1
global: { concurrent: 10, log_level: warn, session_server: { session_timeout: 60 } }
defaults:
  labels: [linux]
  gitlab: { url: https://gitlab.example.com, access_token: "\${TOKEN}", group_id: acme/tools }
  config: { environment: [A=1] }
runners:
- key: a
  hosts: [build-*]
  preset: docker
  gitlab: { type: group, tag_list: [a, b], run_untagged: true, access_level: ref_protected, maximum_timeout: 600 }
  config:
    executor: docker
    limit: 4
    docker:
      image: alpine
      pull_policy: [if-not-present]
      services: [{ name: redis, alias: db }]
      sysctls: { net.core.somaxconn: "1024" }
    feature_flags: { FF_SCRIPT_SECTIONS: true }
    autoscaler: { policy: [{ idle_count: 1, idle_time: 20m, scale_factor: 0.5 }] }
- key: b
  gitlab: { token: "file:token", project_id: 42 }
`,
])('a right fleet', (text) => {
  expect(faultsOf(text)).toEqual([]);
});

test.each([
  ['{}', " must have required property 'version'"],
  ['{ version: 2 }', '/version must be equal to constant'],
  ['{ version: 1, runner: [] }', ' must NOT have additional properties: runner'],
  ['{ version: 1, runners: [{}] }', "/runners/0 must have required property 'key'"],
  [
    '{ version: 1, runners: [{ key: a, gitlab: { tags: [a] } }] }',
    '/runners/0/gitlab must NOT have additional properties: tags',
  ],
  [
    '{ version: 1, runners: [{ key: a, config: { token: x } }] }',
    '/runners/0/config must NOT have additional properties: token',
  ],
  [
    '{ version: 1, runners: [{ key: a, config: { executor: dokcer } }] }',
    '/runners/0/config/executor must be equal to one of the allowed values',
  ],
  [
    '{ version: 1, runners: [{ key: a, config: { docker: { image: 3 } } }] }',
    '/runners/0/config/docker/image must be string',
  ],
  [
    '{ version: 1, runners: [{ key: a, config: { limit: "3" } }] }',
    '/runners/0/config/limit must be integer',
  ],
  [
    '{ version: 1, global: { log_level: loud } }',
    '/global/log_level must be equal to one of the allowed values',
  ],
])('%s: %s', (text, fault) => {
  expect(faultsOf(text)).toEqual([fault]);
});

describe('every key of config.toml', () => {
  const schema = fleetSchema() as { $defs: { config: Part }; properties: { global: Part } };
  type Part = { properties?: Record<string, Part>; items?: Part; description?: string };

  function lacking(keys: Keys, part: Part, path: string[]): string[] {
    return Object.keys(keys).flatMap((name) => {
      const key = keyOf(keys, name)!;
      const inner = part.properties?.[name];
      const here = [...path, name];
      if (inner === undefined) return [here.join('.')];
      if (key.kind === 'value') return inner.description ? [] : [`${here.join('.')} (description)`];
      return lacking(key.keys, key.kind === 'tables' ? inner.items! : inner, here);
    });
  }

  test('is in it, with its description, but for those that say which runner it is', () => {
    const global = lacking(globalKeys, schema.properties.global, []);
    const runner = lacking(runnerKeys, schema.$defs.config, []);
    expect([...global, ...runner]).toEqual(['url', 'id', 'token', 'token_obtained_at', 'token_expires_at']);
  });
});
