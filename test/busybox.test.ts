import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startGitlab } from './gitlab/index.ts';
import { busyboxes, busyboxIn } from './harness/busybox.ts';
import { cleanEnvironment, runProgram } from './harness/program.ts';

const script = fileURLToPath(new URL('../bin/runner-setup.js', import.meta.url));
const token = 'glrt-t1_busybox00000001';

test.each(busyboxes)(
  'the way of a runner on a machine with the programs of busybox (%s)',
  async (busybox) => {
    const dir = mkdtempSync(join(tmpdir(), 'busybox-'));
    const gitlab = await startGitlab({ runners: [{ id: 1, token, type: 'instance' }] });
    const PATH = busyboxIn(join(dir, 'bin'), busybox);
    const env = { ...cleanEnvironment(dir), PATH, SHELL: '/bin/ash' };
    const run = async (line: string) => {
      const { code, stdout, stderr } = await runProgram({ script, args: line.split(' '), env, cwd: dir });
      return { code, said: `${stdout}${stderr}`.replaceAll(gitlab.url, 'GITLAB').replaceAll(dir, 'DIR') };
    };
    writeFileSync(join(dir, 'token'), token, { mode: 0o600 });
    try {
      const steps = [
        `register -n --url ${gitlab.url} --token-file token --executor shell --name a`,
        'list',
        'edit a --limit 1',
        'undo',
        'backup saved.tar.gz',
        'edit a --limit 1',
        'restore saved.tar.gz --yes',
        'verify',
        'doctor',
        'unregister a',
      ];
      for (const line of steps)
        expect([line, await run(line)]).toEqual([line, { code: 0, said: expect.any(String) }]);
      expect(readFileSync(join(dir, 'config.toml'), 'utf8')).not.toContain('[[runners]]');
      expect(await run('container status')).toEqual({
        code: 1,
        said: expect.stringContaining('Install Podman with the package manager of this system'),
      });
    } finally {
      await gitlab.close();
      rmSync(dir, { recursive: true });
    }
  },
);
