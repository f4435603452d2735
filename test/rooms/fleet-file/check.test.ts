import { expect, test } from 'vitest';
import { Trouble } from '../../../src/errors.ts';
import { readFleet } from '../../../src/fleet-file/check.ts';

const toml = `version = 1

[global]
concurrent = 10

[defaults]
labels = ["linux"]
[defaults.gitlab]
url = "https://gitlab.example.com"
access_token = "\${GITLAB_ACCESS_TOKEN}"

[[runners]]
key = "build-docker"
hosts = ["build-*"]
preset = "docker"
[runners.gitlab]
type = "instance"
tag_list = ["docker", "linux"]
[runners.config]
limit = 4
[runners.config.docker]
image = "alpine:latest"
`;

const yaml = `
# The same.
version: 1
global: { concurrent: 10 }
defaults:
  labels: [linux]
  preset:
  gitlab:
    url: https://gitlab.example.com
    access_token: \${GITLAB_ACCESS_TOKEN}
runners:
- key: build-docker
  hosts: ["build-*"]
  preset: docker
  gitlab:
    type: instance
    tag_list: [docker, linux]
  config:
    limit: 4
    docker: { image: "alpine:latest" }
`;

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

async function faultsOf(text: string, file: string): Promise<string> {
  try {
    await readFleet(text, file);
    return '';
  } catch (error) {
    if (error instanceof Trouble) return error.message;
    throw error;
  }
}

test('TOML, YAML, and JSON say the same', async () => {
  const fleet = plain(await readFleet(toml, 'runners.toml'));
  expect(fleet).toMatchObject({
    version: 1,
    defaults: { labels: ['linux'], config: {} },
    runners: [{ key: 'build-docker', preset: 'docker', config: { limit: 4 } }],
  });
  expect(plain(await readFleet(yaml, 'runners.yaml'))).toEqual(fleet);
  expect(plain(await readFleet(JSON.stringify(fleet, null, 2), 'runners.json'))).toEqual(fleet);
});

test.each([
  ['TOML', toml],
  ['TOML behind comments', `# a fleet\n\n${toml}`],
  ['TOML that begins with a table', '[global]\nconcurrent = 1\n'],
  ['YAML', yaml],
  ['JSON', '{ "version": 1 }'],
])('%s is known by its look', async (_, text) => {
  const fault = await faultsOf(text, 'standard input');
  expect(fault.replace(/.*version is missing.*/, '')).toBe('');
});

test.each([
  ['version = 2', 'f.toml, line 1, column 1: this version is not known; write version = 1'],
  ['concurrent = 2', 'f.toml, line 1, column 1: version is missing; write version = 1'],
])('%s', async (text, fault) => {
  expect(await faultsOf(text, 'f.toml')).toContain(fault);
});

test('every fault is named, with its place in TOML', async () => {
  const text = `version = 1
global = { concurent = 1 }
[[runners]]
executor = "shell"
[runners.gitlab]
tag_lst = ["a"]
type = "instances"
paused = "yes"
[runners.config]
limit = "4"
token = "glrt-1"
[runners.config.docker]
imgae = "x"
[[runners]]
key = "a b"
preset = "docker"
template = "x.toml"
gitlab = { type = "group", project_id = 3 }
[[runners]]
key = "a"
[[runners]]
key = "a"
`;
  expect((await faultsOf(text, 'f.toml')).split('\n')).toEqual([
    'f.toml, line 2, column 1: unknown key global.concurent; did you mean concurrent?',
    'f.toml, line 3, column 1: runner 1 has no key',
    'f.toml, line 4, column 1: unknown key runners.executor; did you mean config.executor?',
    'f.toml, line 6, column 1: unknown key runners.gitlab.tag_lst; did you mean tag_list?',
    'f.toml, line 7, column 1: type must be one of instance, group, project',
    'f.toml, line 8, column 1: paused must be true or false',
    'f.toml, line 10, column 1: limit must be a whole number, not a string',
    'f.toml, line 11, column 1: config cannot have token. Write it as gitlab.token.',
    'f.toml, line 13, column 1: unknown key runners.config.docker.imgae; did you mean image?',
    'f.toml, line 15, column 1: key "a b" must be 1 to 100 letters, digits, ".", "_", or "-"',
    'f.toml, line 17, column 1: preset and template cannot be combined',
    'f.toml, line 18, column 1: a runner has one owner, not group and project',
    'f.toml, line 22, column 1: key "a" is used twice',
  ]);
});

test('every fault is named, with its place in YAML', async () => {
  const text = `version: 1
runners:
  - key: a
    gitlab: { tag_list: [a], "tag_lst": [b] }
    config:
      docker:
        volumes:
          - 3
  - key: b
    confg:
      x: 1
    hosts: build
`;
  expect((await faultsOf(text, 'f.yml')).split('\n')).toEqual([
    'f.yml, line 4, column 31: unknown key runners.gitlab.tag_lst; did you mean tag_list?',
    'f.yml, line 7, column 9: docker.volumes must be a list of strings, but contains a whole number',
    'f.yml, line 10, column 5: unknown key runners.confg; did you mean config?',
    'f.yml, line 12, column 5: hosts must be a list of strings',
  ]);
});

test.each([
  ['f.toml', 'a = = 1\n', 'f.toml, line 1, column 5'],
  [
    'f.yaml',
    'a: 1\nruns: [ {key: a\n',
    'f.yaml, line 2, column 9: not valid YAML: this { is not closed, or a line in it is not indented.',
  ],
  ['f.yaml', 'a: [1\nb: 2\n', 'f.yaml, line 1, column 4: not valid YAML: this [ is not closed, or'],
  ['f.yaml', 'a: [\n1]\n', 'f.yaml, line 1, column 4: not valid YAML: this [ is not closed, or'],
  [
    'f.yaml',
    "a: don't [\nb: x[1] # it's {\nc: [1,\nd: 1\n",
    'f.yaml, line 3, column 4: not valid YAML: this [',
  ],
  ['f.yaml', "a: [\"\\\"]\", 'b''}', x\nb: 1\n", 'f.yaml, line 1, column 4: not valid YAML: this ['],
  ['f.yaml', 'a: "x\nb: 1\n', 'f.yaml, line 1, column 4: not valid YAML: this " is not closed'],
  ['f.json', '{"a": 1', 'f.json, line 1, column 1: not valid JSON: this { is not closed.'],
  ['f.yaml', 'a: 1\n---\nb: 2\n', 'f.yaml: not valid YAML: several documents in one file.'],
])('%s that cannot be read says where', async (file, text, fault) => {
  expect(await faultsOf(text, file)).toContain(fault);
});
