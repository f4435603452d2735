import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { accessToken, eachOf, type Ran, type Scene, tokenOf } from './scene.ts';
import { fileOf, lay, type Story, storiesOf } from './stories.ts';

/** The user who owns the folder in which root works. */
const user = 1234;
const secret = 'glrt-t1_onlyrootmayknow';

/** Commands that write, each in a folder with all that such a folder can hold. */
export function swapStories(scene: Scene): Story[] {
  const kept = { 'config.toml': fileOf(scene, [1, 2]), '.config.toml.previous': fileOf(scene, [1]) };
  const before = { ...kept, '.runner_system_id': 's_0123456789ab' };
  const [first, , change, edit] = storiesOf(scene) as [Story, Story, Story, Story];
  const token = tokenOf(2);
  // Something that doctor can put right: a volume that stands twice.
  const twice = kept['config.toml'].replace('"/cache", # for all', '"/cache", "/cache",');
  const own = ['--access-token', accessToken];
  return [
    first,
    { ...change, before },
    { ...edit, before },
    { name: 'undo', verb: 'undo', before, words: ['--yes'], token },
    { name: 'verify', verb: 'verify', before: kept, words: [], token },
    { name: 'unregister', verb: 'unregister', before, words: ['--local', '#1'], token },
    {
      name: 'doctor --fix',
      verb: 'doctor',
      before: { ...before, 'config.toml': twice },
      words: ['--offline', '--fix', '--yes'],
      token,
    },
    { name: 'reset-token', verb: 'reset-token', before, words: ['#2', ...own], token },
  ];
}

/** How a name is swapped: for a symbolic link, or for a second name of a file that only root may read. */
export type Swap = 'swap' | 'link';

/**
 * Runs a story as root in the folder of another user, who swaps files at one of its calls; once for each call and each
 * of the names (`*` is the one that the call is about). Gives what was given away or overwritten, and how many runs
 * there were.
 */
export async function swapAtEachCall(
  scene: Scene,
  story: Story,
  names: readonly string[],
  kinds: readonly Swap[],
  atOnce: number,
): Promise<{ readonly runs: number; readonly faults: string[] }> {
  const faults: string[] = [];
  const calls = await countCalls(scene, story);
  const trials = Array.from({ length: calls }, (_, at) =>
    names.flatMap((name) => kinds.map((kind) => ({ at: at + 1, deed: `${kind} ${name}` }))),
  ).flat();
  await eachOf(trials, atOnce, async ({ at, deed }) => {
    const when = `${story.name}, ${deed} at call ${at} of ${calls}`;
    faults.push(...(await swapped(scene, story, at, deed)).map((fault) => `${when}: ${fault}`));
  });
  return { runs: trials.length, faults };
}

async function countCalls(scene: Scene, story: Story): Promise<number> {
  const { place, bait } = layBeside(scene, story);
  const log = join(scene.folder, `calls-${Math.random()}`);
  await scene.run(story.verb, place, story.words, { token: story.token, hook: { log, do: 'swap *', bait } });
  return readFileSync(log, 'utf8').trim().split('\n').length;
}

async function swapped(scene: Scene, story: Story, at: number, deed: string): Promise<string[]> {
  const { place, bait } = layBeside(scene, story);
  const before = stateOf(bait);
  const ran = await scene.run(story.verb, place, story.words, {
    token: story.token,
    hook: { at, do: deed, bait },
  });
  const faults = [...given(ran, place, bait), ...changed(before, stateOf(bait))];
  rmSync(place, { recursive: true });
  rmSync(bait, { recursive: true });
  return faults;
}

// The folder of the user, and beside it a folder of root with a sound config.toml that the user may not read.
function layBeside(scene: Scene, story: Story): { readonly place: string; readonly bait: string } {
  const place = lay(scene, story.before);
  for (const name of readdirSync(place)) chownSync(join(place, name), user, user);
  chownSync(place, user, user);
  const bait = scene.newFolder();
  const text = fileOf(scene, [3]).replace(tokenOf(3), secret);
  writeFileSync(join(bait, 'config.toml'), text, { mode: 0o600 });
  mkdirSync(join(bait, 'certs'));
  chmodSync(bait, 0o700);
  return { place, bait };
}

function stateOf(bait: string): Record<string, string> {
  const entries = readdirSync(bait).map((name) => {
    const { mode, uid, gid, mtimeMs, size } = statSync(join(bait, name));
    const text = name === 'config.toml' ? readFileSync(join(bait, name), 'utf8') : '';
    return [name, JSON.stringify({ mode, uid, gid, mtimeMs, size, text })];
  });
  return Object.fromEntries(entries);
}

const changed = (before: Record<string, string>, after: Record<string, string>): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
    before[name] === after[name] ? [] : [`root's ${name} was ${before[name]}, and is ${after[name]}`],
  );

function given({ stdout, stderr }: Ran, place: string, bait: string): string[] {
  const said = `${stdout}${stderr}`.includes(secret) ? ['what only root may read was said'] : [];
  const { ino } = statSync(join(bait, 'config.toml'));
  const lying = readdirSync(place).filter((name) => {
    const stats = lstatSync(join(place, name));
    if (!stats.isFile() || stats.ino === ino) return false;
    const mayRead = stats.uid === user || (stats.mode & 0o004) !== 0;
    return mayRead && readFileSync(join(place, name), 'utf8').includes(secret);
  });
  return [...said, ...lying.map((name) => `${name} has what only root may read`)];
}
