import { type ConfigInvocation, dryRunCode } from '../../app/invocation.ts';
import { noRunnersIn } from '../../app/select-runner.ts';
import { textIn } from '../../config/model.ts';
import { type ExitCode, errorOf, exitCode, type Trouble } from '../../errors.ts';
import { dayOf, nameWithUrl, type RunnerEntry, wordsOnTrouble } from '../../runner/select.ts';
import type { OutputRunner } from '../../terminal/output-schema.ts';
import { position } from '../../text/shell-quote.ts';

/** What GitLab said of one runner; `unclear` is an answer that is neither yes nor no. */
export interface Check {
  readonly entry: RunnerEntry;
  readonly state: 'alive' | 'refused' | 'expired' | 'unreachable' | 'unclear';
  readonly id?: number;
  /** ISO 8601. */
  readonly expiresAt?: string;
  /** What went wrong. */
  readonly trouble?: Trouble;
}

/** Says how it is with one runner, as a line of result; with `--quiet` only what is wrong. */
export function tellCheck({ say, world }: ConfigInvocation, check: Check): void {
  const { json, quiet } = say.mode;
  if (json || (quiet && check.state === 'alive')) return;
  say.judged(marks[check.state], wordsOnTrouble(check.entry, stateWords(check, world.now())));
}

const marks = {
  alive: 'good',
  refused: 'error',
  expired: 'error',
  unreachable: 'warning',
  unclear: 'warning',
} as const;

function stateWords({ state, id, expiresAt, trouble }: Check, now: Date): string {
  const { message = '', why = message } = trouble ?? {};
  const end = expiresAt === undefined ? undefined : new Date(expiresAt);
  const known = id === undefined ? '' : `id ${id}`;
  switch (state) {
    case 'alive': {
      const details = [known, end && `token expires ${dayOf(end)}${soon(end, now)}`].filter(Boolean);
      return `alive${details.length === 0 ? '' : ` (${details.join(', ')})`}`;
    }
    case 'expired':
      return `expired (token expired ${dayOf(end!)}). ${why}`;
    case 'refused':
      return `refused. ${why}`;
    default:
      return `${state}. ${message === why ? why : `${message} ${why}`}`;
  }
}

function soon(end: Date, now: Date): string {
  const days = Math.floor((end.getTime() - now.getTime()) / 86_400_000);
  return days < 7 ? `, in ${days} days` : '';
}

/** Says what came of all, or the object of `--json`; `removed` are the positions (from 0) that left the file. */
export function tellChecks(
  { say, path }: ConfigInvocation,
  checks: readonly Check[],
  removed: ReadonlySet<number>,
): void {
  if (say.mode.json) {
    const runners = checks.map((check) => ({ ...plain(check), removed: removed.has(check.entry.at) }));
    say.object({ action: 'verified', changed: removed.size > 0, file: path, runners });
    return;
  }
  const count = (state: Check['state']) => checks.filter((check) => check.state === state).length;
  const states = ['alive', 'refused', 'expired', 'unreachable', 'unclear'] as const;
  const sums = states.filter((state) => count(state) > 0).map((state) => `${count(state)} ${state}`);
  if (checks.length > 1) say.talk(`${sums.join(', ')}.`);
  const hints = checks.map(({ state, trouble }) =>
    state === 'refused' || state === 'expired' ? '' : trouble?.hint,
  );
  for (const hint of new Set(hints.filter(Boolean))) say.talk(`next: ${hint}`);
  if (removed.size > 0) {
    const what = removed.size === 1 ? '1 runner' : `${removed.size} runners`;
    say.done(
      `Removed ${what} from ${path}. To restore ${removed.size === 1 ? 'it' : 'them'}: runner-setup undo`,
    );
  } else if (count('refused') + count('expired') > 0) {
    const [first, ...others] = checks.filter(({ state }) => state === 'refused' || state === 'expired');
    const runner = others.length === 0 ? position(first!.entry.at) : 'RUNNER';
    say.talk(
      `next: If the runner still exists, get a new token: runner-setup rotate ${runner} --force --access-token-file FILE`,
    );
    say.talk('next: To remove refused runners from config.toml: runner-setup verify --delete');
  }
}

const plain = ({ entry, state, id, expiresAt, trouble }: Check): OutputRunner => ({
  position: entry.at + 1,
  name: textIn(entry.runner, 'name'),
  url: textIn(entry.runner, 'url'),
  ...(id !== undefined && { id }),
  ...(expiresAt !== undefined && { tokenExpiresAt: expiresAt }),
  state,
  ...(trouble !== undefined && { error: errorOf(trouble) }),
});

/** The exit code: a no of GitLab counts more than a silence; those that left the file count no more. */
export function codeOf(checks: readonly Check[], removed: ReadonlySet<number>): ExitCode {
  const left = checks.filter(({ entry }) => !removed.has(entry.at));
  if (left.some(({ state }) => state === 'refused' || state === 'expired')) return exitCode.refused;
  return left.every(({ state }) => state === 'alive') ? exitCode.done : exitCode.failed;
}

/** Says whom GitLab would be asked about, and does nothing. */
export function tellPlan(
  invocation: ConfigInvocation,
  entries: readonly RunnerEntry[],
  deletes: boolean,
): ExitCode {
  const { say, path, dryRun } = invocation;
  const runners = entries.map(({ at, runner }) => ({
    position: at + 1,
    name: textIn(runner, 'name'),
    url: textIn(runner, 'url'),
  }));
  const action = dryRun ? 'planned' : 'verified';
  const changed = deletes && entries.length > 0;
  if (say.mode.json) say.object({ action, changed, file: path, runners });
  else if (entries.length === 0) say.done(noRunnersIn(path));
  else {
    for (const entry of entries) say.result(nameWithUrl(entry));
    const more = deletes ? ' Refused runners would be removed from config.toml.' : '';
    say.done(`Nothing was changed. The tokens of these runners would be checked with GitLab.${more}`);
  }
  return dryRunCode(invocation, changed);
}
