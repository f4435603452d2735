import type { ChildProcess } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { eachOf, type Ran, type Scene, textOf, undated } from './scene.ts';
import { contentOf, type Ending, endingOf, lay, next, type Story } from './stories.ts';

/** What a series of crashes came to. */
export interface Crashes {
  /** Runs that were killed, by how the file was found: old or new. */
  killed: number;
  old: number;
  new: number;
  readonly faults: string[];
}

export const noCrashes = (): Crashes => ({ killed: 0, old: 0, new: 0, faults: [] });

/** The calls that a run of a story makes to change something in its folder, in their order. */
export async function callsOf(scene: Scene, story: Story): Promise<string[]> {
  const log = join(scene.folder, `calls-${Math.random()}`);
  const ran = await scene.run(story.verb, lay(scene, story.before), story.words, {
    token: story.token,
    hook: { log },
  });
  if (ran.code !== 0) throw new Error(ran.stderr);
  return readFileSync(log, 'utf8').trim().split('\n');
}

/** Kills a run of a story before each call that changes something in its folder, or before some of them. */
export async function crashAtEachCall(
  scene: Scene,
  story: Story,
  atOnce: number,
  wanted: (call: string) => boolean = () => true,
): Promise<Crashes> {
  const [calls, ending] = [await callsOf(scene, story), await endingOf(scene, story)];
  const crashes = noCrashes();
  const chosen = [...calls.keys()].filter((at) => wanted(calls[at]!));
  await eachOf(chosen, atOnce, async (at) => {
    const place = lay(scene, story.before);
    const hook = { at: at + 1, do: 'kill' };
    const ran = await scene.run(story.verb, place, story.words, { token: story.token, hook });
    if (ran.code !== 'SIGKILL') crashes.faults.push(`${story.name}, ${calls[at]}: ended with ${ran.code}`);
    await judge(scene, story, ending, { place, when: `${calls[at]}`, ran }, crashes);
  });
  return crashes;
}

/** Kills runs of stories at random moments, from before they touch the folder until they are over. */
export async function crashAtRandom(
  scene: Scene,
  stories: readonly Story[],
  chance: { next(): number; below(limit: number): number },
  count: number,
  atOnce: number,
): Promise<Crashes> {
  const endings = new Map<Story, { ending: Ending; takes: number }>();
  for (const story of stories)
    endings.set(story, { ending: await endingOf(scene, story), takes: await timeOf(scene, story) });
  const crashes = noCrashes();
  const worker = async () => {
    // A run that was over before its kill counts for nothing.
    while (crashes.killed < count) {
      const story = stories[chance.below(stories.length)]!;
      const { ending, takes } = endings.get(story)!;
      const wait = takes * (0.4 + chance.next());
      const place = lay(scene, story.before);
      const started = (child: ChildProcess) => void setTimeout(() => child.kill('SIGKILL'), wait);
      const ran = await scene.run(story.verb, place, story.words, { token: story.token, started });
      await judge(scene, story, ending, { place, when: `after ${wait.toFixed(1)} ms`, ran }, crashes);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return crashes;
}

async function timeOf(scene: Scene, story: Story): Promise<number> {
  const began = performance.now();
  await scene.run(story.verb, lay(scene, story.before), story.words, { token: story.token });
  return performance.now() - began;
}

interface Crash {
  readonly place: string;
  readonly when: string;
  readonly ran: Ran;
}

/** Whole or not at all, the version before kept, the next run as if nothing had been, nothing left behind. */
export async function judge(
  scene: Scene,
  story: Story,
  ending: Ending,
  crash: Crash,
  crashes: Crashes,
): Promise<void> {
  const { place, when, ran } = crash;
  const complain = (what: string) => void crashes.faults.push(`${story.name}, ${when}: ${what}`);
  const found = undated(textOf(join(place, 'config.toml')));
  const isNew = found === ending.after;
  if (ran.code === 'SIGKILL') crashes.killed++;
  crashes[isNew ? 'new' : 'old']++;
  if (!isNew && found !== ending.before) return complain(`the file is neither old nor new:\n${found}`);
  const kept = undated(textOf(join(place, '.config.toml.previous')));
  if (isNew && ending.before !== undefined && kept !== ending.before)
    complain('the version before is not kept');
  const lying = Object.keys(contentOf(place));
  const after = await next(scene, story, place);
  const expected = isNew ? ending.nextFromNew : ending.nextFromOld;
  if (!isDeepStrictEqual(after, expected)) {
    complain(
      `the next run differs; before it lay there ${lying.join(' ')}\n${JSON.stringify(after)}\nnot\n${JSON.stringify(expected)}`,
    );
  }
  rmSync(place, { recursive: true });
}

/** The same story in a folder where a run was killed while it held the lock. */
export async function afterACrash(scene: Scene, story: Story): Promise<Story> {
  const calls = await callsOf(scene, story);
  const at = calls.findIndex((call) => call.startsWith('openSync '));
  const place = lay(scene, story.before);
  await scene.run(story.verb, place, story.words, { token: story.token, hook: { at: at + 1, do: 'kill' } });
  return { ...story, name: `${story.name} after a crash`, before: contentOf(place) };
}
