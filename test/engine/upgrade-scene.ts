import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { removeFolder } from '../harness/folder.ts';
import { cleanEnvironment } from '../harness/program.ts';
import { type RealEngine, realImages, said } from './real.ts';
import { layEngine } from './stage.ts';

/** What an engine has of one runner and its upgrade, by `inspect`. */
export interface Found {
  readonly name: string;
  readonly image: string;
  readonly running: boolean;
  readonly restart: string;
  /** What must not change: mounts, variables, hosts, labels. */
  readonly settings: string;
}

/** How a run is disturbed: at which command that changes something, before or after it, and by which signal. */
export interface Blow {
  readonly at: number;
  readonly when: 'before' | 'after';
  readonly signal: 'KILL' | 'TERM';
}

export interface Ran {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
  /** The commands that changed something. */
  readonly commands: readonly string[];
}

/** One engine with one running container of gitlab-runner on it, to be upgraded. */
export interface Scene {
  readonly name: string;
  /** The containers of this runner, sorted by name. */
  found(): Found[];
  run(words: readonly string[], blow?: Blow): Promise<Ran>;
  close(): void;
}

const [oldImage, newImage] = realImages.map((image) => image.replace('docker.io/', '')) as [string, string];
export const images = { old: oldImage, new: newImage, dying: 'gitlab/gitlab-runner:v19.5.0-dies' };

/** What the scenes are laid on: the stand-in, or a real engine. */
export type Ground = {
  readonly program: 'docker' | 'podman';
  readonly real?: RealEngine;
  readonly kind?: string;
};

let count = 0;

/** Lays a running container of the old image, with settings of every kind. */
export function openScene(ground: Ground): Scene {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-'));
  mkdirSync(join(folder, 'config'));
  mkdirSync(join(folder, 'wrapped'));
  const name = ground.real ? `rs-test-${process.pid}-${++count}` : 'gitlab-runner';
  const words = wordsFor(name, folder);
  const standIn = ground.real ? undefined : layEngine(standInSetup(ground, words));
  const { program } = ground;
  const path = standIn ? standIn.bin : (process.env.PATH ?? '');
  const real = standIn
    ? join(standIn.bin, program)
    : execFileSync('which', [program], { encoding: 'utf8' }).trim();
  writeFileSync(join(folder, 'wrapped', program), wrapper(folder, real));
  chmodSync(join(folder, 'wrapped', program), 0o755);
  if (ground.real) execFileSync(program, ['run', '-d', ...words], { stdio: 'ignore' });
  const tell = (...all: string[]) => said(real, all);
  return {
    name,
    found: () => foundBy(tell, name),
    run: (all, blow) => run({ folder, path, program, isReal: ground.real !== undefined }, all, blow),
    close() {
      for (const suffix of ['', '-before-upgrade', '-next-upgrade', '-old'])
        tell('rm', '-f', `${name}${suffix}`);
      standIn?.remove();
      removeFolder(folder);
    },
  };
}

/** Makes, on a real engine, an image whose containers end at once. */
export function makeDyingImage(program: string): void {
  const name = `rs-test-${process.pid}-dying`;
  const folder = mkdtempSync(join(tmpdir(), 'dying-'));
  const file = join(folder, 'root.tar');
  const entrypoint = 'ENTRYPOINT ["/bin/sh","-c","echo FATAL: this one dies >&2; exit 3"]';
  said(program, ['create', '--pull', 'never', '--name', name, images.old]);
  said(program, ['export', '--output', file, name]);
  said(program, ['import', '--change', entrypoint, file, `docker.io/${images.dying}`]);
  said(program, ['rm', name]);
  removeFolder(folder);
}

const wordsFor = (name: string, folder: string): string[] => [
  ...['--name', name, '--restart', 'always', '--volume', `${join(folder, 'config')}:/etc/gitlab-runner`],
  ...['--env', 'TZ=Europe/Berlin', '--env', 'HTTP_PROXY=http://u:secretword@proxy:3128'],
  ...['--add-host', 'gitlab.example.com:10.0.0.5', '--label', 'team=ci', images.old],
];

