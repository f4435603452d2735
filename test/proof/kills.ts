import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type GitlabSetup, type StandIn, startGitlab } from '../gitlab/index.ts';
import { accessToken, type Ran, type Scene, type Verb } from './scene.ts';
import { lay } from './stories.ts';

/** A command that GitLab gives a token to. */
interface KillStory {
  readonly name: string;
  readonly verb: Verb;
  readonly gitlab: GitlabSetup;
  readonly words: readonly string[];
  readonly token: string;
  /** Whether there is a config.toml already. */
  readonly hasFile: boolean;
  /** The request with whose answer the token comes. */
  readonly request: string;
}

const tokenOf = (id: number): string => `glrt-t1_kill${String(id).padStart(16, '0')}`;
const runners = [1, 2].map((id) => ({ id, token: tokenOf(id), type: 'instance' as const }));
const accessTokens = [{ token: accessToken, scopes: ['api', 'create_runner', 'manage_runner'], admin: true }];
const newRunner = ['--name', 'new', '--executor', 'docker', '--docker-image', 'alpine:3.22'];

const stories: readonly KillStory[] = [
  {
    name: 'register with an access token',
    verb: 'register',
    gitlab: { runners, accessTokens },
    words: [...newRunner, '--runner-type', 'instance'],
    token: accessToken,
    hasFile: true,
    request: 'POST /api/v4/user/runners',
  },
  {
    name: 'register with an access token, no config.toml',
    verb: 'register',
    gitlab: { runners: [], accessTokens },
    words: [...newRunner, '--runner-type', 'instance'],
    token: accessToken,
    hasFile: false,
    request: 'POST /api/v4/user/runners',
  },
  {
    name: 'register with a registration token',
    verb: 'register',
    gitlab: {
      runners,
      version: '15.11.0-ee',
      registrationTokens: [{ token: 'GR1348941proof', type: 'instance' }],
    },
    words: newRunner,
    token: 'GR1348941proof',
    hasFile: true,
    request: 'POST /api/v4/runners',
  },
  {
    name: 'reset-token',
    verb: 'reset-token',
    gitlab: { runners, accessTokens },
    words: ['#2', '--yes'],
    token: '',
    hasFile: true,
    request: 'POST /api/v4/runners/reset_authentication_token',
  },
];

const fileOf = (url: string): string =>
  `# kept by hand\n${runners
    .map(
      ({ id, token }) =>
        `\n[[runners]]\n  name = "r${id}"\n  url = "${url}"\n  id = ${id}\n  token = "${token}"\n  executor = "shell"\n`,
    )
    .join('')}`;

/** What a series of kills came to. */
export interface Kills {
  /** Runs that were killed after GitLab's answer; those that were over before it count for nothing. */
  killed: number;
  /** Where the token was after the kill. */
  readonly found: Record<'in config.toml' | 'beside it' | 'not yet on the disk', number>;
  /** The longest time, in milliseconds, from GitLab's answer until it was written beside config.toml. */
  longest: number;
  readonly faults: string[];
}

/**
 * Kills runs at random moments after the answer of GitLab with which a token comes, and lets the next command run: it must
 * save what GitLab gave. A run that was killed before the answer could be on the disk has to be told of.
 */
