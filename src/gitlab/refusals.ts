import { exitCode, Trouble, type TroubleKind } from '../errors.ts';
import { normaliseUrl } from '../text/gitlab-url.ts';
import { harmless } from '../text/sanitize.ts';
import { masker } from '../text/secrets.ts';
import type { Connection } from './connection.ts';
import { lookFor } from './diagnose.ts';
import { type ErrorBody, readErrorBody } from './error-body.ts';
import { type Answer, type Call, type CallName, leavesUnsure } from './request.ts';
import { isPassing, pauseAfter } from './retry.ts';

/** A Trouble that came as an answer: `status` is its HTTP status, `call` what was asked. */
export class Refusal extends Trouble {
  readonly status: number;
  readonly call: CallName;

  constructor(
    call: CallName,
    status: number,
    message: string,
    more: ConstructorParameters<typeof Trouble>[1],
  ) {
    super(message, more);
    this.name = 'Refusal';
    this.status = status;
    this.call = call;
  }
}

/**
 * Whether GitLab says that it has no such thing. The plain 404 of a wrong address, or of a GitLab that is too old, has no
 * such part in its API, and has not looked; the page of another server, such as a proxy, is no word of GitLab's.
 */
export const isGone = (error: unknown): boolean =>
  error instanceof Refusal &&
  error.status === 404 &&
  error.code === exitCode.refused &&
  error.kind !== 'no-such-api';

/** For a deletion: what is gone is deleted. Throws any other error. */
export function unlessGone(error: unknown): void {
  if (!isGone(error)) throw error;
}

/** What was asked, as the end of "GitLab refused …". */
const purposes: Record<CallName, string> = {
  verify: 'the runner token',
  register: 'to register the runner',
  create: 'to create the runner',
  removeRunner: 'to remove the runner',
  removeManager: 'to remove this machine from the runner',
  findGroup: 'to show the group',
  findProject: 'to show the project',
  updateRunner: 'to change the runner',
  deleteRunner: 'to delete the runner',
  resetToken: 'to reset the runner token',
  resetTokenById: 'to reset the runner token',
  readRunner: 'to show the runner',
  readManagers: 'to list the machines of the runner',
  listRunners: 'to list the runners',
  readJobs: 'to list the jobs of the runner',
  readPendingJobs: 'to list the pending jobs of the project',
  assign: 'to assign the runner to the project',
  unassign: 'to unassign the runner from the project',
  version: 'to report its version',
  readToken: 'the access token',
  readVariable: 'to show the CI/CD variable',
  addVariable: 'to create the CI/CD variable',
  changeVariable: 'to change the CI/CD variable',
  removeVariable: 'to remove the CI/CD variable',
  discovery: 'to report its own URL',
};

/**
 * Takes a call and an answer that is not its success; gives the Refusal to throw: exit code 3 when GitLab said no,
 * 1 when the answer is no decision of GitLab (overload, redirect, another server's page).
 */
export function refusalOf(
  call: Call,
  answer: Answer,
  connection: Connection,
  secrets: readonly string[],
): Refusal {
  const where = normaliseUrl(connection.url);
  const said = cleaned(readErrorBody(answer.body), secrets);
  const make: Make = (message, why, hint, code, more = {}) =>
    new Refusal(call.name, answer.status, message, {
      ...{ why, hint, code, ...more },
      atPrompt: more.atPrompt ?? hint.replace('--url ', ''),
    });

  if (answer.status >= 300 && answer.status < 400) return redirected(make, call, answer, connection, secrets);
  if (isPassing(answer.status) || leavesUnsure(call, answer.status))
    return busy(make, call, answer, connection, said);
  if (answer.body === undefined || answer.status < 300) return strange(make, call, answer, connection);
  if (answer.status === 404 && said.error === '404 Not Found') {
    return make(
      `${where} does not have this API endpoint.`,
      quoted(said, answer),
      wrongBase(call, where),
      exitCode.refused,
      { kind: 'no-such-api' },
    );
  }
  const message = `GitLab at ${where} refused ${purposes[call.name]}.`;
  const { hint, atPrompt } = hintsFor(call, answer.status, said, where);
  return make(message, quoted(said, answer), hint, exitCode.refused, { atPrompt });
}

type Make = (
  message: string,
  why: string,
  hint: string,
  code: 1 | 3,
  more?: { readonly kind?: TroubleKind; readonly atPrompt?: string | undefined },
) => Refusal;

function cleaned(said: ErrorBody, secrets: readonly string[]): ErrorBody {
  return said.words === undefined ? said : { ...said, words: harmless(masker(secrets)(said.words)) };
}

