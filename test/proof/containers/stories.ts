import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { differences, uncarried } from '../../../src/engine/differences.ts';
import { importImage, type LiveEngine } from './engines.ts';
import type { Printed } from './strict.ts';

const script = resolve(import.meta.dirname, '../bin/runner-setup.js');
const image = 'docker.io/gitlab/gitlab-runner';

/** What became of a story: how often it was told, and what went wrong. */
export interface Told {
  readonly count: number;
  readonly faults: readonly string[];
}

interface Ended {
  readonly code: number | string;
  readonly said: string;
}

/** Runs the program in the environment of an engine; more variables if need be. */
function program(
  live: LiveEngine,
  words: readonly string[],
  more: Record<string, string> = {},
): Promise<Ended> {
  const env = { ...live.env, TZ: 'UTC', LANG: 'C.UTF-8', ...more };
  const child: ChildProcess = spawn(process.execPath, [script, ...words], { env, stdio: 'pipe' });
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (part) => (said += String(part)));
  return new Promise((done) =>
    child.on('close', (code, signal) => done({ code: code ?? signal ?? '', said })),
  );
}

const inspected = (live: LiveEngine, what: string, name: string): Printed =>
  JSON.parse(live.tell(what, 'inspect', name))[0];

/** Two versions of the image that stands in for gitlab-runner, both at hand. */
export function layVersions(live: LiveEngine): void {
  for (const tag of ['v19.3.0', 'v19.4.0']) {
    importImage(live, `${image}:${tag}`, [
      'ENTRYPOINT ["/bin/gitlab-runner"]',
      'CMD ["run"]',
      `LABEL version=${tag}`,
      'VOLUME /home/gitlab-runner',
    ]);
  }
}

// Each of these can be in a container that runs, beside all the others.
const forty = (dir: string): string[][] => [
  ['--restart', 'always'],
  ['--volume', `${dir}/config:/etc/gitlab-runner`],
  ['--mount', `type=bind,source=${dir}/config,target=/mnt/config,readonly`],
  ['--tmpfs', '/scratch:size=1m'],
  ['--env', 'TZ=Europe/Berlin'],
  ['--env-file', join(dir, 'env')],
  ['--add-host', 'gitlab.example.com:10.0.0.5'],
  ['--label', 'team=ci'],
  ['--label-file', join(dir, 'env')],
  ['--security-opt', 'no-new-privileges'],
  ['--security-opt', 'seccomp=unconfined'],
  ['--user', '0:0'],
  ['--entrypoint', '/bin/sh'],
  ['--hostname', 'runner'],
  ['--workdir', '/home/gitlab-runner'],
  ['--stop-signal', 'SIGQUIT'],
  ['--stop-timeout', '60'],
  ['--cap-add', 'NET_ADMIN'],
  ['--cap-drop', 'MKNOD'],
  ['--group-add', '27'],
  ['--init'],
  ['--tty'],
  ['--interactive'],
  ['--ipc', 'shareable'],
  ['--cgroup-parent', '/rs-parent'],
  ['--cgroupns', 'host'],
  ['--cpu-shares', '512'],
  ['--cpus', '0.5'],
  ['--cpuset-cpus', '0'],
  ['--cpuset-mems', '0'],
  ['--memory', '256m'],
  ['--memory-reservation', '128m'],
  ['--memory-swap', '512m'],
  ['--memory-swappiness', '10'],
  ['--pids-limit', '200'],
  ['--oom-score-adj', '100'],
  ['--oom-kill-disable'],
  ['--shm-size', '1m'],
  ['--ulimit', 'nofile=1024:2048'],
  ['--device', '/dev/null:/dev/rs-null'],
  ['--device-cgroup-rule', 'c 1:3 rwm'],
  ['--device-read-bps', '/dev/vda:1mb'],
  ['--device-read-iops', '/dev/vda:1000'],
  ['--device-write-bps', '/dev/vda:1mb'],
  ['--device-write-iops', '/dev/vda:1000'],
  ['--dns', '10.0.0.53'],
  ['--dns-option', 'ndots:2'],
  ['--dns-search', 'example.com'],
  ['--expose', '9001'],
  ['--log-driver', 'json-file'],
  ['--log-opt', 'max-size=10m'],
  ['--network', 'host'],
  ['--read-only'],
  ['--health-cmd', 'true'],
  ['--health-interval', '1m30s'],
  ['--health-retries', '2'],
  ['--health-start-period', '5s'],
  ['--health-timeout', '4s'],
];

