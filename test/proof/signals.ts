import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type StandIn, startGitlab } from '../gitlab/index.ts';
import { eachOf, type Ran, type Scene, undated } from './scene.ts';
import type { SignalStory } from './signal-stories.ts';
import { contentOf, lay } from './stories.ts';

/** All that a run may change: what GitLab has, and what lies in the folder. */
interface State {
  readonly gitlab: unknown;
  readonly files: Readonly<Record<string, string | undefined>>;
}

interface End {
  readonly ran: Ran;
  readonly begun: State;
  readonly ended: State;
}

/** What a series of signals came to: how many were sent, how the runs ended, and what was wrong. */
export interface Signals {
  count: number;
  readonly codes: Record<string, number>;
  readonly faults: string[];
}

/** Sends a signal at each request, answer and write of a story in turn, or at some of them. */
export async function signalAtEachCall(
  scene: Scene,
  story: SignalStory,
  signal: string,
  atOnce: number,
  wanted: (call: string) => boolean = () => true,
): Promise<Signals> {
  const log = join(scene.folder, `calls-${Math.random()}`);
  const unharmed = await attempt(scene, story, { log, requests: true });
  if (unharmed.ran.code !== 0) throw new Error(`${story.name} fails by itself: ${unharmed.ran.stderr}`);
  const calls = readFileSync(log, 'utf8').trim().split('\n');
  const signals: Signals = { count: 0, codes: {}, faults: [] };
  const chosen = [...calls.keys()].filter((at) => wanted(calls[at]!));
  await eachOf(chosen, atOnce, async (at) => {
    const end = await attempt(scene, story, { at: at + 1, do: signal, requests: true });
    signals.count++;
    signals.codes[end.ran.code] = (signals.codes[end.ran.code] ?? 0) + 1;
    for (const fault of faultsOf(end, unharmed.ended)) {
      signals.faults.push(`${story.name}, ${signal} at ${calls[at]}: ${fault}\n${end.ran.stderr}`);
    }
  });
  return signals;
}

async function attempt(
  scene: Scene,
  { verb, gitlab: setup, files, words, token = '', env = {} }: SignalStory,
  hook: { at?: number; do?: string; log?: string; requests: boolean },
): Promise<End> {
  const gitlab = await startGitlab(structuredClone(setup));
  const place = lay(scene, {
    '.runner_system_id': 's_0123456789ab',
    ...files(gitlab.url),
  });
  const begun = stateOf(gitlab, place);
  const given = words(gitlab.url).map((word) => word.replace('<PLACE>', place));
  const ran = await scene.run(verb, place, given, { token, env, hook, url: gitlab.url });
  const ended = stateOf(gitlab, place);
  await gitlab.close();
  rmSync(place, { recursive: true });
  return { ran, begun, ended };
}

function stateOf({ state, url }: StandIn, place: string): State {
  const neutral = (text: string) => undated(text)!.replaceAll(url, '<GITLAB>');
  const files: Record<string, string> = Object.fromEntries(
    Object.entries(contentOf(place)).map(([name, text]) => [name, neutral(text)]),
  );
  // A copy of the file as it is may stand beside it: nothing would be undone by it.
  if (files['.config.toml.previous'] === files['config.toml']) delete files['.config.toml.previous'];
  // It says when and by what the file was changed; a change that was taken back leads to the file as it is.
  delete files['.config.toml.history'];
  const runners = state.runners.map(({ id, token, paused, managers }) => {
    return { id, token, paused, managers: managers.map(({ systemId }) => systemId) };
  });
  return structuredClone({
    gitlab: { runners, variables: state.variables },
    files,
  });
}

// Each promise of the words has to be kept.
function* faultsOf({ ran, begun, ended }: End, done: State): Generator<string> {
  const { code, stderr } = ran;
  const isUntouched = isDeepStrictEqual(ended, begun);
  const isDone = isDeepStrictEqual(ended, done);
  const shown = () => `\n${JSON.stringify(ended)}\nnot\n${JSON.stringify(begun)}`;
  if (code === 0 && !isDone) yield `it says that it is done${shown()}`;
  if (/nothing was (left behind|changed)/.test(stderr)) {
    if (!isUntouched) yield `it says that nothing is left${shown()}`;
    if (remains.test(stderr)) yield 'it says that nothing is left, and that something is';
  } else if (code === 130 && !isUntouched && !isDone && !remains.test(stderr))
    yield `it does not say what is left${shown()}`;
  if (String(code).startsWith('SIG') && !isDone && !isSame(ended, begun))
    yield `it died of the signal${shown()}`;
  else if (![0, 130].includes(Number(code)) && !String(code).startsWith('SIG')) yield `it ended with ${code}`;
  if (!agrees(begun, ended) && !isTold.test(stderr)) yield `file and GitLab are not in step${shown()}`;
}

const isTold = /Some changes could not be rolled back|Kept as requested|may have processed/;
const remains = new RegExp(`${isTold.source}|Changed in GitLab|was not processed`);

const isSame = (one: State, other: State): boolean =>
  isDeepStrictEqual(one.gitlab, other.gitlab) && one.files['config.toml'] === other.files['config.toml'];

// A runner of the file that GitLab had, it has, by the same token; one of GitLab that is new is in the file.
function agrees(begun: State, ended: State): boolean {
  const atGitlab = ({ gitlab }: State) => (gitlab as { runners: { token: string }[] }).runners;
  const inFile = ({ files }: State) =>
    [...(files['config.toml'] ?? '').matchAll(/token = "([^"]*)/g)].map(([, token]) => token!);
  const known = atGitlab(ended).map(({ token }) => token);
  const former = atGitlab(begun).map(({ token }) => token);
  const dead = inFile(begun).filter((token) => !former.includes(token));
  const isMissed = inFile(ended).some((token) => !known.includes(token) && !dead.includes(token));
  const isLost = known.some((token) => !former.includes(token) && !inFile(ended).includes(token));
  return !isMissed && !isLost;
}
