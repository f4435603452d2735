import { spawnSync } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { breakEachCall, faultOf } from './proof/broken.ts';
import { afterACrash, type Crashes, crashAtEachCall, crashAtRandom } from './proof/crash.ts';
import { apart, type Crowd, changeAtOnce, changedText, registerAtOnce } from './proof/crowd.ts';
import { diskFaults, missingHere } from './proof/faults.ts';
import { expectedOf } from './proof/faults-words.ts';
import { killAfterAnswers, shownTimes } from './proof/kills.ts';
import { compareBlocks, compareParsers } from './proof/quick.ts';
import { openScene, root, type Scene, tokenOf, undated } from './proof/scene.ts';
import { signalStories } from './proof/signal-stories.ts';
import { signalAtEachCall } from './proof/signals.ts';
import { storiesOf } from './proof/stories.ts';
import { openSecure, swapAtEachCall, swapStories } from './proof/swaps.ts';
import { crashAtSystemCalls } from './proof/trace.ts';
import { Chance } from './rooms/config/random.ts';

// The long proofs that no file is harmed: `npm run torture -- [edits] [random kills] [processes at once] [seed] [kills
// after GitLab's answers]`. With CORPUS=FOLDER every key of every *.toml there is changed in each way, too.
const [edits = 100_000, kills = 500, processes = 50, seed = Date.now() % 1_000_000, answers = 200] =
  process.argv.slice(2).map(Number);
const faults: string[] = [];
const counts: Record<string, number> = {};

