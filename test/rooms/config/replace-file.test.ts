import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'rolldown';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { inspectFile, readPrevious, replaceFile, restorePrevious } from '../../../src/config/replace-file.ts';
import { refusal } from './given.ts';

const machine = { pid: process.pid, hostname: 'here', isWindows: process.platform === 'win32' };
const how = { machine };
let built: string;
let folder: string;
let path: string;

beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), 'writer-'));
  await build({
    input: join(import.meta.dirname, 'writer.ts'),
    platform: 'node',
    output: { dir: built, format: 'esm' },
    logLevel: 'silent',
  });
});

afterAll(() => rmSync(built, { recursive: true }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
  path = join(folder, 'config.toml');
});

afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

const modeOf = (file: string) => (statSync(file).mode & 0o7777).toString(8);
const put = (text: string) => replaceFile(path, () => text, how);

describe('a file is written', () => {
  test('new: readable by its owner only, its folder too', async () => {
    path = join(folder, 'a', 'b', 'config.toml');
    expect(await put('x = 1\n')).toEqual({ written: true, before: undefined, after: 'x = 1\n' });
    expect(readFileSync(path, 'utf8')).toBe('x = 1\n');
    expect([modeOf(path), modeOf(join(folder, 'a')), modeOf(join(folder, 'a', 'b'))]).toEqual([
      '600',
      '700',
      '700',
    ]);
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['config.toml']);
  });

  test('in place of another: with its mode and owner, the version before beside it', async () => {
    writeFileSync(path, 'old\n');
    chmodSync(path, 0o640);
    const owner = process.getuid?.() === 0 ? [1234, 5678] : [process.getuid!(), process.getgid!()];
    chownSync(path, owner[0]!, owner[1]!);
    const { ino } = statSync(path);
    expect(await put('new\n')).toEqual({ written: true, before: 'old\n', after: 'new\n' });
    expect([readFileSync(path, 'utf8'), modeOf(path), statSync(path).uid, statSync(path).gid]).toEqual([
      'new\n',
      '640',
      ...owner,
    ]);
    expect(statSync(path).ino).not.toBe(ino);
    expect(readdirSync(folder).sort()).toEqual(['.config.toml.previous', 'config.toml']);
    expect([
      readFileSync(join(folder, '.config.toml.previous'), 'utf8'),
      modeOf(join(folder, '.config.toml.previous')),
    ]).toEqual(['old\n', '600']);
  });

  test('not at all when nothing changes: not even its time stamp', async () => {
    writeFileSync(path, 'same\n');
    utimesSync(path, 1000, 1000);
    expect(await replaceFile(path, () => undefined, how)).toEqual({
      written: false,
      before: 'same\n',
      after: 'same\n',
    });
    expect(await put('same\n')).toEqual({ written: false, before: 'same\n', after: 'same\n' });
    expect(statSync(path).mtimeMs).toBe(1_000_000);
    expect(readdirSync(folder)).toEqual(['config.toml']);
  });

  test('where a symbolic link leads', async () => {
    mkdirSync(join(folder, 'real'));
    writeFileSync(join(folder, 'real', 'target.toml'), 'old\n');
    symlinkSync('real/target.toml', path);
    await put('new\n');
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'real', 'target.toml'), 'utf8')).toBe('new\n');
    expect(readPrevious(path)).toBe('old\n');
  });

  test('in place where the file has a second name', async () => {
    writeFileSync(path, 'the old and longer text\n');
    linkSync(path, join(folder, 'other.toml'));
    const said: string[] = [];
    await replaceFile(path, () => 'new\n', { machine, warn: (text) => said.push(text) });
    expect(readFileSync(join(folder, 'other.toml'), 'utf8')).toBe('new\n');
    expect(readPrevious(path)).toBe('the old and longer text\n');
    expect(said).toEqual([
      `${path} was rewritten in place, because it cannot be replaced. The previous version is in ${join(folder, '.config.toml.previous')}`,
    ]);
  });

  test('in place and with nothing kept, where nothing is to be kept', async () => {
    writeFileSync(path, 'a secret\n');
    writeFileSync(join(folder, '.config.toml.previous'), 'an older secret\n');
    linkSync(path, join(folder, 'other.toml'));
    const said: string[] = [];
    const more = { keep: () => undefined, mode: () => 0o600 };
    chmodSync(path, 0o644);
    await replaceFile(path, () => 'new\n', { machine, warn: (text) => said.push(text), ...more });
    expect(said).toEqual([`${path} was rewritten in place, because it cannot be replaced`]);
    expect(readdirSync(folder).sort()).toEqual(['config.toml', 'other.toml']);
    expect([readFileSync(join(folder, 'other.toml'), 'utf8'), modeOf(path)]).toEqual(['new\n', '600']);
  });

  test('with another mode and another text kept beside it, when asked to', async () => {
    writeFileSync(path, 'one\n');
    chmodSync(path, 0o644);
    await put('two\n');
    const seen: unknown[] = [];
    await replaceFile(path, () => 'one\n', {
      machine,
      mode: (now) => now & 0o7700,
      keep: (kept, held) => {
        seen.push(kept(), held);
        return 'zero\n';
      },
    });
    expect(seen).toEqual(['one\n', 'two\n']);
    expect([modeOf(path), readPrevious(path)]).toEqual(['600', 'zero\n']);
  });

  test('for its user, where it is another one: in a folder of that user, and through no link', async () => {
    const [uid, gid] = process.getuid?.() === 0 ? [1234, 5678] : [process.getuid!(), process.getgid!()];
    const owner = { uid, gid };
    const home = join(folder, 'home');
    mkdirSync(home);
    chownSync(home, uid, gid);
    await replaceFile(join(home, 'config.json'), () => '{}\n', { machine, owner });
    const { uid: user, gid: group } = statSync(join(home, 'config.json'));
    expect([user, group, modeOf(join(home, 'config.json'))]).toEqual([uid, gid, '600']);

    mkdirSync(join(folder, 'root'));
    symlinkSync(join(folder, 'root'), join(home, '.docker'));
    const linked = join(home, '.docker', 'config.json');
    writeFileSync(join(folder, 'root', 'config.json'), 'mine\n');
    expect(await refusal(() => replaceFile(linked, () => 'theirs\n', { machine, owner }))).toBe(
      `${linked} is not in a folder of its owner (uid ${uid})
A job that runs as this user could have created a link there to overwrite a file of another user.
Check it: ls -ld ${join(home, '.docker')} ${linked}`,
    );
    expect(readFileSync(join(folder, 'root', 'config.json'), 'utf8')).toBe('mine\n');
  });

  test('with what a killed run left swept away, and nothing else', async () => {
    writeFileSync(join(folder, '.config.toml.0123456789ab.tmp'), 'half');
    writeFileSync(join(folder, '.config.toml.mine.tmp'), 'mine');
    await put('new\n');
    expect(readdirSync(folder).sort()).toEqual(['.config.toml.mine.tmp', 'config.toml']);
  });

  test('anew when another program changes the file meanwhile', async () => {
    writeFileSync(path, 'one\n');
    const seen: (string | undefined)[] = [];
    const result = await replaceFile(
      path,
      ({ text }) => {
        seen.push(text);
        if (seen.length === 1) writeFileSync(path, 'one\nrotated\n');
        return `${text}mine\n`;
      },
      how,
    );
    expect(seen).toEqual(['one\n', 'one\nrotated\n']);
    expect(result).toEqual({ written: true, before: 'one\nrotated\n', after: 'one\nrotated\nmine\n' });
    expect(readPrevious(path)).toBe('one\nrotated\n');
  });

  test('never when another program changes it all the time', async () => {
    let count = 0;
    const act = () =>
      replaceFile(
        path,
        () => {
          writeFileSync(path, `theirs ${++count}\n`);
          return 'mine\n';
        },
        how,
      );
    expect(await refusal(act)).toBe(
      `Another program keeps changing ${path}\nStop that program, then run the command again. Nothing was changed.`,
    );
    expect(readFileSync(path, 'utf8')).toBe('theirs 5\n');
    expect(readdirSync(folder)).toEqual(['config.toml']);
  });

  test('not when deciding fails, and the lock is free again', async () => {
    writeFileSync(path, 'old\n');
    await expect(replaceFile(path, () => Promise.reject(new Error('no')), how)).rejects.toThrow('no');
    expect(readdirSync(folder)).toEqual(['config.toml']);
  });
});

