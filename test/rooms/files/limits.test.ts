import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment } from '../../harness/program.ts';

const script = fileURLToPath(new URL('../../../bin/runner-setup.js', import.meta.url));
const runner =
  '[[runners]]\n  name = "a"\n  url = "http://localhost:9"\n  token = "glrt-t1_aaaaaaaaaaaaaaaaaaaa"\n  executor = "shell"\n';

const scene = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'limits-'));
  mkdirSync(join(folder, 'home'));
  writeFileSync(join(folder, 'config.toml'), runner, { mode: 0o600 });
  return folder;
};

/** Runs a command of sh, in which `$NODE` is this Node and `$RUN` the program, in a folder; gives its end and what it said. */
function shell(folder: string, command: string): Promise<{ code: number | null; said: string }> {
  const env = {
    ...cleanEnvironment(folder),
    NODE: process.execPath,
    SCRIPT: script,
    RUN: `${process.execPath} ${script}`,
  };
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (said += bytes));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said }));
  });
}

const register = '$RUN register -n --url http://localhost:9 --executor shell';

describe.skipIf(process.platform === 'win32')('an input that cannot be read', () => {
  test.each([
    ['token file', `${register} --token-file /dev/zero`],
    ['template', `${register} --token glrt-t1_bbbbbbbbbbbbbbbbbbbb --template-config /dev/zero`],
    ['preset', `${register} --token glrt-t1_bbbbbbbbbbbbbbbbbbbb --preset /dev/zero`],
    ['CA file', `${register} --token glrt-t1_bbbbbbbbbbbbbbbbbbbb --tls-ca-file /dev/zero`],
    ['access token file', '$RUN unregister a -y --access-token-file /dev/zero'],
    ['docker config', '$RUN registry-auth add --all --docker-config /dev/zero --host -y'],
    ['file to lint', '$RUN lint /dev/zero'],
  ])('an endless %s is given up', async (_, command) => {
    const { code, said } = await shell(scene(), command);
    expect(said).toContain('/dev/zero is larger than 16 MiB.');
    expect(code).toBe(1);
  });

  test.each([
    ['token', `yes | ${register} --token-stdin`],
    ['file to lint', 'yes | $RUN lint -'],
    [
      'password',
      'yes | $RUN registry-auth add registry.example.com --username me --password-stdin --runner a',
    ],
  ])('an endless %s on standard input is given up', async (_, command) => {
    const { said } = await shell(scene(), command);
    expect(said).toContain('Standard input is larger than 16 MiB.');
  });

  test.each([
    ['config.toml', 'mkfifo pipe; $RUN list --config pipe', 'pipe is not a regular file'],
    ['config.toml', '$RUN list --config /dev/zero', '/dev/zero is not a regular file'],
    [
      'system ID',
      `mkfifo .runner_system_id; ${register} --token glrt-t1_bbbbbbbbbbbbbbbbbbbb`,
      '.runner_system_id is not a regular file',
    ],
    [
      'docker config',
      'mkdir home/.docker; mkfifo home/.docker/config.json; $RUN registry-auth list --host',
      'config.json is not a regular file',
    ],
  ])('a pipe or a device as %s is refused', async (_, command, words) => {
    const { code, said } = await shell(scene(), command);
    expect(said).toContain(words);
    expect(code).toBe(1);
  });

  test('a config.toml of 600 MB is refused', async () => {
    const folder = scene();
    truncateSync(join(folder, 'config.toml'), 600_000_000);
    for (const words of ['list', 'lint', 'doctor --offline', 'edit a --limit 3 -n']) {
      const { code, said } = await shell(folder, `$RUN ${words}`);
      expect(said).toContain('config.toml is larger than 16 MiB.');
      expect(code).toBe(1);
    }
    expect(readdirSync(folder).sort()).toEqual(['config.toml', 'home']);
  });

  test.runIf(process.platform === 'linux')('a token comes through a pipe of the shell', async () => {
    const { said } = await shell(scene(), `printf nonsense | ${register} --token-file /dev/stdin`);
    expect(said).not.toContain('cannot be read');
    expect(said).toContain('Cannot connect to localhost:9.');
  });
});

describe.skipIf(process.platform === 'win32')('a process that may not do much', () => {
  test('in a folder that was removed works with whole paths', async () => {
    const folder = scene();
    mkdirSync(join(folder, 'gone'));
    const gone = 'cd gone; rmdir ../gone;';
    const { code, said } = await shell(folder, `${gone} $RUN list`);
    expect([code, said.includes('1 runner in')]).toEqual([0, true]);
    mkdirSync(join(folder, 'gone'));
    const relative = await shell(folder, `${gone} $RUN list --config config.toml`);
    expect(relative).toEqual({
      code: 1,
      said: 'error: The current folder was removed, so config.toml does not exist.\n next: Change to a folder that exists (cd), or use an absolute path.\n',
    });
  });

  // Node itself needs some of these files, and how many depends on its version.
  test('with few open files ends in words, and changes the file wholly or not at all', async () => {
    const folder = scene();
    const config = `$NODE -e "process.stdout.write(require('fs').readFileSync('config.toml'))"`;
    for (let most = 19; most <= 26; most++) {
      const { code, said } = await shell(folder, `(ulimit -n ${most}; $RUN edit a --limit ${most} -n)`);
      if (code === 139 || /^node:|bin\/runner-setup.js'/m.test(said)) continue;
      expect(said).not.toMatch(/^\s+at /m);
      expect(said).toMatch(code === 0 ? /Changed limit/ : /^error: /m);
      const { said: text } = await shell(folder, config);
      expect(text.includes(`limit = ${most}\n`)).toBe(code === 0);
    }
  });

  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';

  test('under --permission ends in words', async () => {
    const folder = scene();
    const allowed = `$NODE ${permission} --allow-fs-read=${fileURLToPath(new URL('../../../', import.meta.url))}*`;
    for (const words of ['list', 'lint', 'edit a --limit 3 -n', 'undo -y', 'container status']) {
      const { code, said } = await shell(folder, `${allowed} $SCRIPT ${words}`);
      expect(said).toMatch(/^error: .*\n +why: .*--permission|^error: Node.js runs with --permission/m);
      expect(code).toBe(1);
    }
  });
});
