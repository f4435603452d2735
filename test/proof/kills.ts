import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type GitlabSetup, type StandIn, startGitlab } from '../gitlab/index.ts';
import { accessToken, type Circumstances, type Ran, type Scene, type Verb } from './scene.ts';
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
  /** Whether a person has an access token, with which GitLab tells of its runners. */
  readonly hasAccess: boolean;
}

const tokenOf = (id: number): string => `glrt-t1_kill${String(id).padStart(16, '0')}`;
const runners = [1, 2].map((id) => ({ id, token: tokenOf(id), type: 'instance' as const }));
const gitlab: GitlabSetup = {
  runners,
  groups: [{ id: 70, path: 'team' }],
  projects: [{ id: 80, path: 'team/app' }],
  accessTokens: [{ token: accessToken, scopes: ['api'], admin: true }],
};
const newRunner = ['--name', 'new', '--executor', 'docker', '--docker-image', 'alpine:3.22'];
const register = { verb: 'register', gitlab, hasFile: true, hasAccess: true } as const;
const create = { ...register, token: accessToken, request: 'POST /api/v4/user/runners' } as const;
const renew = { verb: 'reset-token', gitlab, token: '', hasFile: true } as const;

const stories: readonly KillStory[] = [
  { ...create, name: 'register, instance', words: [...newRunner, '--runner-type', 'instance'] },
  {
    ...create,
    name: 'register, group, no config.toml',
    words: [...newRunner, '--runner-type', 'group', '--group', '70'],
    hasFile: false,
    gitlab: { ...gitlab, runners: [] },
  },
  {
    ...create,
    name: 'register, project by its path',
    words: [...newRunner, '--runner-type', 'project', '--project', 'team/app', '--tag-list', 'b,a'],
  },
  {
    ...register,
    name: 'register, registration token',
    gitlab: {
      ...gitlab,
      version: '15.11.0-ee',
      registrationTokens: [{ token: 'GR1348941proof', type: 'instance' }],
    },
    words: newRunner,
    token: 'GR1348941proof',
    request: 'POST /api/v4/runners',
    hasAccess: false,
  },
  {
    ...renew,
    name: 'reset-token, access token',
    words: ['#2', '--yes', '--access-token', accessToken],
    request: 'POST /api/v4/runners/2/reset_authentication_token',
    hasAccess: true,
  },
  {
    ...renew,
    name: 'reset-token, own token',
    words: ['#2', '--yes'],
    request: 'POST /api/v4/runners/reset_authentication_token',
    hasAccess: false,
  },
  {
    ...renew,
    verb: 'rotate',
    name: 'rotate, access token',
    words: ['#2', '--force', '--yes', '--access-token', accessToken],
    request: 'POST /api/v4/runners/2/reset_authentication_token',
    hasAccess: true,
  },
  {
    ...renew,
    verb: 'migrate',
    name: 'migrate',
    gitlab: {
      ...gitlab,
      runners: [runners[0]!, { id: 2, token: 'glrtr-kill0000000000000002', type: 'group', of: [70] }],
    },
    words: ['--yes', '--access-token', accessToken],
    request: 'POST /api/v4/user/runners',
    hasAccess: true,
  },
];

const fileOf = (url: string, known: GitlabSetup['runners'] = []): string =>
  `# kept by hand\n${known
    .map(
      ({ id, token }) =>
        `\n[[runners]]\n  name = "r${id}"\n  url = "${url}"\n  id = ${id}\n  token = "${token}"\n  executor = "shell"\n`,
    )
    .join('')}`;

/** Where the token was after a kill. */
type Place = 'in config.toml' | 'beside it' | 'not yet on the disk';

/** What a series of kills came to. */
export interface Kills {
  /** Runs that were killed after GitLab's answer; those that were over before it count for nothing. */
  killed: number;
  /** Where the token was after the kill, for each story. */
  readonly found: Record<string, Record<Place, number>>;
  /** When each kill came that left no token on the disk, in milliseconds after GitLab had sent its answer. */
  readonly tooEarly: number[];
  readonly faults: string[];
}

/** Milliseconds in order. */
export const shownTimes = (times: readonly number[]): string =>
  times
    .toSorted((one, other) => one - other)
    .map((time) => time.toFixed(2))
    .join(' ');

/**
 * Kills runs at random moments after GitLab has sent the answer with which a token comes, most of them in the
 * milliseconds right after it, and lets the next command run: it must save what GitLab gave. Where the answer did not
 * come to the disk, the next command that has an access token puts things right; without one they have to be told.
 */
