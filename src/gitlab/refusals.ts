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

/** What was asked, as the end of "GitLab refused to …". */
const purposes: Record<CallName, string> = {
  verify: 'accept the runner token',
  register: 'register the runner',
  create: 'create the runner',
  removeRunner: 'remove the runner',
  removeManager: 'remove this machine from the runner',
  findGroup: 'show the group',
  findProject: 'show the project',
  updateRunner: 'change the runner',
  deleteRunner: 'delete the runner',
  resetToken: 'reset the runner token',
  resetTokenById: 'reset the runner token',
  readRunner: 'show the runner',
  readManagers: 'show the machines of the runner',
  version: 'tell its version',
  readVariable: 'show the CI/CD variable',
  addVariable: 'make the CI/CD variable',
  changeVariable: 'change the CI/CD variable',
  removeVariable: 'remove the CI/CD variable',
  discovery: 'tell its own address',
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
  const make = (message: string, why: string, hint: string, code: 1 | 3, kind?: TroubleKind) =>
    new Refusal(call.name, answer.status, message, { why, hint, code, ...(kind && { kind }) });

  if (answer.status >= 300 && answer.status < 400) return redirected(make, call, answer, connection, secrets);
  if (isPassing(answer.status) || leavesUnsure(call, answer.status))
    return busy(make, call, answer, connection, said);
  if (answer.body === undefined || answer.status < 300) return strange(make, call, answer, connection);
  if (answer.status === 404 && said.error === '404 Not Found') {
    return make(
      `${where} has no such part in its API.`,
      quoted(said, answer),
      wrongBase(call, where),
      exitCode.refused,
      'no-such-api',
    );
  }
  const message = `GitLab at ${where} refused to ${purposes[call.name]}.`;
  return make(message, quoted(said, answer), hintFor(call, answer.status, said, where), exitCode.refused);
}

type Make = (message: string, why: string, hint: string, code: 1 | 3, kind?: TroubleKind) => Refusal;

function cleaned(said: ErrorBody, secrets: readonly string[]): ErrorBody {
  return said.words === undefined ? said : { ...said, words: harmless(masker(secrets)(said.words)) };
}

function quoted(said: ErrorBody, answer: Answer): string {
  const { words } = said;
  if (words === undefined) return `It answered ${answer.status}`;
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
  const why = `It answered ${answer.status} and points to ${shown}; a redirect would lose what is sent, so it is not followed.`;
  const hint =
    to?.base === undefined
      ? 'Give the address that GitLab itself uses (external_url) with --url.'
      : `Use the new address: --url ${harmless(to.base, 200)}`;
  return make(`${where} is not where GitLab answers.`, why, hint, exitCode.failed);
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
      `GitLab at ${where} gets too many requests.`,
      why,
      `Try again in ${seconds} seconds or later.`,
      exitCode.failed,
    );
  }
  const message = `GitLab at ${where} is not able to answer now.`;
  if (leavesUnsure(call, answer.status)) {
    return make(
      message,
      `${came}. GitLab may still have done it.`,
      lookFor(call, connection),
      exitCode.failed,
    );
  }
  const id = [answer.headers['x-request-id']].flat()[0];
  const forAdmin = id === undefined ? '' : ` (request id for its admin: ${harmless(id, 64)})`;
  const unsure = call.acts ? ` ${lookFor(call, connection)}` : '';
  return make(message, why, `Try again in a few minutes${forAdmin}.${unsure}`, exitCode.failed);
}

function strange(make: Make, call: Call, answer: Answer, connection: Connection): Refusal {
  const where = normaliseUrl(connection.url);
  const title = titleOf(answer);
  const type = harmless([answer.headers['content-type']].flat()[0] ?? 'no type', 60);
  const came = `It answered ${answer.status} with ${type}${title === undefined ? '' : `, titled "${title}"`}`;
  if (wantsCertificate(answer)) {
    const hint = 'Give it with --tls-cert-file FILE --tls-key-file FILE.';
    return make(`${where} wants a client certificate.`, `${came}.`, hint, exitCode.failed);
  }
  const hint =
    'Give the address of the GitLab start page, without group, project or page: --url https://gitlab.example.com';
  // A success that cannot be read may still be one.
  const next = call.acts && answer.status < 300 ? lookFor(call, connection) : hint;
  return make(`${where} does not answer like a GitLab.`, oddness(answer, came, type), next, exitCode.failed);
}

