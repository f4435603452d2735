import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Circumstances, type Ran, type Scene, textOf, tokenOf, undated, type Verb } from './scene.ts';

/** What lies in a folder before a run, and which run it is. */
export interface Story {
  readonly name: string;
  readonly verb: Verb;
  readonly before: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  readonly token: string;
  /** What else the runs are given. */
  readonly more?: Pick<Circumstances, 'url' | 'env'>;
}

/** A registration into a new file, one more in a file, and a runner in it changed by registering and by editing. */
export function storiesOf(scene: Scene): Story[] {
  const words = ['--name', 'proof', '--executor', 'docker', '--docker-image', 'alpine:3.22'];
  const before = { 'config.toml': fileOf(scene, [1, 2]), '.runner_system_id': 's_0123456789ab' };
  const edits = ['#2', '--docker-privileged', '--add', 'docker.volumes=/cache2', '--set', 'docker.memory=2g'];
  const verb = 'register';
  return [
    { name: 'first registration', verb, before: {}, words, token: tokenOf(0) },
    { name: 'one more runner', verb, before, words, token: tokenOf(0) },
    { name: 'change of a runner', verb, before, words: [...words, '--docker-privileged'], token: tokenOf(2) },
    { name: 'edit of a runner', verb: 'edit', before, words: edits, token: tokenOf(2) },
  ];
}

/** A file that somebody keeps by hand, with these runners. */
export function fileOf({ gitlab }: Scene, runners: readonly number[]): string {
  return `# kept by hand\nconcurrent = 4\n\n${runners.map((at) => block(at, gitlab.url)).join('\n')}`;
}

const block = (at: number, url: string): string => `# runner ${at}, of the team
[[runners]]
    name = "proof" # the name
    limit = 0 # of runner ${at}
    url = "${url}"
    id = ${at + 1}
    token = "${tokenOf(at)}"
    token_obtained_at = 2025-01-02T03:04:05Z
    executor = "docker"
    [runners.docker]
        image = "alpine:3.22"
        privileged = false # never
        volumes = [
            "/cache", # for all
        ]
`;

/** Lays out the folder of a story. */
export function lay(scene: Scene, before: Story['before']): string {
  const place = scene.newFolder();
  mkdirSync(place, { recursive: true });
  for (const [name, text] of Object.entries(before)) {
    mkdirSync(dirname(join(place, name)), { recursive: true, mode: 0o700 });
    writeFileSync(join(place, name), text, { mode: 0o600 });
  }
  return place;
}

/** What lies in a folder, for laying it out again. */
export const contentOf = (place: string): Record<string, string> =>
  Object.fromEntries(readdirSync(place).map((name) => [name, readFileSync(join(place, name), 'utf8')]));

/** How a story ends when nothing goes wrong, and how the run after it ends. */
export interface Ending {
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** The next run, which sets one more key, from the old file and from the new one. */
  readonly nextFromOld: Next;
  readonly nextFromNew: Next;
}

interface Next {
  readonly ran: Ran;
  readonly text: string | undefined;
  readonly left: readonly string[];
}

/** The words of the run after a crash: the same with one more setting, so that it always writes. */
export const nextWords = (story: Story): string[] => [...story.words, '--limit', '7'];

/** Runs a story without any harm, and what comes after it. */
export async function endingOf(scene: Scene, story: Story): Promise<Ending> {
  const place = lay(scene, story.before);
  const ran = await scene.run(story.verb, place, story.words, { token: story.token });
  if (ran.code !== 0) throw new Error(`${story.name} fails by itself: ${ran.stderr}`);
  const after = undated(textOf(join(place, 'config.toml')));
  return {
    before: undated(story.before['config.toml']),
    after,
    nextFromOld: await next(scene, story, lay(scene, story.before)),
    nextFromNew: await next(scene, story, place),
  };
}

/** The run after it. */
export async function next(scene: Scene, story: Story, place: string): Promise<Next> {
  const ran = await scene.run(story.verb, place, nextWords(story), { token: story.token });
  return { ran, text: undated(textOf(join(place, 'config.toml'))), left: readdirSync(place).sort() };
}
