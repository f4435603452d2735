import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pty from '@lydell/node-pty';
import { reportAgainst } from './bench-against.ts';
import { median, reportCost, reportWhole } from './bench-cost.ts';
import { type StandIn, startGitlab } from './gitlab/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = join(root, 'bin/runner-setup.js');
const folder = mkdtempSync(join(tmpdir(), 'runner-setup-bench-'));
const { NODE_EXTRA_CA_CERTS: _, ...given } = process.env;
const env = { ...given, NO_UPDATE_NOTIFIER: '1' };
const token = 'glrt-t1_bench000000000001';

interface Task {
  readonly name: string;
  readonly target?: number;
  run(round: number): Promise<number>;
}

// `npm run bench -- [ROUNDS] [--against COMMAND …]`
const against = process.argv.indexOf('--against');
const rounds = Number(against === 2 ? 15 : (process.argv[2] ?? 15));
const gitlab = await startGitlab({ runners: [{ id: 1, token, type: 'instance' }] });
const setup = { program, url: gitlab.url, token, folder, env, rounds };
await (against === -1 ? reportAll() : reportAgainst({ ...setup, other: process.argv.slice(against + 1) }));
await gitlab.close();
rmSync(folder, { recursive: true });

async function reportAll(): Promise<void> {
  await report(tasksFor(gitlab));
  await reportCost(setup);
  await reportWhole({ ...setup, rounds: Math.ceil(rounds / 3) });
  await reportPackage();
}

function tasksFor({ url }: StandIn): Task[] {
  const register = (config: string) => [
    'register',
    '-n',
    '--config',
    config,
    '--url',
    url,
    '--name',
    'bench',
    '--executor',
    'shell',
  ];
  const run = (words: readonly string[]) => time([program, ...words], { CI_SERVER_TOKEN: token });
  const same = join(folder, 'same.toml');
  // The first round of all, which is not counted, finds the file made by this.
  const onSame = async (words: readonly string[]) => {
    if (!existsSync(same)) await run(register(same));
    return run(words);
  };
  return [
    { name: 'node -e 0', run: () => time(['-e', '0']) },
    { name: '--version', target: 1.7, run: () => run(['--version']) },
    { name: 'register --help', run: () => run(['register', '--help']) },
    {
      name: 'register -n (one request)',
      target: 3,
      run: (round) => run(register(join(folder, `${round}.toml`))),
    },
    { name: 'register -n, nothing to change', target: 2.4, run: () => onSame(register(same)) },
    { name: 'list', target: 2.4, run: () => onSame(['list', '--config', same]) },
    { name: 'lint', target: 2.4, run: () => onSame(['lint', '--config', same]) },
    { name: 'verify', target: 2.4, run: () => onSame(['verify', '--config', same]) },
    {
      name: 'edit',
      target: 3,
      run: (round) => onSame(['edit', '-n', '--config', same, '--limit', String(round + 1)]),
    },
    { name: "the wizard's first question", target: 2.6, run: firstQuestion },
  ];
}

function time(words: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, words, { stdio: 'ignore', env: { ...env, ...more } });
  return new Promise((resolve, reject) => {
    child.on('exit', (code) =>
      code === 0
        ? resolve(performance.now() - start)
        : reject(new Error(`${words.join(' ')} ended with ${code}`)),
    );
  });
}

// From the start of the process to the first question on a real terminal.
function firstQuestion(): Promise<number> {
  const start = performance.now();
  const words = [program, 'register', '--config', join(folder, 'wizard.toml')];
  const child = pty.spawn(process.execPath, words, { cwd: folder, env, cols: 80, rows: 24 });
  let screen = '';
  return new Promise((resolve) => {
    child.onData((data) => {
      screen += data;
      if (!screen.includes('GitLab URL')) return;
      resolve(performance.now() - start);
      child.kill('SIGKILL');
    });
  });
}

// The tasks take turns, so that a machine that changes its speed changes it for all of them.
async function report(tasks: readonly Task[]): Promise<void> {
  const times = new Map(tasks.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, run } of tasks) {
      const took = await run(round);
      if (round > 0) times.get(name)!.push(took);
    }
  }
  const base = median(times.get('node -e 0')!);
  console.log(
    `Node ${process.versions.node}, ${rounds} rounds, medians; the ratio is to node -e 0 of the same run`,
  );
  for (const { name, target } of tasks) {
    const middle = median(times.get(name)!);
    const ratio = middle / base;
    const verdict = target === undefined ? '' : `  target ${target}${ratio <= target ? '' : '  MISSED'}`;
    console.log(`${name.padEnd(32)} ${middle.toFixed(1).padStart(7)} ms  × ${ratio.toFixed(2)}${verdict}`);
  }
}

async function reportPackage(): Promise<void> {
  const packed = spawnSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    env,
  });
  const tarball = join(folder, packed.stdout.trim().split('\n').at(-1)!);
  const files = spawnSync('tar', ['tzf', tarball], { encoding: 'utf8' }).stdout.trim().split('\n').length;
  console.log(`tarball ${Math.round(statSync(tarball).size / 1024)} KB in ${files} files  target 320 KB`);
  const empty = await emptyPackage();
  const cold = await inTurns(
    3,
    () => npx(tarball),
    () => npx(empty),
  );
  console.log(
    `cold npx from the tarball ${cold.ours.toFixed(0)} ms, of an empty package ${cold.other.toFixed(0)} ms  × ${(cold.ours / cold.other).toFixed(2)}  target 1.25`,
  );
}

async function emptyPackage(): Promise<string> {
  const source = mkdtempSync(join(folder, 'empty-'));
  writeFileSync(
    join(source, 'package.json'),
    JSON.stringify({ name: 'runner-setup', version: '0.0.0', bin: 'bin.js' }),
  );
  writeFileSync(join(source, 'bin.js'), '#!/usr/bin/env node\nconsole.log("0.0.0");\n');
  const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', source], {
    cwd: source,
    encoding: 'utf8',
    env,
  });
  return join(source, packed.stdout.trim());
}

async function inTurns(times: number, ours: () => number, other: () => number) {
  const took = { ours: [] as number[], other: [] as number[] };
  for (let round = 0; round < times; round++) {
    took.ours.push(ours());
    took.other.push(other());
  }
  return { ours: median(took.ours), other: median(took.other) };
}

// Cold: a cache and a home of its own each time.
function npx(tarball: string): number {
  const home = mkdtempSync(join(folder, 'home-'));
  const start = performance.now();
  const ran = spawnSync('npx', ['--yes', `--package=${tarball}`, 'runner-setup', '--version'], {
    cwd: home,
    encoding: 'utf8',
    env: { ...env, HOME: home, npm_config_cache: join(home, 'cache'), npm_config_update_notifier: 'false' },
  });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return performance.now() - start;
}
