import { type Table, textIn } from '../config/model.ts';
import type { Config } from '../config/read.ts';
import { type ExitCode, errorOf, exitCode, Trouble } from '../errors.ts';
import type { Gitlab } from '../gitlab/calls.ts';
import type { Registered } from '../gitlab/replies.ts';
import type { Listener } from '../gitlab/request.ts';
import { renewalOf, tokenKeys } from '../runner/plan.ts';
import {
  dayOf,
  type Entries,
  foundAgain,
  idOf,
  nameWithUrl,
  tokenOf,
  wordsOnTrouble,
} from '../runner/select.ts';
import type { OutputRunner } from '../terminal/output-schema.ts';
import { textAfter } from './config-file.ts';
import { askGitlab, connectionOf } from './connection.ts';
import { type Interrupt, interruptible, stopped } from './interrupt.ts';
import type { ConfigInvocation } from './invocation.ts';
import { replaceConfig } from './save.ts';
import { keysInConfig, putToken, type TokenPlace, tellNextStart } from './token-place.ts';
import { openUnsaved, type UnsavedFile, type Wanted } from './unsaved-file.ts';

/** A runner that is to have a new token. */
export interface RenewRequest {
  readonly entries: Entries;
  /** Where its token is kept, when config.toml names a variable. */
  readonly place?: TokenPlace | undefined;
  /** Its ID in GitLab, where config.toml may not have it. */
  readonly id?: number | undefined;
  /** Why it cannot be renewed, where that is known before. */
  readonly trouble?: Trouble;
}

/** How it went with one runner; `unsaved` has its new token elsewhere, `skipped` was not come to. */
interface Renewal extends Pick<RenewRequest, 'entries' | 'place'> {
  readonly outcome: 'renewed' | 'failed' | 'unsaved' | 'skipped';
  /** ISO 8601. */
  readonly expiresAt?: string;
  readonly trouble?: Trouble;
}

/**
 * Gets new tokens one after the other; each is in its file before the next is asked for. Says how it went, as `action` in
 * `--json`; with one runner its `Trouble` is thrown.
 */
export async function renew(
  invocation: ConfigInvocation,
  all: readonly RenewRequest[],
  { accessToken, action }: { accessToken: string | undefined; action: 'reset' | 'rotated' },
): Promise<ExitCode> {
  const renewals = await interruptible(invocation.world, invocation.say, 10_000, async (interrupt) => {
    const done: Renewal[] = [];
    for (const request of all) {
      const { entries, trouble } = request;
      // Where one token could not be saved the next could not either.
      const isOver = interrupt.wanted || done.some(({ outcome }) => outcome === 'unsaved');
      if (isOver) done.push({ entries, outcome: 'skipped' });
      else if (trouble) done.push({ entries, outcome: 'failed', trouble });
      else done.push(await renewOne(invocation, request, accessToken, interrupt));
    }
    return done;
  });
  const [first] = renewals;
  if (renewals.length === 1 && first?.trouble !== undefined)
    throw action === 'reset' ? first.trouble : namedTrouble(first);
  return tell(invocation, renewals, action);
}

async function renewOne(
  invocation: ConfigInvocation,
  request: RenewRequest,
  accessToken: string | undefined,
  interrupt: Interrupt,
): Promise<Renewal> {
  const { entries, place } = request;
  const { first } = entries;
  const answer: Answer = {};
  const ask = (hears: Listener) =>
    askGitlab(
      invocation,
      `Getting a new token for ${nameWithUrl(first)}`,
      connectionOf(invocation, first, interrupt.signal),
      (gitlab) => renewAtGitlab(invocation, request, { gitlab, accessToken, hears }),
    );
  try {
    const { expiresAt } = await renewInFile(invocation, request, answer, { ask, signal: interrupt.first });
    answer.file?.remove();
    return { entries, place, outcome: 'renewed', ...(expiresAt !== null && { expiresAt }) };
  } catch (error) {
    // From GitLab's answer on only the new token works: whatever happens, it must not be lost.
    if (answer.made !== undefined)
      return { entries, outcome: 'unsaved', trouble: keptBeside(invocation, request, answer, error) };
    answer.file?.remove();
    if (answer.file === undefined && interrupt.wanted) return { entries, outcome: 'skipped' };
    if (!(error instanceof Trouble)) throw error;
    return { entries, outcome: 'failed', trouble: error };
  }
}

function renewAtGitlab(
  { world }: ConfigInvocation,
  {
    entries: {
      first: { runner },
    },
    id = idOf(runner),
  }: RenewRequest,
  by: { gitlab: Gitlab; accessToken: string | undefined; hears: Listener },
): Promise<Registered> {
  const { gitlab, accessToken, hears } = by;
  return accessToken === undefined || id === undefined
    ? gitlab.resetToken(tokenOf(runner, world.env), hears)
    : gitlab.resetTokenById(accessToken, id, hears);
}

/** What GitLab answered, and the file that holds it until it is in config.toml. */
interface Answer {
  made?: Registered;
  file?: UnsavedFile;
  /** Whether the file holds the token. */
  isKept?: boolean;
}