function quoted(said: ErrorBody, answer: Answer): string {
  const { words } = said;
  if (words === undefined) return `It responded with HTTP ${answer.status}`;
  return words.startsWith(String(answer.status))
    ? `GitLab says: ${words}`
    : `GitLab says (${answer.status}): ${words}`;
}

function redirected(
  make: Make,
  call: Call,
  answer: Answer,
  connection: Connection,
  secrets: readonly string[],
): Refusal {
  const where = normaliseUrl(connection.url);
  const to = redirectTarget(call, answer, connection);
  const shown = harmless(masker(secrets)(to?.location ?? 'nowhere'), 200);
  const why = `It redirects to ${shown} (HTTP ${answer.status}). The redirect is not followed, because it would drop the request data.`;
  const hint =
    to?.base === undefined
      ? 'Use the external_url of this GitLab: --url URL'
      : `Use the new URL: --url ${harmless(to.base, 200)}`;
  return make(`${where} is not the URL of this GitLab.`, why, hint, exitCode.failed);
}

/** Takes a redirect; gives where it points and, when it is the same call at another place, the base address to use. */
export function redirectTarget(
  call: Call,
  answer: Answer,
  connection: Connection,
): { location: string; base?: string } | undefined {
  const header = [answer.headers.location].flat()[0];
  const from = `${normaliseUrl(connection.url)}/api/v4/${call.path}`;
  if (header === undefined || !URL.canParse(header, from)) return undefined;
  const url = new URL(header, from);
  if (!/^https?:$/.test(url.protocol)) return undefined;
  const location = `${url.origin}${url.pathname}`;
  const tail = `/api/v4/${call.path.replace(/\?.*$/, '')}`;
  return location.endsWith(tail) ? { location, base: location.slice(0, -tail.length) } : { location };
}

function busy(make: Make, call: Call, answer: Answer, connection: Connection, said: ErrorBody): Refusal {
  const where = normaliseUrl(connection.url);
  const tries = answer.attempts === 1 ? 'one attempt' : `${answer.attempts} attempts`;
  const came = quoted(said, answer).replace(/[.!]$/, '');
  const why = `${came}, after ${tries}.`;
  if (answer.status === 429) {
    const seconds = Math.ceil(pauseAfter(answer.headers, answer.attempts));
    return make(
      `GitLab at ${where} received too many requests.`,
      why,
      `Wait ${seconds} seconds, then run the command again.`,
      exitCode.failed,
    );
  }
  const message = `GitLab at ${where} is temporarily unavailable.`;
  if (leavesUnsure(call, answer.status)) {
    return make(
      message,
      `${came}. GitLab may have processed the request.`,
      lookFor(call, connection),
      exitCode.failed,
      { kind: 'outcome-unknown' },
    );
  }
  const id = [answer.headers['x-request-id']].flat()[0];
  const forAdmin = id === undefined ? '' : ` (request ID for the administrator: ${harmless(id, 64)})`;
  const unsure = call.acts ? ` ${lookFor(call, connection)}` : '';
  return make(message, why, `Run the command again in a few minutes${forAdmin}.${unsure}`, exitCode.failed);
}

function strange(make: Make, call: Call, answer: Answer, connection: Connection): Refusal {
  const where = normaliseUrl(connection.url);
  const title = titleOf(answer);
  const type = harmless([answer.headers['content-type']].flat()[0] ?? 'no content type', 60);
  const came = `It responded with HTTP ${answer.status} and ${type}${title === undefined ? '' : `, titled "${title}"`}`;
  if (wantsCertificate(answer)) {
    const hint = 'Add the client certificate: --tls-cert-file FILE --tls-key-file FILE';
    return make(`${where} requires a client certificate.`, `${came}.`, hint, exitCode.failed);
  }
  const hint =
    'Use the URL of the GitLab start page, without a group, project, or page: --url https://gitlab.example.com';
  // A success that cannot be read may still be one.
  const isUnknown = call.acts && answer.status < 300;
  const next = isUnknown ? lookFor(call, connection) : hint;
  const message = `${where} does not respond like GitLab.`;
  const more = isUnknown ? ({ kind: 'outcome-unknown' } as const) : {};
  return make(message, oddness(answer, came, type), next, exitCode.failed, more);
}

function oddness(answer: Answer, came: string, type: string): string {
  if (answer.body !== undefined)
    return `It responded with HTTP ${answer.status}, which GitLab does not send for this request.`;
  if (/^application\/json/i.test(type))
    return `It responded with HTTP ${answer.status} and incomplete or invalid JSON.`;
  return `${came}. The GitLab API responds with JSON.`;
}

