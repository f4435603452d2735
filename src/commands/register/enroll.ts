import { existsSync } from 'node:fs';
import { askGitlab, type ConnectionOptions, infoOf } from '../../app/connection.ts';
import { diagnosed, type Trusted } from '../../app/gitlab-address.ts';
import { isInOtherFile } from '../../app/other-files.ts';
import type { Kept, Rollback } from '../../app/rollback.ts';
import type { Asked } from '../../app/unsaved-file.ts';
import { isTable, type Table, textIn } from '../../config/model.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { readRegular } from '../../files/plain.ts';
import { type Gitlab, openGitlab } from '../../gitlab/calls.ts';
import { Refusal } from '../../gitlab/refusals.ts';
import type { AccessToken, Registered } from '../../gitlab/replies.ts';
import type { Listener } from '../../gitlab/request.ts';
import { systemIdFor } from '../../host/system-id.ts';
import type { Registration } from '../../runner/block.ts';
import { createBody, type Owner, registerBody } from '../../runner/request.ts';
import { type Credential, recogniseToken } from '../../settings/credential.ts';
import type { Gathered } from '../../settings/gather.ts';
import type { Settings } from '../../settings/table.ts';
import { expand } from '../../text/expand.ts';
import { type Conversation, connectionOptionsFor, type RegisterContext, type RegisterPlan } from './plan.ts';

/** Makes a place for what GitLab is going to tell of a runner that it makes; throws what the system says. */
export type Reserve = (asked: Asked) => Place;

interface Place {
  readonly hear: Listener;
  /** Saves what GitLab has told, at once, and gives the file; nothing when that failed. */
  save(made: Registration): SavedRunner | undefined;
}

interface SavedRunner {
  readonly file: string;
  /** Takes the token out of the file, before the runner is deleted: no later run is to put it into config.toml. */
  forget(): void;
}

/**
 * Asks GitLab for the runner of a plan and gives what it answers; what it makes is saved in the place that `reserve` makes,
 * and taken back when a later step fails.
 */
export async function registerAtGitlab(
  context: RegisterContext,
  ready: RegisterPlan,
  rollback: Rollback,
  systemId: string,
  reserve: Reserve | undefined,
): Promise<Registration> {
  const { world } = context;
  const { settings } = ready.known;
  const info = (withExecutor: boolean) => infoOf(world, settings, withExecutor);
  const { credential } = ready;
  const leaveRunner = settings.leaveRunner ?? false;
  const now = world.now();
  return atGitlab(context, ready, rollback.signal, (gitlab, way, url) => {
    const afterwards = (stop: AbortSignal) => openGitlab({ ...way, ...cleaning, url, signal: stop });
    const isInFile = (token: string) => holdsToken(context, token) || isKnownElsewhere(context, token);
    const request = {
      gitlab,
      afterwards,
      credential,
      settings,
      systemId,
      url,
      now,
      info,
      leaveRunner,
      isVerified: isVerified(context, url, credential.token),
      isInFile,
      reserve,
    };
    return enroll(request, rollback);
  });
}

const isVerified = ({ conversation }: RegisterContext, url: string, token: string): boolean =>
  conversation?.verified?.token === token && conversation.verified.url === url;

// The file may have gained the runner since it was read, by another process.
function holdsToken({ world, file }: RegisterContext, token: string): boolean {
  const runners = file.config?.runners ?? [];
  if (runners.some((runner) => expand(textIn(runner, 'token'), world.env) === token)) return true;
  return existsSync(file.path) && readRegular(file.path).includes(token);
}

const isKnownElsewhere = ({ world, file }: RegisterContext, token: string): boolean =>
  isInOtherFile(token, file.path, world);

/**
 * Verifies an authentication token that was typed, unless its runner is in config.toml; gives the runner's id where
 * GitLab tells it. That makes this machine a runner manager there, which goes to `pending`. Throws a Refusal or Trouble.
 */
