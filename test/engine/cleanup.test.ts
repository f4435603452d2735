import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runProgram } from '../harness/program.ts';
import { count, diskKinds, type SmallDisk } from './small-disk.ts';

const script = resolve(import.meta.dirname, '../../bin/runner-setup.js');
const kinds = diskKinds();
const all = Array.from({ length: count }, (_, at) => at + 1);
const cwd = resolve(import.meta.dirname, '..');

const labels = kinds.map(({ label }) => label).join(' and ');
console.log(
  kinds[0]!.isReal
    ? `container cleanup: on real engines: ${labels}`
    : 'container cleanup: no Podman here that may have a small tmpfs of its own, so on the recording stand-in',
);

describe.each(kinds)('container cleanup on $label', ({ program, lay, label }) => {
  let disk: SmallDisk;
  beforeEach(async () => {
    disk = await lay();
  });
  afterEach(() => disk.remove());

  const wordsOf = (words: readonly string[]) => [
    'container',
    'cleanup',
    '--engine',
    program,
    '--yes',
    ...disk.flags,
    ...words,
  ];
  const clean = async (...words: string[]) => {
    const { code, stdout, stderr } = await runProgram({ script, args: wordsOf(words), env: disk.env, cwd });
    return { code, stdout: String(stdout), stderr: String(stderr) };
  };

  test('begins below the low limit, oldest first, and ends as soon as enough is free', async () => {
    const before = disk.free().bytes;
    const [low, expected] = [before + 1_000_000, before + 12_000_000].map(String);
    const limits = [
      '--ttl',
      '0s',
      '--keep',
      'app:2',
      '--low-free-space',
      low!,
      '--expected-free-space',
      expected!,
    ];
    const first = await clean(...limits);
    expect(first.code, first.stderr).toBe(0);
    expect(disk.free().bytes).toBeGreaterThanOrEqual(Number(expected));
    // Twelve megabytes are three images; the second is kept, the fourth is in use.
    expect(disk.apps()).toEqual(all.filter((app) => ![1, 3, 5].includes(app)));
    expect(disk.containers()).toEqual(['database']);
    expect(disk.volumes()).toEqual(['data']);
    const again = await clean(...limits);
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Nothing to do: .* free\. Cleanup starts below /),
    });
    expect(disk.apps()).toHaveLength(9);
  });

  test('frees inodes, too', async () => {
    const before = disk.free().files;
    const expected = before + (program === 'docker' && disk.flags.length > 0 ? 2500 : 150);
    const { code, stderr } = await clean(
      '--ttl',
      '0s',
      '--low-free-files-count',
      `${before + 1}`,
      '--expected-free-files-count',
      `${expected}`,
    );
    expect(code, stderr).toBe(0);
    expect(disk.free().files).toBeGreaterThanOrEqual(expected);
    expect(disk.apps()).toEqual(all.filter((app) => app > 2));
  });

  test('without limits takes all that may go, and never what is in use or not of gitlab-runner', async () => {
    const { code, stdout } = await clean('--ttl', '0s', '--json');
    const told = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(told).toMatchObject({ action: 'cleaned', changed: true, cleanup: { refused: [] } });
    expect(told.cleanup.removed).toHaveLength(count - 1 + 2);
    expect(told.cleanup.freedBytes).toBeGreaterThan((count - 1) * 4_900_000);
    expect(disk.apps()).toEqual([4]);
    expect(disk.containers()).toEqual(['database']);
    expect(disk.volumes()).toEqual(['data']);
    expect(JSON.parse((await clean('--ttl', '0s', '--json')).stdout)).toMatchObject({
      action: 'unchanged',
      changed: false,
    });
  });

  // The other ways to the same engine need not show all of it again.
  if (label !== kinds[0]!.label) return;

  test('does nothing while enough is free, and nothing in a dry run', async () => {
    expect((await clean('--ttl', '0s', '--low-free-space', '1k')).code).toBe(0);
    const { code, stdout } = await clean('--ttl', '0s', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Nothing was removed\. This would free about /m);
    expect(disk.apps()).toEqual(all);
    expect(disk.containers()).toEqual(['database', 'job']);
  });

  test('says that it is still too full when nothing more may go', async () => {
    const { code, stderr } = await clean('--ttl', '0s', '--low-free-space', '1T');
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: Too little free space: .* free, and the limit is 1 TB\./);
    expect(disk.apps()).toEqual([4]);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    '%s in the middle leaves the rest, and the next run goes on',
    async (signal) => {
      const child = spawn(process.execPath, [script, ...wordsOf(['--ttl', '0s'])], { env: disk.env, cwd });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (!said.includes('image rm') && text.includes('image rm')) child.kill(signal);
        said += text;
      });
      const code = await new Promise((end) => child.on('close', (ended, by) => end(ended ?? by)));
      expect(code, said).toBe(signal === 'SIGKILL' ? 'SIGKILL' : 130);
      if (signal !== 'SIGKILL') expect(said).toMatch(/Stopping after this removal\.[\s\S]*^Canceled\.$/m);
      expect(disk.apps().length, said).toBeGreaterThan(1);
      expect(disk.apps()).toContain(4);
      expect((await clean('--ttl', '0s')).code).toBe(0);
      expect(disk.apps()).toEqual([4]);
    },
  );
});
