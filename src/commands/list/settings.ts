import type { ConfigInvocation } from '../../app/invocation.ts';
import { writtenKeys } from '../../config/defaults.ts';
import { maskValue } from '../../config/mask.ts';
import { type Table, textIn } from '../../config/model.ts';
import { plainOfText } from '../../config/plain.ts';
import { type Entries, nameOf, type RunnerEntry, shownToken } from '../../runner/select.ts';
import type { Say } from '../../terminal/say.ts';
import { columnsOf } from '../../terminal/size.ts';
import { tableLines } from '../../terminal/tables.ts';
import { followedVersion } from '../../text/gitlab-runner.ts';
import { harmless } from '../../text/sanitize.ts';
import { type ListOptions, tellDrift } from './output.ts';

/** Shows every setting of single runners, each with the default that it differs from. */
export function tellSettings(
  { say, world, path }: ConfigInvocation,
  entries: readonly Entries[],
  { wide, open, atGitlab }: ListOptions,
): void {
  const masking = { showEnvironment: say.mode.environment ?? false };
  const runners = entries.map(({ first: { at, runner } }) => ({
    position: at + 1,
    name: textIn(runner, 'name'),
    url: textIn(runner, 'url'),
    settings: writtenKeys(runner).map(({ key, path, value, usual, isUsual }) => ({
      key,
      value: key === 'token' ? tokenIn(runner, open) : maskValue(path, value, masking),
      default: usual,
      differs: !isUsual,
    })),
  }));
  if (say.mode.json) {
    const told = runners.map((one) => ({
      ...one,
      settings: one.settings.map(plain),
      ...atGitlab?.get(one.position - 1)?.plain,
    }));
    say.object({ action: 'listed', changed: false, file: path, runners: told });
    return;
  }
  const width = wide ? Infinity : columnsOf(world.stdout);
  for (const [index, { settings }] of runners.entries()) {
    say.talk(harmless(`${nameOf(entries[index]!.first)} in ${path}`, 2000));
    const rows = settings.map((one) => [one.key, harmless(say.masked(one.value), 4000), remark(one)]);
    say.lines(tableLines(columns, rows, width));
    tellGitlab(say, entries[index]!.first, atGitlab);
  }
}

function tellGitlab(say: Say, entry: RunnerEntry, atGitlab: ListOptions['atGitlab']): void {
  const found = atGitlab?.get(entry.at);
  if (found === undefined) return;
  say.talk(`In GitLab: ${found.state}.`);
  tellDrift(say, entry, found);
}

const plain = ({ value, default: usual, ...one }: Setting) => ({
  ...one,
  value: plainOfText(value),
  ...(usual !== undefined && { default: usual === 'none' ? null : plainOfText(usual) }),
});

const columns = [
  { title: 'SETTING' },
  { title: 'VALUE', least: 16 },
  { title: 'DEFAULT', least: 7, dropped: 0 },
];

interface Setting {
  readonly key: string;
  /** As TOML. */
  readonly value: string;
  readonly default: string | undefined;
  readonly differs: boolean;
}

function remark(one: Setting): string {
  if (one.default === undefined) return `not a key of gitlab-runner ${followedVersion}`;
  return one.differs && !identity.includes(one.key) ? one.default : '';
}

// These differ from their zero in every runner.
const identity = ['name', 'url', 'id', 'token', 'token_obtained_at', 'token_expires_at', 'executor'];

function tokenIn(runner: Table, open: boolean): string {
  const token = textIn(runner, 'token');
  return `"${open ? token : shownToken(token)}"`;
}
