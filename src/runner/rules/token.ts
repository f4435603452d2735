import { textIn, valueAt } from '../../config/model.ts';
import { isQuoted, isTokenPlaceholder, recogniseToken } from '../../settings/credential.ts';
import { urlCorrection, urlIn } from '../../text/gitlab-url.ts';
import { quote } from '../../text/shell-quote.ts';
import { editing, type Risk, type Rule, type Subject, speaking, type WritingRule } from './rule.ts';

const day = 86_400_000;

function* addressOf({ at, runner, word, moment }: Subject): Generator<Risk> {
  const written = textIn(runner, 'url');
  const url = moment.expand(written);
  if (url === '') return;
  const base = { at, path: ['url'] } as const;
  const address = urlIn(url);
  if (address === undefined || !/^https?:\/\//i.test(url)) {
    const message = `url "${url}" is not an HTTP URL`;
    const next = editing({ word }, ...urlCorrection(url));
    yield { ...base, severity: 'error', rule: 'url', message, next };
    return;
  }
  const better = url.replace(/\/ci\/*$/, '');
  if (better !== url) {
    yield {
      ...base,
      severity: 'warning',
      rule: 'ci-url',
      message: 'url ends with /ci, as in old instructions',
      why: 'Cloning Git submodules may fail.',
      next: `runner-setup edit ${word} --set ${quote(`url=${better}`)}`,
      ...(written === url && { remedy: { do: 'set', at, path: ['url'], value: better } as const }),
    };
  }
  const page = /\/(api\/v\d+|-\/.*|admin\/.*)\/*$/.exec(address.pathname);
  if (page !== null) {
    const message = `url ends with ${page[0]}, which is not part of a GitLab URL`;
    const next = `runner-setup edit ${word} --set ${quote(`url=${url.slice(0, url.lastIndexOf(page[0]))}`)}`;
    yield { ...base, severity: 'error', rule: 'url', message, next };
  }
}

function* kind({ at, runner, moment }: Subject): Generator<Risk> {
  const found = recogniseToken(moment.expand(textIn(runner, 'token')));
  const base = { severity: 'error', rule: 'token-kind', at, path: ['token'] } as const;
  const next = 'Register the runner to get the right token: runner-setup register';
  if ('other' in found)
    yield { ...base, message: `token is ${found.other}, not an authentication token of a runner`, next };
  if (!('kind' in found) || found.kind === 'authentication') return;
  const what = found.kind === 'access' ? 'a personal access token' : 'a registration token';
  yield { ...base, message: `token is ${what}, not the authentication token of a runner`, next };
}

/** The address of a project or a group, where that of GitLab belongs; the folder of a GitLab is one name at most. */
function* projectPages(subject: Subject): Generator<Risk> {
  for (const key of ['url', 'clone_url']) {
    const url = subject.moment.expand(textIn(subject.runner, key));
    const address = url === '' ? undefined : urlIn(url);
    const start = address && aboveProject(address);
    if (start === undefined) continue;
    yield {
      severity: key === 'url' ? 'error' : 'warning',
      rule: 'project-page',
      at: subject.at,
      path: [key],
      message: `${key} "${shownUrl(url)}" looks like the page of a project or group`,
      why:
        key === 'url'
          ? 'gitlab-runner requests jobs below this path, where GitLab has none.'
          : 'gitlab-runner appends the project path, and git finds nothing there.',
      next: editing(subject, '--set', `${key}=${start}`),
    };
  }
}

function aboveProject({ protocol, host, hostname, pathname, username }: URL): string | undefined {
  if (pathname === '/' || /\/(api\/v\d+|-|admin)(\/|$)/.test(pathname)) return undefined;
  const [first, ...more] = pathname
    .replace(/\/ci\/*$/, '')
    .split('/')
    .filter(Boolean);
  const isProject = more.length > 0 || /\.git$/.test(first ?? '');
  if (first === undefined || !(isProject || hostname === 'gitlab.com')) return undefined;
  const folder = more.length > 1 && /git/i.test(first) && !/\.git$/.test(first) ? `/${first}` : '';
  // The user of an https address may be a token.
  const user = protocol === 'ssh:' && username !== '' ? `${username}@` : '';
  return `${protocol}//${user}${host}${folder}`;
}

const shownUrl = (url: string): string => url.replace(/\/\/[^/@]*@/, '//');

/** What instructions write in the place of a token, and a token in quotes. */
function* unrealTokens({ at, runner, moment }: Subject): Generator<Risk> {
  const token = moment.expand(textIn(runner, 'token'));
  const message = isQuoted(token)
    ? 'token contains quotes, which GitLab reads as part of it'
    : isTokenPlaceholder(token)
      ? 'token is a placeholder from instructions, not a real token'
      : undefined;
  if (message === undefined) return;
  yield {
    severity: 'error',
    rule: 'token-placeholder',
    at,
    path: ['token'],
    message,
    why: 'GitLab refuses it, so the runner gets no jobs.',
    next: 'Register the runner to get the right token: runner-setup register',
  };
}

function* expiry({ at, runner, word, moment }: Subject): Generator<Risk> {
  const until = dateIn(valueAt(runner, ['token_expires_at']));
  if (until === undefined) return;
  const base = { rule: 'expiry', at, path: ['token_expires_at'] } as const;
  const left = until.getTime() - moment.now.getTime();
  const renew = `runner-setup reset-token ${word} --access-token-file FILE`;
  const date = until.toISOString().slice(0, 10);
  if (left <= 0) {
    yield { ...base, severity: 'error', message: `token expired on ${date}`, next: renew };
  } else if (left < 7 * day) {
    const days = Math.ceil(left / day);
    yield {
      ...base,
      severity: 'warning',
      message: `token expires in ${days === 1 ? 'a day' : `${days} days`}, on ${date}`,
      why: 'A running gitlab-runner renews a token after three quarters of its lifetime. This token was not renewed.',
      next: renew,
    };
  }
}

// The year 1 is gitlab-runner's way to say never.
function dateIn(value: unknown): Date | undefined {
  const words = typeof value === 'object' && value !== null && 'text' in value ? value.text : value;
  if (typeof words !== 'string') return undefined;
  const date = new Date(words.replace(' ', 'T'));
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() <= 1 ? undefined : date;
}

/** A runner that a registration token made: those tokens go, and what only new runners have it does not get. */
function* registered({ at, runner, word, moment }: Subject): Generator<Risk> {
  if (!/^([\w.-]*-)?glrtr-|^t[123]_/.test(moment.expand(textIn(runner, 'token')))) return;
  yield {
    severity: 'note',
    rule: 'registered-runner',
    at,
    path: ['token'],
    message: 'registered with a registration token',
    why: 'GitLab 20.0 (May 2027) removes registration tokens.',
    next: `runner-setup migrate ${word} --access-token-file FILE`,
  };
}

const refusedRules: readonly WritingRule[] = [
  { id: 'url', keys: ['url'], find: addressOf },
  { id: 'token-kind', keys: ['token'], find: kind },
].map(speaking);

/** The rules about the address and the token of a runner: what GitLab would not take, and what will not be taken soon. */
export const tokenRules: readonly Rule[] = [
  ...refusedRules,
  { id: 'expiry', keys: ['token_expires_at'], find: expiry },
  { id: 'registered-runner', keys: ['token'], find: registered },
];

/** Those of them that are said before a write, too. */
export const addressRules: readonly WritingRule[] = [
  ...refusedRules,
  ...[
    { id: 'project-page', keys: ['url', 'clone_url'], find: projectPages },
    { id: 'token-placeholder', keys: ['token'], find: unrealTokens },
  ].map(speaking),
];
