import { harmless } from '../../text/sanitize.ts';
import { masker } from '../../text/secrets.ts';
import { type Connection, dial } from '../connection.ts';
import { diagnose } from '../diagnose.ts';
import { isRecord } from '../error-body.ts';
import { isPassing } from '../retry.ts';
import type { Answer } from '../send.ts';

/** What opens a registry: user and password, or docker's identity token. */
export type RegistryLogin = { user: string; password: string } | { identityToken: string };

/** What came of trying a login at a registry. */
export type RegistryState = 'right' | 'open' | 'wrong' | 'unreachable' | 'certificate' | 'no-registry';

/** What came of trying a login at a registry, in words for the person. */
export interface RegistryFinding {
  state: RegistryState;
  /** The address that was asked in the end. */
  url: string;
  message: string;
  why?: string;
  hint?: string;
}

/** What a server said that ends the trying. */
export class RegistryFailure extends Error {
  readonly finding: Omit<RegistryFinding, 'url'>;

  constructor(finding: Omit<RegistryFinding, 'url'>) {
    super(finding.message);
    this.finding = finding;
  }
}

/** The parts of a login that must not be shown. */
export const secretsOf = (login: RegistryLogin): string[] => {
  if ('identityToken' in login) return [login.identityToken];
  return [login.password, Buffer.from(`${login.user}:${login.password}`).toString('base64')];
};

/** For an answer that no registry gives. */
export function noRegistry(connection: Connection, answer: Answer): RegistryFailure {
  if (isPassing(answer.status)) return busy(connection, answer);
  const to = [answer.headers.location].flat()[0];
  const why =
    answer.status >= 300 && answer.status < 400 && to !== undefined
      ? `It redirects to ${harmless(to, 100)} (HTTP ${answer.status}).`
      : `It responded to /v2/ with HTTP ${answer.status}, which a registry does not send.`;
  return new RegistryFailure({
    state: 'no-registry',
    message: `${connection.url} does not respond like a registry.`,
    why,
    hint: `Check the host and port. The registry of GitLab often has its own host name or port: curl -v ${connection.url}/v2/`,
  });
}

const busy = (connection: Connection, { status }: Answer): RegistryFailure =>
  new RegistryFailure({
    state: 'unreachable',
    message: `${connection.url} is temporarily unavailable.`,
    why: `It responded with HTTP ${status}.`,
    hint: 'Run the command again in a few minutes.',
  });

/** For a login that is refused; `by` says who refused it. */
export function loginRefused(
  connection: Connection,
  answer: Answer,
  by: string,
  secrets: readonly string[],
): RegistryFailure {
  if (isPassing(answer.status)) return busy(connection, answer);
  const said = saidIn(answer, secrets);
  return new RegistryFailure({
    state: 'wrong',
    message: `${connection.url} refused the credentials.`,
    why: said === undefined ? by.replace(/\.?$/, '.') : `${by.replace(/\.$/, '')}: ${said}`,
    hint: 'Check the password. A deploy or access token may have expired, or may lack the scope read_registry.',
  });
}

function saidIn({ text }: Answer, secrets: readonly string[]): string | undefined {
  const body = parsed(text);
  if (!isRecord(body)) return undefined;
  const [first] = Array.isArray(body.errors) ? body.errors : [];
  const words = isRecord(first) ? first.message : (body.details ?? body.error_description ?? body.error);
  return typeof words === 'string' && words !== '' ? harmless(masker(secrets)(words), 200) : undefined;
}

/** The JSON of a text; nothing when it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What it means when no answer came; `isTls` is false when the port gave no TLS at all. */
export function unreachable(
  error: unknown,
  connection: Connection,
): Omit<RegistryFinding, 'url'> & { isTls: boolean; mayBePlain: boolean } {
  const {
    problem,
    message,
    why,
    hint,
    mayBePlain = false,
  } = diagnose(error, connection, dial(connection).proxy);
  const isCertificate = /^tls-(untrusted|expired|name)$/.test(problem);
  const { host } = new URL(connection.url);
  const ca = `Add the CA with --tls-ca-file FILE, or save it where Docker looks for it: /etc/docker/certs.d/${host}/ca.crt`;
  return {
    state: isCertificate ? 'certificate' : 'unreachable',
    message,
    why,
    hint: problem === 'tls-untrusted' ? ca : hint.replace('a GitLab', 'a registry'),
    isTls: problem !== 'tls-other' && problem !== 'http-error',
    mayBePlain,
  };
}