export async function verifyTyped(
  context: RegisterContext & { readonly conversation: Conversation },
  trusted: Trusted | undefined,
  token: string,
  pending: Pick<Rollback, 'undoBy'>,
): Promise<Pick<Registered, 'id'> | undefined> {
  const { world, file, known, conversation } = context;
  if (holdsToken(context, token)) return undefined;
  conversation.systemId ??= systemIdFor(file.path, world.platform);
  const systemId = conversation.systemId.id;
  const { leaveRunner = false } = known.settings;
  return askWith(context, known, trusted, context.signal, async (gitlab, way, url) => {
    const afterwards = (signal: AbortSignal) => openGitlab({ ...way, ...cleaning, url, signal });
    const isInFile = (one: string) => holdsToken(context, one) || isKnownElsewhere(context, one);
    const took = (runner: string) => {
      conversation.verified = { url, token };
      undoManager({ afterwards, leaveRunner, systemId, url, isInFile }, pending, token, runner);
    };
    try {
      const body = { token, system_id: systemId, info: infoOf(world, known.settings, true) };
      const reply = await gitlab.verify(body);
      took(named(reply));
      return reply;
    } catch (error) {
      // Cut off in the middle, GitLab may have made the manager all the same.
      if (context.signal?.aborted && !(error instanceof Refusal)) took('(unknown ID)');
      throw error;
    }
  });
}

/** How long and how often it is tried to take something back. */
const cleaning = { attempts: 3, timeouts: { connect: 5000, answer: 15_000 } };

/** Asks GitLab what an access token that was typed may do; nothing when this GitLab is too old to tell. Throws a Refusal or Trouble. */
export const readTyped = (
  context: RegisterContext,
  trusted: Trusted | undefined,
  accessToken: string,
): Promise<AccessToken | undefined> =>
  askWith(context, context.known, trusted, context.signal, async (gitlab) => {
    try {
      return await gitlab.readToken(accessToken);
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) return undefined;
      throw error;
    }
  });

/**
 * A runner that was found by its name counts as registered only while its token is still good: with a refused token
 * the plan becomes a renewal.
 */
export async function withLivingRunner(context: RegisterContext, ready: RegisterPlan): Promise<RegisterPlan> {
  const { plan, input, known } = ready;
  if (plan.action === 'add') return ready;
  const token = expand(textIn(input.present.runners[plan.at]!, 'token'), context.world.env);
  const { id } = systemIdFor(context.file.path, context.world.platform);
  const body = { token, system_id: id, info: infoOf(context.world, known.settings, true) };
  try {
    await atGitlab(context, ready, undefined, (gitlab) => gitlab.verify(body));
    return ready;
  } catch (error) {
    if (!(error instanceof Trouble) || error.code !== exitCode.refused) throw error;
    context.say.warn(
      `GitLab no longer accepts the token of the runner in config.toml. The runner gets a new token.`,
    );
    return { ...ready, kept: undefined, plan: { action: 'renew', at: plan.at } };
  }
}

/** Looks a group or project up by its path; throws when GitLab does not show it to this token. */
export async function findOwnerId(
  context: RegisterContext,
  known: Gathered,
  trusted: Trusted | undefined,
  owner: { kind: 'group' | 'project'; words: string; accessToken: string },
): Promise<number> {
  const { kind, words, accessToken } = owner;
  const { id } = await askWith(context, known, trusted, undefined, (gitlab) =>
    kind === 'group' ? gitlab.findGroup(accessToken, words) : gitlab.findProject(accessToken, words),
  );
  return id;
}

/** Asks GitLab something by the settings of a plan, over a connection of its own. */
export const atGitlab = <T>(
  context: RegisterContext,
  ready: RegisterPlan,
  signal: AbortSignal | undefined,
  ask: Ask<T>,
): Promise<T> => askWith(context, withOwnCa(ready), ready.trusted, signal, ask);

type Ask<T> = (gitlab: Gitlab, way: ConnectionOptions, url: string) => Promise<T>;