// All that takes time is done before GitLab is asked: its answer is on the disk as soon as it has come.
async function renewInFile(
  invocation: ConfigInvocation,
  { entries: { all }, place }: RenewRequest,
  answer: Answer,
  { ask, signal }: { ask(hears: Listener): Promise<Registered>; signal: AbortSignal },
): Promise<Registered> {
  const { world, path } = invocation;
  const isWaiting = new AbortController();
  signal.addEventListener('abort', () => answer.file ?? isWaiting.abort(signal.reason));
  const edit = async (config: Config | undefined) => {
    // A token that gitlab-runner has renewed meanwhile is void, too, since GitLab made ours.
    const found = config === undefined ? [] : foundAgain(config.runners, all, true);
    if (found.length === 0)
      throw new Trouble(`The runner is no longer in ${path}. The file was changed in the meantime.`);
    const after = (made: Registered) =>
      textAfter(config, renewalOf(found, keysInConfig(tokenKeys(made, world.now()), place)));
    if (answer.made === undefined) {
      await after({ token: 'new', expiresAt: null });
      answer.file = openUnsaved(path, { ...wantedOf(found[0]!.runner), place });
      answer.made = await ask(answer.file.hear);
      answer.isKept = answer.file.fill(tokenKeys(answer.made, world.now()));
    }
    if (place !== undefined) await putToken(invocation, place, answer.made.token);
    return after(answer.made);
  };
  await replaceConfig(invocation, edit, { signal: isWaiting.signal });
  return answer.made!;
}

const wantedOf = (runner: Table): Wanted => {
  const known = ['name', 'url', 'id'].flatMap((key) =>
    runner[key] === undefined ? [] : [[key, runner[key]]],
  );
  const asked = { call: 'reset', body: {} } as const;
  return { runner: Object.fromEntries(known), asked, replaced: textIn(runner, 'token') };
};

function keptBeside(
  { path }: ConfigInvocation,
  { entries: { first }, place }: RenewRequest,
  { file, isKept = false }: Answer,
  error: unknown,
): Trouble {
  const why = causeOf(error);
  if (file === undefined || !isKept) {
    file?.remove();
    return new Trouble(
      `${nameWithUrl(first)} has a new token, but the token could not be saved and is lost.`,
      {
        why,
        hint: `Fix the problem, then get another token: runner-setup reset-token "#${first.at + 1}" --access-token-file FILE`,
        cause: error,
      },
    );
  }
  file.close();
  return new Trouble(
    `${nameWithUrl(first)} has a new token, but ${place?.file ?? 'config.toml'} could not be changed. The token is in ${file.path}`,
    {
      why,
      hint: `The old token no longer works. Fix the problem, then save the new token in ${place?.file ?? path}: runner-setup doctor --fix`,
      cause: error,
    },
  );
}

// What the system says may name files that were only there for the moment.
const causeOf = (error: unknown): string => {
  const said = error instanceof Error ? error.message : String(error);
  const why = error instanceof Trouble ? error.why?.replace(/, \w+ '.*/, '.') : undefined;
  return why === undefined ? said : `${said}. ${why}`;
};

function tell(
  { say, path }: ConfigInvocation,
  renewals: readonly Renewal[],
  action: 'reset' | 'rotated',
): ExitCode {
  const has = (outcome: Renewal['outcome']) => renewals.some((one) => one.outcome === outcome);
  if (say.mode.json) {
    tellNextStart(say, placesOf(renewals));
    const runners = renewals.map(({ entries, place, outcome, expiresAt, trouble }) => ({
      ...plain(entries),
      ...(place && { savedIn: place.file }),
      outcome,
      ...(expiresAt !== undefined && { tokenExpiresAt: expiresAt }),
      ...(trouble && { error: errorOf(trouble) }),
    }));
    say.object({ action, changed: has('renewed'), file: path, runners });
  } else {
    for (const renewal of renewals) tellOne(say, path, renewal);
    tellNextStart(say, placesOf(renewals));
  }
  const isCutOff = ({ outcome, trouble }: Renewal) =>
    outcome === 'failed' && trouble?.code === exitCode.cancelled;
  if (has('unsaved') || renewals.some((one) => one.outcome === 'failed' && !isCutOff(one)))
    return exitCode.failed;
  const isLeft = has('skipped') || renewals.some(isCutOff);
  if (isLeft && !say.mode.json) throw stopped();
  return isLeft ? exitCode.cancelled : exitCode.done;
}

const placesOf = (renewals: readonly Renewal[]): TokenPlace[] =>
  renewals.flatMap(({ outcome, place }) => (outcome === 'renewed' && place ? [place] : []));

// What could not be saved names its runner already.
const namedTrouble = ({ entries, outcome, trouble }: Renewal): Trouble =>
  outcome === 'unsaved' ? trouble! : new Trouble(wordsOnTrouble(entries.first, trouble!.message), trouble!);

function tellOne(
  say: ConfigInvocation['say'],
  path: string,
  { entries, place, outcome, expiresAt, trouble }: Renewal,
): void {
  const name = nameWithUrl(entries.first);
  const end = expiresAt === undefined ? '' : ` It expires on ${dayOf(new Date(expiresAt))}.`;
  if (trouble !== undefined) say.trouble(namedTrouble({ entries, outcome, trouble }));
  else if (outcome === 'skipped') say.talk(`${name} was not processed and keeps its token.`);
  else say.done(`${name} has a new token in ${place?.file ?? path}.${end}`);
}

/** A runner for `--json`. */
export const plain = ({ first, all }: Entries): OutputRunner => ({
  position: first.at + 1,
  name: textIn(first.runner, 'name'),
  url: textIn(first.runner, 'url'),
  entries: all.map(({ at }) => at + 1),
});
