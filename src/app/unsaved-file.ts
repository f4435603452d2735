import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { nativeStyle, writeTable } from '../config/canonical.ts';
import { isTable, type Table, textIn, valueAt } from '../config/model.ts';
import { Trouble } from '../errors.ts';
import { isTrusted } from '../files/owner.ts';
import { readPlainFile } from '../files/plain.ts';
import { madeIn } from '../gitlab/replies.ts';
import type { Listener } from '../gitlab/request.ts';
import { openSecretFile, type SecretFile } from '../host/secret-file.ts';
import { tokenKeys } from '../runner/plan.ts';
import { idOf } from '../runner/select.ts';
import { harmless } from '../text/sanitize.ts';
import { readChecked } from './config-file.ts';
import { type Succession, successionIn, successionTable } from './succession.ts';
import type { TokenPlace } from './token-place.ts';

/** What GitLab is asked for: a new runner, by an access token or a registration token, or a new token of a runner. */
export interface Asked {
  readonly call: 'create' | 'register' | 'reset';
  /** What is sent with it, without secrets. */
  readonly body: Table;
}

/** What a run asks GitLab for: a runner for config.toml, all but what only GitLab tells; or a new token for one that is there. */
export interface Wanted {
  readonly runner: Table;
  readonly asked: Asked;
  /** The token in config.toml that the new one replaces; absent for a new runner. */
  readonly replaced?: string;
  /** Where the token is kept, when config.toml names a variable. */
  readonly place?: TokenPlace | undefined;
  /** What is left to do at GitLab afterwards, when the new runner takes the place of another one. */
  readonly succession?: Succession | undefined;
}

/** The file beside config.toml that holds GitLab's answer until it is in config.toml. */
export interface UnsavedFile extends Pick<SecretFile, 'path' | 'close' | 'remove'> {
  /** Takes GitLab's answer the moment it comes, before it is understood. */
  readonly hear: Listener;
  /** Takes the keys that GitLab's answer tells, the token among them; false when the disk does not take them. */
  fill(answer: Table): boolean;
}

/**
 * Makes the file that is to hold GitLab's answer, before GitLab is asked: from the answer on no kill loses it. Throws what
 * the system says.
 */
export function openUnsaved(path: string, wanted: Wanted): UnsavedFile {
  const file = openSecretFile(path, `${textOf(wanted, {})}${answerMark}`);
  const { append, close, remove } = file;
  const fill = (answer: Table) => file.fill(textOf(wanted, answer));
  return { path: file.path, hear: append, fill, close, remove };
}

const answerMark = "# GitLab's answer:\n";

function textOf({ runner, asked, replaced, place, succession }: Wanted, answer: Table): string {
  const layout = { style: nativeStyle, pad: '' };
  return [
    '# A token from GitLab that is not in config.toml yet. runner-setup removes this file after saving the token.',
    '# To save it, when runner-setup is not running: runner-setup doctor --fix',
    ...(replaced === undefined ? [] : [`replaces = "${hashOf(replaced)}"`]),
    ...(answer.token === undefined
      ? ['', ...writeTable(['asked'], { ...asked }, { ...layout, brackets: 'one' })]
      : []),
    ...tableLines('place', place && { variable: place.variable, file: place.file }),
    ...tableLines('succession', succession && successionTable(succession)),
    '',
    ...writeTable(['runners'], { ...runner, ...answer }, { ...layout, brackets: 'two' }),
    '',
  ].join('\n');
}

const tableLines = (name: string, table: Table | undefined): string[] =>
  table === undefined
    ? []
    : ['', ...writeTable([name], table, { style: nativeStyle, pad: '', brackets: 'one' })];

/** What stands in such a file for the token that is replaced. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/**
 * What is thrown when GitLab was asked for a runner, and nobody knows whether it made one: the file stays, and the next
 * run puts it right, or the one that `hintOf` names. Nothing for any other error.
 */
export function leftOpen(
  error: unknown,
  hintOf: (where: string) => string = () =>
    'Run the same command again. If GitLab created the runner, it is deleted first.',
): Trouble | undefined {
  if (!(error instanceof Trouble) || error.kind !== 'outcome-unknown') return undefined;
  const { message, why, hint = '', code, kind } = error;
  return new Trouble(message, {
    ...(why !== undefined && { why }),
    hint: hintOf(hint),
    code,
    kind,
    cause: error,
  });
}