describe('where a folder cannot be synced', () => {
  const failing = async (code: string) => {
    const sample = await open('/dev/null');
    const handle = Object.getPrototypeOf(sample) as FileHandle;
    await sample.close();
    const own = handle.sync;
    return vi.spyOn(handle, 'sync').mockImplementation(async function (this: FileHandle) {
      if ((await this.stat()).isDirectory()) throw Object.assign(new Error(code), { code, errno: -1 });
      return own.call(this);
    });
  };

  test.each(['EPERM', 'EINVAL', 'EISDIR', 'ENOTSUP', 'ENOSYS'])(
    'for %s, a file is changed and put back all the same',
    async (code) => {
      writeFileSync(path, 'old\n');
      const spy = await failing(code);
      try {
        await put('new\n');
        expect([readFileSync(path, 'utf8'), readPrevious(path)]).toEqual(['new\n', 'old\n']);
        await restorePrevious(path, how);
        expect(readFileSync(path, 'utf8')).toBe('old\n');
      } finally {
        spy.mockRestore();
      }
    },
  );
});

describe('the version before', () => {
  test('comes back, and goes again', async () => {
    writeFileSync(path, 'one\n');
    await put('two\n');
    expect(await restorePrevious(path, how)).toEqual({ written: true, before: 'two\n', after: 'one\n' });
    expect(readFileSync(path, 'utf8')).toBe('one\n');
    expect(await restorePrevious(path, how)).toEqual({ written: true, before: 'one\n', after: 'two\n' });
    expect(readFileSync(path, 'utf8')).toBe('two\n');
  });

  test('is not taken from where a link leads', async () => {
    writeFileSync(path, 'one\n');
    writeFileSync(join(folder, 'secret'), 'of somebody else\n');
    symlinkSync('secret', join(folder, '.config.toml.previous'));
    const words = `${join(folder, '.config.toml.previous')} is a symbolic link, so it is not a backup made by runner-setup
A user with write access to the folder could make runner-setup show or restore a file of another user.
Check it: ls -l ${join(folder, '.config.toml.previous')}
Then remove it; the next change makes a new backup: rm ${join(folder, '.config.toml.previous')}`;
    expect(await refusal(() => readPrevious(path))).toBe(words);
    expect(await refusal(() => restorePrevious(path, how))).toBe(words);
    await put('two\n');
    expect([readFileSync(join(folder, 'secret'), 'utf8'), readPrevious(path)]).toEqual([
      'of somebody else\n',
      'one\n',
    ]);
  });

  test('is missed when there is none', async () => {
    writeFileSync(path, 'one\n');
    expect(readPrevious(path)).toBeUndefined();
    expect(await refusal(() => restorePrevious(path, how))).toBe(`There is no earlier version of ${path}.`);
  });
});