export async function killAfterAnswers(
  scene: Scene,
  chance: { next(): number; below(limit: number): number },
  count: number,
  atOnce: number,
): Promise<Kills> {
  const found = { 'in config.toml': 0, 'beside it': 0, 'not yet on the disk': 0 };
  const kills: Kills = { killed: 0, found, longest: 0, faults: [] };
  const times = new Map<KillStory, Times>();
  for (const story of stories) {
    const time = await timesOf(scene, story);
    times.set(story, time);
    kills.longest = Math.max(kills.longest, time.toDisk);
  }
  const worker = async () => {
    while (kills.killed < count) {
      const story = stories[chance.below(stories.length)]!;
      const wait = chance.next() * times.get(story)!.toEnd;
      await killOnce(scene, story, { wait, next: chance.below(3) }, times.get(story)!.answer, kills);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return kills;
}

interface Times {
  /** Which call of the run is the answer. */
  readonly answer: number;
  /** Milliseconds from the answer until it is written, and until the run is over. */
  readonly toDisk: number;
  readonly toEnd: number;
}

async function timesOf(scene: Scene, story: KillStory): Promise<Times> {
  const calls: { at: number; call: string }[] = [];
  const heard = (line: string) => {
    const [at = '', ...call] = line.split(' ');
    calls.push({ at: Number(at), call: call.join(' ') });
  };
  await onStage(scene, story, ({ run }) => run({ hook: { do: 'tell', requests: true }, heard }));
  const answer = calls.findIndex(({ call }) => call === `answer ${story.request}`);
  const [came, ...later] = calls.slice(answer);
  const disk = later.find(({ call }) => /^fsyncSync .*new-token/.test(call));
  const end = later.at(-1);
  if (came === undefined || disk === undefined || end === undefined)
    throw new Error(`${story.name}: ${calls.map(({ call }) => call).join('; ')}`);
  return { answer: answer + 1, toDisk: disk.at - came.at, toEnd: end.at - came.at };
}

interface Stage {
  readonly place: string;
  readonly gitlab: StandIn;
  run(more: Parameters<Scene['run']>[3]): Promise<Ran>;
}

async function onStage<T>(scene: Scene, story: KillStory, act: (stage: Stage) => Promise<T>): Promise<T> {
  const gitlab = await startGitlab(structuredClone(story.gitlab));
  const files: Record<string, string> = story.hasFile ? { 'config.toml': fileOf(gitlab.url) } : {};
  const place = lay(scene, { '.runner_system_id': 's_0123456789ab', ...files });
  const { verb, words, token } = story;
  try {
    return await act({
      place,
      gitlab,
      run: (more) => scene.run(verb, place, words, { token, url: gitlab.url, ...more }),
    });
  } finally {
    await gitlab.close();
    rmSync(place, { recursive: true });
  }
}

async function killOnce(
  scene: Scene,
  story: KillStory,
  { wait, next }: { wait: number; next: number },
  answer: number,
  kills: Kills,
): Promise<void> {
  await onStage(scene, story, async (stage) => {
    let child: ChildProcess | undefined;
    const ran = await stage.run({
      hook: { at: answer, do: 'tell', requests: true },
      started: (one) => {
        child = one;
      },
      heard: () => void setTimeout(() => child?.kill('SIGKILL'), wait),
    });
    if (ran.code !== 'SIGKILL') return;
    kills.killed++;
    const where = placeOfTokens(stage);
    kills.found[where]++;
    const after = await runNext(scene, stage, next);
    const fault = faultOf(stage, where, after);
    if (fault !== undefined)
      kills.faults.push(
        `${story.name}, after ${wait.toFixed(1)} ms, ${where}, then ${nexts[next]}: ${fault}`,
      );
  });
}

const nexts = ['the same again', 'edit', 'doctor --fix'];

// The same command, another one that writes, or the one that the words name.
function runNext(scene: Scene, { place, gitlab, run }: Stage, next: number): Promise<Ran> {
  if (next === 0) return run({});
  const words = next === 1 ? ['--global', '--concurrent', '7'] : ['--fix', '--yes', '--offline'];
  return scene.run(next === 1 ? 'edit' : 'doctor', place, words, { token: '', url: gitlab.url });
}

const textsOf = (place: string, names: RegExp): string =>
  readdirSync(place)
    .filter((name) => names.test(name))
    .map((name) => readFileSync(join(place, name), 'utf8'))
    .join('');

const lostOf = ({ gitlab: { state } }: Stage, text: string): string[] =>
  state.runners.map(({ token }) => token).filter((token) => !text.includes(token));

function placeOfTokens(stage: Stage): keyof Kills['found'] {
  if (lostOf(stage, textsOf(stage.place, /^config\.toml$/)).length === 0) return 'in config.toml';
  const all = textsOf(stage.place, /^config\.toml(\.new-token.*)?$/);
  return lostOf(stage, all).length === 0 ? 'beside it' : 'not yet on the disk';
}

// Each runner of GitLab is in the file, and each of the file is known to GitLab.
function faultOf(stage: Stage, where: keyof Kills['found'], after: Ran): string | undefined {
  const text = textsOf(stage.place, /^config\.toml$/);
  const known = stage.gitlab.state.runners.map(({ token }) => token);
  const dead = [...text.matchAll(/token = "([^"]*)"/g)].filter(([, token]) => !known.includes(token!));
  const left = readdirSync(stage.place).filter((name) => /new-token|\.tmp$|\.lock/.test(name));
  const shown = `\n${after.code} ${after.stderr}\n${text}`;
  if (left.length > 0) return `there is still ${left.join(' ')}${shown}`;
  if (where === 'not yet on the disk')
    return /An interrupted run asked GitLab/.test(after.stderr) ? undefined : `nothing is said of it${shown}`;
  if (lostOf(stage, text).length > 0) return `a runner is not in the file${shown}`;
  return dead.length > 0 ? `a runner of the file is dead${shown}` : undefined;
}