/** A running container with forty options and more is upgraded, and compared with what it was. */
export async function upgradeForty(live: LiveEngine, folder: string): Promise<Told> {
  const dir = join(folder, 'forty');
  mkdirSync(join(dir, 'config'), { recursive: true });
  writeFileSync(join(dir, 'env'), 'FROM_FILE=1\n');
  const name = 'rs-forty';
  const rest = [`${image}:v19.3.0`, '-c', 'exec /bin/gitlab-runner run'];
  const options = runnable(live, name, forty(dir), rest);
  if (options.length < 40)
    return { count: 0, faults: [`${live.label}: only ${options.length} options could run`] };
  const before = pair(live, name);
  const { code, said } = await program(live, [
    'container',
    'upgrade',
    name,
    '-n',
    '--engine',
    live.program,
    '--to',
    'v19.4.0',
    '--no-pull',
    '--watch',
    '1s',
  ]);
  const faults = code === 0 ? [] : [`upgrade ended with ${code}: ${said}`];
  const after = pair(live, name);
  if (code === 0) faults.push(...differences(before, after), ...uncarried(after.printed));
  if (after.printed.Image === before.printed.Image) faults.push('the image is the same');
  if (running(live, name).join() !== name) faults.push(`running: ${running(live, name).join()}`);
  remove(live, name);
  return { count: options.length, faults: faults.map((fault) => `${live.label}, forty options: ${fault}`) };
}

function pair(live: LiveEngine, name: string) {
  const printed = inspected(live, 'container', name);
  return { printed, image: inspected(live, 'image', String(printed.Image)) };
}

// What this machine does not let a container have is left out.
function runnable(live: LiveEngine, name: string, all: string[][], rest: string[]): string[][] {
  const runs = (options: string[][]) => {
    remove(live, name);
    try {
      live.tell('run', '-d', '--name', name, ...options.flat(), ...rest);
      return true;
    } catch {
      return false;
    }
  };
  if (runs(all)) return all;
  const alone = all.filter((option) => option[0] === '--network' || runs([['--network', 'host'], option]));
  return runs(alone) ? alone : [];
}

function remove(live: LiveEngine, ...names: string[]): void {
  for (const name of names) {
    for (const suffix of ['', '-before-upgrade', '-next-upgrade', '-old']) {
      try {
        live.tell('rm', '--force', '--volumes', `${name}${suffix}`);
      } catch {
        // It was not there.
      }
    }
  }
}

const running = (live: LiveEngine, name: string): string[] =>
  live
    .tell('ps', '--format', '{{.Names}}')
    .split('\n')
    .filter((one) => one.startsWith(name));

type Verb = 'install' | 'upgrade' | 'cleanup';

/** Kills installs, upgrades and cleanups before and after their commands, and looks whether one container runs in the end. */
export async function killEach(live: LiveEngine, folder: string, kills: number): Promise<Told> {
  const dir = join(folder, 'kills');
  mkdirSync(join(dir, 'bin'), { recursive: true });
  const real = execFileSync('which', [live.program], { env: live.env, encoding: 'utf8' }).trim();
  writeFileSync(join(dir, 'bin', live.program), striking(dir, real));
  chmodSync(join(dir, 'bin', live.program), 0o755);
  const faults: string[] = [];
  let count = 0;
  for (let at = 0; count < kills && at < kills * 4; at++) {
    const verb = (['install', 'upgrade', 'upgrade', 'cleanup'] as const)[at % 4]!;
    const blow = {
      verb,
      dir,
      at: Math.floor(at / 8) + 1,
      when: Math.floor(at / 4) % 2 === 0 ? 'before' : 'after',
    };
    const fault = await killOnce(live, blow);
    if (fault === undefined) continue;
    count++;
    if (fault !== '') faults.push(`${live.label}, ${verb} killed ${blow.when} command ${blow.at}: ${fault}`);
  }
  return { count, faults };
}

