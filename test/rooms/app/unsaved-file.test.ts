import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openUnsaved, readUnsaved, type Wanted } from '../../../src/app/unsaved-file.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unsaved-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const wanted: Wanted = {
  runner: { name: 'n', url: 'https://gitlab.example.com' },
  asked: { call: 'create', body: { runner_type: 'instance_type', run_untagged: true } },
};
const head = (status: string, more = '') =>
  `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n${more}\r\n`;
const body = '{"id":7,"token":"glrt-t1_x","token_expires_at":"2030-01-02T03:04:05.000Z"}';

// What stands there when the run is killed after these pieces.
async function heard(...pieces: string[]) {
  const file = openUnsaved(join(folder, 'config.toml'), wanted);
  for (const piece of pieces) file.hear(Buffer.from(piece));
  file.close();
  const { runner, asked, isRefused } = (await readUnsaved(file.path))!;
  return {
    id: runner.id,
    token: runner.token,
    ends: String(runner.token_expires_at ?? ''),
    asked,
    isRefused,
  };
}

const none = { id: undefined, token: undefined, ends: '', asked: wanted.asked, isRefused: false };
const made = { ...none, id: 7, token: 'glrt-t1_x', ends: '2030-01-02T03:04:05.000Z' };

test.each<[string, string[], object]>([
  ['nothing', [], none],
  ['one piece', [head('201 Created') + body], made],
  [
    'pieces',
    [head('201 Created').slice(0, 20), head('201 Created').slice(20), body.slice(0, 9), body.slice(9)],
    made,
  ],
  ['chunks', [`${head('201 Created', 'Transfer-Encoding: chunked\r\n')}4b\r\n${body}\r\n0\r\n\r\n`], made],
  ['a long head', [head('201 Created', `X-Policy: ${'x'.repeat(5000)}\r\n`), body], made],
  ['a body that breaks off', [head('201 Created') + body.slice(0, 30)], none],
  ['a hint before it', ['HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n', head('201 Created') + body], made],
  ['an old proxy', [`${head('201 Created').replace('1.1', '1.0')}${body}`], made],
  ['429, then one more attempt', [`${head('429 Too Many Requests')}{}`, head('201 Created') + body], made],
  ['429 only', [`${head('429 Too Many Requests')}{"message":"later"}`], none],
  ['a refusal', [`${head('403 Forbidden')}{"message":"403 Forbidden"}`], { ...none, isRefused: true }],
  ['an answer of a gateway', [`${head('502 Bad Gateway')}<html>`], none],
])('of what GitLab sent before a kill is understood: %s', async (_, pieces, expected) => {
  expect(await heard(...pieces)).toEqual(expected);
});

test('the keys of the answer take the place of all that was heard, however long it was', async () => {
  const file = openUnsaved(join(folder, 'config.toml'), wanted);
  file.hear(Buffer.from(head('201 Created', `X-Policy: ${'x'.repeat(5000)}\r\n`) + body));
  expect(file.fill({ id: 7, token: 'glrt-t1_x' })).toBe(true);
  file.close();
  expect(
    readFileSync(file.path, 'utf8'),
  ).toBe(`# A token from GitLab that is not in config.toml yet. runner-setup removes this file after saving the token.
# To save it, when runner-setup is not running: runner-setup doctor --fix

[[runners]]
  name = "n"
  url = "https://gitlab.example.com"
  id = 7
  token = "glrt-t1_x"
`);
});
