import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { otherConfigs, refuseToRemove } from '../../../src/commands/uninstall/left-runners.ts';

const folder = mkdtempSync(join(tmpdir(), 'left-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
for (const name of ['usual.toml', 'other.toml', 'container.toml']) writeFileSync(at(name), '');
symlinkSync(at('usual.toml'), at('link.toml'));

test('a file elsewhere that a service reads stays, once', () => {
  const services = ['other.toml', 'other.toml', 'usual.toml', 'link.toml', 'gone.toml'].map(
    (name) => ({ manager: 'systemd', config: at(name) }) as const,
  );
  const container = { manager: 'Quadlet', config: at('container.toml') } as const;
  expect(
    otherConfigs([...services, container, { manager: 'init', config: undefined }], at('usual.toml')),
  ).toEqual([at('other.toml')]);
});

test('a folder with the file of another service is not removed', () => {
  expect(() => refuseToRemove(folder, [at('other.toml')])).toThrow(
    `--remove-config would also remove ${at('other.toml')}`,
  );
  expect(() => refuseToRemove(at('.'), [at('other.toml')])).toThrow();
  mkdirSync(at('usual'));
  expect(() => refuseToRemove(at('usual'), [at('usual.toml')])).not.toThrow();
  expect(() => refuseToRemove(at('gone'), [at('usual.toml')])).not.toThrow();
});