function oddness(answer: Answer, came: string, type: string): string {
  if (answer.body !== undefined)
    return `It answered ${answer.status}, which is not an answer to this request.`;
  if (/^application\/json/i.test(type))
    return `It answered ${answer.status} with JSON that breaks off or is none.`;
  return `${came}; the API of GitLab answers with JSON.`;
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
    call.name === 'removeManager' || call.name === 'create' ? ' (or this GitLab is older than 16.0)' : '';
  const { origin } = new URL(where);
  return `Is the address right? It is that of the GitLab start page${old}: --url ${origin}`;
}

/** Takes a refusal of GitLab; gives the next thing to do. Rules and wordings: GitLab's lib/api and app/services/ci/runners. */
function hintFor(call: Call, status: number, said: ErrorBody, where: string): string {
  const words = said.words ?? '';
  const rule = rules.find(
    (each) =>
      each.status === status &&
      (each.calls?.includes(call.name) ?? true) &&
      each.says.test(`${said.error ?? ''} ${words}`),
  );
  return rule?.hint(where, call) ?? 'Compare what was asked with the rights and settings in GitLab.';
}

interface Rule {
  status: number;
  calls?: CallName[];
  /** Tried on the error word and GitLab's message. */
  says: RegExp;
  hint(where: string, call: Call): string;
}

const withRunnerToken: CallName[] = ['verify', 'removeRunner', 'removeManager', 'resetToken'];
const withVariable: CallName[] = ['readVariable', 'addVariable', 'changeVariable', 'removeVariable'];
const newRunner = (where: string) =>
  `Make the runner in GitLab (${where}/admin/runners/new, or Settings > CI/CD > Runners of the group or project) and give its glrt- token with --token; or let this program make it: --access-token with the scope create_runner.`;
const newToken = (where: string) => `Make a new one at ${where}/-/user_settings/personal_access_tokens.`;