function titleOf(answer: Answer): string | undefined {
  const title = /<title[^>]*>([^<]*)/i.exec(answer.text)?.[1];
  return title === undefined ? undefined : harmless(title, 80);
}

/** True for the page with which a web server asks for a client certificate (nginx: 400, 495 or 496). */
export function wantsCertificate(answer: Answer): boolean {
  return [400, 495, 496].includes(answer.status) && /SSL certificate/i.test(titleOf(answer) ?? '');
}

function wrongBase(call: Call, where: string): string {
  const old =
    call.name === 'removeManager' || call.name === 'create'
      ? ' (this request also requires GitLab 16.0 or later)'
      : '';
  const { origin } = new URL(where);
  return `Use the URL of the GitLab start page${old}: --url ${origin}`;
}

/** Takes a refusal of GitLab; gives the next thing to do. Rules and wordings: GitLab's lib/api and app/services/ci/runners. */
function hintsFor(
  call: Call,
  status: number,
  said: ErrorBody,
  where: string,
): { hint: string; atPrompt?: string | undefined } {
  const words = said.words ?? '';
  const rule = rules.find(
    (each) =>
      each.status === status &&
      (each.calls?.includes(call.name) ?? true) &&
      each.says.test(`${said.error ?? ''} ${words}`),
  );
  if (rule === undefined) return { hint: 'Check your permissions and the settings in GitLab.' };
  return { hint: rule.hint(where, call), atPrompt: rule.atPrompt?.(where, call) };
}

interface Rule {
  status: number;
  calls?: CallName[];
  /** Tried on the error word and GitLab's message. */
  says: RegExp;
  hint(where: string, call: Call): string;
  /** The same to a person who is asked for answers, where the hint names flags. */
  atPrompt?(where: string, call: Call): string | undefined;
}

const authenticationToken = /^([\w.-]*-)?glrtr?-|^t[123]_/;
const withRunnerToken: CallName[] = ['verify', 'removeRunner', 'removeManager', 'resetToken'];
const withVariable: CallName[] = ['readVariable', 'addVariable', 'changeVariable', 'removeVariable'];
const assigning: CallName[] = ['assign', 'unassign'];
const newRunner = (where: string) =>
  `Create the runner in GitLab (${where}/admin/runners/new, or the Runners page of the group or project), and use its glrt- token with --token. Or let runner-setup create the runner: --access-token with the scope create_runner.`;
const otherToken = (where: string) =>
  `Create the runner in GitLab (${where}/admin/runners/new, or the Runners page of the group or project), and enter its glrt- token. Or enter an access token with the scope create_runner.`;
const newToken = (where: string) => `Create a new one: ${where}/-/user_settings/personal_access_tokens`;