async function askWith<T>(
  context: RegisterContext,
  known: Gathered,
  trusted: Trusted | undefined,
  signal: AbortSignal | undefined,
  ask: Ask<T>,
): Promise<T> {
  const url = known.settings.url!;
  const way = connectionOptionsFor(context, known, new URL(url).hostname, trusted);
  const connection = { ...way, url, ...(signal && { signal }) };
  return askGitlab(context, `Asking GitLab at ${url}`, connection, async (gitlab) => {
    try {
      return await ask(gitlab, way, url);
    } catch (error) {
      throw isRiddle(error) && !signal?.aborted ? await diagnosed(url, way, error) : error;
    }
  });
}

// A runner that is in the file may name its CA there.
function withOwnCa({ plan, known, input }: RegisterPlan): Gathered {
  const runner = 'at' in plan ? input.present.runners[plan.at] : undefined;
  const tlsCaFile = known.settings.tlsCaFile ?? (runner && textIn(runner, 'tls-ca-file'));
  return tlsCaFile ? { ...known, settings: { ...known.settings, tlsCaFile } } : known;
}

// No connection, or a page of something else: a closer look may tell more, such as the GitLab above a pasted page.
const isRiddle = (error: unknown): error is Trouble =>
  error instanceof Trouble &&
  error.code === exitCode.failed &&
  error.kind !== 'outcome-unknown' &&
  (error.name === 'Trouble' || (error as Refusal).status === 404);

/** All that is needed to ask GitLab for the runner. */
interface EnrollRequest {
  readonly gitlab: Gitlab;
  /** A connection of its own for taking back, which an interrupt does not cut. */
  readonly afterwards: (signal: AbortSignal) => Gitlab;
  readonly credential: Credential;
  readonly settings: Settings;
  readonly systemId: string;
  readonly now: Date;
  readonly url: string;
  readonly leaveRunner: boolean;
  /** Whether this token was verified before: that this machine stands at its runner is not this call's doing. */
  readonly isVerified: boolean;
  /** Whether a runner with this token stands in config.toml, or another one of this machine. */
  isInFile(token: string): boolean;
  readonly reserve: Reserve | undefined;
  /** The `info` of a request, with the executor or without. */
  info(withExecutor: boolean): object;
}

/** Asks GitLab for the runner in the way of its token; what GitLab makes is taken back when a later step fails. */
async function enroll(request: EnrollRequest, rollback: Rollback): Promise<Registration> {
  switch (request.credential.kind) {
    case 'authentication':
      return verify(request, rollback, request.credential.token);
    case 'registration':
      return register(request, rollback);
    case 'access':
      return create(request, rollback);
  }
}

async function verify(request: EnrollRequest, rollback: Rollback, token: string): Promise<Registration> {
  // What was verified when it was typed is taken back with the conversation.
  const isOwn = request.credential.kind === 'authentication' && !request.isVerified;
  try {
    const body = { token, system_id: request.systemId, info: request.info(true) };
    const reply = await request.gitlab.verify(body);
    if (isOwn) undoManager(request, rollback, token, named(reply));
    rollback.check();
    return registrationOf(request, reply, token);
  } catch (error) {
    // Cut off in the middle, GitLab may have made the manager all the same.
    if (isOwn && rollback.signal.aborted && !(error instanceof Refusal))
      undoManager(request, rollback, token, '(unknown)');
    throw error instanceof Refusal && isOwn ? ofPerhapsOtherKind(error, request.credential) : error;
  }
}

// Registration tokens of older GitLabs have no prefix that tells their kind. Of a deleted group or project GitLab knew the token.
function ofPerhapsOtherKind(error: Refusal, { token, by }: Credential): Refusal {
  const { call, status, message, why = '', code, atPrompt, cause } = error;
  const isOpen = by === 'token' && 'unknown' in recogniseToken(token);
  if (!isOpen || status !== 403 || /orphan/i.test(why)) return error;
  const hint = `If it is a registration token, use --registration-token.\n${atPrompt}`;
  return new Refusal(call, status, message, { why, hint, code, atPrompt, cause });
}

type ManagerOwner = Pick<EnrollRequest, 'afterwards' | 'leaveRunner' | 'systemId' | 'url' | 'isInFile'>;

