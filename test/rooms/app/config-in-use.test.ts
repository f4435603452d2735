import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configInUse, warnOfOtherFile } from '../../../src/app/config-in-use.ts';
import type { Say } from '../../../src/terminal/say.ts';

const folder = mkdtempSync(join(tmpdir(), 'in-use-'));
const [used, second, usual] = ['used.toml', 'second.toml', 'usual.toml'].map((name) =>
  join(folder, name),
) as [string, string, string];
writeFileSync(used, '');

const process = (config: string | undefined, uid = 1000, pid = 7) => ({ pid, uid, user: undefined, config });

function listen() {
  const said: string[] = [];
  const hear = (text: string) => said.push(text);
  return { said, say: { note: hear, warn: hear } as unknown as Say };
}

test.each([
  ['none runs', [], undefined],
  ['it uses another file than the usual one', [process(used)], used],
  ['one uses the usual file', [process(used), process(usual)], undefined],
  ['it runs as another user', [process(used, 0)], undefined],
  ['it hides its file', [process(undefined)], undefined],
  ['its folder is not there', [process('/nowhere/at/all/config.toml')], undefined],
])('the file in use, where %s', (_, running, expected) => {
  const { said, say } = listen();
  expect(configInUse(usual, { platform: 'linux', uid: 1000 }, say, running)).toBe(expected);
  expect(said).toEqual(
    expected === undefined ? [] : [`using ${used} of the running gitlab-runner (process 7).`],
  );
});

test("root's commands take the file of anybody's gitlab-runner", () => {
  const { say } = listen();
  expect(configInUse(usual, { platform: 'linux', uid: 0 }, say, [process(used)])).toBe(used);
});

test('of several files in use none is chosen', () => {
  const { say } = listen();
  const running = [process(used), process(second, 1000, 8)];
  expect(() => configInUse(usual, { platform: 'linux', uid: 1000 }, say, running)).toThrowError(
    expect.objectContaining({
      message: 'Several gitlab-runner processes are running, each with its own config.toml.',
      why: `They use ${used} (process 7), ${second} (process 8); none uses the default path.`,
      hint: `Select a file: --config ${used}`,
    }),
  );
});

test.each([
  ['none runs', [], false],
  ['it uses this file', [process(usual)], false],
  ['it uses another file', [process(used, 0)], true],
  ['one of two uses this file', [process(used), process(usual)], false],
  ['one hides its file', [process(used), process(undefined)], false],
])('before a file is written, where %s', (_, running, warned) => {
  const { said, say } = listen();
  warnOfOtherFile(usual, { platform: 'linux' }, say, running);
  const warning = `The running gitlab-runner (process 7) uses ${used}, not ${usual}. To change its file: --config ${used}`;
  expect(said).toEqual(warned ? [warning] : []);
});
