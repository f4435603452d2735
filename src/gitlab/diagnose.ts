import { existsSync } from 'node:fs';
import { exitCode, Trouble } from '../errors.ts';
import { normaliseUrl } from '../text/gitlab-url.ts';
import { harmless } from '../text/sanitize.ts';
import { masker } from '../text/secrets.ts';
import { bySudo } from '../text/shell-quote.ts';
import { answerTimeout, type Connection, connectTimeout } from './connection.ts';
import { isRecord } from './error-body.ts';
import type { ProxyAddress } from './proxies.ts';
import { type Call, codeOf, isDropped, isUntrusted } from './request.ts';

/** What can be wrong with an address. */
type Problem =
  | 'name'
  | 'port'
  | 'timeout'
  | 'tls-untrusted'
  | 'tls-expired'
  | 'tls-name'
  | 'tls-other'
  | 'plain-http-on-https'
  | 'proxy'
  | 'redirect'
  | 'not-gitlab'
  | 'http-error';

/** Why no answer came, in words. */
export interface Diagnosis {
  problem: Problem;
  message: string;
  why: string;
  hint: string;
  /** Whether a server that speaks plain http could have made this of https. */
  mayBePlain?: true;
}

/** Takes what the network threw; gives what it means for the person who made this connection. */
export function diagnose(error: unknown, connection: Connection, proxy: ProxyAddress | undefined): Diagnosis {
  const where = normaliseUrl(connection.url);
  const code = codeOf(error);
  const own = ownWords(error, proxy);
  const tls = isUntrusted(error) ? 'tls-untrusted' : tlsProblem(code);
  if (tls !== undefined) return { ...certificateWords(tls, where, code), why: madeOutTo(error) ?? own };
  if (proxy !== undefined && isProxys(code, own)) return proxyWords(proxy, where, own);
  if (isTimeout(code)) return silence(where, code, connection);
  if (isDropped(error)) return dropped(where);
  return connecting(where, code, own) ?? unreadable(where, code, own);
}

const connectionFaults: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The connection was refused.',
  EHOSTUNREACH: 'The host is unreachable.',
  ENETUNREACH: 'The network is unreachable.',
};

function ownWords(error: unknown, proxy: ProxyAddress | undefined): string {
  const fault = connectionFaults[codeOf(error)];
  if (fault !== undefined) return fault;
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const said = first instanceof Error ? first.message : String(first);
  const text = masker(proxy?.secrets ?? [])(harmless(opensslReason.exec(said)?.[1] ?? said, 200));
  const end = /[.!?…]$/.test(text) ? '' : '.';
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${end}`;
}

// OpenSSL writes thread:error:code:library:function:reason:file:line; a person needs the reason.
const opensslReason = /^[\dA-F]+:error:[\dA-F]+:[^:]*:[^:]*:([^:]+):/;

// macOS and Windows have no getent.
const lookUp = existsSync('/usr/bin/getent') ? 'getent hosts' : 'nslookup';

function connecting(where: string, code: string, own: string): Diagnosis | undefined {
  const { host, hostname } = new URL(where);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EAI_NODATA') {
    return {
      problem: 'name',
      message: `The host ${hostname} was not found.`,
      why: `The DNS lookup failed (${code}).`,
      hint: `Check the spelling, DNS, and ${bySudo('/etc/hosts', 'the hosts file')}: ${lookUp} ${hostname}`,
    };
  }
  if (!['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EACCES'].includes(code))
    return undefined;
  return {
    problem: 'port',
    message: `Cannot connect to ${host}.`,
    why: own,
    hint: `Check the host, port, and firewall: curl -v ${where}/`,
  };
}

function silence(where: string, code: string, connection: Connection): Diagnosis {
  const { connect = connectTimeout, answer = answerTimeout } = connection.timeouts ?? {};
  const seconds = (code.includes('CONNECT') || code === 'ETIMEDOUT' ? connect : answer) / 1000;
  return {
    problem: 'timeout',
    message: `${where} timed out.`,
    why: `There was no response within ${seconds} seconds.`,
    hint: `Check the firewall and the proxy (HTTPS_PROXY, NO_PROXY): curl -v ${where}/`,
  };
}

function dropped(where: string): Diagnosis {
  return {
    problem: 'http-error',
    message: `${where} closed the connection without a response.`,
    why: 'The connection was lost.',
    hint: `Run the command again. If it fails again, check for a proxy or firewall in between: curl -v ${where}/`,
    mayBePlain: true,
  };
}

function unreadable(where: string, code: string, why: string): Diagnosis {
  if (where.startsWith('https:') && /^(?:ERR_SSL_|EPROTO)/.test(code)) {
    const message = `The TLS connection to ${new URL(where).host} failed.`;
    return {
      problem: 'tls-other',
      message,
      why,
      hint: `Check that this port uses HTTPS: curl -v ${where}/`,
      mayBePlain: true,
    };
  }
  const message = `${where} sent a response that cannot be read.`;
  return {
    problem: 'http-error',
    message,
    why,
    hint: `Check that this is a GitLab URL: curl -v ${where}/`,
  };
}

function tlsProblem(code: string): 'tls-expired' | 'tls-name' | 'tls-other' | undefined {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'tls-name';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'tls-expired';
  return /^(?:CERT_|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_EXCEEDED)/.test(code) ? 'tls-other' : undefined;
}

function madeOutTo(error: unknown): string | undefined {
  const cert: unknown = error instanceof Error ? Reflect.get(error, 'cert') : undefined;
  const names: unknown =
    typeof cert === 'object' && cert !== null ? Reflect.get(cert, 'subjectaltname') : undefined;
  if (codeOf(error) !== 'ERR_TLS_CERT_ALTNAME_INVALID' || typeof names !== 'string') return undefined;
  return `It is issued for ${harmless(names.replace(/(?:DNS|IP Address):/g, ''), 200)}.`;
}

function certificateWords(problem: Problem, where: string, code: string): Omit<Diagnosis, 'why'> {
  const subject = `The certificate of ${where}`;
  const trust =
    'Add the CA with --tls-ca-file FILE, or trust a certificate that you have compared with --tls-trust SHA256.';
  if (problem === 'tls-name') {
    return {
      problem,
      message: `${subject} is not issued for ${new URL(where).hostname}.`,
      hint: 'Use a host name from the certificate, or renew the certificate with this host name.',
    };
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return {
      problem,
      message: `${subject} is not valid yet.`,
      hint: 'Check the clock of this machine: date',
    };
  }
  if (problem === 'tls-expired') {
    return {
      problem,
      message: `${subject} has expired.`,
      hint: 'Renew the certificate, and check the clock of this machine: date',
    };
  }
  return { problem, message: `${subject} is not trusted on this machine.`, hint: trust };
}

// Through a proxy, the only host that is looked up and connected to is the proxy itself.
function isProxys(code: string, own: string): boolean {
  const connecting = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'];
  return (
    connecting.includes(code) ||
    /^UND_ERR_(?:CONNECT_TIMEOUT|PRX_TLS)$|SOCKS5/.test(code) ||
    /prox/i.test(own)
  );
}

function proxyWords(proxy: ProxyAddress, where: string, own: string): Diagnosis {
  const status = /\((\d{3})\)/.exec(own)?.[1];
  const name = where.startsWith('https:') ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const { hostname } = new URL(where);
  const direct = `or reach GitLab directly with NO_PROXY=${hostname}`;
  const rest = {
    problem: 'proxy' as const,
    why: status === undefined ? own : `The proxy responded with HTTP ${status}.`,
  };
  if (status === '407') {
    return {
      ...rest,
      message: `The proxy ${proxy.shown} requires a user name and password.`,
      hint: `Set ${name}=http://user:password@host:port, ${direct}.`,
    };
  }
  const message =
    status === undefined
      ? `Cannot connect to the proxy ${proxy.shown}.`
      : `The proxy ${proxy.shown} does not allow connections to ${where}.`;
  return { ...rest, message, hint: `Check ${name}, ${direct}.` };
}

