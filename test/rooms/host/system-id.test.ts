import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { machineIdIn } from '../../../src/host/platform/machine-id.ts';
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

test.each([
  [
    '+-o J314sAP  <class IOPlatformExpertDevice>\n    {\n      "IOPlatformSerialNumber" = "C02"\n      "IOPlatformUUID" = "A8226C69-2364-5B3E-83CC-1A72D7C1A679"\n    }\n',
    'A8226C69-2364-5B3E-83CC-1A72D7C1A679',
  ],
  [
    '\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\r\n    MachineGuid    REG_SZ    6ccd9bd0-418f-4b5d-a4ee-4b8b0b3a7b1f\r\n\r\n',
    '6ccd9bd0-418f-4b5d-a4ee-4b8b0b3a7b1f',
  ],
  ['4c4c4544-0044\n', '4c4c4544-0044'],
  ['ERROR: The system was unable to find the specified registry key or value.\r\n', undefined],
  ['', undefined],
])('the id of a machine is found in %j', (printed, id) => {
  expect(machineIdIn(printed)).toBe(id);
});
