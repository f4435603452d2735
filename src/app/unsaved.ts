import { type Change, type Table, textIn } from '../config/model.ts';
import { discard, readAny } from '../config/read-file.ts';
import { secretFilesBeside } from '../host/secret-file.ts';
import type { Say } from '../terminal/say.ts';
import { removeFile } from '../text/shell-quote.ts';
import { textAfter } from './config-file.ts';
import { replaceConfig } from './save.ts';
import type { Access, Ending, Looker, takeBack as TakeBack } from './take-back.ts';
import { keysInConfig, putToken } from './token-place.ts';
import { hashOf, isBlank, lookFor, nameOf, readUnsaved, type Unsaved } from './unsaved-file.ts';

/** What an interrupted run left, in words, and the command that follows. */
interface Remainder {
  readonly file: string;
  readonly words: string;
  readonly next: string;
  /** A token that is nowhere else, an answer that GitLab can be asked about, or one about which nothing more is known. */
  readonly kind: 'token' | 'question' | 'succession' | 'unknown';
}

/** All that interrupted runs left beside a config.toml. */
export async function unsavedAt(path: string): Promise<Remainder[]> {
  const all = await Promise.all(secretFilesBeside(path).map(readUnsaved));
  return all.flatMap((one) => (one === undefined ? [] : remainderOf(one, path)));
}

/** Says what interrupted runs left, and the command that follows. */
export async function tellUnsaved(say: Say, path: string): Promise<void> {
  for (const one of await unsavedAt(path)) say.warn(sentenceOf(one));
}

function sentenceOf({ file, words, next, kind }: Remainder): string {
  if (kind === 'token') return `${words} To save it: ${next}`;
  if (kind === 'succession') return `${words} To finish it: ${next}`;
  const toEnd = `To end this warning: ${removeFile(file)}`;
  return kind === 'unknown'
    ? `${words} ${toEnd}`
    : `${words} With an access token, runner-setup does this: ${next}. ${toEnd}`;
}

/**
 * Puts what interrupted runs left into config.toml and says so; with an access token, what nobody heard the answer of is
 * put right at GitLab, too. Throws when config.toml cannot be written or GitLab not be reached.
 */
export async function saveUnsaved(looker: Looker, access?: Access): Promise<void> {
  const files = secretFilesBeside(looker.path);
  const all = await Promise.all(files.map(async (file) => ({ file, unsaved: await readUnsaved(file) })));
  // What was heard first: it may answer what another run asked.
  const isHeard = ({ unsaved }: { unsaved: Unsaved | undefined }) => textIn(unsaved?.runner, 'token') !== '';
  const inOrder = [...all.filter(isHeard), ...all.filter((one) => !isHeard(one))];
  for (const { file } of inOrder) await saveOne(looker, file, access);
}

// A run that is at work holds the lock as long as its file stands there without being saved.
async function saveOne(looker: Looker, file: string, access?: Access): Promise<void> {
  let found: { unsaved: Unsaved; step: Step; runners: readonly Table[] } | undefined;
  let ending: Ending | undefined;
  const { world, say, path } = looker;
  await replaceConfig({ world, say, path }, async (config) => {
    const unsaved = await readUnsaved(file);
    // A run that was killed before it asked for anything; one that is at work would hold the lock.
    if (unsaved === undefined && isBlank(file)) discard(file);
    const runners = config?.runners ?? [];
    found = unsaved && { unsaved, step: stepFor(unsaved, runners), runners };
    if (access && found?.step.outcome === 'unanswered')
      ending ??= await takenBack(looker, found.unsaved, runners, access);
    const changes = found?.step.changes ?? [];
    if (found?.unsaved.place && found.step.outcome === 'saved')
      await putToken(looker, found.unsaved.place, textIn(found.unsaved.runner, 'token'));
    return changes.length === 0 ? undefined : textAfter(config, changes);
  });
  if (found === undefined) return;
  const { unsaved, step } = found;
  const words = ending === undefined ? wordsAfter[step.outcome](unsaved, path) : ending.words;
  if (words !== undefined) say.warn(words);
  const rest = await restOf(looker, found, access);
  if (rest !== undefined) say.warn(rest.words);
  if (rest?.isOver ?? ending?.isOver ?? isOver[step.outcome]) discard(file);
  if (ending?.renewed !== undefined) await saveOne(looker, ending.renewed);
}

// What is left to do at GitLab when a new runner has taken the place of an old one in config.toml.
async function restOf(
  looker: Looker,
  { unsaved, step, runners }: { unsaved: Unsaved; step: Step; runners: readonly Table[] },
  access: Access | undefined,
): Promise<{ isOver: boolean; words: string } | undefined> {
  const { runner, succession } = unsaved;
  if (succession === undefined || !['saved', 'there'].includes(step.outcome)) return undefined;
  const { finishSuccession, isTokenOf } = await import('./take-back.ts');
  if (access === undefined || !isTokenOf(textIn(runner, 'url'), runners, access, looker.world.env))
    return { isOver: false, words: sentenceOf(unfinished(unsaved)) };
  return finishSuccession(looker, runner, succession, access);
}

