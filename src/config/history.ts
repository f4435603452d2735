import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { Trouble } from '../errors.ts';
import type { HeldFolder } from '../files/folder.ts';
import { removeFile } from '../text/shell-quote.ts';
import { type Run, readBeside, readKept } from './kept.ts';

/** A version of a file that can be put back: it stood before a change. */
export interface Version {
  readonly text: string;
  /** These are absent when the change was made without a record, as by an earlier release. */
  readonly at?: string;
  readonly command?: string;
  readonly after?: string;
}

/** Whether a version became a text by its change alone, and nobody else changed the file before the next change. */
export const becameBy = ({ after }: Version, text: string): boolean =>
  after === undefined || after === hashOf(text);

/** How many changes the history of a file holds at most; the oldest go first. */
export const mostSteps = 20;

/** How many characters the versions of a history have together at most, the last one not counted. */
export const mostCharacters = 1024 * 1024;

/** The name of the history of a file, beside it. */
export const historyName = (name: string): string => `.${name}.history`;

/** One change. The version before the newest one is kept beside the file as ever, so its text does not stand here. */
interface Step extends Partial<Version> {
  /** The hash of the version before it; `after` is that of the one it made. */
  readonly before: string;
}

/**
 * The versions that can be put back, the newest first. Throws for a history that no run of this program has made: a link,
 * a file of another user, or one of another form.
 */
export function readVersions(real: string): Version[] {
  return filled(readSteps(real), readKept(real)).flatMap(({ before: _, text, ...step }) =>
    text === undefined ? [] : [{ ...step, text }],
  );
}

/** A change that is about to be made: the versions before and after it, and the one that is kept so far. */
interface Change {
  readonly run: Run;
  readonly before: string;
  readonly after: string;
  readonly kept: string | undefined;
}

/** The text of a history with one more change. */
export function withStep(steps: readonly Step[], { run, before, after, kept }: Change): string {
  const step = { at: timeOf(run.at), command: run.command, before: hashOf(before), after: hashOf(after) };
  return written([step, ...filled(steps, kept)]);
}

/** The text of a history whose last change goes on, unless another program has changed the file since. */
export function withLonger(steps: readonly Step[], { before, after, kept }: Change): string {
  const [last, ...older] = steps;
  const isLast = kept !== undefined && last?.before === hashOf(kept) && last.after === hashOf(before);
  return written(isLast ? [{ ...last, after: hashOf(after) }, ...older] : steps);
}

/** The text of a history without its last change, which was taken back. */
export const withoutLast = (steps: readonly Step[]): string => written(steps.slice(1));

const timeOf = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;

// The newest gets the text that is kept beside the file. What was only planned has none, and goes; a version that is kept
// without a record, as by an earlier release, comes in.
function filled([newest, ...older]: readonly Step[], kept: string | undefined): Step[] {
  const before = kept === undefined ? undefined : hashOf(kept);
  if (newest?.before === before && kept !== undefined) return [{ ...newest!, text: kept }, ...older];
  const rest = newest === undefined || newest.text === undefined ? older : [newest, ...older];
  return kept === undefined || rest[0]?.before === before ? rest : [{ before: before!, text: kept }, ...rest];
}

function written(steps: readonly Step[]): string {
  const fitting: Step[] = [];
  let room = mostCharacters;
  for (const step of steps.slice(0, mostSteps)) {
    room -= step.text?.length ?? 0;
    if (room < 0) break;
    fitting.push(step);
  }
  return `${JSON.stringify({ version: 1, steps: fitting })}\n`;
}

// It tells damage and changes, no attack: who may write the history may write the hash as well. node:crypto would cost
// every change two milliseconds.
const hashOf = (text: string): string => `${crc32(text).toString(16).padStart(8, '0')}-${text.length}`;

/** The changes in the history of a file, the newest first. Throws as `readVersions` does. */
export function readSteps(real: string, folder?: HeldFolder): Step[] {
  const name = historyName(basename(real));
  const text = readBeside(real, name, folder);
  return text === undefined ? [] : stepsIn(join(dirname(real), name), text);
}

function stepsIn(path: string, text: string): Step[] {
  const content = parsed(text);
  if (content?.version === 1 && Array.isArray(content.steps) && content.steps.every(isStep))
    return content.steps.slice(0, mostSteps);
  throw new Trouble(`${path} is damaged, or not a history made by runner-setup`, {
    why: content?.version === undefined ? 'It has another form.' : 'A change in it has another form.',
    hint: `To undo the last change: runner-setup undo\nTo begin a new history: ${removeFile(path)}`,
  });
}

function parsed(text: string): { version?: unknown; steps?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const hash = /^[0-9a-f]{8}-\d{1,9}$/;

function isStep(value: unknown): value is Step {
  const { at, command, before, after, text } = Object(value) as Record<string, unknown>;
  const isText = (one: unknown) => one === undefined || typeof one === 'string';
  const isTime = at === undefined || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(String(at));
  return (
    isTime &&
    [command, text].every(isText) &&
    hash.test(String(before)) &&
    (after === undefined || hash.test(String(after))) &&
    (text === undefined || hashOf(String(text)) === before)
  );
}
