import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { startGitlab } from '../gitlab/index.ts';
import { cleanEnvironment, runProgram } from '../harness/program.ts';

const script = fileURLToPath(new URL('../../bin/runner-setup.js', import.meta.url));

const scene = () => {
  const folder = mkdtempSync(join(tmpdir(), 'load-'));
  mkdirSync(join(folder, 'cache'), { mode: 0o700 });
  writeFileSync(join(folder, 'config.toml'), 'concurrent = 1\n', { mode: 0o600 });
  const { NODE_COMPILE_CACHE: _, ...clean } = cleanEnvironment(folder);
  const list = async (more: Record<string, string> = {}, args = ['list'], program = script) => {
    const env = { ...clean, XDG_CACHE_HOME: join(folder, 'cache'), ...more };
    const run = await runProgram({ script: program, args, env, cwd: folder });
    return { ...run, stdout: String(run.stdout), stderr: String(run.stderr) };
  };
  return { folder, cache: join(folder, 'cache'), kept: join(folder, 'cache', 'runner-setup'), list };
};

// Loaded before the program: says at the end how much of what was kept V8 took.
const countRefused = `
  const vm = require('node:vm');
  const all = [];
  vm.Script = class extends vm.Script {
    constructor(text, options) { super(text, options); if (options.cachedData) all.push(this.cachedDataRejected); }
  };
  process.on('exit', () => {
    const refused = all.filter(Boolean).length;
    console.error('taken ' + (all.length - refused) + ', refused ' + refused);
  });
`;

test('a program that is not whole is refused', async () => {
  const { folder, list } = scene();
  const copy = join(folder, 'copy');
  cpSync(join(dirname(script), '..', 'bin'), join(copy, 'bin'), { recursive: true });
  cpSync(join(dirname(script), '..', 'dist'), join(copy, 'dist'), { recursive: true });
  truncateSync(join(copy, 'dist', 'program'), 20_000);
  expect(await list({}, ['list'], join(copy, 'bin', 'runner-setup.js'))).toMatchObject({
    code: 1,
    stderr: 'error: runner-setup cannot load its own files: dist/program is not whole\n',
  });
});

test('a user without a home, who is in no file of users, can run the program', async () => {
  const { folder, list } = scene();
  const hook = join(folder, 'hook.cjs');
  writeFileSync(hook, "require('node:os').homedir = () => { throw new Error('no such user'); };");
  const run = await list({ HOME: '', XDG_CACHE_HOME: '', NODE_OPTIONS: `--require=${hook}` });
  expect(run).toEqual(await list());
});

