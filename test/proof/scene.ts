import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type StandIn, startGitlab } from '../gitlab/index.ts';

/** One run of the program, ended in whatever way; what it says with the names of the scene made neutral. */
export interface Ran {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run is given beside its words. */
export interface Circumstances {
  readonly token?: string;
  readonly env?: Record<string, string>;
  /** What goes wrong at which call; see hook.js. */
  readonly hook?: { at?: number; do?: string; log?: string; requests?: boolean; bait?: string };
  /** The GitLab that is asked; that of the scene when absent. */
  readonly url?: string;
  /** A command that the program is started by. */
  readonly by?: readonly string[];
  /** Hears of the process as soon as it runs. */
  started?(child: ChildProcess): void;
  /** Hears what comes in at file descriptor 3, line by line. */
  heard?(line: string): void;
}

/** What a run does with the file; the first two never ask with `-n`, the others without a terminal. */
export type Verb =
  | 'register'
  | 'edit'
  | 'unregister'
  | 'verify'
  | 'reset-token'
  | 'registry-auth'
  | 'undo'
  | 'doctor'
  | 'migrate'
  | 'rotate'
  | 'apply';

/** A copy of the built program, a stand-in GitLab and a folder for both to meet in. */
export interface Scene {
  readonly folder: string;
  readonly program: string;
  readonly gitlab: StandIn;
  /** A new, empty folder. */
  newFolder(): string;
  /** A command on the config.toml of a folder. */
  run(verb: Verb, folder: string, words: readonly string[], more?: Circumstances): Promise<Ran>;
  close(): Promise<void>;
}

/** Tokens of the runners that the stand-in knows, by their number from 0. */
export const tokenOf = (at: number): string => `glrt-t1_proof${String(at).padStart(15, '0')}`;

/** Opens a scene; the program is a copy, so that a build meanwhile changes nothing. */
export async function openScene(runners = 100): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'proof-'));
  chmodSync(folder, 0o755);
  for (const part of ['bin', 'dist', 'package.json']) {
    cpSync(join(root, part), join(folder, 'program', part), { recursive: true });
  }
  const gitlab = await startGitlab({
    runners: Array.from({ length: runners }, (_, at) => ({
      id: at + 1,
      token: tokenOf(at),
      type: 'instance',
    })),
    accessTokens: [{ token: accessToken, scopes: ['create_runner', 'manage_runner'], admin: true }],
    firstRunnerId: 9001,
  });
  let count = 0;
  const scene: Scene = {
    folder,
    program: join(folder, 'program/bin/runner-setup.js'),
    gitlab,
    newFolder() {
      const made = join(folder, `place-${++count}`);
      mkdirSync(made, { mode: 0o700 });
      return made;
    },
    run: (verb, place, words, more = {}) => run(scene, verb, place, words, more),
    async close() {
      await gitlab.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return scene;
}

/** An access token that may create and manage runners. */
export const accessToken = 'glpat-proof000000000001';

function run(
  scene: Scene,
  verb: Verb,
  place: string,
  words: readonly string[],
  more: Circumstances,
): Promise<Ran> {
  const { hook, by = [], token = tokenOf(0), env = {}, url = scene.gitlab.url } = more;
  const config = join(place, 'config.toml');
  const whereTo = verb === 'register' ? ['--url', url] : [];
  const quiet = verb === 'register' || verb === 'edit' ? ['-n'] : [];
  const all = [scene.program, verb, ...quiet, '--config', config, ...whereTo, ...words];
  const alone = ['--require', join(root, 'test/harness/no-runners.cjs')];
  const withHook = hook ? [...alone, '--import', join(root, 'test/proof/hook.js')] : alone;
  const [command, ...rest] = [...by, process.execPath, ...withHook, ...all];
  const child = spawn(command!, rest, {
    cwd: scene.folder,
    stdio: ['ignore', 'pipe', 'pipe', ...(more.heard ? (['pipe'] as const) : [])],
    env: {
      PATH: process.env.PATH ?? '',
      HOME: scene.folder,
      TZ: 'UTC',
      LANG: 'C.UTF-8',
      CI_SERVER_TOKEN: token,
      ...(hook && { PROOF_FOLDER: place, PROOF_DO: hook.do ?? '', PROOF_AT: String(hook.at ?? 0) }),
      ...(hook?.log && { PROOF_LOG: hook.log }),
      ...(hook?.requests && { PROOF_REQUESTS: 'yes' }),
      ...(hook?.bait && { PROOF_BAIT: hook.bait }),
      ...env,
    },
  });
  more.started?.(child);
  if (more.heard) createInterface(child.stdio[3] as Readable).on('line', more.heard);
  return ended(child, (text) => text.replaceAll(place, '<PLACE>').replaceAll(url, '<GITLAB>'));
}

function ended(child: ChildProcess, neutral: (text: string) => string): Promise<Ran> {
  let [stdout, stderr] = ['', ''];
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ code: code ?? signal ?? 'unknown', stdout: neutral(stdout), stderr: neutral(stderr) }),
    );
  });
}

/** The text of a file; nothing when it is not there. */
export const textOf = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined;

/** A config without what differs from run to run. */
export const undated = (text: string | undefined): string | undefined =>
  text?.replace(/(token_obtained_at = )\S+/g, (_, key) => `${key}2000-01-01T00:00:00Z`);

/** Does something for each of a list, a few at a time, in order of the list. */
export async function eachOf<T>(list: readonly T[], atOnce: number, act: (one: T) => Promise<void>) {
  const left = [...list];
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await act(one);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** The folder of the project, from wherever this is run. */
export const root = ((): string => {
  let here = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(here, 'rolldown.config.ts'))) here = dirname(here);
  return here;
})();
