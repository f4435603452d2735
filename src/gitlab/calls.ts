import { exitCode, Trouble } from '../errors.ts';
import { normaliseUrl } from '../text/gitlab-url.ts';
import { type Connection, dial } from './connection.ts';
import { cancelled, unreached } from './diagnose.ts';
import { isRecord } from './error-body.ts';
import { refusalOf } from './refusals.ts';
import {
  type AccessToken,
  accessTokenIn,
  clockOf,
  type Found,
  found,
  type Listed,
  type Registered,
  type Removal,
  type Reply,
  record,
  records,
  registered,
  removed,
  renewed,
  verified,
  versionIn,
} from './replies.ts';
import { ask, type Call, type Listener } from './request.ts';
import { type RunnerCalls, type RunnerPage, runnerListCalls, segment } from './runner-calls.ts';
import { type VariableCalls, variableCalls } from './variables.ts';

/**
 * The calls to one GitLab. Each throws Refusal (exit code 3 or 1) or Trouble (unreachable 1, canceled 130). Those whose
 * answer is the only copy of a token take a listener, which hears it the moment it comes.
 */
export interface Gitlab extends VariableCalls, RunnerCalls {
  verify(body: { token: string; system_id: string; info: object }): Promise<Registered>;
  register(body: { token: string; [parameter: string]: unknown }, hears?: Listener): Promise<Registered>;
  createRunner(
    accessToken: string,
    body: { runner_type: string; [parameter: string]: unknown },
    hears?: Listener,
  ): Promise<Registered>;
  removeRunner(token: string): Promise<Removal>;
  removeManager(token: string, systemId: string): Promise<Removal>;
  findGroup(accessToken: string, idOrPath: string | number): Promise<Found>;
  findProject(accessToken: string, idOrPath: string | number): Promise<Found>;
  updateRunner(accessToken: string, id: number, changes: object): Promise<Record<string, unknown>>;
  deleteRunnerById(accessToken: string, id: number): Promise<Removal>;
  resetToken(token: string, hears?: Listener): Promise<Registered>;
  resetTokenById(accessToken: string, id: number, hears?: Listener): Promise<Registered>;
  runner(accessToken: string, id: number): Promise<Record<string, unknown>>;
  managers(accessToken: string, id: number): Promise<Record<string, unknown>[]>;
  /** The same, and what time it is at GitLab. */
  managersNow(accessToken: string, id: number): Promise<{ managers: Record<string, unknown>[]; now: Date }>;
  /** The runners that never contacted GitLab and that the owner of the token may see; and what time it is there. */
  newRunners(accessToken: string): Promise<{ runners: Listed[]; now: Date }>;
  version(accessToken: string): Promise<string>;
  /** What an access token may do; refused with 404 by a GitLab before 15.5. */
  readToken(accessToken: string): Promise<AccessToken>;
  /** Closes the sockets; nothing may be asked after it. */
  close(): Promise<void>;
}

/** Takes a connection; gives its calls. Opens no socket yet. Throws Trouble for unreadable certificates or proxy. */
export function openGitlab(connection: Connection): Gitlab {
  const dialled = dial(connection);
  const send = async (call: Call): Promise<Reply> => {
    const secrets = [...secretsOf(call), ...(dialled.proxy?.secrets ?? [])];
    checkTokens(call);
    if (connection.signal?.aborted) throw cancelled(connection.signal, call, connection, false);
    const answer = await ask(connection, dialled, call).catch((error: unknown) => {
      throw unreached(error, call, connection, dialled.proxy);
    });
    connection.onAnswer?.(
      `${call.method} ${normaliseUrl(connection.url)}/api/v4/${call.path}: ${answer.status}`,
    );
    return { call, answer, connection, refuse: () => refusalOf(call, answer, connection, secrets) };
  };
  const lists = runnerListCalls(send);
  return {
    ...runnerCalls(send),
    ...makingCalls(send),
    ...changingCalls(send),
    ...readingCalls(send),
    newRunners: (accessToken) =>
      newRunners(lists.runnerPages(accessToken, 'seen', { status: 'never_contacted' })),
    ...lists,
    ...variableCalls(send),
    close: () => dialled.dispatcher.destroy(),
  };
}

type Send = (call: Call) => Promise<Reply>;

function secretsOf({ runnerToken, accessToken, body, secrets = [] }: Call): string[] {
  const sent = isRecord(body) ? body.token : undefined;
  return [runnerToken, accessToken, sent, ...secrets].filter((secret) => typeof secret === 'string');
}

