import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { checksumIn, fetchBinary } from '../../../src/app/runner-binary.ts';
import { linuxBinary } from '../../../src/host/platform/binaries/linux.ts';
import { speak } from '../../../src/terminal/say.ts';
import { realWorld } from '../../../src/world.ts';
import { startBucket } from '../../downloads/stand-in.ts';

const open_ = open;

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, open: vi.fn(real.open) };
});

const folder = mkdtempSync(join(tmpdir(), 'full-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a full disk ends the download, and leaves nothing', async () => {
  const bucket = await startBucket({ releases: { latest: { version: '18.5.0' } } });
  vi.mocked(open_).mockImplementationOnce(async (...given) => {
    const { open: real } = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises');
    const file = await real(...given);
    file.writeFile = () => Promise.reject(new Error('ENOSPC: no space left on device, write'));
    return file;
  });
  const world = realWorld(() => {});
  const mode = { json: true, quiet: true, verbose: false, debug: false, color: false };
  const request = {
    binary: { ...linuxBinary, folder: join(folder, 'bin') },
    root: '/',
    version: 'latest',
    name: bucket.binary,
    base: bucket.url,
    key: '',
    fingerprint: '',
    checksum: '0'.repeat(64),
  };
  const say = await speak(world, mode);
  const fetched = fetchBinary(request, request.checksum, {
    world,
    say,
    connect: () => ({ agent: 'test', proxies: {} }),
  });
  await expect(fetched).rejects.toMatchObject({
    message: expect.stringMatching(/cannot be written, so nothing was installed\.$/),
    why: 'ENOSPC: no space left on device, write',
  });
  expect(readdirSync(join(folder, 'bin'))).toEqual([]);
  await bucket.close();
});

const sum = 'a'.repeat(64);
const wanted = { name: 'gitlab-runner-linux-arm', version: 'latest' };

test.each([
  [`${'b'.repeat(64)}  binaries/gitlab-runner-linux-arm64\n${sum}  binaries/gitlab-runner-linux-arm\n`],
  [`${sum.toUpperCase()} *./binaries/gitlab-runner-linux-arm\r\n`],
  [`${sum}  binaries/gitlab-runner-linux-arm\n${sum}  binaries/gitlab-runner-linux-arm\n`],
])('the checksum of the file, whichever program wrote the list: %j', (list) => {
  expect(checksumIn(list, wanted)).toBe(sum);
});

test.each([
  [''],
  [`${sum}  old/binaries/gitlab-runner-linux-arm\n`],
  [`${sum}  binaries/gitlab-runner-linux-arm\n${'b'.repeat(64)}  binaries/gitlab-runner-linux-arm\n`],
])('no checksum where the list does not say one: %j', (list) => {
  expect(() => checksumIn(list, wanted)).toThrow('The latest release has no gitlab-runner-linux-arm.');
});
