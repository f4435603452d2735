import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { removeFolder } from '../harness/folder.ts';
import { cleanEnvironment } from '../harness/program.ts';
import { layGround } from './ground.ts';
import { type Found, said } from './real.ts';
import { layEngine } from './stage.ts';

/** What an engine has of one runner and its upgrade, by `inspect`. */
export interface Part {
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
  found(): Part[];
  run(words: readonly string[], blow?: Blow): Promise<Ran>;
  close(): void;
}

/** Three versions of an image: one to begin with, one to go to, and one whose containers end at once. */
export interface Images {
  readonly old: string;
  readonly new: string;
  readonly dying: string;
}

const imagesOf = (repository: string): Images => ({
  old: `${repository}:v19.3.0`,
  new: `${repository}:v19.4.0`,
  dying: `${repository}:v19.5.0`,
});

/** What the scenes are laid on: the stand-in, or a real engine that has the images. */
export interface Ground {
  readonly program: 'docker' | 'podman';
  readonly label: string;
  readonly isReal: boolean;
  readonly images: Images;
}

/** A stand-in for a program. */
export const standInFor = (program: Ground['program']): Ground => ({
  program,
  label: `a stand-in for ${program}`,
  isReal: false,
  images: imagesOf('gitlab/gitlab-runner'),
});

/** A real engine, with the images pulled into it, and what takes them away again. */
export async function realFor(found: Found): Promise<{ ground: Ground; remove(): Promise<void> }> {
  const story = await layGround(found);
  const images = imagesOf(story.image('x').replace(/:x$/, ''));
  for (const image of Object.values(images)) await story.engine('pull', image);
  return { ground: { ...found, images }, remove: story.remove };
}

let count = 0;

/** Lays a running container of the old image, with settings of every kind. */
export function openScene(ground: Ground): Scene {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-'));
  mkdirSync(join(folder, 'config'));
  mkdirSync(join(folder, 'wrapped'));
  const name = ground.isReal ? `rs-test-${process.pid}-${++count}` : 'gitlab-runner';
  const words = wordsFor(name, folder, ground.images.old);
  const standIn = ground.isReal ? undefined : layEngine(standInSetup(ground, words));
  const { program } = ground;
  const path = standIn ? standIn.bin : (process.env.PATH ?? '');
  const real = standIn
    ? join(standIn.bin, program)
    : execFileSync('which', [program], { encoding: 'utf8' }).trim();
  writeFileSync(join(folder, 'wrapped', program), wrapper(folder, real));
  chmodSync(join(folder, 'wrapped', program), 0o755);
  if (ground.isReal) execFileSync(program, ['run', '-d', ...words], { stdio: 'ignore' });
  const tell = (...all: string[]) => said(real, all);
  return {
    name,
    found: () => foundBy(tell, name),
    run: (all, blow) => run({ folder, path, program, isReal: ground.isReal }, all, blow),
    close() {
      for (const suffix of ['', '-before-upgrade', '-next-upgrade', '-old'])
        tell('rm', '-f', `${name}${suffix}`);
      standIn?.remove();
      removeFolder(folder);
    },
  };
}

const wordsFor = (name: string, folder: string, image: string): string[] => [
  ...['--name', name, '--restart', 'always', '--volume', `${join(folder, 'config')}:/etc/gitlab-runner`],
  ...['--env', 'TZ=Europe/Berlin', '--env', 'HTTP_PROXY=http://u:secretword@proxy:3128'],
  ...['--add-host', 'gitlab.example.com:10.0.0.5', '--label', 'team=ci', image],
];

const standInSetup = ({ program, images }: Ground, words: readonly string[]) => {
  const starts = ['Configuration loaded  builds=0'];
  return {
    programs: [program],
    ...(program === 'podman' && { kind: 'podman', version: '4.9.0' }),
    images: [{ tags: [images.old], version: '19.3.0', starts, log: starts, drain: 3 }],
    registry: [
      { tags: [images.new], version: '19.4.0', starts },
      {
        tags: [images.dying],
        version: '19.5.0',
        dies: { code: 3, log: ['FATAL: Service run failed: this version does not start'] },
      },
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

function foundBy(tell: (...all: string[]) => string | undefined, name: string): Part[] {
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
