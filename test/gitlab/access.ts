import { forbidden, json, Refusal, unauthorized } from './answers.ts';
import type { Call } from './call.ts';
import type { AccessTokenSetup, GroupSetup, ProjectSetup } from './setup.ts';
import type { Runner, State } from './state.ts';

/** The caller behind an access token. */
export interface Caller {
  name: string;
  scopes: string[];
  /** Admin, and in admin mode where the instance wants it. */
  admin: boolean;
  auditor: boolean;
}

/**
 * The caller of a user endpoint, with 401 and 403 as gitlab-api.md 0.4 says; `extra` are the scopes accepted
 * for every method beside `api`, and `read_api` for GET; `named` stand in the refusal without being enough.
 */
export function authenticate(call: Call, extra: string[] = [], named: string[] = extra): Caller {
  const caller = callerOf(call, extra, named);
  if (caller === undefined) throw unauthorized();
  return caller;
}

/** As `authenticate`, but undefined when no token was given. */
export function callerOf(call: Call, extra: string[] = [], named: string[] = extra): Caller | undefined {
  const token = presentedToken(call);
  if (token === undefined) return undefined;
  const accepted = [...extra, 'api', ...(call.method === 'GET' ? ['read_api'] : [])];
  if (!token.scopes.some((scope) => accepted.includes(scope))) throw insufficient(named);
  refuseBlocked(token);
  const inAdminMode = !call.state.setup.adminMode || token.scopes.includes('admin_mode');
  return {
    name: token.user ?? 'dev',
    scopes: token.scopes,
    admin: token.admin === true && inAdminMode,
    auditor: token.auditor === true,
  };
}

/** The access token of a call whatever its scopes; 401 without one, and for one that is unknown, expired, or revoked. */
export function ownToken(call: Call): AccessTokenSetup {
  const token = presentedToken(call);
  if (token === undefined) throw unauthorized();
  refuseBlocked(token);
  return token;
}

/** May the caller act as owner of a group: owners of the groups above count. */
export const ownsGroup = (state: State, caller: Caller, group: GroupSetup): boolean =>
  caller.admin || above(state, group).some((each) => owners(each).includes(caller.name));

/** May the caller act as maintainer of a project or group: those of the groups above count. */
export const maintains = (state: State, caller: Caller, place: ProjectSetup): boolean =>
  caller.admin ||
  above(state, place).some((each) => [...owners(each), ...(each.maintainers ?? [])].includes(caller.name));

/** May the caller see a group or project at all. */
export const sees = (state: State, caller: Caller | undefined, place: GroupSetup): boolean =>
  !place.private || (caller !== undefined && (caller.auditor || maintains(state, caller, place)));

/** May the caller change a runner: admin, Owner of its group, Maintainer of its project (gitlab-api.md 6). */
export function managesRunner(state: State, caller: Caller, runner: Runner): boolean {
  if (caller.admin) return true;
  if (runner.type === 'group') return placesOf(state, runner).some((each) => ownsGroup(state, caller, each));
  return runner.type === 'project' && placesOf(state, runner).some((each) => maintains(state, caller, each));
}

/** May the caller read a runner: those of the instance everybody who is signed in. */
export function readsRunner(state: State, caller: Caller, runner: Runner): boolean {
  if (runner.type === 'instance' || caller.admin || caller.auditor) return true;
  return placesOf(state, runner).some((each) => maintains(state, caller, each));
}

/** The groups or projects of a runner. */
export function placesOf(state: State, runner: Runner): (GroupSetup | ProjectSetup)[] {
  if (runner.type === 'instance') return [];
  const places = runner.type === 'group' ? state.groups : state.projects;
  return places.filter((each) => runner.of.includes(each.id));
}

function presentedToken(call: Call): AccessTokenSetup | undefined {
  const given = givenToken(call);
  if (given === undefined) return undefined;
  const token = call.state.accessTokens.find((each) => each.token === given);
  if (token === undefined) throw unauthorized();
  checkToken(token);
  return token;
}

function refuseBlocked({ blocked }: AccessTokenSetup): void {
  if (blocked) throw forbidden('Your account has been blocked.');
}

function givenToken(call: Call): string | undefined {
  const bearer = /^Bearer (.+)$/i.exec(call.headers.authorization ?? '')?.[1];
  const param = call.params.private_token;
  return call.headers['private-token'] ?? bearer ?? (typeof param === 'string' ? param : undefined);
}

function insufficient(named: string[]): Refusal {
  return new Refusal(
    json(403, {
      error: 'insufficient_scope',
      error_description: 'The request requires higher privileges than provided by the access token.',
      scope: [...named, 'api', 'read_api'].join(' '),
    }),
  );
}

function checkToken(token: AccessTokenSetup): void {
  const description = token.expired
    ? 'Token is expired. You can either do re-authorization or token refresh.'
    : token.revoked
      ? 'Token was revoked. You have to re-authorize from the user.'
      : undefined;
  if (description === undefined) return;
  throw new Refusal(json(401, { error: 'invalid_token', error_description: description }));
}

function above(state: State, place: GroupSetup): GroupSetup[] {
  return [place, ...state.groups.filter((each) => place.path.startsWith(`${each.path}/`))];
}

const owners = (place: GroupSetup): string[] =>
  place.owners ?? (place.maintainers === undefined ? ['dev'] : []);