interface Blow {
  readonly verb: Verb;
  readonly dir: string;
  readonly at: number;
  readonly when: string;
}

/** Nothing when the run ended before the blow; else what is wrong, or empty. */
async function killOnce(live: LiveEngine, { verb, dir, at, when }: Blow): Promise<string | undefined> {
  const name = 'rs-kill';
  remove(live, name);
  const config = join(dir, 'config');
  mkdirSync(config, { recursive: true });
  const run = ['run', '-d', '--name', name, '--restart', 'always', '--network', 'none'];
  if (verb !== 'install') live.tell(...run, '--volume', `${config}:/etc/gitlab-runner`, `${image}:v19.3.0`);
  if (verb === 'cleanup') importImage(live, 'rs-litter:1', ['CMD ["x"]']);
  const words = wordsOf(live, verb, name, config);
  writeFileSync(join(dir, 'changes'), '');
  const PATH = `${join(dir, 'bin')}:${live.env.PATH}`;
  const struck = await program(live, words, { PATH, BLOW_AT: String(at), BLOW_WHEN: when });
  if (struck.code !== 'SIGKILL') return undefined;
  const next = await program(live, words);
  const is = running(live, name);
  const wanted = verb === 'upgrade' ? 'v19.4.0' : 'v19.3.0';
  const has = is.length === 1 ? String((inspected(live, 'container', name).Config as Printed).Image) : '';
  remove(live, name);
  const isGood = next.code === 0 && is.join() === name && has.endsWith(wanted);
  return isGood
    ? ''
    : `running ${is.join() || 'nothing'} of ${has}; the next run ended with ${next.code}: ${next.said}`;
}

function wordsOf({ program: engine }: LiveEngine, verb: Verb, name: string, config: string): string[] {
  const all = ['container', verb, '-n', '--engine', engine];
  if (verb === 'upgrade') return [...all, name, '--to', 'v19.4.0', '--no-pull', '--watch', '300ms'];
  if (verb === 'cleanup') return [...all, '--yes', '--ttl', '0s', '--keep', 'gitlab/*'];
  return [...all, '--name', name, '--tag', 'v19.3.0', '--config-folder', config, '--socket', 'none'];
}

// Stands before the engine's program: counts what changes something, and kills the program that asked for it.
const striking = (dir: string, real: string): string => `#!/bin/sh
case "$1 $2" in
  pull*|create*|run*|update*|kill*|rename*|start*|stop*|rm*|rmi*|'network connect'|'image rm'|'container rm'|'volume rm'|*prune*) ;;
  *) exec '${real}' "$@" ;;
esac
echo "$@" >> '${dir}/changes'
[ "$(wc -l < '${dir}/changes')" -eq "\${BLOW_AT:-0}" ] || exec '${real}' "$@"
if [ "$BLOW_WHEN" = after ]; then '${real}' "$@"; fi
kill -s KILL "$PPID"
`;

/** Images that were made here stay when a pattern names them in any of their forms, and are not removed without a word. */
export async function keepLocal(live: LiveEngine): Promise<Told> {
  // The socket of Podman names them as Docker would.
  const prefix = live.program === 'podman' ? 'localhost/' : '';
  const forms =
    prefix === '' ? ['docker.io/library/ruby:*', 'library/ruby'] : ['localhost/ruby:*', 'localhost/ruby'];
  const patterns = ['ruby:*', 'ruby', 'ruby:3.3', 'rub?:3.*', ...forms];
  const faults: string[] = [];
  for (const pattern of patterns) {
    for (const [at, name] of ['ruby:3.3', 'other/ruby:3.3', 'own:1'].entries())
      importImage(live, name, [`LABEL number=${at}`]);
    const words = ['container', 'cleanup', '--yes', '--engine', live.program, '--ttl', '0s'];
    const { code, said } = await program(live, [...words, '--keep', pattern, '--keep', 'gitlab/*']);
    const all = live.tell('images', '--format', '{{.Repository}}:{{.Tag}}').split('\n');
    const left = all.map((name) => name.replace(/^docker\.io\/(library\/)?/, ''));
    if (code !== 0 || !left.includes(`${prefix}ruby:3.3`))
      faults.push(`--keep ${pattern} ended with ${code}: ${said}`);
    const gone = ['own:1', 'other/ruby:3.3'].filter((name) => !left.includes(`${prefix}${name}`));
    for (const name of gone) {
      if (!new RegExp(`no registry is known to have .*${name}`).test(said))
        faults.push(`${name} went without a word: ${said}`);
    }
  }
  return { count: patterns.length, faults: faults.map((fault) => `${live.label}, cleanup: ${fault}`) };
}

