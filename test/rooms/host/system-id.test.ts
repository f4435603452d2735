import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { idOf, systemIdFor } from '../../../src/host/system-id.ts';

const folder = mkdtempSync(join(tmpdir(), 'system-id-'));
const config = join(folder, 'config.toml');
const file = join(folder, '.runner_system_id');
const keep = (text: string) => writeFileSync(file, text);

afterAll(() => rmSync(folder, { recursive: true }));

test('the id comes from the machine id by gitlab-runner’s formula', () => {
  expect(idOf('0123456789abcdef0123456789abcdef')).toBe('s_ee3af03959fe');
});

test.each(['s_c2d22f638c25', 'r_AbCdEf123456', ' s_c2d22f638c25\n'])(
  'an id that was kept stays: %j',
  (text) => {
    keep(text);
    expect(systemIdFor(config, 'linux')).toEqual({ id: text.trim(), file, isKept: true });
  },
);

test.each(['', 's_short', 'x_c2d22f638c25', 's_c2d22f638c25 s'])('anything else is replaced: %j', (text) => {
  keep(text);
  const { id, isKept } = systemIdFor(config, 'linux');
  expect(isKept).toBe(false);
  expect(id).toMatch(/^(s_[0-9a-f]{12}|r_[0-9a-zA-Z]{12})$/);
});

test('without a machine id there is a new random one each time', () => {
  const ids = ['aix', 'aix'].map((platform) => systemIdFor(config, platform as NodeJS.Platform).id);
  expect(ids[0]).toMatch(/^r_[0-9a-zA-Z]{12}$/);
  expect(ids[0]).not.toBe(ids[1]);
});
