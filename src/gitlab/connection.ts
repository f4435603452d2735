import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { exitCode, Trouble } from '../errors.ts';
import { type Proxies, type ProxyAddress, proxyFor } from './proxies.ts';

/** A pause before the next attempt: `attempt` is the one that comes, `of` the number there are, `because` the cause in words. */
export interface Wait {
  seconds: number;
  attempt: number;
  of: number;
  because: string;
}

/** How to reach one GitLab. */
export interface Connection {
  /** Base address in any form that `readUrl` gives. */
  url: string;
  /** Text of User-Agent. */
  agent: string;
  /** PEM texts to trust besides the built-in roots: CAs, or the server's own certificate. */
  ca?: readonly string[];
  /** Bundles of the system's own CAs, tried when the built-in roots do not do; those of Go unless told. */
  systemCa?: readonly string[];
  /** PEM of the client certificate and its key; both or none. */
  cert?: string;
  key?: string;
  /** Whoever the server is: its certificate is not looked at. For registries that docker calls insecure only. */
  unchecked?: true;
  proxies: Proxies;
  /** Finds the addresses of names; the machine does unless told. */
  lookup?: LookupFunction;
  /** Is told of every request that was answered: method, address and status. */
  onAnswer?(words: string): void;
  /** Is told of what GitLab answered that cannot be used. */
  onWarning?(words: string): void;
  /** Is told of every pause between attempts, before it begins. */
  onWait?(wait: Wait): void;
  /**
   * Ends everything; its reason is thrown when it is a Trouble. A creation that is under way is let finish for 5 s and
   * then answers as usual, so that it can be undone: look at the signal after it, and undo over a connection without it.
   */
  signal?: AbortSignal;
  /** Attempts in all, 5 unless told. */
  attempts?: number;
  /** Milliseconds for the connection (30 s) and for one whole attempt (60 s). */
  timeouts?: { connect?: number; answer?: number };
  /** Waits; rejects when the signal aborts. Tests give their own. */
  sleep?(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const connectTimeout = 30_000;
export const answerTimeout = 60_000;

/** A connection with its sockets: made by `dial`. */
export interface Dialled {
  dispatcher: Dispatcher;
  proxy: ProxyAddress | undefined;
  /** From now on the system's own CAs are trusted, too, as in Go; false when nothing changes by that. */
  trustSystem(): Promise<boolean>;
}

/** Takes a connection; gives the dispatcher that follows its certificates and proxies. Opens nothing yet. Throws Trouble for unreadable PEM or proxy. */
export function dial(connection: Connection): Dialled {
  const proxy = readProxy(new URL(connection.url), connection);
  const isSecure = new URL(connection.url).protocol === 'https:';
  let tried = !isSecure;
  if (isSecure) checkReadable(connection.ca);
  const dialled: Dialled = {
    proxy,
    // Reading the roots takes 20 ms, which plain http need not pay.
    dispatcher: dispatcherOf(connection, proxy, isSecure ? { secureContext: secureContext(connection) } : {}),
    async trustSystem() {
      if (tried) return false;
      tried = true;
      const system = await systemRoots(connection.systemCa);
      if (system.length === 0) return false;
      const before = dialled.dispatcher;
      dialled.dispatcher = dispatcherOf(connection, proxy, {
        secureContext: secureContext({ ...connection, ca: [...system, ...(connection.ca ?? [])] }),
      });
      await before.destroy();
      return true;
    },
  };
  return dialled;
}

function dispatcherOf(
  connection: Connection,
  proxy: ProxyAddress | undefined,
  secure: { secureContext?: SecureContext },
): Dispatcher {
  const timeout = connection.timeouts?.connect ?? connectTimeout;
  const connect = {
    ...secure,
    timeout,
    // Said each time: left out, a variable of Node could turn it off.
    rejectUnauthorized: connection.unchecked !== true,
    ...(connection.lookup && { lookup: connection.lookup }),
  };
  if (proxy === undefined) return new Agent({ connect });
  // Plain http goes through a proxy as a whole address, not as a tunnel: many proxies allow CONNECT to 443 only.
  const proxyTunnel = new URL(connection.url).protocol === 'https:';
  const token = proxy.authorization === undefined ? {} : { token: proxy.authorization };
  return new ProxyAgent({
    uri: proxy.uri,
    ...token,
    requestTls: connect,
    // With it, undici would speak TLS to a SOCKS proxy.
    ...(!proxy.uri.startsWith('socks') && { proxyTls: { timeout, rejectUnauthorized: true } }),
    proxyTunnel,
  });
}

function readProxy(target: URL, connection: Connection): ProxyAddress | undefined {
  const proxy = parseProxy(target, connection);
  const scheme = /^[^:]*:/.exec(proxy?.uri ?? '')?.[0];
  if (scheme === undefined || /^(https?|socks5?):$/.test(scheme)) return proxy;
  throw wrongProxy(target, `begins with ${scheme}, which is not supported`);
}

function parseProxy(target: URL, connection: Connection): ProxyAddress | undefined {
  try {
    return proxyFor(target, connection.proxies);
  } catch {
    throw wrongProxy(target, 'is not a URL');
  }
}

function wrongProxy({ protocol }: URL, why: string): Trouble {
  const name = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  return new Trouble(`The proxy in ${name} ${why}.`, {
    hint: `Set ${name}=http://proxy.example.com:3128, or unset it.`,
    code: exitCode.usage,
  });
}

/** Takes a connection; gives the TLS context that goes with it: TLS 1.2 or newer, built-in roots and `ca`, client pair. Throws Trouble for unreadable PEM. */
export function secureContext(connection: Pick<Connection, 'ca' | 'cert' | 'key'>): SecureContext {
  const { ca = [], cert, key } = connection;
  try {
    return createSecureContext({
      minVersion: 'TLSv1.2',
      // In Go a trusted leaf or intermediate is enough; OpenSSL wants to be told.
      allowPartialTrustChain: true,
      ...(ca.length === 0 ? {} : { ca: [...rootCertificates, ...ca] }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
  } catch (cause) {
    throw unusable(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

// Node passes over a certificate that it cannot read, and says later that nothing is trusted.
function checkReadable(pems: readonly string[] = []): void {
  for (const one of pems.flatMap((pem) => pem.match(certificate) ?? [])) {
    try {
      new X509Certificate(one);
    } catch (cause) {
      throw unusable('A CA certificate is truncated or damaged.', cause);
    }
  }
}

const certificate = /-----BEGIN CERTIFICATE-----[\s\S]*?(?:-----END CERTIFICATE-----|$)/g;

function unusable(why: string, cause: unknown): Trouble {
  return new Trouble('The certificates are not usable.', {
    why,
    hint: 'Use PEM files, and the key that belongs to the certificate. To check: openssl x509 -noout -text -in FILE',
    cause,
  });
}

/** Where systems keep the CAs that their owner trusts, in the order in which Go (and so gitlab-runner) looks. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Takes paths of bundles; gives the PEM text of the first that is there, else (macOS, Windows) what Node 22.15 and newer finds. */
async function systemRoots(bundles: readonly string[] = systemBundles): Promise<string[]> {
  for (const bundle of bundles) {
    const text = readQuietly(bundle);
    if (text.includes('-----BEGIN CERTIFICATE-----')) return [text];
  }
  const find: unknown = Reflect.get(await import('node:tls'), 'getCACertificates');
  return bundles.length > 0 && typeof find === 'function' ? (find('system') as string[]) : [];
}