/** What `install --print` writes, started by Compose or checked by systemd, as far as they are here. */
export async function startPrinted(
  live: LiveEngine,
  folder: string,
): Promise<Told & { readonly missing: string[] }> {
  const dir = join(folder, 'printed');
  mkdirSync(join(dir, 'config'), { recursive: true });
  const name = 'rs-printed';
  const print = async (form: string) => {
    const { code, said } = await program(live, [
      'container',
      'install',
      '-n',
      '--engine',
      live.program,
      '--name',
      name,
      '--tag',
      'v19.3.0',
      '--socket',
      'none',
      '--config-folder',
      join(dir, 'config'),
      '--print',
      form,
    ]);
    return code === 0 ? said : '';
  };
  const faults: string[] = [];
  const missing: string[] = [];
  const tell = (file: string, words: readonly string[]) => {
    try {
      return execFileSync(file, words, {
        cwd: dir,
        env: live.env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } catch (error) {
      const { code, stderr = '' } = error as { code?: string; stderr?: string };
      if (code === 'ENOENT') missing.push(`${file} is not here`);
      else faults.push(`${live.label}: ${file} ${words.join(' ')}: ${stderr}`);
      return undefined;
    }
  };
  const compose = live.program === 'podman' ? 'podman-compose' : 'docker-compose';
  writeFileSync(join(dir, 'compose.yaml'), await print('compose'));
  if (tell(compose, ['-f', 'compose.yaml', 'up', '-d']) !== undefined) {
    if (running(live, name).join() !== name)
      faults.push(`${live.label}: ${compose} up: running ${running(live, name).join()}`);
    tell(compose, ['-f', 'compose.yaml', 'down']);
  }
  remove(live, name);
  writeFileSync(join(dir, 'rs-printed.service'), await print('systemd'));
  tell('systemd-analyze', ['verify', '--man=no', join(dir, 'rs-printed.service')]);
  await startUnit(live, join(dir, 'rs-printed.service'), name, faults);
  writeFileSync(join(dir, 'command.sh'), await print('docker'));
  tell('sh', ['-e', 'command.sh']);
  if (running(live, name).join() !== name)
    faults.push(`${live.label}: the command: running ${running(live, name).join()}`);
  remove(live, name);
  return { count: 3, faults, missing };
}

// Where no systemd runs, its ExecStart is run as it would: without a shell, the words as systemd splits them.
async function startUnit(live: LiveEngine, unit: string, name: string, faults: string[]): Promise<void> {
  const lines = readFileSync(unit, 'utf8').split('\n');
  const exec = (key: string) =>
    /^\w+=-?(.*)$/.exec(lines.find((line) => line.startsWith(`${key}=`)) ?? '')?.[1] ?? '';
  const words = (line: string) =>
    [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) =>
      (quoted ?? plain!).replace(/\\(.)/g, '$1').replaceAll('%%', '%').replaceAll('$$', '$'),
    );
  const [file = '', ...rest] = words(exec('ExecStart'));
  const child = spawn(file, rest, { env: live.env, stdio: 'ignore' });
  child.on('error', (error) => faults.push(`${live.label}: ${error.message}`));
  for (let tries = 0; tries < 100 && running(live, name).length === 0; tries++)
    await new Promise((next) => setTimeout(next, 100));
  if (running(live, name).join() !== name)
    faults.push(`${live.label}: the unit: running ${running(live, name).join() || 'nothing'}`);
  const [stop = '', ...more] = words(exec('ExecStop'));
  execFileSync(stop, more, { env: live.env, stdio: 'ignore' });
  if (running(live, name).length > 0) faults.push(`${live.label}: the unit does not stop`);
}