function undoManager(
  request: ManagerOwner,
  rollback: Pick<Rollback, 'undoBy'>,
  token: string,
  runner: string,
): void {
  const { systemId, url } = request;
  undoBy(request, rollback, {
    what: `the registration of this machine (${systemId}) with runner ${runner}`,
    remains: `This machine (${systemId}) is still registered with runner ${runner} at ${url}.`,
    // A runner that stands in a file, by an earlier run or by another process meanwhile, keeps its machine.
    run: async (gitlab) => (request.isInFile(token) ? 'kept' : removeManager(gitlab, token, systemId)),
  });
}

async function removeManager(gitlab: Gitlab, token: string, systemId: string): Promise<void> {
  try {
    await gitlab.removeManager(token, systemId);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 404) throw error;
  }
}

async function register(request: EnrollRequest, rollback: Rollback): Promise<Registration> {
  const body = registerBody(request.settings, request.credential, request.info(false));
  const place = request.reserve?.({ call: 'register', body: writable(body) });
  const reply = await request.gitlab.register(body, place?.hear);
  const made = registrationOf(request, reply, reply.token);
  undoMade(request, rollback, reply, place?.save(made));
  rollback.check();
  return made;
}

async function create(request: EnrollRequest, rollback: Rollback): Promise<Registration> {
  const { gitlab, credential, settings } = request;
  const owner = await findOwner(gitlab, credential.token, settings);
  rollback.check();
  const body = createBody(settings, owner);
  const place = request.reserve?.({ call: 'create', body: writable(body) });
  const made = await gitlab.createRunner(credential.token, body, place?.hear);
  undoMade(request, rollback, made, place?.save(registrationOf(request, made, made.token)));
  rollback.check();
  return verify(request, rollback, made.token);
}

// By what was asked for a later run finds the runner, should this one be killed; its token is nobody's business.
const writable = ({ token: _, ...body }: Record<string, unknown>): Table =>
  Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string | number | boolean] => !isTable(entry[1])),
  );

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

function undoMade(
  request: EnrollRequest,
  rollback: Rollback,
  made: Registered,
  saved: SavedRunner | undefined,
): void {
  undoBy(request, rollback, {
    what: `the runner ${named(made)} in GitLab`,
    remains: `The runner ${named(made)} "${request.settings.description ?? ''}" still exists at ${request.url}. Delete it there.`,
    run: (gitlab) => {
      saved?.forget();
      return gitlab.removeRunner(made.token);
    },
    keep: () => keptToken(request, made, saved?.file),
  });
}

// GitLab tells a token only once.
function keptToken({ url }: EnrollRequest, made: Registered, file: string | undefined): Kept {
  if (file === undefined) {
    const reset = `${url.replace(/\/$/, '')}/api/v4/runners/${made.id}/reset_authentication_token`;
    return {
      what: `The token of the runner ${named(made)} could not be saved and is lost.`,
      hint:
        made.id === undefined
          ? 'Delete the runner in GitLab.'
          : `Get a new token: curl -X POST -H "PRIVATE-TOKEN: ACCESS_TOKEN" ${reset}`,
    };
  }
  return {
    what: `The token of the runner ${named(made)} is in ${file}`,
    hint: 'To save the runner in config.toml: runner-setup doctor --fix',
  };
}

interface GitlabUndo {
  readonly what: string;
  readonly remains: string;
  /** Gives `kept` where it stays. */
  run(gitlab: Gitlab): Promise<unknown>;
  keep?(): Kept;
}

function undoBy(
  { afterwards, leaveRunner }: Pick<EnrollRequest, 'afterwards' | 'leaveRunner'>,
  rollback: Pick<Rollback, 'undoBy'>,
  undo: GitlabUndo,
): void {
  const { what, remains, keep } = undo;
  const run = async (signal: AbortSignal) => {
    const gitlab = afterwards(signal);
    return undo.run(gitlab).finally(() => gitlab.close());
  };
  rollback.undoBy({ what, remains, ...(leaveRunner ? keep && { keep } : { run }) });
}

const named = ({ id }: Registered): string => (id === undefined ? '(unknown ID)' : String(id));

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