describe('what is compiled of the program', () => {
  test('is kept for its user alone, and used by the next run', async () => {
    const { kept, list } = scene();
    const first = await list();
    const files = readdirSync(kept).sort();
    const ages = files.map((name) => statSync(join(kept, name)).mtimeMs);
    expect(files).toEqual([expect.stringMatching(/^list-[\da-f]{12}\.v/)]);
    expect(await list()).toEqual(first);
    expect(readdirSync(kept).sort()).toEqual(files);
    expect(files.map((name) => statSync(join(kept, name)).mtimeMs)).toEqual(ages);
    if (process.platform === 'win32') return;
    expect(statSync(kept).mode & 0o777).toBe(0o700);
    expect(files.map((name) => statSync(join(kept, name)).mode & 0o777)).toEqual(files.map(() => 0o600));
  });

  test.each([
    ['empty', () => Buffer.alloc(0)],
    ['cut', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
    ['altered', (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => (at < 64 ? byte ^ 0xff : byte)))],
    ['of another text', (bytes: Buffer) => Buffer.from(bytes).reverse()],
  ])('is passed over when it is %s', async (_, damaged) => {
    const { kept, list } = scene();
    const whole = await list();
    for (const name of readdirSync(kept)) {
      const path = join(kept, name);
      writeFileSync(path, damaged(readFileSync(path)));
    }
    expect(await list()).toEqual(whole);
  });

  test('is taken by V8 after a run that asked GitLab, too', async () => {
    const { folder, list } = scene();
    const gitlab = await startGitlab({
      runners: [{ id: 1, token: 'glrt-t1_load000000000001', type: 'instance' }],
    });
    const counts = join(folder, 'counts.cjs');
    writeFileSync(counts, countRefused);
    const words = ['register', '-n', '--url', gitlab.url, '--executor', 'shell'];
    const register = (config: string, more: Record<string, string>) =>
      list({ CI_SERVER_TOKEN: 'glrt-t1_load000000000001', ...more }, [...words, '--config', config]);
    const first = await register('one.toml', {});
    const second = await register('two.toml', { NODE_OPTIONS: `--require=${counts}` });
    await gitlab.close();
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(second.stderr).toMatch(/^taken [1-9]\d*, refused 0$/m);
  });

  test('is kept for each command apart, and for each way that it goes', async () => {
    const { folder, kept, list } = scene();
    const counts = join(folder, 'counts.cjs');
    writeFileSync(counts, countRefused);
    const taken = async (words: string[]) => {
      const { stderr } = await list({ NODE_OPTIONS: `--require=${counts}` }, words);
      return /^taken (\d+), refused 0$/m.exec(stderr)?.[1];
    };
    const ways = [['list'], ['list', '--json'], ['lint'], ['--version']];
    for (const words of ways) await list({}, words);
    const names = readdirSync(kept).map((name) => name.split('-')[0]);
    expect(names.sort()).toEqual(['lint', 'list', 'none']);
    for (const words of ways) expect(Number(await taken(words))).toBeGreaterThan(1);
    expect(await taken(['doctor', '--offline'])).toBe('0');
  });

  test('is not kept when Node is told to keep nothing', async () => {
    const { cache, list } = scene();
    await list({ NODE_DISABLE_COMPILE_CACHE: '1' });
    expect(readdirSync(cache)).toEqual([]);
  });

  test.skipIf(process.platform === 'win32')('is not kept where another user may write', async () => {
    const { cache, list } = scene();
    chmodSync(cache, 0o777);
    expect((await list()).code).toBe(0);
    expect(readdirSync(cache)).toEqual([]);
  });

  test.skipIf(process.getuid?.() !== 0)('is not kept by root in the folder of a lesser user', async () => {
    const { folder, cache, list } = scene();
    chownSync(cache, 1000, 1000);
    expect((await list()).code).toBe(0);
    expect(readdirSync(cache)).toEqual([]);
    chownSync(cache, 0, 0);
    chownSync(folder, 1000, 1000);
    expect((await list()).code).toBe(0);
    expect(readdirSync(cache)).toEqual([]);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'is not taken from a folder that another user makes meanwhile',
    async () => {
      const { folder, kept, list } = scene();
      await list();
      const hook = join(folder, 'hook.cjs');
      const old = `old${/\.v[^.]+\.[^.]+\.[^.]+$/.exec(readdirSync(kept)[0]!)![0]}`;
      renameSync(kept, `${kept}-other`);
      for (const name of [...readdirSync(`${kept}-other`), ''])
        chownSync(join(`${kept}-other`, name), 1000, 1000);
      writeFileSync(join(`${kept}-other`, old), '');
      utimesSync(join(`${kept}-other`, old), 1, 1);
      // At the first part the program has looked at the folder, and takes nothing of it yet.
      const move = `
      const Counted = vm.Script;
      vm.Script = class extends Counted {
        constructor(...words) { super(...words); if (fs.existsSync(from)) fs.renameSync(from, to); }
      };
    `;
      const names = `const [fs, from, to] = [require('node:fs'), ...${JSON.stringify([`${kept}-other`, kept])}];`;
      writeFileSync(hook, countRefused + names + move);
      const before = readdirSync(`${kept}-other`).sort();
      const { code, stderr } = await list({ NODE_OPTIONS: `--require=${hook}` });
      expect([code, stderr.match(/^taken.*$/m)?.[0]]).toEqual([0, 'taken 0, refused 0']);
      expect(readdirSync(kept).sort()).toEqual(before);
    },
  );

  test.skipIf(process.platform === 'win32')(
    'is not taken from a folder that everybody may write to',
    async () => {
      const { folder, kept, list } = scene();
      await list();
      chmodSync(kept, 0o1777);
      const counts = join(folder, 'counts.cjs');
      writeFileSync(counts, countRefused);
      expect((await list({ NODE_OPTIONS: `--require=${counts}` })).stderr).toMatch(/^taken 0, refused 0$/m);
    },
  );

  test.skipIf(process.platform === 'win32')('is passed over when it is a pipe', async () => {
    const { kept, list } = scene();
    const whole = await list();
    for (const name of readdirSync(kept).filter((one) => one.startsWith('list-'))) {
      rmSync(join(kept, name));
      execFileSync('mkfifo', [join(kept, name)]);
    }
    expect(await list()).toEqual(whole);
  });

  test('is removed after a month, and nothing else of the folder is', async () => {
    const { kept, list } = scene();
    mkdirSync(kept, { mode: 0o700 });
    const [own, other] = [`old.cjs-x.${process.version}-${process.arch}`, 'notes.txt'];
    for (const name of [own, other]) {
      writeFileSync(join(kept, name), '');
      utimesSync(join(kept, name), 1, 1);
    }
    await list();
    expect(readdirSync(kept)).toContain(other);
    expect(readdirSync(kept)).not.toContain(own);
  });

  test.each(['', 'relative', 'home/of/nobody'])(
    'makes no home of its own, where that is "%s"',
    async (name) => {
      const { folder, list } = scene();
      const before = readdirSync(folder);
      const HOME = name.includes('/') ? join(folder, name) : name;
      expect((await list({ HOME, XDG_CACHE_HOME: '' })).code).toBe(0);
      expect(readdirSync(folder)).toEqual(before);
    },
  );

  test('is no reason to fail where nothing can be written', async () => {
    const { folder, list } = scene();
    writeFileSync(join(folder, 'file'), '');
    expect(await list({ XDG_CACHE_HOME: join(folder, 'file') })).toEqual(await list());
  });

  test('is no reason to fail where the folder cannot be looked at', async () => {
    const { folder, list } = scene();
    const unseen = join(folder, 'n'.repeat(300), 'cache');
    expect(await list({ XDG_CACHE_HOME: unseen })).toEqual(await list());
  });
});
