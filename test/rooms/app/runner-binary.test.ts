import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { checksumIn, fetchBinary } from '../../../src/app/runner-binary.ts';
import { linuxBinary } from '../../../src/host/platform/binaries/linux.ts';
import { speak } from '../../../src/terminal/say.ts';
import { realWorld } from '../../../src/world.ts';
import { type Bucket, startBucket } from '../../downloads/stand-in.ts';

const open_ = open;

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, open: vi.fn(real.open) };
});

const folder = mkdtempSync(join(tmpdir(), 'full-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const requestOf = (bucket: Bucket) => ({
  binary: { ...linuxBinary, folder: join(folder, 'bin') },
  root: '/',
  version: 'latest',
  name: bucket.binary,
  base: bucket.url,
  key: '',
  fingerprint: '',
  checksum: '0'.repeat(64),
});

async function reachNow() {
  const world = realWorld(() => {});
  const mode = { json: true, quiet: true, verbose: false, debug: false, color: false };
  return { world, say: await speak(world, mode), connect: () => ({ agent: 'test', proxies: {} }) };
}

test('a full disk ends the download, and leaves nothing', async () => {
  const bucket = await startBucket({ releases: { latest: { version: '18.5.0' } } });
  vi.mocked(open_).mockImplementationOnce(async (...given) => {
    const { open: real } = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises');
    const file = await real(...given);
    file.writeFile = () => Promise.reject(new Error('ENOSPC: no space left on device, write'));
    return file;
  });
  const fetched = fetchBinary(requestOf(bucket), '0'.repeat(64), await reachNow());
  await expect(fetched).rejects.toMatchObject({
    message: expect.stringMatching(/cannot be written, so nothing was installed\.$/),
    why: 'ENOSPC: no space left on device, write',
  });
  expect(readdirSync(join(folder, 'bin'))).toEqual([]);
  await bucket.close();
});

test('what a download that was killed has left is removed by the next one, and nothing else', async () => {
  const bucket = await startBucket({ releases: { latest: { version: '18.5.0' } } });
  const bin = join(folder, 'bin');
  const yesterday = Date.now() / 1000 - 90_000;
  for (const [name, time] of [
    ['.gitlab-runner-Ab12Cd', yesterday],
    ['.gitlab-runner-Xy34Zw', Date.now() / 1000],
    ['.gitlab-runner-notes', yesterday],
  ] as const) {
    mkdirSync(join(bin, name), { recursive: true });
    utimesSync(join(bin, name), time, time);
  }
  const fetched = fetchBinary(requestOf(bucket), '0'.repeat(64), await reachNow());
  await expect(fetched).rejects.toThrow('is not the expected one');
  expect(readdirSync(bin).sort()).toEqual(['.gitlab-runner-Xy34Zw', '.gitlab-runner-notes']);
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