function checkTokens({ runnerToken, accessToken }: Call): void {
  const sent = [runnerToken, accessToken].filter((token) => token !== undefined);
  if (sent.every((token) => /^[\x21-\x7e]+$/.test(token))) return;
  throw new Trouble('The token is not a GitLab token.', {
    why: sent.includes('')
      ? 'It is empty.'
      : 'It contains spaces, line breaks, or characters that are not allowed in tokens.',
    hint: 'Copy the token again, without any text before or after it.',
    code: exitCode.usage,
  });
}

function runnerCalls(send: Send) {
  const call = { reads: true, acts: false, method: 'POST' } as const;
  return {
    verify: async (body: { token: string; system_id: string; info: object }) =>
      verified(
        await send({ ...call, name: 'verify', path: 'runners/verify', body, runnerToken: body.token }),
        body.token,
      ),
    register: async (body: { token: string }, hears?: Listener) => {
      const to = { name: 'register', path: 'runners', body, runnerToken: body.token } as const;
      return registered(await send({ ...call, ...to, acts: true, ...(hears && { hears }) }));
    },
    removeRunner: async (token: string) =>
      removed(
        await send({
          name: 'removeRunner',
          method: 'DELETE',
          path: 'runners',
          body: { token },
          runnerToken: token,
          reads: false,
          acts: false,
        }),
      ),
    removeManager: async (token: string, systemId: string) => {
      const body = { token, system_id: systemId };
      return removed(
        await send({
          name: 'removeManager',
          method: 'DELETE',
          path: 'runners/managers',
          body,
          runnerToken: token,
          reads: false,
          acts: false,
        }),
      );
    },
  };
}

function makingCalls(send: Send) {
  const call = { reads: true, acts: true, method: 'POST' } as const;
  return {
    createRunner: async (accessToken: string, body: object, hears?: Listener) => {
      const to = { name: 'create', path: 'user/runners', body, accessToken } as const;
      return registered(await send({ ...call, ...to, ...(hears && { hears }) }));
    },
    resetToken: async (token: string, hears?: Listener) => {
      const to = {
        name: 'resetToken',
        path: 'runners/reset_authentication_token',
        body: { token },
      } as const;
      return renewed(await send({ ...call, ...to, ...(hears && { hears }) }));
    },
    resetTokenById: async (accessToken: string, id: number, hears?: Listener) => {
      const path = `runners/${id}/reset_authentication_token`;
      const to = { name: 'resetTokenById', path, body: null, accessToken } as const;
      return renewed(await send({ ...call, ...to, ...(hears && { hears }) }), id);
    },
  };
}

function changingCalls(send: Send) {
  const call = { acts: false } as const;
  return {
    updateRunner: async (accessToken: string, id: number, body: object) => {
      const to = { method: 'PUT', path: `runners/${id}`, body, accessToken, reads: true } as const;
      return record(await send({ ...call, ...to, name: 'updateRunner' }));
    },
    deleteRunnerById: async (accessToken: string, id: number) => {
      const to = { method: 'DELETE', path: `runners/${id}`, accessToken, reads: false } as const;
      return removed(await send({ ...call, ...to, name: 'deleteRunner' }));
    },
  };
}

function readingCalls(send: Send) {
  const get = (name: Call['name'], path: string, accessToken: string) =>
    send({ name, path, accessToken, method: 'GET', reads: true, acts: false });
  return {
    findGroup: async (accessToken: string, idOrPath: string | number) => {
      const path = `groups/${segment(idOrPath)}?with_projects=false`;
      return found(await get('findGroup', path, accessToken), 'full_path');
    },
    findProject: async (accessToken: string, idOrPath: string | number) =>
      found(await get('findProject', `projects/${segment(idOrPath)}`, accessToken), 'path_with_namespace'),
    runner: async (accessToken: string, id: number) =>
      record(await get('readRunner', `runners/${id}`, accessToken)),
    managers: async (accessToken: string, id: number) =>
      records(await get('readManagers', `runners/${id}/managers`, accessToken)),
    managersNow: async (accessToken: string, id: number) => {
      const reply = await get('readManagers', `runners/${id}/managers`, accessToken);
      return { managers: records(reply), now: clockOf(reply) };
    },
    readToken: async (accessToken: string) =>
      accessTokenIn(await get('readToken', 'personal_access_tokens/self', accessToken)),
    version: async (accessToken: string) => versionIn(await get('version', 'version', accessToken)),
  };
}

async function newRunners(pages: AsyncGenerator<RunnerPage>): Promise<{ runners: Listed[]; now: Date }> {
  const runners: Listed[] = [];
  let now = new Date();
  let count = 0;
  for await (const page of pages) {
    runners.push(...page.runners);
    now = page.now;
    if (++count > mostPages) break;
  }
  return { runners, now };
}

// Where there are more, a search would take minutes.
const mostPages = 50;