const standInSetup = ({ program, kind }: Ground, words: readonly string[]) => {
  const starts = ['Configuration loaded  builds=0'];
  return {
    programs: [program],
    ...(kind && { kind, version: '4.9.0' }),
    images: [{ tags: [images.old], version: '19.3.0', starts, log: starts, drain: 3 }],
    registry: [
      { tags: [images.new], version: '19.4.0', starts },
      { tags: [images.dying], version: '19.5.0', dies: { code: 3, log: ['FATAL: this one dies'] } },
    ],
    containers: [{ run: words }],
  };
};

// The engine's program with a blow in it; questions pass.
const wrapper = (folder: string, real: string): string => `#!/bin/sh
case "$1" in
  pull|create|update|kill|rename|start|stop|rm|network) ;;
  *) exec '${real}' "$@" ;;
esac
echo "$@" >> '${folder}/changes'
if [ "$(wc -l < '${folder}/changes')" -eq "\${BLOW_AT:-0}" ]; then
  if [ "$BLOW_WHEN" = before ]; then
    kill -s "$BLOW_SIGNAL" "$PPID"
    [ "$BLOW_SIGNAL" = KILL ] && exit 1
    sleep 0.2
    exec '${real}' "$@"
  fi
  '${real}' "$@"; code=$?
  kill -s "$BLOW_SIGNAL" "$PPID"
  exit $code
fi
exec '${real}' "$@"
`;

function foundBy(tell: (...all: string[]) => string | undefined, name: string): Found[] {
  return ['', '-before-upgrade', '-next-upgrade', '-old'].flatMap((suffix) => {
    const text = tell('container', 'inspect', `${name}${suffix}`);
    if (!text) return [];
    const [it] = JSON.parse(text);
    if (it === undefined || it.Name.replace('/', '') !== name + suffix) return [];
    const env = it.Config.Env.filter((line: string) => /^(TZ|HTTP_PROXY)=/.test(line)).sort();
    const mounts = it.Mounts.map((one: Record<string, string>) => `${one.Source}:${one.Destination}`).sort();
    return [
      {
        name: `NAME${suffix}`,
        image: it.Config.Image.replace('docker.io/', ''),
        running: it.State.Running,
        restart: it.HostConfig.RestartPolicy.Name,
        settings: JSON.stringify([mounts, env, it.HostConfig.ExtraHosts, it.Config.Labels.team]),
      },
    ];
  });
}

interface Place {
  readonly folder: string;
  readonly path: string;
  readonly program: string;
  readonly isReal: boolean;
}

function run({ folder, path, program, isReal }: Place, words: readonly string[], blow?: Blow): Promise<Ran> {
  const changes = join(folder, 'changes');
  writeFileSync(changes, '');
  const script = resolve(import.meta.dirname, '../../bin/runner-setup.js');
  const usual = cleanEnvironment(folder);
  const env = {
    ...(isReal ? { ...process.env, HOME: process.env.HOME ?? folder } : usual),
    PATH: [join(folder, 'wrapped'), path, usual.PATH].join(delimiter),
    ...(blow && { BLOW_AT: String(blow.at), BLOW_WHEN: blow.when, BLOW_SIGNAL: blow.signal }),
  };
  const all = ['container', 'upgrade', '-n', '--engine', program, '--watch', '300ms', ...words];
  const child: ChildProcess = spawn(process.execPath, [script, ...all], { env, cwd: folder, stdio: 'pipe' });
  let [stdout, stderr] = ['', ''];
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) => {
      const commands = readFileSync(changes, 'utf8').split('\n').filter(Boolean);
      done({ code: code ?? signal ?? '', stdout, stderr, commands });
    });
  });
}