console.log(`seed ${seed}: ${edits} edits, ${kills} random kills, ${processes} processes at once`);
const missing = missingHere();
editFiles();
readTwice();
const scene = await openScene(Math.max(100, processes));
await crash(scene);
await crowd(scene);
await breakCalls(scene);
await breakDisks(scene);
await signalEach(scene);
await swapFiles(scene);
await killAfter(scene);
await scene.close();
for (const fault of faults) console.log(`FAULT ${fault}`);
console.log(`seed ${seed}: ${JSON.stringify(counts)}; ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;

function count(what: string, many: number): void {
  counts[what] = (counts[what] ?? 0) + many;
  console.log(`${new Date().toISOString().slice(11, 19)} ${what}: ${many}`);
}

function editFiles(): void {
  if (edits === 0) return;
  const files = ['test/rooms/config/torture.test.ts', 'test/rooms/commands/edit-files.test.ts'];
  const words = ['vitest', 'run', '--config', 'test/vitest.config.ts', ...files];
  const env = { ...process.env, TORTURE_EDITS: String(edits), SEED: String(seed), RUNNER_SETUP_BUILT: 'yes' };
  const ran = spawnSync('npx', words, { cwd: root, stdio: 'inherit', env });
  count('random edits', edits);
  if (ran.status !== 0) faults.push('random edits: see above');
}

function readTwice(): void {
  const { sound, broken, fault } = compareParsers(seed, Math.ceil(edits / 20));
  count('texts read by both parsers', sound + broken);
  if (fault !== undefined) faults.push(`the parsers differ: ${fault}`);
  const blocks = compareBlocks(seed, Math.ceil(edits / 5));
  count('versions of a file read by blocks', blocks.sound + blocks.broken);
  if (blocks.fault !== undefined) faults.push(`blocks differ: ${blocks.fault}`);
}

async function crash(on: Scene): Promise<void> {
  const stories = storiesOf(on);
  stories.push(await afterACrash(on, stories[1]!), await afterACrash(on, stories[2]!));
  for (const story of stories) {
    tell('kills before a call', story.name, await crashAtEachCall(on, story, 3));
    if (!missing.has('strace'))
      tell('kills after a system call', story.name, await crashAtSystemCalls(on, story, 3));
  }
  if (missing.has('strace'))
    console.log(`COULD NOT BE TRIED HERE: kills after a system call (${missing.get('strace')})`);
  tell('kills at random', 'all', await crashAtRandom(on, stories, new Chance(seed), kills, 3));
}

async function swapFiles(on: Scene): Promise<void> {
  const secure = await openSecure();
  const usual = ['*', 'config.toml', '.config.toml.previous'];
  for (const story of swapStories(on, secure)) {
    const names = [...usual, ...(story.names ?? [])];
    const { runs, faults: found } = await swapAtEachCall(on, story, names, ['swap', 'link'], 3);
    count(`swaps under root, ${story.name}`, runs);
    faults.push(...found);
  }
  await secure.close();
}

function tell(what: string, story: string, crashes: Crashes): void {
  console.log(`${story}: file old ${crashes.old}, new ${crashes.new}`);
  count(what, crashes.killed);
  faults.push(...crashes.faults);
}

async function crowd(on: Scene): Promise<void> {
  const registered = await registerAtOnce(on, processes);
  checkCrowd('registering', registered);
  for (let at = 0; at < processes; at++)
    if (registered.text.split(tokenOf(at)).length !== 2)
      faults.push(`registering: runner ${at} is not there once`);
  for (const verb of ['edit', 'register'] as const) {
    const changed = await changeAtOnce(on, processes, verb);
    checkCrowd(`changing (${verb})`, changed);
    if (changed.text !== undated(changedText(on, processes)))
      faults.push(`changing (${verb}): something is lost\n${changed.text}`);
  }
  const skewed = await changeAtOnce(on, processes, 'edit', processes, apart);
  checkCrowd('changing with other clocks', skewed);
  if (skewed.text !== undated(changedText(on, processes)))
    faults.push(`changing with other clocks: something is lost\n${skewed.text}`);
}

function checkCrowd(what: string, { ran, halves, reads, versions, left }: Crowd): void {
  console.log(
    `${what}: ${ran.length} processes, ${reads} reads, ${versions} versions, left ${left.join(' ')}`,
  );
  count('processes at once', ran.length);
  const bad = ran.filter(({ code }) => code !== 0);
  faults.push(...bad.map(({ code, stderr }) => `${what}: ended with ${code}: ${stderr}`));
  faults.push(...halves.map((half) => `${what}: a reader saw half a file\n${half}`));
  if (left.some((name) => /tmp|lock|new/.test(name))) faults.push(`${what}: left ${left.join(' ')}`);
}

async function breakCalls(on: Scene): Promise<void> {
  for (const linked of [false, true]) {
    for (const deed of ['ENOSPC', 'EIO', 'EROFS', 'EDQUOT', 'SIGTERM', 'SIGINT', 'SIGHUP']) {
      const ends = await breakEachCall(on, deed, 3, linked);
      count(`calls with ${deed}${linked ? ', in place' : ''}`, ends.length);
      faults.push(...ends.flatMap((end) => faultOf(end) ?? []).map((fault) => `${deed}: ${fault}`));
    }
  }
}

async function killAfter(on: Scene): Promise<void> {
  const { killed, found, tooEarly, faults: lost } = await killAfterAnswers(on, new Chance(seed), answers, 3);
  console.log(`killed after an answer: ${JSON.stringify(found)}; too early: ${shownTimes(tooEarly)} ms`);
  count('kills after an answer', killed);
  faults.push(...lost);
}

async function signalEach(on: Scene): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGINT SIGINT']) {
    for (const story of signalStories) {
      const signals = await signalAtEachCall(on, story, signal, 3);
      count(`${signal} at requests and writes of ${story.name}`, signals.count);
      faults.push(...signals.faults);
    }
  }
}

async function breakDisks(on: Scene): Promise<void> {
  for (const fault of diskFaults) {
    const reason = missing.get(fault.needs);
    if (reason !== undefined) {
      console.log(`COULD NOT BE TRIED HERE: ${fault.name} (${reason.trim()})`);
      continue;
    }
    const ended = await fault.run(on);
    count(fault.name, 1);
    if (!isDeepStrictEqual(ended, expectedOf[fault.name]))
      faults.push(`${fault.name}: ${JSON.stringify(ended)}`);
  }
}
