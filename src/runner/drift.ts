import { type Table, textIn } from '../config/model.ts';
import { table } from '../settings/table.ts';
import { harmless } from '../text/sanitize.ts';
import { asRoot, position, quote } from '../text/shell-quote.ts';
import { differingAtGitlab } from './request.ts';
import { dayOf, expiryOf } from './select.ts';

/** One thing that a runner in GitLab has otherwise than this machine expects it. */
interface Drift {
  /** By the names of GitLab's API. */
  readonly key: string;
  readonly wanted: unknown;
  readonly present: unknown;
  /** Who expects it: config.toml, or what `apply` last set. */
  readonly by: 'config.toml' | 'apply';
}

/** What is known of a runner besides its entry: what `apply` last set in GitLab, and when GitLab says that the token expires. */
export interface Expected {
  readonly lastSet?: Readonly<Record<string, unknown>> | undefined;
  /** Null: it does not expire. Absent where GitLab was not asked with the token. */
  readonly expiresAt?: string | null | undefined;
}

// What GitLab keeps about a runner, besides its note, which tools write into.
const keys = [
  'description',
  'paused',
  'tag_list',
  'run_untagged',
  'access_level',
  'locked',
  'maximum_timeout',
];

/** Takes an entry, and what GET /runners/:id told of its runner; gives where the two differ, and where `apply` set something else. */
export function driftOf(
  runner: Table,
  present: Readonly<Record<string, unknown>>,
  { lastSet = {}, expiresAt }: Expected = {},
): Drift[] {
  const wanted = Object.fromEntries(Object.entries(lastSet).filter(([key]) => keys.includes(key)));
  const changed = Object.keys(differingAtGitlab(wanted, present));
  return [
    ...changed.map(
      (key): Drift => ({ key, wanted: wanted[key], present: present[key] ?? null, by: 'apply' }),
    ),
    ...('description' in wanted ? [] : nameDrift(runner, present)),
    ...expiryDrift(runner, expiresAt),
  ];
}

// Without a description GitLab shows the beginning of the token.
function nameDrift(runner: Table, { description }: Readonly<Record<string, unknown>>): Drift[] {
  const name = textIn(runner, 'name');
  if (typeof description !== 'string' || description === '' || name === '' || description === name) return [];
  return [{ key: 'description', wanted: name, present: description, by: 'config.toml' }];
}

function expiryDrift(runner: Table, expiresAt: string | null | undefined): Drift[] {
  if (expiresAt === undefined) return [];
  const [here, there] = [expiryOf(runner), expiresAt === null ? undefined : new Date(expiresAt)];
  // GitLab and gitlab-runner cut fractions of a second differently.
  const isSame =
    here === undefined || there === undefined
      ? here === there
      : Math.abs(here.getTime() - there.getTime()) < 1000;
  if (isSame) return [];
  const wanted = here?.toISOString() ?? null;
  return [{ key: 'token_expires_at', wanted, present: expiresAt, by: 'config.toml' }];
}

/** A difference as a sentence without its end. */
export function driftWords({ key, wanted, present, by }: Drift): string {
  if (key === 'token_expires_at')
    return `the token expires ${dateWords(present)} in GitLab, and ${dateWords(wanted)} in config.toml`;
  if (by === 'config.toml')
    return `the description in GitLab is ${shown(present)}, and its name is ${shown(wanted)}`;
  return `${key} is ${shown(present)} in GitLab, and apply last set ${shown(wanted)}`;
}

const dateWords = (date: unknown): string =>
  typeof date === 'string' && !Number.isNaN(Date.parse(date)) ? `on ${dayOf(new Date(date))}` : 'never';

const shown = (value: unknown): string => harmless(JSON.stringify(value), 200);

/** What to do about a difference; `at` is the position of the runner, from 0. */
export function driftNext({ key, wanted, by }: Drift, at: number): string {
  const runner = position(at);
  const token = '--access-token-file FILE';
  if (key === 'token_expires_at') return `Get a new token: runner-setup reset-token ${runner}`;
  if (by === 'config.toml') return 'Use the same value for both, because apply finds the runner by it.';
  if (key === 'paused') return `runner-setup ${wanted === true ? 'pause' : 'resume'} ${runner} ${token}`;
  const row = Object.values(table).find(({ api }) => api === key);
  if (key === 'description' || row === undefined) return 'Apply the file again: runner-setup apply -f FILE';
  const value = Array.isArray(wanted) ? wanted.join(',') : String(wanted ?? '');
  return `runner-setup edit ${runner} ${quote(`${row.flag}=${value}`)} ${token}`;
}

/** Whether something is to be done, or only good to know. */
export const driftSeverity = ({ key, by }: Drift): 'warning' | 'note' =>
  key === 'description' && by === 'config.toml' ? 'note' : 'warning';

/** How a runner stands in GitLab, worth to be said of one that this machine has. */
interface Standing {
  readonly rule: 'never-contacted' | 'stale' | 'paused' | 'version';
  readonly severity: 'warning' | 'note';
  readonly message: string;
  readonly why?: string;
  readonly next: string;
}

/** Takes what GET /runners/:id told; gives what is worth knowing of how it stands there. `at` is its position, from 0. */
export function standingsOf(
  present: Readonly<Record<string, unknown>>,
  at: number,
  lastSet: Readonly<Record<string, unknown>> = {},
): Standing[] {
  const found: Standing[] = [];
  const next = `Check that gitlab-runner runs with this config.toml: ${asRoot('gitlab-runner status')}`;
  const contacted = present.contacted_at;
  if (contacted === null)
    found.push({
      rule: 'never-contacted',
      severity: 'warning',
      message: 'it has never contacted GitLab',
      next,
    });
  else if (present.status === 'stale') {
    const last =
      typeof contacted === 'string'
        ? ` The last contact was on ${harmless(contacted.slice(0, 10), 10)}.`
        : '';
    const message = 'it is stale: it has not contacted GitLab for more than 7 days';
    found.push({ rule: 'stale', severity: 'warning', message, ...(last && { why: last.trim() }), next });
  }
  if (present.paused === true && !('paused' in lastSet))
    found.push({
      rule: 'paused',
      severity: 'note',
      message: 'it is paused in GitLab, so it gets no jobs',
      next: `runner-setup resume ${position(at)} --access-token-file FILE`,
    });
  return found;
}
