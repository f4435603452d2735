import { X509Certificate } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { harmless } from '../text/sanitize.ts';
import { type Connection, connectTimeout, secureContext } from './connection.ts';
import { proxyFor } from './proxies.ts';

/** A certificate as a person judges it; dates are ISO 8601. */
export interface Certificate {
  subject: string;
  issuer: string;
  /** DNS names and IP addresses it is made out to. */
  names: string[];
  validFrom: string;
  validTo: string;
  /** Upper-case hex pairs with colons between them. */
  sha256: string;
  pem: string;
  selfSigned: boolean;
}

/**
 * Takes an https address and how to get there; gives the server's chain as it presents it, its own certificate first,
 * without trusting anything and without sending a request. Rejects with what the network throws.
 */
export async function fetchChain(url: string, connection: Omit<Connection, 'url'>): Promise<Certificate[]> {
  const target = new URL(url);
  const signal = within(connection);
  const socket = await tunnel(target, connection, signal);
  const secure = await handshake(target, connection, socket, signal);
  try {
    return chainOf(secure.getPeerCertificate(true));
  } finally {
    secure.destroy();
  }
}

function within(connection: Omit<Connection, 'url'>): AbortSignal {
  const timeout = AbortSignal.timeout(connection.timeouts?.connect ?? connectTimeout);
  return connection.signal === undefined ? timeout : AbortSignal.any([timeout, connection.signal]);
}

function tunnel(
  target: URL,
  connection: Omit<Connection, 'url'>,
  signal: AbortSignal,
): Promise<Socket | undefined> {
  const proxy = proxyFor(target, connection.proxies);
  if (proxy === undefined) return Promise.resolve(undefined);
  const path = `${target.hostname}:${target.port || 443}`;
  const authorization =
    proxy.authorization === undefined ? {} : { 'Proxy-Authorization': proxy.authorization };
  const headers = { Host: path, ...authorization };
  const { hostname: host, port, protocol } = new URL(proxy.uri);
  const request = protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const way = { host: bare(host), port, method: 'CONNECT', path, headers, signal, agent: false };
    const asked = request({ ...way, rejectUnauthorized: true });
    asked.on('connect', (response, socket: Socket) => {
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(`Proxy response (${response.statusCode}) to CONNECT`));
    });
    asked.on('response', (response) => {
      response.destroy();
      reject(new Error(`Proxy response (${response.statusCode}) to CONNECT`));
    });
    asked.on('error', reject);
    asked.end();
  });
}

function handshake(
  target: URL,
  connection: Omit<Connection, 'url'>,
  socket: Socket | undefined,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const host = bare(target.hostname);
  const name = isIP(host) === 0 ? { servername: host } : {};
  const way =
    socket === undefined
      ? { host, port: Number(target.port || 443), ...(connection.lookup && { lookup: connection.lookup }) }
      : { socket };
  return new Promise((resolve, reject) => {
    // Looking is not trusting: nothing is sent here, and the person compares the fingerprint.
    const secure = connect({
      secureContext: secureContext(connection),
      ...name,
      ...way,
      rejectUnauthorized: false,
    });
    const stop = () => secure.destroy(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    secure.once('secureConnect', () => {
      signal.removeEventListener('abort', stop);
      resolve(secure);
    });
    secure.once('error', reject);
  });
}

function chainOf(leaf: DetailedPeerCertificate): Certificate[] {
  const chain: Certificate[] = [];
  let each: DetailedPeerCertificate | undefined = leaf;
  while (each?.raw !== undefined && !chain.some(({ sha256 }) => sha256 === each?.fingerprint256)) {
    chain.push(readCertificate(each.raw));
    each = each.issuerCertificate;
  }
  return chain;
}

/** Takes PEM or DER of one certificate; gives what a person judges it by. Throws what node:crypto throws. */
function readCertificate(raw: Buffer | string): Certificate {
  const read = new X509Certificate(raw);
  const alternatives = (read.subjectAltName ?? '')
    .split(', ')
    .map((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1]);
  return {
    subject: oneLine(read.subject),
    issuer: oneLine(read.issuer),
    names: alternatives.filter((name) => name !== undefined).map((name) => harmless(name, 100)),
    validFrom: new Date(read.validFrom).toISOString(),
    validTo: new Date(read.validTo).toISOString(),
    sha256: read.fingerprint256,
    pem: read.toString(),
    selfSigned: read.subject === read.issuer && read.verify(read.publicKey),
  };
}

/** Takes PEM texts; gives every certificate in them, those that cannot be read left out. */
export function readCertificates(pems: readonly string[]): Certificate[] {
  const blocks = pems.flatMap(
    (pem) => pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [],
  );
  return blocks.flatMap((block) => {
    try {
      return [readCertificate(block)];
    } catch {
      return [];
    }
  });
}

function oneLine(name: string | undefined): string {
  return harmless((name ?? '').split('\n').join(', '), 200);
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

/**
 * Takes a chain and a SHA-256 fingerprint as people copy it (colons or none, any case, `SHA256:` or `sha256=` before it);
 * gives the certificate of the chain that it names, or undefined.
 */
export function matchesFingerprint(chain: readonly Certificate[], words: string): Certificate | undefined {
  const wanted = plain(words.trim().replace(/^(?:sha-?256(?:\s+fingerprint)?)\s*[:=]\s*/i, ''));
  return wanted.length === 64 ? chain.find(({ sha256 }) => plain(sha256) === wanted) : undefined;
}

function plain(fingerprint: string): string {
  return fingerprint.replace(/[:\s-]/g, '').toLowerCase();
}
