import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { accessToken, eachOf, type Ran, type Scene, textOf, undated } from './scene.ts';
import { fileOf, lay } from './stories.ts';

/** How a registration that makes a new runner in GitLab ended when one of its calls went wrong. */
export interface Broken {
  readonly call: string;
  readonly ran: Ran;
  readonly file: 'old' | 'new' | 'harmed';
  /** How many runners GitLab has for it afterwards, and how many requests it saw. */
  readonly inGitlab: number;
  readonly requests: number;
  readonly left: string;
}

/**
 * Lets a registration go wrong in one way (`ENOSPC`, `SIGTERM`, …) at each call that changes something in the folder
 * in turn; with `linked`, the file has a second name and is rewritten in place.
 */
export async function breakEachCall(
  scene: Scene,
  deed: string,
  atOnce: number,
  linked = false,
): Promise<Broken[]> {
  const log = join(scene.folder, `calls-${Math.random()}`);
  await attempt(scene, { hook: { log }, linked });
  const calls = readFileSync(log, 'utf8').trim().split('\n');
  const broken: Broken[] = [];
  await eachOf([...calls.keys()], atOnce, async (at) => {
    const call = calls[at]!.replace(/\.[0-9a-f]{12,16}/g, '.<RANDOM>');
    broken[at] = { call, ...(await attempt(scene, { hook: { at: at + 1, do: deed }, linked })) };
  });
  return broken;
}

/** What is wrong with such an end: file and GitLab belong together, and nothing is left lying. */
export function faultOf({ call, ran, file, inGitlab, requests, left }: Broken): string | undefined {
  const isDone = ran.code === 0 && file === 'new' && inGitlab === 1;
  const isUndone = ran.code !== 0 && file === 'old' && inGitlab === 0;
  // A process that dies of a signal, or cannot remove a file, leaves it to the next run.
  const mayLeave = call.startsWith('rmSync') || String(ran.code).startsWith('SIG');
  const isClean =
    /^(\.config\.toml\.history )?(\.config\.toml\.previous )?(\.runner_system_id )?config\.toml( other)?$/.test(
      left,
    );
  if ((isDone || isUndone) && (isClean || mayLeave)) return undefined;
  return `${call}: ${JSON.stringify({ code: ran.code, file, inGitlab, requests, left })}\n${ran.stderr}`;
}

let count = 0;

async function attempt(
  scene: Scene,
  { hook, linked }: { hook: { at?: number; do?: string; log?: string }; linked: boolean },
) {
  const name = `broken ${++count}`;
  const before = fileOf(scene, [1, 2]);
  const place = lay(scene, { 'config.toml': before });
  const path = join(place, 'config.toml');
  if (linked) linkSync(path, join(place, 'other'));
  const words = ['--name', name, '--executor', 'shell', '--runner-type', 'instance'];
  const ran = await scene.run('register', place, words, { token: accessToken, hook });
  const text = textOf(path)!;
  const isNew = text !== before && undated(text)!.startsWith(undated(before)!) && text.includes(name);
  const left = execFileSync('ls', ['-A', place], {
    encoding: 'utf8',
    env: { LC_ALL: 'C', PATH: process.env.PATH },
  });
  const { state, requests } = scene.gitlab;
  const isMine = (body: unknown) => (body as { description?: string } | undefined)?.description === name;
  rmSync(place, { recursive: true });
  return {
    ran: {
      ...ran,
      stderr: ran.stderr
        .replaceAll(name, '<NAME>')
        .replace(/runner \d+/g, 'runner <ID>')
        .replace(/s_[0-9a-f]{12}|r_\w{12}/g, '<SYSTEM>'),
    },
    file: text === before ? ('old' as const) : isNew ? ('new' as const) : ('harmed' as const),
    inGitlab: state.runners.filter(({ description }) => description === name).length,
    requests: requests.filter(({ body }) => isMine(body)).length,
    left: left.trim().split('\n').join(' '),
  };
}

/** The different things that were said, each once, with the calls that led to them. */
export function saidBy(broken: readonly Broken[]): Record<string, string[]> {
  const said: Record<string, string[]> = {};
  for (const { call, ran } of broken) {
    const words = `${ran.code} ${ran.stderr}`;
    said[words] = [...(said[words] ?? []), call];
  }
  return said;
}