const rules: Rule[] = [
  { status: 401, says: /expired/i, hint: (where) => `The access token has expired. ${newToken(where)}` },
  { status: 401, says: /revoked/i, hint: (where) => `The access token was revoked. ${newToken(where)}` },
  {
    status: 401,
    says: /dpop/i,
    hint: (where) =>
      `This account allows its tokens only with proof of possession (DPoP), which scripts do not have: use another account's token. ${newToken(where)}`,
  },
  {
    status: 401,
    says: /./,
    hint: (where) =>
      `The access token is not known to this GitLab. Is it complete, and made at ${where}? Runner tokens (glrt-) go with --token.`,
  },
  {
    status: 403,
    says: /insufficient_(?:granular_)?scope/,
    hint: (where, call) => `The access token needs the scope ${scopeFor(call)}. ${newToken(where)}`,
  },
  {
    status: 403,
    calls: ['verify'],
    says: /orphan/i,
    hint: (where) =>
      `The group or project of this runner was deleted, and the runner is lost with it. ${newRunner(where)}`,
  },
  {
    status: 422,
    calls: withRunnerToken,
    says: /orphan/i,
    hint: (where) =>
      `The group or project of this runner was deleted, and the runner is lost with it. ${newRunner(where)}`,
  },
  {
    status: 403,
    calls: ['resetToken', 'resetTokenById'],
    says: /not permitted/i,
    hint: () =>
      'The time in which this token could be renewed is over, or renewing is off: make a new runner.',
  },
  {
    status: 403,
    calls: withRunnerToken,
    says: /./,
    hint: (where) =>
      `The token is unknown here, has expired, or its runner was deleted; GitLab does not say which. It must be the authentication token of a runner (glrt-…) of ${where}, not a registration or access token and not one of another GitLab.`,
  },
  {
    status: 403,
    calls: ['register'],
    says: /./,
    hint: (where) =>
      `The registration token is not valid here, and such tokens are being retired. ${newRunner(where)}`,
  },
  {
    status: 410,
    says: /./,
    hint: (where) => `Registration tokens are switched off there. ${newRunner(where)}`,
  },
  {
    status: 403,
    says: /account|terms/i,
    hint: () =>
      "This account may not act now: its administrator can tell why. Or use another account's token.",
  },
  { status: 403, calls: ['create'], says: /./, hint: (_, call) => whoMay(call) },
  {
    status: 403,
    says: /admin[_ ]mode/i,
    hint: () => 'This GitLab uses Admin Mode: the access token needs the scope admin_mode, too.',
  },
  {
    status: 403,
    says: /more than one project/i,
    hint: () => 'The runner serves several projects: only an administrator may delete it.',
  },
  {
    status: 403,
    calls: withVariable,
    says: /./,
    hint: () =>
      'The owner of the token may not do this: the variables of a project are for its Maintainers and Owners, those of a group for its Owners, those of the instance for administrators.',
  },
  {
    status: 403,
    says: /./,
    hint: () =>
      'The owner of the token may not do this: an instance runner needs an administrator, a group runner an Owner of the group, a project runner a Maintainer or Owner of the project.',
  },
  {
    status: 404,
    calls: ['removeManager'],
    says: /./,
    hint: () =>
      'This machine is not registered with the runner (any more): nothing is left to remove at GitLab.',
  },
  {
    status: 404,
    calls: ['findGroup'],
    says: /./,
    hint: () =>
      'Check the path or id of the group; GitLab also says this when the owner of the token may not see it.',
  },
  {
    status: 404,
    calls: ['findProject'],
    says: /./,
    hint: () =>
      'Check the path (group/project) or id of the project; GitLab also says this when the owner of the token may not see it.',
  },
  {
    status: 404,
    calls: withVariable,
    says: /./,
    hint: () =>
      'Check the path or id with --project or --group; GitLab also says this when the owner of the token may not see it.',
  },
  { status: 404, says: /./, hint: () => 'There is no runner with this id (any more).' },
  {
    status: 400,
    says: /missing\/invalid (?:group|project|scope)/i,
    hint: () =>
      'No group or project has this id: check --group or --project (the id stands on its start page).',
  },
  {
    status: 400,
    calls: withVariable,
    says: /\bvalue\W.*is invalid/i,
    hint: () => 'GitLab cannot mask this value. --allow-unmasked lets it be kept without a mask.',
  },
  {
    status: 400,
    calls: withVariable,
    says: /character limit/i,
    hint: () => 'Fewer logins fit into it: use a variable of a group or project instead.',
  },
  { status: 400, says: /too many tags/i, hint: () => 'Give at most 50 tags with --tag-list.' },
  {
    status: 400,
    says: /tags?[_ ]list/i,
    hint: () => 'Give tags with --tag-list, or let the runner take untagged jobs with --run-untagged.',
  },
  {
    status: 400,
    says: /maximum[_ ]timeout/i,
    hint: () => 'Give --maximum-timeout in seconds, 600 or more, or leave it out.',
  },
  { status: 400, says: /maintenance[_ ]note/i, hint: () => 'Shorten --maintenance-note to 1024 characters.' },
  {
    status: 400,
    says: /(?:description|name)\W.*too long/i,
    hint: () => 'Shorten the description (--description) to 256 characters.',
  },
  {
    status: 400,
    says: /access[_ ]level/i,
    hint: () => 'Give --access-level not_protected or ref_protected.',
  },
  {
    status: 400,
    says: /registered (?:group|project) runners/i,
    hint: () => 'Delete runners that are no longer used, or ask the administrator for a higher limit.',
  },
  {
    status: 400,
    says: /(?:group|project)_id/i,
    hint: () => 'Give the group with --group or the project with --project.',
  },
  { status: 400, says: /./, hint: () => 'Change the value that GitLab names.' },
  {
    status: 422,
    calls: ['resetToken', 'resetTokenById'],
    says: /./,
    hint: () => 'The time in which this token could be renewed is over: make a new runner.',
  },
  { status: 409, says: /./, hint: () => 'Something else is changing the same record: try again.' },
  { status: 422, says: /./, hint: () => 'Change the value that GitLab names.' },
];

function scopeFor(call: Call): string {
  if (call.name === 'create') return 'create_runner (or api)';
  if (call.name === 'findGroup' || call.name === 'findProject')
    return 'read_api (or api); without it give the id instead of the path';
  if (call.name === 'readVariable') return 'api (read_api is enough to look)';
  if (withVariable.includes(call.name)) return 'api';
  if (call.name === 'version') return 'read_api, read_user or api';
  return 'manage_runner (or api)';
}

function whoMay(call: Call): string {
  const type =
    typeof call.body === 'object' && call.body !== null ? Reflect.get(call.body, 'runner_type') : undefined;
  const who: Record<string, string> = {
    instance_type:
      'Only an administrator may make instance runners (with Admin Mode, the token needs the scope admin_mode, too). Otherwise make a group or project runner: --runner-type group --group ID',
    group_type: 'Only an Owner of the group may make group runners, and the group or instance may forbid it.',
    project_type:
      'Only a Maintainer or Owner of the project may make project runners, and the group or instance may forbid it.',
  };
  return who[String(type)] ?? 'The owner of the token may not make this runner.';
}
