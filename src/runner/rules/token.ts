import { textIn, valueAt } from '../../config/model.ts';
import { recogniseToken } from '../../settings/credential.ts';
import { quote } from '../../text/shell-quote.ts';
import type { Risk, Rule, Subject } from './rule.ts';

const day = 86_400_000;

function* address({ at, runner, word, moment }: Subject): Generator<Risk> {
  const written = textIn(runner, 'url');
  const url = moment.expand(written);
  if (url === '') return;
  const base = { at, path: ['url'] } as const;
  if (!URL.canParse(url) || !/^https?:\/\//i.test(url)) {
    const message = `the url "${url}" is no web address`;
    const next = `runner-setup edit ${word} --set url=https://gitlab.example.com`;
    yield { ...base, severity: 'error', rule: 'url', message, next };
    return;
  }
  const better = url.replace(/\/ci\/*$/, '');
  if (better !== url) {
    yield {
      ...base,
      severity: 'warning',
      rule: 'ci-url',
      message: 'the url ends with /ci, as in old instructions',
      why: 'Git submodules may then fail to be cloned.',
      next: `runner-setup edit ${word} --set ${quote(`url=${better}`)}`,
      ...(written === url && { remedy: { do: 'set', at, path: ['url'], value: better } as const }),
    };
  }
  const page = /\/(api\/v\d+|-\/.*|admin\/.*)\/*$/.exec(new URL(url).pathname);
  if (page !== null) {
    const message = `the url ends with ${page[0]}, which is no part of a GitLab's address`;
    const next = `runner-setup edit ${word} --set ${quote(`url=${url.slice(0, url.lastIndexOf(page[0]))}`)}`;
    yield { ...base, severity: 'error', rule: 'url', message, next };
  }
}

function* kind({ at, runner, moment }: Subject): Generator<Risk> {
  const found = recogniseToken(moment.expand(textIn(runner, 'token')));
  const base = { severity: 'error', rule: 'token-kind', at, path: ['token'] } as const;
  const next = 'Register the runner; that gives the right one: runner-setup register';
  if ('other' in found) yield { ...base, message: `the token is ${found.other}, not one of a runner`, next };
  if (!('kind' in found) || found.kind === 'authentication') return;
  const what = found.kind === 'access' ? 'a personal access token' : 'a registration token';
  yield { ...base, message: `the token is ${what}, not the one of a runner`, next };
}

function* expiry({ at, runner, word, moment }: Subject): Generator<Risk> {
  const until = dateIn(valueAt(runner, ['token_expires_at']));
  if (until === undefined) return;
  const base = { rule: 'expiry', at, path: ['token_expires_at'] } as const;
  const left = until.getTime() - moment.now.getTime();
  const renew = `runner-setup reset-token ${word} --access-token-file FILE`;
  const date = until.toISOString().slice(0, 10);
  if (left <= 0) {
    yield { ...base, severity: 'error', message: `the token expired on ${date}`, next: renew };
  } else if (left < 7 * day) {
    const days = Math.ceil(left / day);
    yield {
      ...base,
      severity: 'warning',
      message: `the token expires in ${days === 1 ? 'a day' : `${days} days`}, on ${date}`,
      why: 'A gitlab-runner that runs renews it after three quarters of its life; this one has not.',
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

/** The rules about the address and the token of a runner: what GitLab would not take, and what will not be taken soon. */
export const tokenRules: readonly Rule[] = [
  { id: 'url', keys: ['url'], find: address },
  { id: 'token-kind', keys: ['token'], find: kind },
  { id: 'expiry', keys: ['token_expires_at'], find: expiry },
];