/** Whether such a file is about a new runner of which nobody knows whether GitLab created it. */
export const isUnanswered = ({ asked, runner, isRefused }: Unsaved): boolean =>
  asked !== undefined && asked.call !== 'reset' && !isRefused && textIn(runner, 'token') === '';

/** What an interrupted run left in such a file. */
export interface Unsaved {
  readonly file: string;
  /** Without a token when GitLab's answer did not come to be written. */
  readonly runner: Table;
  /** Absent in a file of a version before this was written down. */
  readonly asked: Asked | undefined;
  /** When the run made the file, by this machine's clock; GitLab was asked right after it. */
  readonly at: Date;
  /** Whether GitLab refused what was asked. */
  readonly isRefused: boolean;
  /** The SHA-256 of the token that it replaces; absent for a new runner. */
  readonly replaces: string | undefined;
  /** Where the token is kept, when config.toml names a variable. */
  readonly place: TokenPlace | undefined;
  readonly succession: Succession | undefined;
}

/** The runner that an interrupted run was about. */
export const nameOf = ({ runner }: Pick<Unsaved, 'runner'>): string => {
  const id = idOf(runner);
  return harmless(
    `"${textIn(runner, 'name')}"${id === undefined ? '' : ` (id ${id})`} at ${textIn(runner, 'url')}`,
  );
};

/** What may be left in GitLab of a run whose answer is not known, and where to look. */
export const lookFor = (unsaved: Unsaved): string =>
  isForNew(unsaved)
    ? `An interrupted run asked GitLab to create the runner ${nameOf(unsaved)}, and the response is unknown. Look in GitLab for a new runner that never contacted GitLab, and delete it.`
    : `An interrupted run asked GitLab for a new token of the runner ${nameOf(unsaved)}, and the response is unknown. The old token may no longer work. To check it: runner-setup verify.`;

const isForNew = ({ asked, replaces }: Unsaved): boolean =>
  asked === undefined ? replaces === undefined : asked.call !== 'reset';

/** Whether such a file has nothing in it. */
export function isBlank(file: string): boolean {
  try {
    return readPlainFile(file).bytes.length === 0;
  } catch {
    return false;
  }
}

/** Reads such a file; nothing when it is something else that has such a name, or another user's. */
export async function readUnsaved(file: string): Promise<Unsaved | undefined> {
  try {
    const { bytes, stats } = readPlainFile(file);
    // Whoever owns the folder could put another config.toml there as well.
    if (!isTrusted(stats.uid) && stats.uid !== lstatSync(dirname(file)).uid) return undefined;
    const [text, answer = ''] = bytes.toString('utf8').split(answerMark) as [string, string?];
    const config = await readChecked(text, file);
    const [runner] = config?.runners ?? [];
    if (runner === undefined) return undefined;
    const place = placeIn(config?.globals);
    // Another user's file must not say where a token is written to.
    if (place !== undefined && !isTrusted(stats.uid)) return undefined;
    const succession = successionIn(valueAt(config?.globals, ['succession']));
    const replaces = textIn(config?.globals, 'replaces') || undefined;
    const { keys, isRefused } = understood(answer, stats.mtime);
    const asked = askedIn(config?.globals);
    return {
      file,
      runner: { ...runner, ...keys },
      asked,
      at: stats.mtime,
      isRefused,
      replaces,
      place,
      succession,
    };
  } catch {
    return undefined;
  }
}

function askedIn(globals: Table | undefined): Asked | undefined {
  const call = textIn(globals, 'asked', 'call');
  if (call !== 'create' && call !== 'register' && call !== 'reset') return undefined;
  const body = valueAt(globals, ['asked', 'body']);
  return { call, body: isTable(body) ? body : {} };
}

function placeIn(globals: Table | undefined): TokenPlace | undefined {
  const [variable, file] = ['variable', 'file'].map((key) => textIn(globals, 'place', key));
  return variable && file ? { variable, file } : undefined;
}

// What came of the answers before the run was killed, as the server sent it: the last one counts.
function understood(answers: string, at: Date): { keys: Table; isRefused: boolean } {
  const [, status = '', body = ''] =
    /^(\d{3}).*?\r\n\r\n(.*)$/s.exec(answers.split(/HTTP\/1\.[01] /).at(-1)!) ?? [];
  const made =
    status === '201' ? madeIn(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)) : undefined;
  // After 429 the run may have asked once more.
  if (made === undefined) return { keys: {}, isRefused: /^4(?!08|29)/.test(status) };
  return { keys: { ...(made.id && { id: made.id }), ...tokenKeys(made, at) }, isRefused: false };
}
