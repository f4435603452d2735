import { askGitlab, connectionOf } from '../../app/connection.ts';
import { numberOf } from '../../app/select-runner.ts';
import type { Config } from '../../config/read.ts';
import type { Gitlab } from '../../gitlab/calls.ts';
import { differingAtGitlab, keptWords } from '../../runner/request.ts';
import type { Say } from '../../terminal/say.ts';
import type { World } from '../../world.ts';

/** What GitLab keeps about one runner after it was changed there. */
export interface AtGitlab {
  /** The position in the file, from 1. */
  readonly runner: number;
  readonly id: number;
  readonly now: Readonly<Record<string, unknown>>;
}

interface Voice {
  readonly world: World;
  readonly say: Say;
}

/** Changes what GitLab keeps about a runner of the file (`PUT /runners/:id`); throws when the file does not know its id. */
export async function changeAtGitlab(
  voice: Voice,
  config: Config,
  at: number,
  { accessToken, body, signal }: { accessToken: string; body: object; signal: AbortSignal },
): Promise<AtGitlab> {
  const answer = await ask(voice, config, at, { verb: 'Changing', signal }, (gitlab, id) =>
    gitlab.updateRunner(accessToken, id, body),
  );
  return { runner: at + 1, id: numberOf(config, at), now: pick(answer, Object.keys(body)) };
}

/** What GitLab keeps about a runner of the file (`GET /runners/:id`). */
export const readAtGitlab = (
  voice: Voice,
  config: Config,
  at: number,
  accessToken: string,
): Promise<Record<string, unknown>> =>
  ask(voice, config, at, { verb: 'Reading' }, (gitlab, id) => gitlab.runner(accessToken, id));

/** What of `body` differs from what GitLab keeps about the runners at these positions, and a sentence for each that has it all. */
export async function missingAtGitlab(
  voice: Voice,
  config: Config,
  runners: readonly number[],
  { accessToken, body }: { accessToken: string; body: object },
): Promise<{ missing: { at: number; body: object }[]; nothing: string[] }> {
  for (const at of runners) numberOf(config, at);
  const missing: { at: number; body: object }[] = [];
  const nothing: string[] = [];
  for (const at of runners) {
    const present = await readAtGitlab(voice, config, at, accessToken);
    const other = differingAtGitlab(body, present);
    if (Object.keys(other).length > 0) missing.push({ at, body: other });
    else nothing.push(`runner ${numberOf(config, at)} in GitLab already has ${keptWords(body)}.`);
  }
  return { missing, nothing };
}

function ask(
  { world, say }: Voice,
  config: Config,
  at: number,
  { verb, signal }: { verb: string; signal?: AbortSignal },
  call: (gitlab: Gitlab, id: number) => Promise<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const id = numberOf(config, at);
  const entry = { at, runner: config.runners[at]! };
  const connection = connectionOf({ world, say, path: config.file, settings: {} }, entry, signal);
  const doing = `${verb} runner ${id} in GitLab at ${connection.url}`;
  return askGitlab({ world, say }, doing, connection, (gitlab) => call(gitlab, id));
}

/** What was changed at GitLab, in words. */
export const wordsOn = ({ id, now }: AtGitlab): string =>
  `Changed in GitLab (runner ID ${id}): ${keptWords(now)}.`;

const pick = (answer: Record<string, unknown>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, answer[name] ?? null]));