export async function killAfterAnswers(
  scene: Scene,
  chance: { next(): number; below(limit: number): number },
  count: number,
  atOnce: number,
): Promise<Kills> {
  const found = Object.fromEntries(
    stories.map(({ name }) => [name, { 'in config.toml': 0, 'beside it': 0, 'not yet on the disk': 0 }]),
  );
  const kills: Kills = { killed: 0, found, tooEarly: [], faults: [] };
  const worker = async () => {
    while (kills.killed < count) {
      const story = stories[chance.below(stories.length)]!;
      const wait = chance.next() * (chance.below(4) === 0 ? 500 : 4);
      const next = { at: chance.below(nexts.length), wait: 200 + chance.below(800) };
      await killOnce(scene, story, { wait, next }, kills);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return kills;
}

interface Stage {
  readonly story: KillStory;
  readonly place: string;
  readonly gitlab: StandIn;
  run(more: Circumstances): Promise<Ran>;
}

async function onStage(
  scene: Scene,
  story: KillStory,
  onAnswer: (request: string) => void,
  act: (stage: Stage) => Promise<void>,
): Promise<void> {
  const gitlab = await startGitlab(structuredClone(story.gitlab), {
    onAnswer: ({ method, path }) => onAnswer(`${method} ${path}`),
  });
  const files: Record<string, string> = story.hasFile
    ? { 'config.toml': fileOf(gitlab.url, story.gitlab.runners) }
    : {};
  const place = lay(scene, { '.runner_system_id': 's_0123456789ab', ...files });
  const { verb, words, token } = story;
  const run = (more: Circumstances) => scene.run(verb, place, words, { token, url: gitlab.url, ...more });
  try {
    await act({ story, place, gitlab, run });
  } finally {
    await gitlab.close();
    rmSync(place, { recursive: true });
  }
}

async function killOnce(
  scene: Scene,
  story: KillStory,
  { wait, next }: { wait: number; next: Next },
  kills: Kills,
): Promise<void> {
  let child: ChildProcess | undefined;
  const onAnswer = (request: string) => {
    if (request === story.request) killAfter(wait, child!);
  };
  await onStage(scene, story, onAnswer, async (stage) => {
    const ran = await stage.run({
      started: (one) => {
        child = one;
      },
    });
    if (ran.code !== 'SIGKILL') return;
    kills.killed++;
    child = undefined;
    const where = placeOfTokens(stage);
    kills.found[story.name]![where]++;
    if (where === 'not yet on the disk') kills.tooEarly.push(wait);
    const fault = await faultAfter(scene, stage, where, next);
    if (fault !== undefined)
      kills.faults.push(
        `${story.name}, after ${wait.toFixed(2)} ms, ${where}, then ${nexts[next.at]}: ${fault}`,
      );
  });
}

// A timer would come a millisecond late or more.
function killAfter(wait: number, child: ChildProcess | undefined): void {
  if (child === undefined) return;
  if (wait > 20) return void setTimeout(() => child.kill('SIGKILL'), wait);
  for (const end = performance.now() + wait; performance.now() < end; );
  child.kill('SIGKILL');
}

const nexts = ['the same again', 'edit', 'doctor --fix', 'the same again, killed, and once more'];

/** Which command comes next, and when it is killed if it is one that is. */
interface Next {
  readonly at: number;
  readonly wait: number;
}

async function faultAfter(scene: Scene, stage: Stage, where: Place, next: Next): Promise<string | undefined> {
  const { hasAccess } = stage.story;
  const after = await runNext(scene, stage, next);
  const isTold = /An interrupted run asked GitLab/.test(after.stdout + after.stderr);
  // Edit saves the new token; what is left to do at GitLab needs an access token.
  if (stage.story.verb === 'migrate' && next.at === 1) return faultOf(stage, await stage.run({}));
  if (where !== 'not yet on the disk') return faultOf(stage, after);
  if (!hasAccess) return isTold ? undefined : `nothing is said of it\n${after.stderr}`;
  // Edit has no access token: it tells, and the next command that has one puts things right.
  if (next.at !== 1) return faultOf(stage, after);
  return isTold ? faultOf(stage, await stage.run({})) : `nothing is said of it\n${after.stderr}`;
}

// The same command, another one that writes, or the one that the words name.
async function runNext(scene: Scene, { story, place, gitlab, run }: Stage, { at, wait }: Next): Promise<Ran> {
  // Without an access token the second kill could lose a token of its own.
  if (at === 3 && story.hasAccess)
    await run({ started: (child) => void setTimeout(() => child.kill('SIGKILL'), wait) });
  if (at === 0 || at === 3) return run({});
  const words = at === 1 ? ['--global', '--concurrent', '7'] : ['--fix', '--yes'];
  const env: Record<string, string> =
    at === 2 && story.hasAccess ? { RUNNER_SETUP_ACCESS_TOKEN: accessToken } : {};
  return scene.run(at === 1 ? 'edit' : 'doctor', place, words, { token: '', url: gitlab.url, env });
}

const textsOf = (place: string, names: RegExp): string =>
  readdirSync(place)
    .filter((name) => names.test(name))
    .map((name) => readFileSync(join(place, name), 'utf8'))
    .join('');

const lostOf = ({ gitlab: { state } }: Stage, text: string): string[] =>
  state.runners.map(({ token }) => token).filter((token) => !text.includes(token));

function placeOfTokens(stage: Stage): Place {
  if (lostOf(stage, textsOf(stage.place, /^config\.toml$/)).length === 0) return 'in config.toml';
  const all = textsOf(stage.place, /^config\.toml(\.new-token.*)?$/);
  return lostOf(stage, all).length === 0 ? 'beside it' : 'not yet on the disk';
}

// Each runner of GitLab is in the file, each of the file is known to GitLab, and none was made twice.
function faultOf({ story, ...stage }: Stage, after: Ran): string | undefined {
  const text = textsOf(stage.place, /^config\.toml$/);
  const known = stage.gitlab.state.runners.map(({ token }) => token);
  const dead = [...text.matchAll(/token = "([^"]*)"/g)].filter(([, token]) => !known.includes(token!));
  const left = readdirSync(stage.place).filter((name) => /new-token|\.tmp$|\.lock/.test(name));
  const shown = `\n${after.code} ${after.stderr}\n${text}`;
  if (left.length > 0) return `there is still ${left.join(' ')}${shown}`;
  if (lostOf({ story, ...stage }, text).length > 0) return `a runner is not in the file${shown}`;
  if (known.length > (story.gitlab.runners ?? []).length + (story.verb === 'register' ? 1 : 0))
    return `there are ${known.length} runners${shown}`;
  return dead.length > 0 ? `a runner of the file is dead${shown}` : undefined;
}
