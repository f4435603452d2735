import type { Rollback } from '../../app/rollback.ts';
import type { Gitlab } from '../../gitlab/calls.ts';
import { Refusal } from '../../gitlab/refusals.ts';
import type { Registered } from '../../gitlab/replies.ts';
import type { Registration } from '../../runner/block.ts';
import { createBody, type Owner, registerBody } from '../../runner/request.ts';
import type { Credential } from '../../settings/credential.ts';
import type { Settings } from '../../settings/table.ts';

/** All that is needed to ask GitLab for the runner. */
export interface EnrollRequest {
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
export async function enroll(errand: EnrollRequest, guard: Rollback): Promise<Registration> {
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
