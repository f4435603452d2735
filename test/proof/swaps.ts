import { X509Certificate } from 'node:crypto';
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
import { basename, join } from 'node:path';
import { type StandIn, startGitlab } from '../gitlab/index.ts';
import { accessToken, type Circumstances, eachOf, type Ran, type Scene, tokenOf } from './scene.ts';
import { fileOf, lay, type Story, storiesOf } from './stories.ts';

/** The user who owns the folder in which root works. */
const user = 1234;
const secret = 'glrt-t1_onlyrootmayknow';

/** A story, and names that are swapped in it beside those of every story. */
export interface SwapStory extends Story {
  readonly names?: readonly string[];
}

/**
 * Commands that write, each in a folder with all that such a folder can hold; `secure` is a GitLab with a certificate that
 * is trusted by its fingerprint.
 */
export function swapStories(scene: Scene, secure: StandIn): SwapStory[] {
  const kept = {
    'config.toml': fileOf(scene, [1, 2]),
    '.config.toml.previous': fileOf(scene, [1]),
    '.config.toml.history': '{"version":1,"steps":[]}\n',
  };
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
    trustStory(first, secure),
    loginStory(scene),
  ];
}

// The chain goes behind the one that is there.
function trustStory(first: Story, { url, chain }: StandIn): SwapStory {
  const { fingerprint256, raw } = new X509Certificate(chain!);
  const other = `-----BEGIN CERTIFICATE-----\n${raw.toString('base64').slice(0, 64)}\n-----END CERTIFICATE-----\n`;
  return {
    ...first,
    name: 'a certificate that is trusted',
    before: { 'certs/127.0.0.1.crt': other },
    words: [...first.words, '--tls-trust', fingerprint256],
    more: { url },
    names: ['certs', 'certs/127.0.0.1.crt'],
  };
}

// The folder is the home of the user.
function loginStory(scene: Scene): SwapStory {
  const login = join(scene.folder, 'login.json');
  writeFileSync(login, JSON.stringify({ auths: { 'registry.example.com': { auth: btoa('ada:word') } } }));
  const present = JSON.stringify({ auths: { 'other.example.com': { auth: btoa('ada:other') } } });
  return {
    name: "a login in the user's docker config",
    verb: 'registry-auth',
    before: { 'config.toml': fileOf(scene, [1]), '.docker/config.json': present },
    words: ['add', 'registry.example.com', '--docker-config', login, '--host-user', 'proof', '--yes'],
    token: '',
    names: ['.docker', '.docker/config.json'],
  };
}

/** A GitLab whose certificate no program trusts by itself, with the runners of the scene. */
export const openSecure = (): Promise<StandIn> =>
  startGitlab({ https: true, runners: [{ id: 1, token: tokenOf(0), type: 'instance' }] });

/** How a name is swapped: for a symbolic link, or for a second name of a file that only root may read. */
export type Swap = 'swap' | 'link';

/**
 * Runs a story as root in the folder of another user, who swaps files at one of its calls; once for each call and each
 * of the names (`*` is the one that the call is about). Gives what was given away or overwritten, and how many runs
 * there were.
 */
export async function swapAtEachCall(
  scene: Scene,
  story: SwapStory,
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

async function countCalls(scene: Scene, story: SwapStory): Promise<number> {
  const { place, bait } = layBeside(scene, story);
  const log = join(scene.folder, `calls-${Math.random()}`);
  await runIn(scene, story, place, { log, do: 'swap *', bait });
  return readFileSync(log, 'utf8').trim().split('\n').length;
}

async function swapped(scene: Scene, story: SwapStory, at: number, deed: string): Promise<string[]> {
  const { place, bait } = layBeside(scene, story);
  const before = stateOf(bait);
  const ran = await runIn(scene, story, place, { at, do: deed, bait });
  const faults = [...given(ran, place, bait), ...changed(before, stateOf(bait))];
  rmSync(place, { recursive: true });
  rmSync(bait, { recursive: true });
  return faults;
}

function runIn(
  scene: Scene,
  { verb, words, token, more }: SwapStory,
  place: string,
  hook: NonNullable<Circumstances['hook']>,
): Promise<Ran> {
  const passwd = join(scene.folder, `passwd-${basename(place)}`);
  writeFileSync(passwd, `root:x:0:0:root:/root:/bin/sh\nproof:x:${user}:${user}::${place}:/bin/sh\n`);
  return scene.run(verb, place, words, { token, ...more, env: { PROOF_PASSWD: passwd }, hook });
}

// The folder of the user, and beside it a folder of root with a sound config.toml that the user may not read.
function layBeside(scene: Scene, story: SwapStory): { readonly place: string; readonly bait: string } {
  const place = lay(scene, story.before);
  for (const name of allIn(place)) chownSync(join(place, name), user, user);
  chownSync(place, user, user);
  const bait = scene.newFolder();
  const isDocker = Object.hasOwn(story.before, '.docker/config.json');
  const text = isDocker
    ? JSON.stringify({ auths: { 'a.example.com': { auth: secret } } })
    : fileOf(scene, [3]).replace(tokenOf(3), secret);
  for (const name of isDocker ? ['config.toml', 'config.json'] : ['config.toml'])
    writeFileSync(join(bait, name), text, { mode: 0o600 });
  mkdirSync(join(bait, 'certs'));
  chmodSync(bait, 0o700);
  return { place, bait };
}

function stateOf(bait: string): Record<string, string> {
  const entries = readdirSync(bait).map((name) => {
    const { mode, uid, gid, mtimeMs, size } = statSync(join(bait, name));
    const text = name.startsWith('config.') ? readFileSync(join(bait, name), 'utf8') : '';
    return [name, JSON.stringify({ mode, uid, gid, mtimeMs, size, text })];
  });
  return Object.fromEntries(entries);
}

const allIn = (place: string): string[] => readdirSync(place, { recursive: true }) as string[];

const changed = (before: Record<string, string>, after: Record<string, string>): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
    before[name] === after[name] ? [] : [`root's ${name} was ${before[name]}, and is ${after[name]}`],
  );

function given({ stdout, stderr }: Ran, place: string, bait: string): string[] {
  const said = `${stdout}${stderr}`.includes(secret) ? ['what only root may read was said'] : [];
  const { ino } = statSync(join(bait, 'config.toml'));
  const lying = allIn(place).filter((name) => {
    const stats = lstatSync(join(place, name));
    if (!stats.isFile() || stats.ino === ino) return false;
    const mayRead = stats.uid === user || (stats.mode & 0o004) !== 0;
    return mayRead && readFileSync(join(place, name), 'utf8').includes(secret);
  });
  return [...said, ...lying.map((name) => `${name} has what only root may read`)];
}
