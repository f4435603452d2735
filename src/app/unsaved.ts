import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { nativeStyle, writeTable } from '../config/canonical.ts';
import { type Change, type Table, textIn } from '../config/model.ts';
import { discard } from '../config/read-file.ts';
import { isTrusted } from '../files/owner.ts';
import { readPlainFile } from '../files/plain.ts';
import { openSecretFile, type SecretFile, secretFilesBeside } from '../host/secret-file.ts';
import { idOf } from '../runner/select.ts';
import type { Say } from '../terminal/say.ts';
import { harmless } from '../text/sanitize.ts';
import type { World } from '../world.ts';
import { readChecked, textAfter } from './config-file.ts';
import { replaceConfig } from './save.ts';

/** What a run asks GitLab for: a runner for config.toml, all but what only GitLab tells; or a new token for one that is there. */
export interface Wanted {
  readonly runner: Table;
  /** The token in config.toml that the new one replaces; absent for a new runner. */
  readonly replaced?: string;
}

/** The file beside config.toml that holds GitLab's answer until it is in config.toml. */
export interface UnsavedFile extends Pick<SecretFile, 'path' | 'close' | 'remove'> {
  /** Takes the keys that GitLab's answer tells, the token among them; false when the disk does not take them. */
  fill(answer: Table): boolean;
}

/**
 * Makes the file that is to hold GitLab's answer, before GitLab is asked: from the answer on no kill loses it. Throws what
 * the system says.
 */
export function openUnsaved(path: string, wanted: Wanted): UnsavedFile {
  const file = openSecretFile(path, textOf(wanted, {}));
  const { close, remove } = file;
  return { path: file.path, fill: (answer) => file.fill(textOf(wanted, answer)), close, remove };
}

