import { exitCode, Trouble } from '../errors.ts';
import { normaliseUrl } from '../text/gitlab-url.ts';
import { harmless } from '../text/sanitize.ts';

/** A GitLab address as it can be used: `repairs` says in words what was changed and needs the person's consent. */
interface ReadUrl {
  url: string;
  repairs: string[];
}

/**
 * Takes what a person typed or pasted; gives the address to use, as typed where only a trailing slash or `/ci` is
 * too much (both are understood silently). Throws Trouble (wrong use) when it cannot be an address of a GitLab.
 */
export function readUrl(words: string): ReadUrl {
  const repairs: string[] = [];
  const typed = withoutQuotes(words.trim(), repairs);
  const url = parsed(withScheme(typed, repairs), typed);
  cutSecrets(url, repairs);
  cutPage(url, repairs);
  return repairs.length === 0 ? { url: typed, repairs } : { url: normaliseUrl(url.href), repairs };
}

function withoutQuotes(words: string, repairs: string[]): string {
  const inner = /^(["'`])(.*)\1$/s.exec(words)?.[2];
  if (inner !== undefined) repairs.push('Removed the quotes');
  return inner?.trim() ?? words;
}

function withScheme(typed: string, repairs: string[]): string {
  if (typed === '') throw notAnAddress('The GitLab URL is empty.');
  // The second pattern takes long to compile, and the usual address needs it not.
  if (!/^[!-~]*$/.test(typed) && /[\s\p{Cc}]/u.test(typed))
    throw notAnAddress(`"${harmless(typed, 80)}" is not a URL, because it contains spaces.`);
  if (/^https?:\/\/[^/\\]/i.test(typed)) return typed;
  const ssh = /^(?:(?:git\+)?ssh:\/\/|git:\/\/)(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)|^[\w.-]+@([^:/]+):/i.exec(
    typed,
  );
  if (ssh !== null) {
    repairs.push('Used the host of the Git URL');
    return `https://${ssh[1] ?? ssh[2]}`;
  }
  const slashes = /^(https?):?[/\\]+|^(https?):(?=[^\d])/i.exec(typed);
  if (slashes !== null) {
    repairs.push('Corrected the slashes after the scheme');
    return `${(slashes[1] ?? slashes[2])!.toLowerCase()}://${typed.slice(slashes[0].length)}`;
  }
  if (/^[a-z][a-z\d+.-]*:(?:\/\/|(?!\d+(?:[/?#]|$)))/i.test(typed)) throw otherScheme(typed);
  const rest = typed.replace(/^\/\//, '');
  const scheme = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)|^[^/]+:80(?:\/|$)/i.test(rest)
    ? 'http'
    : 'https';
  repairs.push(`No scheme given; assuming ${scheme}://`);
  return `${scheme}://${rest}`;
}

function parsed(address: string, typed: string): URL {
  try {
    const url = new URL(address);
    if (url.hostname !== '') return url;
  } catch {
    // said below
  }
  throw notAnAddress(`"${shown(typed)}" is not a URL.`);
}

function cutSecrets(url: URL, repairs: string[]): void {
  if (url.username !== '' || url.password !== '') repairs.push('Removed the user name and password');
  if (url.search !== '' || url.hash !== '') repairs.push('Removed everything after ? or #');
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
}

// Pages of GitLab that people paste; what is left of a group or project is traced by `probe`.
const page = /\/(?:-\/|-$|api\/v\d+(?:\/|$)|users\/sign_in(?:\/|$)|(?:admin|dashboard|explore)(?:\/|$)).*$/;

function cutPage(url: URL, repairs: string[]): void {
  const cut = page.exec(url.pathname);
  if (cut === null) return;
  url.pathname = url.pathname.slice(0, cut.index);
  repairs.push(`Removed ${harmless(cut[0], 60)}`);
}

function otherScheme(typed: string): Trouble {
  const scheme = typed.slice(0, typed.indexOf(':'));
  return notAnAddress(`A GitLab URL begins with https:// or http://, not ${harmless(scheme, 20)}:.`);
}

function notAnAddress(message: string): Trouble {
  return new Trouble(message, {
    hint: 'Use the URL of the GitLab start page, for example --url https://gitlab.example.com',
    code: exitCode.usage,
  });
}

function shown(typed: string): string {
  return harmless(typed.replace(/\/\/[^/@]*@/, '//'), 80);
}

/** True when both addresses lead to the same GitLab. */
export function sameGitlab(a: string, b: string): boolean {
  return normaliseUrl(a) === normaliseUrl(b);
}

/** Takes an address; gives it and every address above it, up to the origin, nearest first. */
export function withParents(url: string): string[] {
  const { origin, pathname } = new URL(normaliseUrl(url));
  const steps = pathname.split('/').filter(Boolean);
  return [...steps.keys(), steps.length]
    .reverse()
    .map((count) => [origin, ...steps.slice(0, count)].join('/'));
}