function unfinished(unsaved: Unsaved): Remainder {
  const words = `An interrupted run did not finish the migration of the runner ${nameOf(unsaved)}.`;
  const next = 'runner-setup migrate --access-token-file FILE';
  return { file: unsaved.file, words, next, kind: 'succession' };
}

async function takenBack(...words: Parameters<typeof TakeBack>): Promise<Ending | undefined> {
  const { takeBack } = await import('./take-back.ts');
  return takeBack(...words);
}

type Outcome = 'saved' | 'there' | 'refused' | 'moot' | 'unknown' | 'unanswered' | 'homeless';

/** Whether nothing is left to do with the file. */
const isOver: Readonly<Record<Outcome, boolean>> = {
  saved: true,
  there: true,
  refused: true,
  moot: true,
  unknown: true,
  unanswered: false,
  homeless: false,
};

interface Step {
  readonly outcome: Outcome;
  readonly changes: readonly Change[];
}

function stepFor(unsaved: Unsaved, present: readonly Table[]): Step {
  const { runner, replaces, place } = unsaved;
  const token = textIn(runner, 'token');
  const places = [...present.keys()].filter((at) => hashOf(textIn(present[at], 'token')) === replaces);
  if (token === '') return { outcome: outcomeWithout(unsaved, places.length > 0), changes: [] };
  if (present.some((one) => textIn(one, 'token') === token)) return { outcome: 'there', changes: [] };
  if (replaces === undefined) return { outcome: 'saved', changes: [{ do: 'append', block: runner }] };
  const changes = places.flatMap((at) => renewal(at, keysInConfig(runner, place)));
  return { outcome: places.length > 0 ? 'saved' : 'homeless', changes };
}

function outcomeWithout({ asked, isRefused }: Unsaved, isThere: boolean): Outcome {
  if (isRefused) return 'refused';
  if (asked === undefined) return 'unknown';
  // The runner has got another token since, or is gone.
  return asked.call === 'reset' && !isThere ? 'moot' : 'unanswered';
}

const renewal = (at: number, runner: Table): Change[] =>
  ['id', 'token', 'token_obtained_at', 'token_expires_at'].flatMap((key): Change[] => {
    const value = runner[key];
    return value === undefined ? [] : [{ do: 'set', at, path: [key], value }];
  });

function remainderOf(unsaved: Unsaved, path: string): Remainder[] {
  const { file, runner, replaces, place } = unsaved;
  if (unsaved.isRefused) return [];
  if (textIn(runner, 'token') === '') return [openQuestion(unsaved)];
  if (unsaved.succession !== undefined && isSaved(unsaved, path)) return [unfinished(unsaved)];
  const what = replaces === undefined ? 'the runner' : 'the new token of the runner';
  const words = `${file} contains ${what} ${nameOf(unsaved)}. An interrupted run did not save it in ${place?.file ?? path}.`;
  return [{ file, words, next: 'runner-setup doctor --fix', kind: 'token' }];
}

// What cannot be read is told where it is opened.
function isSaved({ runner, place }: Unsaved, path: string): boolean {
  try {
    return readAny(place?.file ?? path)?.includes(textIn(runner, 'token')) ?? false;
  } catch {
    return false;
  }
}

function openQuestion(unsaved: Unsaved): Remainder {
  const { file, asked } = unsaved;
  const words = lookFor(unsaved);
  if (asked === undefined) return { file, words, next: removeFile(file), kind: 'unknown' };
  return { file, words, next: 'runner-setup doctor --fix --access-token-file FILE', kind: 'question' };
}

const wordsAfter: Readonly<Record<Outcome, (unsaved: Unsaved, path: string) => string | undefined>> = {
  saved: (unsaved, path) =>
    unsaved.replaces === undefined
      ? `An interrupted run registered the runner ${nameOf(unsaved)}. It is now saved in ${path}.`
      : `An interrupted run got a new token for the runner ${nameOf(unsaved)}. It is now saved in ${unsaved.place?.file ?? path}.`,
  there: () => undefined,
  refused: () => undefined,
  moot: () => undefined,
  unknown: lookFor,
  unanswered: (unsaved) => sentenceOf(openQuestion(unsaved)),
  homeless: (unsaved, path) =>
    `${unsaved.file} contains the new token of the runner ${nameOf(unsaved)}, but ${path} no longer has that runner. Delete the runner in GitLab, or add the token to ${path}. Then remove the file: ${removeFile(unsaved.file)}`,
};
