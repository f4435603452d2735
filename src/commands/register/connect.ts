import { existsSync, readFileSync } from 'node:fs';
import type { ConnectionOptions } from '../../app/connection.ts';
import { askGitlab } from '../../app/connection.ts';
import { diagnosed, type Trusted } from '../../app/gitlab-address.ts';
import type { Rollback } from '../../app/rollback.ts';
import { infoOf } from '../../app/runner-info.ts';
import { textIn } from '../../config/model.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { type Gitlab, openGitlab } from '../../gitlab/calls.ts';
import type { Refusal } from '../../gitlab/refusals.ts';
import { systemIdFor } from '../../host/system-id.ts';
import type { Registration } from '../../runner/block.ts';
import type { Gathered } from '../../settings/gather.ts';
import { expand } from '../../text/expand.ts';
import { enroll } from './enroll.ts';
import { type RegisterContext, type RegisterPlan, wayTo } from './plan.ts';

/** Asks GitLab for the runner of a plan and gives what it answers; what it makes is taken back when a later step fails. */
export async function registerAtGitlab(
  start: RegisterContext,
  ready: RegisterPlan,
  guard: Rollback,
  systemId: string,
): Promise<Registration> {
  const { world } = start;
  const { settings } = ready.known;
  const info = (withExecutor: boolean) => infoOf(world, settings, withExecutor);
  const { credential } = ready;
  const leaveRunner = settings.leaveRunner ?? false;
  const now = world.now();
  return atGitlab(start, ready, guard.signal, (gitlab, way, url) => {
    const timeouts = { connect: 5000, answer: 15_000 };
    const afterwards = (stop: AbortSignal) =>
      openGitlab({ ...way, url, attempts: 3, timeouts, signal: stop });
    const isInFile = (token: string) => holdsToken(start, ready, token);
    const errand = {
      gitlab,
      afterwards,
      credential,
      settings,
      systemId,
      url,
      now,
      info,
      leaveRunner,
      isInFile,
    };
    return enroll(errand, guard);
  });
}

// The file may have gained the runner since it was read, by another process.
function holdsToken(
  { world, file }: RegisterContext,
  { circumstances }: RegisterPlan,
  token: string,
): boolean {
  const { runners } = circumstances.present;
  if (runners.some((runner) => expand(textIn(runner, 'token'), world.env) === token)) return true;
  return existsSync(file.path) && readFileSync(file.path, 'utf8').includes(token);
}

/**
 * A runner that was found by its name counts as registered only while its token is still good: with a refused token
 * the plan becomes a renewal.
 */
export async function withLivingRunner(start: RegisterContext, ready: RegisterPlan): Promise<RegisterPlan> {
  const { plan, circumstances, known } = ready;
  if (plan.action === 'add') return ready;
  const token = expand(textIn(circumstances.present.runners[plan.at]!, 'token'), start.world.env);
  const { id } = systemIdFor(start.file.path, start.world.platform);
  const body = { token, system_id: id, info: infoOf(start.world, known.settings, true) };
  try {
    await atGitlab(start, ready, undefined, (gitlab) => gitlab.verify(body));
    return ready;
  } catch (error) {
    if (!(error instanceof Trouble) || error.code !== exitCode.refused) throw error;
    start.say.warn(`GitLab no longer takes the token of the runner in the file: it gets a new one.`);
    return { ...ready, plan: { action: 'renew', at: plan.at } };
  }
}

/** Looks a group or project up by its path; throws when GitLab does not show it to this token. */
export async function findOwnerId(
  start: RegisterContext,
  known: Gathered,
  trusted: Trusted | undefined,
  owner: { kind: 'group' | 'project'; words: string; accessToken: string },
): Promise<number> {
  const { kind, words, accessToken } = owner;
  const { id } = await askWith(start, known, trusted, undefined, (gitlab) =>
    kind === 'group' ? gitlab.findGroup(accessToken, words) : gitlab.findProject(accessToken, words),
  );
  return id;
}

const atGitlab = <T>(
  start: RegisterContext,
  ready: RegisterPlan,
  signal: AbortSignal | undefined,
  ask: Ask<T>,
): Promise<T> => askWith(start, withOwnCa(ready), ready.trusted, signal, ask);

type Ask<T> = (gitlab: Gitlab, way: ConnectionOptions, url: string) => Promise<T>;

async function askWith<T>(
  start: RegisterContext,
  known: Gathered,
  trusted: Trusted | undefined,
  signal: AbortSignal | undefined,
  ask: Ask<T>,
): Promise<T> {
  const url = known.settings.url!;
  const way = wayTo(start, known, new URL(url).hostname, trusted);
  const connection = { ...way, url, ...(signal && { signal }) };
  return askGitlab(start, `Asking GitLab at ${url}`, connection, async (gitlab) => {
    try {
      return await ask(gitlab, way, url);
    } catch (error) {
      throw isRiddle(error) && !signal?.aborted ? await diagnosed(url, way, error) : error;
    }
  });
}

// A runner that is in the file may name its CA there.
function withOwnCa({ plan, known, circumstances }: RegisterPlan): Gathered {
  const runner = 'at' in plan ? circumstances.present.runners[plan.at] : undefined;
  const tlsCaFile = known.settings.tlsCaFile ?? (runner && textIn(runner, 'tls-ca-file'));
  return tlsCaFile ? { ...known, settings: { ...known.settings, tlsCaFile } } : known;
}

// No connection, or a page of something else: a closer look may tell more, such as the GitLab above a pasted page.
const isRiddle = (error: unknown): error is Trouble =>
  error instanceof Trouble &&
  error.code === exitCode.failed &&
  (error.name === 'Trouble' || (error as Refusal).status === 404);