describe('before anything happens', () => {
  test('a file that is not there is nothing', () => {
    const found = inspectFile(join(folder, 'deep', 'er', 'config.toml'));
    expect([found.text, found.warnings, readdirSync(folder)]).toEqual([undefined, [], []]);
  });

  test('the text is read as it is, byte order mark and all', () => {
    writeFileSync(path, '\ufeffx = 1\r\n', { mode: 0o600 });
    expect([inspectFile(path).text, inspectFile(path).warnings, readdirSync(folder)]).toEqual([
      '\ufeffx = 1\r\n',
      [],
      ['config.toml'],
    ]);
  });

  test('a file that everybody can read is warned about', () => {
    const ending = 'and other users can access it (mode 0644). To fix this: chmod 600';
    writeFileSync(path, 'concurrent = 1\n');
    chmodSync(path, 0o644);
    expect(inspectFile(path).warnings).toEqual([`${path} is where tokens are stored, ${ending} ${path}`]);
    writeFileSync(path, '[[runners]]\n  token = "glrt-t1_a"\n');
    expect(inspectFile(path).warnings).toEqual([`${path} contains tokens, ${ending} ${path}`]);
  });

  test('a directory in its place is refused', async () => {
    mkdirSync(path);
    expect(await refusal(() => inspectFile(path))).toBe(
      `${path} is a directory, not a file\nUse the file itself: --config FILE`,
    );
  });

  test('a pipe in its place is refused', async () => {
    execFileSync('mkfifo', [path]);
    expect(await refusal(() => inspectFile(path))).toBe(`${path} is not a regular file`);
  });

  test('a link into nothing is refused', async () => {
    symlinkSync('gone.toml', path);
    expect(await refusal(() => inspectFile(path))).toBe(
      `${path} is a symbolic link to a file that does not exist\nCreate the file it points to, or remove the link: rm ${path}`,
    );
  });

  test('links in a circle are refused', async () => {
    symlinkSync('config.toml', path);
    expect(await refusal(() => inspectFile(path))).toBe(
      `${path} cannot be read\nIts symbolic links form a loop.`,
    );
  });

  test('a file where a folder should be is refused', async () => {
    writeFileSync(path, '');
    expect(await refusal(() => inspectFile(join(path, 'config.toml')))).toBe(
      `${join(path, 'config.toml')} cannot be read\nPart of the path is not a folder.`,
    );
  });

  test('text that is not UTF-8 is refused with its line', async () => {
    writeFileSync(path, Buffer.from([0x61, 0x0a, 0xc3, 0xa9, 0x0a, 0x62, 0xff, 0x0a]));
    expect(await refusal(() => inspectFile(path))).toBe(
      `${path}, line 3: not UTF-8 text\nSave the file as UTF-8. Nothing was changed.`,
    );
  });
});