function textOf({ runner, replaced }: Wanted, answer: Table): string {
  const block = writeTable(
    ['runners'],
    { ...runner, ...answer },
    { style: nativeStyle, pad: '', brackets: 'two' },
  );
  return [
    '# A token from GitLab that is not in config.toml yet. runner-setup removes this file once it is.',
    '# To save it, when runner-setup is not running: runner-setup doctor --fix',
    ...(replaced === undefined ? [] : [`replaces = "${hashOf(replaced)}"`]),
    '',
    ...block,
    '',
  ].join('\n');
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** What an interrupted run left in such a file. */
interface Unsaved {
  readonly file: string;
  /** Without a token when GitLab's answer did not come to be written. */
  readonly runner: Table;
  /** The SHA-256 of the token that it replaces; absent for a new runner. */
  readonly replaces: string | undefined;
}

/** What an interrupted run left, in words, and the command that follows. */
interface Remainder {
  readonly file: string;
  readonly words: string;
  readonly next: string;
  /** Whether it holds a token that is nowhere else. */
  readonly hasToken: boolean;
}

/** All that interrupted runs left beside a config.toml. */
export async function unsavedAt(path: string): Promise<Remainder[]> {
  const all = await Promise.all(secretFilesBeside(path).map(readUnsaved));
  return all.flatMap((one) => (one === undefined ? [] : remainderOf(one, path)));
}

/** Says what interrupted runs left, and the command that follows. */
export async function tellUnsaved(say: Say, path: string): Promise<void> {
  for (const { words, next, hasToken } of await unsavedAt(path)) {
    say.warn(`${words} ${hasToken ? 'To save it' : 'To end this warning'}: ${next}`);
  }
}

/** Puts what interrupted runs left into config.toml and says so; throws when that cannot be written. */
export async function saveUnsaved(voice: Voice, path: string): Promise<void> {
  for (const file of secretFilesBeside(path)) await saveOne(voice, path, file);
}

interface Voice {
  readonly world: World;
  readonly say: Say;
}

// A run that is at work holds the lock as long as its file stands there without being saved.
async function saveOne({ world, say }: Voice, path: string, file: string): Promise<void> {
  let found: { unsaved: Unsaved; step: Step } | undefined;
  await replaceConfig({ world, say, path }, async (config) => {
    const unsaved = await readUnsaved(file);
    found = unsaved && { unsaved, step: stepFor(unsaved, config?.runners ?? []) };
    const changes = found?.step.changes ?? [];
    return changes.length === 0 ? undefined : textAfter(config, changes);
  });
  if (found === undefined) return;
  const { unsaved, step } = found;
  if (step.outcome !== 'homeless') discard(file);
  const words = wordsAfter[step.outcome](unsaved, path);
  if (words !== undefined) say.warn(words);
}

async function readUnsaved(file: string): Promise<Unsaved | undefined> {
  try {
    const { bytes, stats } = readPlainFile(file);
    // Whoever owns the folder could put another config.toml there as well.
    if (!isTrusted(stats.uid) && stats.uid !== lstatSync(dirname(file)).uid) return undefined;
    const config = await readChecked(bytes.toString('utf8'), file);
    const [runner] = config?.runners ?? [];
    const replaces = textIn(config?.globals, 'replaces') || undefined;
    return runner && { file, runner, replaces };
  } catch {
    // Something else that has such a name.
    return undefined;
  }
}

type Outcome = 'saved' | 'there' | 'unanswered' | 'homeless';

interface Step {
  readonly outcome: Outcome;
  readonly changes: readonly Change[];
}

function stepFor({ runner, replaces }: Unsaved, present: readonly Table[]): Step {
  const token = textIn(runner, 'token');
  if (token === '') return { outcome: 'unanswered', changes: [] };
  if (present.some((one) => textIn(one, 'token') === token)) return { outcome: 'there', changes: [] };
  if (replaces === undefined) return { outcome: 'saved', changes: [{ do: 'append', block: runner }] };
  const places = [...present.keys()].filter((at) => hashOf(textIn(present[at], 'token')) === replaces);
  const changes = places.flatMap((at) => renewal(at, runner));
  return { outcome: places.length > 0 ? 'saved' : 'homeless', changes };
}

const renewal = (at: number, runner: Table): Change[] =>
  ['id', 'token', 'token_obtained_at', 'token_expires_at'].flatMap((key): Change[] => {
    const value = runner[key];
    return value === undefined ? [] : [{ do: 'set', at, path: [key], value }];
  });

const nameOf = ({ runner }: Unsaved): string => {
  const id = idOf(runner);
  return harmless(
    `"${textIn(runner, 'name')}"${id === undefined ? '' : ` (id ${id})`} at ${textIn(runner, 'url')}`,
  );
};

const lookFor = (unsaved: Unsaved): string =>
  unsaved.replaces === undefined
    ? `An interrupted run asked GitLab to create the runner ${nameOf(unsaved)}, and the response is unknown. Look in GitLab for a new runner that never contacted GitLab, and delete it.`
    : `An interrupted run asked GitLab for a new token of the runner ${nameOf(unsaved)}, and the response is unknown. The old token may no longer work. To check it: runner-setup verify.`;

function remainderOf(unsaved: Unsaved, path: string): Remainder {
  const { file, runner, replaces } = unsaved;
  if (textIn(runner, 'token') === '')
    return { file, words: lookFor(unsaved), next: `rm ${file}`, hasToken: false };
  const what = replaces === undefined ? 'the runner' : 'the new token of the runner';
  const words = `${file} contains ${what} ${nameOf(unsaved)}. An interrupted run did not save it in ${path}.`;
  return { file, words, next: 'runner-setup doctor --fix', hasToken: true };
}

const wordsAfter: Readonly<Record<Outcome, (unsaved: Unsaved, path: string) => string | undefined>> = {
  saved: (unsaved, path) =>
    unsaved.replaces === undefined
      ? `An interrupted run registered the runner ${nameOf(unsaved)}. It is now saved in ${path}.`
      : `An interrupted run got a new token for the runner ${nameOf(unsaved)}. It is now saved in ${path}.`,
  there: () => undefined,
  unanswered: lookFor,
  homeless: (unsaved, path) =>
    `${unsaved.file} contains the new token of the runner ${nameOf(unsaved)}, but ${path} no longer has that runner. Delete the runner in GitLab, or add the token to ${path}. Then remove the file: rm ${unsaved.file}`,
};
