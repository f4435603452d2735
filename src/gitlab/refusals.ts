import { exitCode, Trouble } from '../errors.ts';
import { harmless, masked } from '../text/sanitize.ts';
import type { Connection } from './connection.ts';
import { hintFor } from './hints.ts';
import type { Answer, Call, CallName } from './request.ts';
import { isPassing, pauseAfter } from './retry.ts';
import { readSaid, type Said } from './said.ts';
import { lookFor } from './unreached.ts';
import { normaliseUrl } from './url.ts';

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
export const purposes: Record<CallName, string> = {
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
export function refusalOf(call: Call, answer: Answer, line: Connection, secrets: readonly string[]): Refusal {
  const where = normaliseUrl(line.url);
  const said = cleaned(readSaid(answer.body), secrets);
  const make = (message: string, why: string, hint: string, code: 1 | 3) =>
    new Refusal(call.name, answer.status, message, { why, hint, code });

  if (answer.status >= 300 && answer.status < 400) return redirected(make, call, answer, line, secrets);
  if (isPassing(answer.status)) return busy(make, call, answer, line, said);
  if (answer.body === undefined || answer.status < 300) return strange(make, call, answer, line);
  if (answer.status === 404 && said.error === '404 Not Found') {
    return make(
      `${where} has no such part in its API.`,
      quoted(said, answer),
      wrongBase(call, where),
      exitCode.refused,
    );
  }
  const message = `GitLab at ${where} refused to ${purposes[call.name]}.`;
  return make(message, quoted(said, answer), hintFor(call, answer.status, said, where), exitCode.refused);
}

type Make = (message: string, why: string, hint: string, code: 1 | 3) => Refusal;

function cleaned(said: Said, secrets: readonly string[]): Said {
  return said.words === undefined ? said : { ...said, words: harmless(masked(said.words, secrets)) };
}

function quoted(said: Said, answer: Answer): string {
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
  line: Connection,
  secrets: readonly string[],
): Refusal {
  const where = normaliseUrl(line.url);
  const to = redirectTarget(call, answer, line);
  const shown = harmless(masked(to?.location ?? 'nowhere', secrets), 200);
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
  line: Connection,
): { location: string; base?: string } | undefined {
  const header = [answer.headers.location].flat()[0];
  const from = `${normaliseUrl(line.url)}/api/v4/${call.path}`;
  if (header === undefined || !URL.canParse(header, from)) return undefined;
  const url = new URL(header, from);
  if (!/^https?:$/.test(url.protocol)) return undefined;
  const location = `${url.origin}${url.pathname}`;
  const tail = `/api/v4/${call.path.replace(/\?.*$/, '')}`;
  return location.endsWith(tail) ? { location, base: location.slice(0, -tail.length) } : { location };
}

function busy(make: Make, call: Call, answer: Answer, line: Connection, said: Said): Refusal {
  const where = normaliseUrl(line.url);
  const tries = answer.attempts === 1 ? 'one attempt' : `${answer.attempts} attempts`;
  const why = `${quoted(said, answer).replace(/[.!]$/, '')}, after ${tries}.`;
  if (answer.status === 429) {
    const seconds = Math.ceil(pauseAfter(answer.headers, answer.attempts));
    return make(
      `GitLab at ${where} gets too many requests.`,
      why,
      `Try again in ${seconds} seconds or later.`,
      exitCode.failed,
    );
  }
  const id = [answer.headers['x-request-id']].flat()[0];
  const forAdmin = id === undefined ? '' : ` (request id for its admin: ${harmless(id, 64)})`;
  const unsure = call.acts ? ` ${lookFor(call, line)}` : '';
  return make(
    `GitLab at ${where} is not able to answer now.`,
    why,
    `Try again in a few minutes${forAdmin}.${unsure}`,
    exitCode.failed,
  );
}

function strange(make: Make, call: Call, answer: Answer, line: Connection): Refusal {
  const where = normaliseUrl(line.url);
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
  const next = call.acts && answer.status < 300 ? lookFor(call, line) : hint;
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
