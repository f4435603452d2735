import { existsSync, readFileSync } from 'node:fs';
import { askGitlab, type ConnectionOptions, infoOf } from '../../app/connection.ts';
import { diagnosed, type Trusted } from '../../app/gitlab-address.ts';
import type { Rollback } from '../../app/rollback.ts';
import { textIn } from '../../config/model.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { type Gitlab, openGitlab } from '../../gitlab/calls.ts';
import { Refusal } from '../../gitlab/refusals.ts';
import type { Registered } from '../../gitlab/replies.ts';
import { systemIdFor } from '../../host/system-id.ts';
import type { Registration } from '../../runner/block.ts';
import { createBody, type Owner, registerBody } from '../../runner/request.ts';
import type { Credential } from '../../settings/credential.ts';
import type { Gathered } from '../../settings/gather.ts';
import type { Settings } from '../../settings/table.ts';
import { expand } from '../../text/expand.ts';
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

/** All that is needed to ask GitLab for the runner. */
interface EnrollRequest {
  readonly gitlab: Gitlab;
  /** A line of its own for taking back, which an interrupt does not cut. */
  readonly afterwards: (signal: AbortSignal) => Gitlab;
  readonly credential: Credential;
  readonly settings: Settings;
  readonly systemId: string;
  readonly now: Date;
  readonly url: string;
  readonly leaveRunner: boolean;
  /** Whether a runner with this token stands in config.toml. */
  isInFile(token: string): boolean;
  /** The `info` of a request, with the executor or without. */
  info(withExecutor: boolean): object;
}

/** Asks GitLab for the runner in the way of its token; what GitLab makes is taken back when a later step fails. */
async function enroll(errand: EnrollRequest, guard: Rollback): Promise<Registration> {
  switch (errand.credential.kind) {
    case 'authentication':
      return verify(errand, guard, errand.credential.token);
    case 'registration':
      return register(errand, guard);
    case 'access':
      return create(errand, guard);
  }
}

async function verify(errand: EnrollRequest, guard: Rollback, token: string): Promise<Registration> {
  const isOwn = errand.credential.kind === 'authentication';
  try {
    const body = { token, system_id: errand.systemId, info: errand.info(true) };
    const reply = await errand.gitlab.verify(body);
    if (isOwn) undoManager(errand, guard, token, named(reply));
    guard.check();
    return registrationOf(errand, reply, token);
  } catch (error) {
    // Cut off in the middle, GitLab may have made the manager all the same.
    if (isOwn && guard.signal.aborted && !(error instanceof Refusal))
      undoManager(errand, guard, token, '(not told)');
    throw error;
  }
}

function undoManager(errand: EnrollRequest, guard: Rollback, token: string, runner: string): void {
  const { systemId, url } = errand;
  undoBy(errand, guard, {
    what: `this machine (${systemId}) at runner ${runner}`,
    remains: `This machine (${systemId}) still stands at runner ${runner} in ${url}; the runner itself is untouched.`,
    // A runner that stands in the file, by an earlier run or by another process meanwhile, keeps its machine.
    run: async (line) => errand.isInFile(token) || (await removeManager(line, token, systemId)),
  });
}

async function removeManager(line: Gitlab, token: string, systemId: string): Promise<void> {
  try {
    await line.removeManager(token, systemId);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 404) throw error;
  }
}

async function register(errand: EnrollRequest, guard: Rollback): Promise<Registration> {
  const body = registerBody(errand.settings, errand.credential, errand.info(false));
  const reply = await errand.gitlab.register(body);
  undoMade(errand, guard, reply);
  guard.check();
  return registrationOf(errand, reply, reply.token);
}

async function create(errand: EnrollRequest, guard: Rollback): Promise<Registration> {
  const { gitlab, credential, settings } = errand;
  const owner = await findOwner(gitlab, credential.token, settings);
  guard.check();
  const made = await gitlab.createRunner(credential.token, createBody(settings, owner));
  undoMade(errand, guard, made);
  guard.check();
  return verify(errand, guard, made.token);
}

// GitLab takes the owner by id only; a path is looked up, which needs a token that may read.
async function findOwner(
  gitlab: Gitlab,
  accessToken: string,
  { runnerType, group, project }: Settings,
): Promise<Owner> {
  if (runnerType === 'group') {
    return { group_id: isId(group!) ? Number(group) : (await gitlab.findGroup(accessToken, group!)).id };
  }
  if (runnerType === 'project') {
    return {
      project_id: isId(project!) ? Number(project) : (await gitlab.findProject(accessToken, project!)).id,
    };
  }
  return {};
}

const isId = (words: string): boolean => /^\d+$/.test(words);

function undoMade(errand: EnrollRequest, guard: Rollback, made: Registered): void {
  undoBy(errand, guard, {
    what: `the runner ${named(made)} in GitLab`,
    remains: `The runner ${named(made)} "${errand.settings.description ?? ''}" still stands in ${errand.url}; delete it there.`,
    run: (line) => line.removeRunner(made.token),
  });
}

interface GitlabUndo {
  readonly what: string;
  readonly remains: string;
  run(line: Gitlab): Promise<unknown>;
}

function undoBy({ afterwards, leaveRunner }: EnrollRequest, guard: Rollback, undo: GitlabUndo): void {
  const { what, remains } = undo;
  const run = async (signal: AbortSignal) => {
    const line = afterwards(signal);
    await undo.run(line).finally(() => line.close());
  };
  guard.undoBy({ what, remains, ...(leaveRunner ? {} : { run }) });
}

const named = ({ id }: Registered): string => (id === undefined ? '(id not told)' : `#${id}`);

function registrationOf(
  { now }: EnrollRequest,
  { id = 0, expiresAt }: Registered,
  token: string,
): Registration {
  return {
    id,
    token,
    obtainedAt: `${now.toISOString().slice(0, 19)}Z`,
    expiresAt: expiresAt ?? undefined,
  };
}
