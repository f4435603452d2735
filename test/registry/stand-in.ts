import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificates } from '../gitlab/certificates.ts';
import type { HttpsSetup } from '../gitlab/setup.ts';

/** What a stand-in registry knows; serialisable as JSON, so a test case can keep it in a file. */
export interface RegistrySetup {
  /** Passwords by user. */
  users?: Record<string, string>;
  /** Identity tokens that are still good, with the token flow. */
  identityTokens?: string[];
  /** How it wants to be asked: by Basic, or with a token from `/token`; `open` wants nothing, `website` is no registry. */
  flow?: 'basic' | 'token' | 'open' | 'website';
  /** Where tokens are handed out, when not here. */
  realm?: string;
  https?: boolean | HttpsSetup;
}

/** A running registry: host and port, and what it was asked, a line each. */
export interface Registry {
  /** Host and port, as in the key of a docker config. */
  host: string;
  url: string;
  requests: string[];
  ca?: string;
  close(): Promise<void>;
}

/** Starts a stand-in registry on loopback that answers `/v2/` as distribution/distribution does. */
export async function startRegistry(setup: RegistrySetup = {}): Promise<Registry> {
  const https = setup.https === true ? {} : setup.https || undefined;
  const certificates = https && (await makeCertificates(https));
  const server = certificates
    ? createTlsServer({ cert: certificates.chain, key: certificates.key })
    : createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const url = `${certificates ? 'https' : 'http'}://${host}`;
  const house: House = { setup, url, tokens: new Set(), requests: [] };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void answer(house, request, response);
  });
  return {
    host,
    url,
    requests: house.requests,
    ...(certificates && { ca: certificates.ca }),
    close: () => closing(server),
  };
}

interface House {
  setup: RegistrySetup;
  url: string;
  /** Those that were handed out and are good. */
  tokens: Set<string>;
  requests: string[];
}

const closing = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** Status, type and text of an answer. */
type Reply = [status: number, type: string, text: string];

async function answer(house: House, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body: Buffer[] = [];
  for await (const part of request) body.push(part as Buffer);
  const scheme = request.headers.authorization?.split(' ')[0] ?? 'nothing';
  house.requests.push(`${request.method} ${request.url} with ${scheme}`);
  const [status, type, text] = replyTo(house, request, response, Buffer.concat(body).toString());
  response.statusCode = status;
  response.setHeader('Content-Type', type);
  response.end(text);
}

function replyTo(house: House, request: IncomingMessage, response: ServerResponse, body: string): Reply {
  const url = new URL(request.url ?? '/', house.url);
  if (house.setup.flow === 'website') return [404, 'text/html', '<title>Shop</title>'];
  if (url.pathname === '/v2/') return answerBase(house, request, response);
  if (url.pathname === '/token') return answerToken(house, request, url, new URLSearchParams(body));
  return refused(404, 'NOT_FOUND', 'page not found');
}

function answerBase(house: House, request: IncomingMessage, response: ServerResponse): Reply {
  const { flow = 'basic', realm = `${house.url}/token` } = house.setup;
  response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
  const [scheme, word = ''] = (request.headers.authorization ?? '').split(' ');
  const isGood =
    flow === 'token' ? scheme === 'Bearer' && house.tokens.has(word) : isUser(house, scheme, word);
  if (flow === 'open' || isGood) return [200, json, '{}'];
  const how =
    flow === 'token' ? `Bearer realm="${realm}",service="stand-in registry"` : 'Basic realm="Registry Realm"';
  response.setHeader('WWW-Authenticate', how);
  return refused(401, 'UNAUTHORIZED', 'authentication required');
}

// As at Docker Hub: a GET with Basic for a password, a POST of a form for an identity token.
function answerToken(house: House, request: IncomingMessage, url: URL, form: URLSearchParams): Reply {
  const isPost = request.method === 'POST';
  const asked = isPost ? form : url.searchParams;
  if (asked.get('service') !== 'stand-in registry') return refused(400, 'UNSUPPORTED', 'unknown service');
  const [scheme, word = ''] = (request.headers.authorization ?? '').split(' ');
  const { identityTokens = [] } = house.setup;
  const isGood = isPost
    ? form.get('grant_type') === 'refresh_token' && identityTokens.includes(form.get('refresh_token') ?? '')
    : isUser(house, scheme, word);
  if (!isGood) return [401, json, '{"details":"incorrect username or password"}'];
  const token = randomUUID();
  house.tokens.add(token);
  return [200, json, JSON.stringify({ token, expires_in: 300 })];
}

function isUser({ setup }: House, scheme: string | undefined, word: string): boolean {
  if (scheme !== 'Basic') return false;
  const [, user = '', password] = /^([^:]*):(.*)$/s.exec(Buffer.from(word, 'base64').toString()) ?? [];
  return password !== undefined && setup.users?.[user] === password;
}

const json = 'application/json';

const refused = (status: number, code: string, message: string): Reply => [
  status,
  json,
  JSON.stringify({ errors: [{ code, message, detail: null }] }),
];
