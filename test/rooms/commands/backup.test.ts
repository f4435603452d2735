import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mostFiles, packParts, partsOf, unpackParts } from '../../../src/app/archive.ts';
import { type Packed, packTar } from '../../../src/files/tar.ts';
import { cleanEnvironment, runProgram } from '../../harness/program.ts';

const script = resolve(import.meta.dirname, '../../../bin/runner-setup.js');
const text =
  'concurrent = 1\n[[runners]]\n  name = "a"\n  url = "https://gitlab.example.com"\n  token = "glrt-t1_abcdefghijklmnop"\n  executor = "shell"\n';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backup-'));
  mkdirSync(join(folder, 'certs'));
  put('config.toml', text);
  put('.runner_system_id', 's_0123456789ab');
  put('certs/gitlab.example.com.crt', 'PEM', 0o644);
  put('certs/gitlab.example.com.auth.key', 'KEY', 0o400);
});

afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, content: string, mode = 0o600) =>
  writeFileSync(join(folder, name), content, { mode });
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const modeOf = (name: string) => statSync(join(folder, name)).mode & 0o777;

async function run(...args: string[]) {
  const { code, stdout, stderr } = await runProgram({
    script,
    args,
    env: cleanEnvironment(folder),
    cwd: folder,
  });
  return { code, said: `${stdout}${stderr}` };
}

test('what was saved comes back with its modes, and the present files are kept', async () => {
  expect(await run('backup', 'b.tar.gz')).toMatchObject({ code: 0 });
  expect(modeOf('b.tar.gz')).toBe(0o600);
  put('config.toml', text.replace('= 1', '= 5'));
  rmSync(join(folder, 'certs'), { recursive: true });
  put('.runner_system_id', 's_ba9876543210');
  expect((await run('restore', 'b.tar.gz')).code).toBe(2);
  expect(read('config.toml')).toContain('concurrent = 5');
  const { code, said } = await run('restore', 'b.tar.gz', '--yes');
  expect(said).toContain('- concurrent = 5\n+ concurrent = 1');
  expect(said).toContain('The system ID of this machine changes.');
  expect(said).not.toContain('glrt-t1_abcdefghijklmnop');
  expect(code).toBe(0);
  expect([read('config.toml'), read('.runner_system_id')]).toEqual([text, 's_0123456789ab']);
  expect(modeOf('certs/gitlab.example.com.crt')).toBe(0o644);
  expect(modeOf('certs/gitlab.example.com.auth.key')).toBe(0o400);
  expect((await run('restore', 'b.tar.gz', '--yes')).said).toContain('Nothing to restore');
  expect((await run('restore', '.before-restore.tar.gz', '--yes')).code).toBe(0);
  expect(read('.runner_system_id')).toBe('s_ba9876543210');
  expect((await run('undo', '2')).code).toBe(0);
  expect(read('config.toml')).toContain('concurrent = 5');
});

test('the tar of the system reads it, and it reads that of the system', async () => {
  const { parts } = partsOf(join(folder, 'config.toml'));
  expect(unpackParts(packParts(parts), 'x')).toEqual(parts);
});

test('links among the certificates are left out', () => {
  symlinkSync('/etc/passwd', join(folder, 'certs/linked.crt'));
  const { parts, leftOut } = partsOf(join(folder, 'config.toml'));
  expect(parts.map(({ name }) => name)).not.toContain('certs/linked.crt');
  expect(leftOut).toEqual([join(folder, 'certs/linked.crt')]);
});

describe('an archive that was made to do harm', () => {
  const file = (name: string, content = 'x'): Packed => ({
    name: `gitlab-runner/${name}`,
    bytes: Buffer.from(content),
    mode: 0o4755,
    uid: 0,
    gid: 0,
    mtime: 0,
  });
  const config = file('config.toml', text);
  const bent = (change: (tar: Buffer) => void) => {
    const tar = packTar([config, file('certs/a.crt')]);
    change(tar);
    return gzipSync(tar);
  };
  const packed = (...files: Packed[]) => gzipSync(packTar(files));
  const resummed = (tar: Buffer) => {
    tar.write('        ', 148);
    const sum = tar.subarray(0, 512).reduce((all, byte) => all + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  };

  test.each([
    ['a path upwards', packed(config, file('../../etc/passwd')), /not a file of gitlab-runner/],
    ['a path upwards in certs', packed(config, file('certs/../x')), /not a file of gitlab-runner/],
    ['an absolute path', packed(config, { ...file(''), name: '/etc/passwd' }), /not a file of gitlab-runner/],
    ['a hidden certificate', packed(config, file('certs/.x')), /not a file of gitlab-runner/],
    [
      'a link',
      bent((tar) => {
        tar.write('2', 156);
        resummed(tar);
      }),
      /not a regular file/,
    ],
    [
      'a device',
      bent((tar) => {
        tar.write('3', 156);
        resummed(tar);
      }),
      /not a regular file/,
    ],
    [
      'a long name of GNU tar',
      bent((tar) => {
        tar.write('L', 156);
        resummed(tar);
      }),
      /not a regular file/,
    ],
    ['a wrong sum', bent((tar) => tar.write('8', 100)), /checksum/],
    [
      'a size that is not there',
      bent((tar) => {
        tar.write('77777777777', 124);
        resummed(tar);
      }),
      /cut off/,
    ],
    [
      'a size below zero',
      bent((tar) => {
        tar.write('-0000000001', 124);
        resummed(tar);
      }),
      /number/,
    ],
    ['half of it', gzipSync(packTar([config]).subarray(0, 600)), /cut off/],
    ['one name twice', packed(config, config), /twice/],
    ['no config.toml', packed(file('certs/a.crt')), /no config.toml/],
    ['a wrong system ID', packed(config, file('.runner_system_id', '$(reboot)')), /system ID/],
    ['a large certificate', packed(config, file('certs/a.crt', 'x'.repeat(2 ** 20 + 1))), /1 MiB/],
    [
      'too many files',
      packed(config, ...Array.from({ length: mostFiles }, (_, at) => file(`certs/${at}.crt`))),
      /more than 200/,
    ],
    ['a bomb', gzipSync(Buffer.alloc(40 * 2 ** 20)), /more than 32 MiB/],
    ['no archive', Buffer.from('no'), /gzip/],
  ])('%s is refused', (_, bytes, why) => {
    expect(() => unpackParts(bytes, 'x.tar.gz')).toThrow(
      expect.objectContaining({ why: expect.stringMatching(why) }),
    );
  });

  test('gets no rights for its files', async () => {
    writeFileSync(join(folder, 'x.tar.gz'), packed(config, file('certs/new.crt')));
    expect((await run('restore', 'x.tar.gz', '--yes')).code).toBe(0);
    expect(modeOf('certs/new.crt')).toBe(0o644);
  });
});