const rules: Rule[] = [
  { status: 401, says: /expired/i, hint: (where) => `The access token has expired. ${newToken(where)}` },
  { status: 401, says: /revoked/i, hint: (where) => `The access token was revoked. ${newToken(where)}` },
  {
    status: 401,
    says: /dpop/i,
    hint: () =>
      'Tokens of this account require proof of possession (DPoP), which runner-setup does not support. Use a token of another account.',
  },
  {
    status: 401,
    says: /./,
    hint: (where) =>
      `This GitLab does not know the access token. Check that it is complete and was created at ${where}. Use runner tokens (glrt-) with --token.`,
    atPrompt: (where) =>
      `This GitLab does not know the access token. Check that it was copied completely, and was created at ${where}.`,
  },
  {
    status: 403,
    says: /insufficient_(?:granular_)?scope/,
    hint: (where, call) => `The access token requires the scope ${scopeFor(call)}. ${newToken(where)}`,
  },
  {
    status: 403,
    calls: ['verify'],
    says: /orphan/i,
    hint: (where) =>
      `The group or project of this runner was deleted, so the runner no longer works. ${newRunner(where)}`,
    atPrompt: (where) =>
      `The group or project of this runner was deleted, so the runner no longer works. ${otherToken(where)}`,
  },
  {
    status: 422,
    calls: withRunnerToken,
    says: /orphan/i,
    hint: (where) =>
      `The group or project of this runner was deleted, so the runner no longer works. ${newRunner(where)}`,
  },
  {
    status: 403,
    calls: ['resetToken', 'resetTokenById'],
    says: /not permitted/i,
    hint: () => 'This token can no longer be renewed, or renewal is turned off. Create a new runner.',
  },
  {
    status: 403,
    calls: withRunnerToken,
    says: /./,
    hint: (where, { runnerToken = '' }) => {
      const next = authenticationToken.test(runnerToken)
        ? `Check that it was copied completely, and that its runner is at ${where}.`
        : `Use the authentication token (glrt-…) of a runner at ${where}, not a registration or access token.`;
      return `The token is unknown or expired, or its runner was deleted. GitLab does not say which. ${next}`;
    },
    atPrompt: (where) =>
      `Check that the token was copied completely, and that its runner is at ${where}. GitLab gives the same answer when the token has expired, or its runner was deleted.`,
  },
  {
    status: 403,
    calls: ['register'],
    says: /./,
    hint: (where) =>
      `The registration token is not valid at this GitLab, and registration tokens are deprecated. ${newRunner(where)}`,
    atPrompt: (where) =>
      `Check that the registration token was copied completely. Registration tokens are deprecated. ${otherToken(where)}`,
  },
  {
    status: 410,
    says: /./,
    hint: (where) => `Registration tokens are turned off at this GitLab. ${newRunner(where)}`,
    atPrompt: (where) => `Registration tokens are turned off at this GitLab. ${otherToken(where)}`,
  },
  {
    status: 403,
    says: /account|terms/i,
    hint: () =>
      'This account is not allowed to act at the moment. Ask the administrator, or use a token of another account.',
  },
  {
    status: 403,
    calls: ['create'],
    says: /./,
    hint: (_, call) =>
      typeOf(call) === 'instance_type'
        ? `${whoMay(call)} To create a group runner instead: --runner-type group --group ID`
        : whoMay(call),
    atPrompt: (_, call) => whoMay(call),
  },
  {
    status: 403,
    says: /admin[_ ]mode/i,
    hint: () => 'This GitLab uses Admin Mode. The access token also requires the scope admin_mode.',
  },
  {
    status: 403,
    says: /more than one project/i,
    hint: () => 'The runner is assigned to several projects. Only an administrator can delete it.',
  },
  {
    status: 403,
    calls: withVariable,
    says: /./,
    hint: () =>
      'The token owner is not allowed to do this. Project variables require a Maintainer or Owner, group variables an Owner, and instance variables an administrator.',
  },
  {
    status: 403,
    calls: assigning,
    says: /group runner/i,
    hint: () => 'Every project of the group can use a group runner. Only project runners can be assigned.',
  },
  {
    status: 403,
    calls: assigning,
    says: /is locked/i,
    hint: () =>
      'The runner is locked to its projects. Unlock it in GitLab, or use the access token of an administrator.',
  },
  {
    status: 403,
    calls: assigning,
    says: /owner project/i,
    hint: () =>
      'The runner belongs to this project, so it stays assigned. To delete it: runner-setup unregister RUNNER --runner',
  },
  {
    status: 403,
    calls: assigning,
    says: /./,
    hint: () =>
      'The token owner must be a Maintainer or Owner of this project, and of a project that the runner is assigned to.',
  },
  {
    status: 403,
    calls: ['listRunners'],
    says: /./,
    hint: () => 'The token owner must be a Maintainer or Owner of the group or project to list its runners.',
  },
  {
    status: 403,
    says: /./,
    hint: () =>
      'The token owner is not allowed to do this. A project runner requires a Maintainer or Owner, a group runner an Owner, and an instance runner an administrator.',
  },
  {
    status: 404,
    calls: ['removeManager'],
    says: /./,
    hint: () => 'This machine is no longer registered with the runner. Nothing is left to remove in GitLab.',
  },
  {
    status: 404,
    calls: ['findGroup'],
    says: /./,
    hint: () =>
      'Check the path or ID of the group. GitLab gives the same answer when the token owner cannot see it.',
  },
  {
    status: 404,
    calls: ['findProject'],
    says: /./,
    hint: () =>
      'Check the path (group/project) or ID of the project. GitLab gives the same answer when the token owner cannot see it.',
  },
  {
    status: 404,
    calls: withVariable,
    says: /./,
    hint: () =>
      'Check the path or ID in --project or --group. GitLab gives the same answer when the token owner cannot see it.',
  },
  {
    status: 404,
    calls: ['listRunners', ...assigning],
    says: /project|group/i,
    hint: () =>
      'Check the path or ID in --project or --group. GitLab gives the same answer when the token owner cannot see it.',
  },
  { status: 404, calls: ['unassign'], says: /./, hint: () => 'The runner is not assigned to this project.' },
  {
    status: 404,
    calls: ['create'],
    says: /./,
    hint: () =>
      'Check the ID of the group or project, and that the token owner can see it. Runner creation requires GitLab 16.0 or later.',
  },
  { status: 404, says: /./, hint: () => 'No runner has this ID. It may have been deleted.' },
  {
    status: 400,
    says: /missing\/invalid (?:group|project|scope)/i,
    hint: () =>
      'No group or project has this ID. Check --group or --project. The ID is on the start page of the group or project.',
    atPrompt: () => 'No group or project has this ID. The ID is on the start page of the group or project.',
  },
  {
    status: 400,
    calls: withVariable,
    says: /\bvalue\W.*is invalid/i,
    hint: () => 'GitLab cannot mask this value. Add --allow-unmasked to store it unmasked.',
  },
  {
    status: 400,
    calls: withVariable,
    says: /character limit/i,
    hint: () => 'The value is too long. Remove credentials, or use the variable of a group or project.',
  },
  {
    status: 400,
    says: /too many tags/i,
    hint: () => 'Use at most 50 tags in --tag-list.',
    atPrompt: () => 'Use at most 50 tags.',
  },
  {
    status: 400,
    says: /tags?[_ ]list/i,
    hint: () => 'Add tags with --tag-list, or allow untagged jobs with --run-untagged.',
    atPrompt: () => 'Add tags, or allow jobs without tags.',
  },
  {
    status: 400,
    says: /maximum[_ ]timeout/i,
    hint: () => 'Use --maximum-timeout with 600 seconds or more, or omit it.',
    atPrompt: () => 'Use a maximum job timeout of 600 seconds or more, or 0.',
  },
  {
    status: 400,
    says: /maintenance[_ ]note/i,
    hint: () => 'Shorten --maintenance-note to at most 1024 characters.',
    atPrompt: () => 'Shorten the maintenance note to at most 1024 characters.',
  },
  {
    status: 400,
    says: /(?:description|name)\W.*too long/i,
    hint: () => 'Shorten --description to at most 256 characters.',
    atPrompt: () => 'Shorten the name to at most 256 characters.',
  },
  {
    status: 400,
    says: /access[_ ]level/i,
    hint: () => 'Use --access-level not_protected or --access-level ref_protected.',
    atPrompt: () => 'Answer again whether the runner runs jobs from protected branches only.',
  },
  {
    status: 400,
    says: /registered (?:group|project) runners/i,
    hint: () => 'Delete unused runners, or ask the administrator for a higher limit.',
  },
  {
    status: 400,
    says: /(?:group|project)_id/i,
    hint: () => 'Select the group with --group, or the project with --project.',
    atPrompt: () => 'Enter the ID of the group or project.',
  },
  {
    status: 400,
    calls: ['assign'],
    says: /invalid/i,
    hint: () => 'The runner may already be assigned to this project.',
  },
  { status: 400, says: /./, hint: () => 'Correct the value that GitLab names.' },
  {
    status: 422,
    calls: ['resetToken', 'resetTokenById'],
    says: /./,
    hint: () => 'This token can no longer be renewed. Create a new runner.',
  },
  {
    status: 409,
    says: /./,
    hint: () => 'Another request is changing the same record. Run the command again.',
  },
  { status: 422, says: /./, hint: () => 'Correct the value that GitLab names.' },
];

function scopeFor(call: Call): string {
  if (call.name === 'create') return 'create_runner (or api)';
  if (call.name === 'findGroup' || call.name === 'findProject')
    return 'read_api (or api); without it, use the ID instead of the path';
  if (call.name === 'readVariable') return 'api (read_api is enough for reading)';
  if (withVariable.includes(call.name)) return 'api';
  if (call.name === 'listRunners') return 'read_api (or api)';
  if (assigning.includes(call.name)) return 'api';
  if (call.name === 'version') return 'read_api, read_user, or api';
  return 'manage_runner (or api)';
}

const typeOf = ({ body }: Call): unknown =>
  typeof body === 'object' && body !== null ? Reflect.get(body, 'runner_type') : undefined;

function whoMay(call: Call): string {
  const who: Record<string, string> = {
    instance_type:
      'Only an administrator can create instance runners. With Admin Mode, the token also requires the scope admin_mode.',
    group_type:
      'Only an Owner of the group can create group runners. The group or instance can also forbid it.',
    project_type:
      'Only a Maintainer or Owner of the project can create project runners. The group or instance can also forbid it.',
  };
  return who[String(typeOf(call))] ?? 'The token owner is not allowed to create this runner.';
}