/** True for the codes of a time that ran out. */
function isTimeout(code: string): boolean {
  return /TimeoutError|TIMEOUT|ETIMEDOUT/.test(code);
}

/** Takes what the network threw during a call; gives the Trouble to throw. For a call that acts it says what may have happened. */
export function unreached(
  error: unknown,
  call: Call,
  connection: Connection,
  proxy: ProxyAddress | undefined,
): Trouble {
  if (connection.signal?.aborted) return cancelled(connection.signal, call, connection, true);
  const found = diagnose(error, connection, proxy);
  const unsure = call.acts && mayHaveArrived(error);
  return new Trouble(found.message, {
    why: unsure ? `${found.why} GitLab may have processed the request.` : found.why,
    hint: unsure ? lookFor(call, connection) : found.hint,
    ...(unsure && { kind: 'outcome-unknown' }),
    cause: error,
  });
}

/** Takes an aborted signal and the call it ended; gives the Trouble to throw: the signal's own where nothing was sent that changes something. */
export function cancelled(signal: AbortSignal, call: Call, connection: Connection, isSent: boolean): Trouble {
  const mayHaveActed = isSent && (call.acts || call.method === 'PUT' || call.method === 'DELETE');
  if (signal.reason instanceof Trouble && !mayHaveActed) return signal.reason;
  return new Trouble('Canceled.', {
    code: exitCode.cancelled,
    cause: signal.reason,
    ...(mayHaveActed
      ? { why: 'GitLab may have processed the request.', hint: lookFor(call, connection) }
      : {}),
    ...(mayHaveActed && call.acts && { kind: 'outcome-unknown' }),
  });
}

function mayHaveArrived(error: unknown): boolean {
  const code = codeOf(error);
  return (
    isDropped(error) ||
    code === 'TOO_LONG' ||
    (isTimeout(code) && !/CONNECT/.test(code) && code !== 'ETIMEDOUT')
  );
}

/** Takes a call whose outcome is unsure; gives where in GitLab to look, now, for what it may have done. */
export function lookFor(call: Call, connection: Connection): string {
  if (call.name === 'resetToken' || call.name === 'resetTokenById') {
    return 'The old token may no longer work. Check it: runner-setup verify\nIf it does not work, get a new one with an access token (scope manage_runner): runner-setup reset-token RUNNER --access-token-file FILE';
  }
  if (/Variable$/.test(call.name) || call.method === 'PUT' || call.method === 'DELETE')
    return 'Run the same command again. It changes only what is still different.';
  const sent = isRecord(call.body) ? call.body : {};
  const name =
    typeof sent.description === 'string' ? ` ${JSON.stringify(harmless(sent.description, 80))}` : '';
  const time = `${new Date().toISOString().slice(0, 19)}Z`;
  return `Before you retry, look for a new runner${name} created at about ${time} that never contacted GitLab. If it exists, delete it: ${runnersPage(sent, normaliseUrl(connection.url))}`;
}

// A registration token does not tell whose runner it makes.
function runnersPage(
  { runner_type: type, group_id: group, project_id: project }: Record<string, unknown>,
  base: string,
): string {
  if (type === 'group_type') return `Build > Runners of the group with the ID ${group}`;
  if (type === 'project_type') return `Settings > CI/CD > Runners of the project with the ID ${project}`;
  const page = `${base}/admin/runners`;
  return type === 'instance_type' ? page : `${page}, or the Runners page of the group or project`;
}
