import type { Finding } from '../../../app/findings.ts';
import { accessTokenOf, type ConfigInvocation } from '../../../app/invocation.ts';
import { sameGitlab } from '../../../gitlab/url.ts';

/** An access token, and the GitLab that it is of where that was told. */
export interface Access {
  readonly token: string;
  readonly url?: string;
}

/** The access token that was given, by a flag, a file or a variable. */
export function accessOf(invocation: ConfigInvocation): Access | undefined {
  const token = accessTokenOf(invocation);
  const { url } = invocation.selectors;
  return token === undefined ? undefined : { token, ...(url !== undefined && { url }) };
}

/**
 * Which of the addresses in a file an access token may be sent to: those of the GitLab that was told, or of the only
 * one. Sent to a GitLab that it is not of, it would be given away.
 */
export function homeOf(
  access: Access | undefined,
  urls: readonly string[],
): { isHome(url: string): boolean; findings: Finding[] } {
  const homes = urls.filter((url, at) => urls.findIndex((one) => sameGitlab(one, url)) === at);
  const home = access?.url ?? (homes.length === 1 ? homes[0] : undefined);
  const isHome = (url: string) => home !== undefined && sameGitlab(url, home);
  if (access === undefined || homes.length === 0 || homes.some(isHome)) return { isHome, findings: [] };
  const message =
    home === undefined
      ? `the file names ${homes.length} GitLabs, and the access token is of one of them: it was sent to none`
      : `no runner of the file is at ${home}: the access token was sent to nobody`;
  const next = `runner-setup doctor --url ${homes[0]} --access-token-file FILE`;
  return {
    isHome,
    findings: [{ severity: 'warning', rule: 'managers', place: 'access token', message, next }],
  };
}
