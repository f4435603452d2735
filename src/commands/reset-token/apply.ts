import { textAfter } from '../../app/config-file.ts';
import { askGitlab, connectionOf } from '../../app/connection.ts';
import { interruptible, stopped } from '../../app/interrupt.ts';
import type { ConfigInvocation } from '../../app/invocation.ts';
import { replaceConfig } from '../../app/save.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import type { Gitlab } from '../../gitlab/calls.ts';
import type { Registered } from '../../gitlab/replies.ts';
import { keepSecret } from '../../host/secret-file.ts';
import { renewalOf } from '../../runner/plan.ts';
import { dayOf, type Entries, foundAgain, idOf, nameWithUrl, tokenOf } from '../../runner/select.ts';
import { plain } from './output.ts';

/** How it went with one runner; `unsaved` has its new token elsewhere, `left` was not come to. */
interface Renewal {
  readonly entries: Entries;
  readonly outcome: 'renewed' | 'failed' | 'unsaved' | 'left';
  /** ISO 8601. */
  readonly expiresAt?: string;
  readonly trouble?: Trouble;
}

/** Gets new tokens one after the other; each is in the file before the next is asked for. */
export async function renew(
  invocation: ConfigInvocation,
  all: readonly Entries[],
  accessToken: string | undefined,
): Promise<ExitCode> {
  const renewals = await interruptible(invocation.world, invocation.say, 10_000, async (interrupt) => {
    const done: Renewal[] = [];
    for (const entries of all) {
      // Where one token could not be saved the next could not either.
      const isOver = interrupt.wanted || done.some(({ outcome }) => outcome === 'unsaved');
      done.push(
        isOver
          ? { entries, outcome: 'left' }
          : await renewOne(invocation, entries, accessToken, interrupt.signal),
      );
    }
    return done;
  });
  const [first] = renewals;
  if (renewals.length === 1 && first?.trouble !== undefined) throw first.trouble;
  return tell(invocation, renewals);
}

async function renewOne(
  invocation: ConfigInvocation,
  entries: Entries,
  accessToken: string | undefined,
  signal: AbortSignal,
): Promise<Renewal> {
  const { first } = entries;
  let made: Registered | undefined;
  try {
    const connection = connectionOf(invocation, first, signal);
    made = await askGitlab(
      invocation,
      `Getting a new token for ${nameWithUrl(first)}`,
      connection,
      (gitlab) => renewAtGitlab(invocation, entries, gitlab, accessToken),
    );
    await putInPlace(invocation, entries, made);
    return { entries, outcome: 'renewed', ...(made.expiresAt !== null && { expiresAt: made.expiresAt }) };
  } catch (error) {
    // From GitLab's answer on only the new token works: whatever happens, it must not be lost.
    if (made !== undefined)
      return { entries, outcome: 'unsaved', trouble: keptElsewhere(invocation, entries, made, error) };
    if (!(error instanceof Trouble)) throw error;
    return { entries, outcome: 'failed', trouble: error };
  }
}

function renewAtGitlab(
  { world }: ConfigInvocation,
  { first: { runner } }: Entries,
  gitlab: Gitlab,
  accessToken: string | undefined,
): Promise<Registered> {
  return accessToken === undefined
    ? gitlab.resetToken(tokenOf(runner, world.env))
    : gitlab.resetTokenById(accessToken, idOf(runner)!);
}

async function putInPlace(invocation: ConfigInvocation, { all }: Entries, made: Registered): Promise<void> {
  const { world, path } = invocation;
  await replaceConfig(invocation, async (config) => {
    // A token that gitlab-runner has renewed meanwhile is void, too, since GitLab made ours.
    const found = config === undefined ? [] : foundAgain(config.runners, all, true);
    if (found.length === 0)
      throw new Trouble(`The runner is no longer in ${path}: somebody changed it meanwhile.`);
    return textAfter(config, renewalOf(found, made, world.now()));
  });
}

function keptElsewhere(
  { world, path }: ConfigInvocation,
  { first }: Entries,
  { token }: Registered,
  error: unknown,
): Trouble {
  const why = causeOf(error);
  const kept = keepSecret(path, world.home, token);
  if (kept === undefined) {
    return new Trouble(
      `${nameWithUrl(first)} has a new token, but it could be written nowhere and is lost.`,
      {
        why,
        hint: `Mend that, then: runner-setup reset-token "#${first.at + 1}" --access-token-file FILE`,
        cause: error,
      },
    );
  }
  return new Trouble(
    `${nameWithUrl(first)} has a new token, but the file could not be changed. The token is in ${kept}`,
    {
      why,
      hint: `Put the token from that file into ${path} (the old one is void), then remove it: rm ${kept}`,
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

function tell({ say, path }: ConfigInvocation, renewals: readonly Renewal[]): ExitCode {
  const has = (outcome: Renewal['outcome']) => renewals.some((one) => one.outcome === outcome);
  if (say.mode.json) {
    const runners = renewals.map(({ entries, outcome, expiresAt, trouble }) => ({
      ...plain(entries),
      outcome,
      expiresAt,
      ...(trouble && { error: { message: trouble.message, why: trouble.why, hint: trouble.hint } }),
    }));
    say.object({ action: 'reset', changed: has('renewed'), file: path, runners, warnings: say.warnings });
  } else for (const renewal of renewals) tellOne(say, path, renewal);
  if (has('failed') || has('unsaved')) return exitCode.failed;
  if (has('left') && !say.mode.json) throw stopped();
  return has('left') ? exitCode.cancelled : exitCode.done;
}

function tellOne(
  say: ConfigInvocation['say'],
  path: string,
  { entries, outcome, expiresAt, trouble }: Renewal,
): void {
  const name = nameWithUrl(entries.first);
  const end = expiresAt === undefined ? '' : ` It ends ${dayOf(new Date(expiresAt))}.`;
  if (outcome === 'failed') say.trouble(new Trouble(`${name}: ${trouble!.message}`, trouble!));
  else if (outcome === 'unsaved') say.trouble(trouble!);
  else if (outcome === 'left') say.talk(`${name} was not come to; it keeps its token.`);
  else say.done(`${name} has a new token in ${path}.${end}`);
}
