import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readConfig } from '../../src/config/read.ts';
import {
  type Circumstances,
  eachOf,
  type Ran,
  type Scene,
  textOf,
  tokenOf,
  undated,
  type Verb,
} from './scene.ts';
import { contentOf, fileOf } from './stories.ts';

/** What many processes at once made of one file. */
export interface Crowd {
  readonly ran: readonly Ran[];
  readonly text: string;
  /** Names of what lies in the folder afterwards. */
  readonly left: readonly string[];
  /** How often the file was read meanwhile, how many different texts were seen, and what was wrong with them. */
  readonly reads: number;
  readonly versions: number;
  readonly halves: readonly string[];
}

/** Lets many processes register one runner each into a file that somebody keeps by hand. */
export function registerAtOnce(scene: Scene, count: number, atOnce = count): Promise<Crowd> {
  const text = fileOf(scene, []);
  return crowd(
    scene,
    text,
    Array.from({ length: count }, (_, at) => at),
    atOnce,
    (at) => ['register', '--name', `runner ${at}`, '--executor', 'shell'],
  );
}

const sameRunner = ['--name', 'proof', '--executor', 'docker', '--docker-image', 'alpine:3.22'];

/**
 * Lets many processes change one runner each of a file that holds them all, by editing it or by registering again;
 * `more` is what one of them is given beside its words.
 */
export function changeAtOnce(
  scene: Scene,
  count: number,
  by: Verb,
  atOnce = count,
  more: (at: number) => Circumstances = () => ({}),
): Promise<Crowd> {
  const all = Array.from({ length: count }, (_, at) => at);
  const wordsFor = (at: number): [Verb, ...string[]] =>
    by === 'edit'
      ? ['edit', `#${at + 1}`, '--docker-privileged', '--set', `limit=${at + 1}`]
      : ['register', ...sameRunner, '--docker-privileged', '--limit', String(at + 1)];
  return crowd(scene, fileOf(scene, all), all, atOnce, wordsFor, more);
}

/**
 * A process like one in a container of its own: none sees the others' processes, and the clock of every second one goes
 * an hour fast, of the others an hour slow. Without the right to make a namespace only the clocks differ.
 */
export function apart(at: number): Circumstances {
  const skew = (at % 2 === 0 ? 1 : -1) * 3_600_000;
  const clock = `const now = Date.now; Date.now = () => now() + ${skew}; globalThis.Date = class extends Date { constructor(...words) { super(...(words.length === 0 ? [Date.now()] : words)); } };`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(clock)}` };
  return mayUnshare() ? { env, by: ['unshare', '-mpf', '--mount-proc'] } : { env };
}

let may: boolean | undefined;

function mayUnshare(): boolean {
  may ??= spawnSync('unshare', ['-mpf', '--mount-proc', 'true']).status === 0;
  return may;
}

/** What `changeAtOnce` is to make of its file. */
export function changedText(scene: Scene, count: number): string {
  const all = Array.from({ length: count }, (_, at) => at);
  return fileOf(scene, all)
    .replaceAll('privileged = false', 'privileged = true')
    .replace(/limit = 0 # of runner (\d+)/g, (_, at) => `limit = ${Number(at) + 1} # of runner ${at}`);
}

async function crowd(
  scene: Scene,
  text: string,
  runners: readonly number[],
  atOnce: number,
  wordsFor: (at: number) => [Verb, ...string[]],
  more: (at: number) => Circumstances = () => ({}),
): Promise<Crowd> {
  const place = scene.newFolder();
  const path = join(place, 'config.toml');
  writeFileSync(path, text, { mode: 0o600 });
  const ran: Ran[] = [];
  const watch = watchFile(path);
  await eachOf(runners, atOnce, async (at) => {
    const [verb, ...words] = wordsFor(at);
    ran[at] = await scene.run(verb, place, words, { token: tokenOf(at), ...more(at) });
  });
  return {
    ran,
    text: undated(textOf(path))!,
    left: Object.keys(contentOf(place)).sort(),
    ...(await watch.end()),
  };
}

// A reader as gitlab-runner is one: it takes the file as it stands at any moment.
function watchFile(path: string) {
  const state = { isOver: false, reads: 0, versions: 0, halves: [] as string[] };
  const watching = (async () => {
    let seen = '';
    for (let last = false; !last; last = state.isOver) {
      const text = readFileSync(path, 'utf8');
      state.reads++;
      if (text !== seen) {
        state.versions++;
        if (!(await isWhole(text))) state.halves.push(text);
      }
      seen = text;
      await pause(1);
    }
  })();
  return {
    async end() {
      state.isOver = true;
      await watching;
      return { reads: state.reads, versions: state.versions, halves: state.halves };
    },
  };
}

async function isWhole(text: string): Promise<boolean> {
  try {
    const { runners } = await readConfig(text, 'config.toml');
    const keys = ['name', 'url', 'id', 'token', 'executor'];
    return text.endsWith('\n') && runners.every((runner) => keys.every((key) => Object.hasOwn(runner, key)));
  } catch {
    return false;
  }
}