describe('between processes', () => {
  const start = (...words: string[]) =>
    spawn(process.execPath, [join(built, 'writer.js'), path, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  test('no change is lost, and no reader sees half a file', { timeout: 60_000 }, async () => {
    const writers = Array.from({ length: 8 }, (_, at) => start(`w${at}`, '10'));
    const ended = Promise.all(writers.map((writer) => once(writer, 'exit')));
    let done = false;
    void ended.then(() => {
      done = true;
    });
    const halves: string[] = [];
    let seen = '';
    while (!done) {
      const now = existsSync(path) ? readFileSync(path, 'utf8') : '';
      if (!now.startsWith(seen) || !(now === '' || now.endsWith('\n'))) halves.push(now);
      seen = now;
      await new Promise((next) => setTimeout(next, 1));
    }
    expect((await ended).map(([code]) => code)).toEqual(Array(8).fill(0));
    expect(halves).toEqual([]);
    const expected = Array.from({ length: 80 }, (_, at) => `w${Math.floor(at / 10)} ${at % 10}`);
    expect(readFileSync(path, 'utf8').trim().split('\n').sort()).toEqual(expected.sort());
    expect(readdirSync(folder).sort()).toEqual(['.config.toml.previous', 'config.toml']);
  });

  test('one waits aloud for the other, and gives up at last', { timeout: 30_000 }, async () => {
    const holder = start('h', 'forever');
    await once(holder.stdout, 'data');
    const heard: string[] = [];
    const onWait = (who: string, seconds: number) => heard.push(`${who}, ${seconds} s`);
    const words = await refusal(() => replaceFile(path, () => 'x\n', { machine, onWait, patience: 1_500 }));
    const lock = join(folder, '.config.toml.lock');
    expect(words).toBe(
      `process ${holder.pid} on here has locked the file for too long\nIt holds the lock ${lock}.\nWait until it has finished. If no such process is running, remove the lock: rm ${lock}`,
    );
    expect(heard).toEqual([`process ${holder.pid} on here, 1 s`]);
    expect(existsSync(path)).toBe(false);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  });

  test('the lock of a killed process is taken over at once', { timeout: 30_000 }, async () => {
    const holder = start('h', 'forever');
    await once(holder.stdout, 'data');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(readdirSync(folder)).toEqual(['.config.toml.lock']);
    await replaceFile(path, () => 'x\n', { machine, patience: 0 });
    expect(readdirSync(folder)).toEqual(['config.toml']);
  });

  // A clock that runs on by half a minute at each look, so that nobody has to wait.
  const hasty = () => {
    let now = 0;
    return () => {
      now += 31_000;
      return now;
    };
  };

  test('the lock of another machine is respected as long as it moves, whatever the clocks say', async () => {
    const lock = join(folder, '.config.toml.lock');
    const holder = { pid: 1, host: 'elsewhere', namespace: 'pid:[1]', boot: 'b', started: '1', mark: 'm' };
    writeFileSync(lock, JSON.stringify(holder));
    expect(await refusal(() => replaceFile(path, () => 'x\n', { machine, patience: 100 }))).toContain(
      'process 1 on elsewhere',
    );
    for (const skew of [-3_600, 3_600]) {
      utimesSync(lock, Date.now() / 1000 + skew, Date.now() / 1000 + skew);
      const moving = setInterval(() => writeFileSync(lock, JSON.stringify(holder)), 5);
      const refused = await refusal(() => replaceFile(path, () => 'x\n', { machine, patience: 300 }));
      clearInterval(moving);
      expect(refused).toContain('process 1 on elsewhere');
    }
    utimesSync(lock, Date.now() / 1000 + 86_400, Date.now() / 1000 + 86_400);
    await replaceFile(path, () => 'x\n', { machine, clock: hasty(), patience: 1e9 });
    expect(readdirSync(folder)).toEqual(['config.toml']);
  });

  test.each(['null', '7', '[]', '{"pid":', ''])(
    'a lock that holds %j is that of an unknown holder',
    async (content) => {
      const lock = join(folder, '.config.toml.lock');
      writeFileSync(lock, content);
      expect(await refusal(() => replaceFile(path, () => 'x\n', { machine, patience: 100 }))).toContain(
        'another process has locked the file for too long',
      );
      await replaceFile(path, () => 'x\n', { machine, clock: hasty(), patience: 1e9 });
      expect(readdirSync(folder)).toEqual(['config.toml']);
    },
  );

  test('a waiting one can be called off', async () => {
    writeFileSync(
      join(folder, '.config.toml.lock'),
      JSON.stringify({ pid: 1, host: 'elsewhere', mark: 'm' }),
    );
    const signal = AbortSignal.timeout(100);
    await expect(replaceFile(path, () => 'x\n', { machine, signal })).rejects.toThrow(
      'aborted due to timeout',
    );
    expect(existsSync(path)).toBe(false);
  });
});
