import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Answer, Refusal } from './answers.ts';
import { nest, parseBody } from './bodies.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { deliver, pause } from './deliver.ts';
import { type FaultBoard, hangFaults } from './faults.ts';
import {
  answerDiscovery,
  answerLongPath,
  answerNoCertificate,
  answerOtherSite,
  answerPage,
} from './pages.ts';
import type { Params } from './params.ts';
import { answerApi, answerBug, answerOldApi } from './routes.ts';
import type { Fault, GitlabSetup, HttpsSetup } from './setup.ts';
import { createState, type State } from './state.ts';

/** One request as it came and what was answered. */
export interface Recorded {
  method: string;
  /** Path and query below the root, as sent. */
  path: string;
  /** Headers by their small names. */
  headers: Record<string, string | undefined>;
  /** JSON and form bodies parsed, text as it is; undefined when there is none. */
  body: unknown;
  raw: string;
  /** null until something is answered, and for ever when the connection was dropped. */
  status: number | null;
}

/** A running stand-in GitLab. */
export interface StandIn {
  /** Base address with the root, without a slash at the end. */
  url: string;
  requests: Recorded[];
  state: State;
  /** PEM that a client has to trust; with `https` only. */
  ca?: string;
  /** PEM that is sent, leaf first; with `https` only. */
  chain?: string;
  certificates?: Certificates;
  /** Switches on these faults instead of those before. */
  setFaults(faults: Fault[]): void;
  /** Ends all connections, those that hang too. */
  close(): Promise<void>;
}

/** Starts a stand-in GitLab on loopback (port 0: any free one); rejects when it cannot listen. */
export async function startGitlab(
  setup: GitlabSetup = {},
  listen: { port?: number; host?: string; onAnswer?(request: Recorded): void } = {},
): Promise<StandIn> {
  const state = createState(setup);
  const board = hangFaults(setup.faults ?? []);
  const requests: Recorded[] = [];
  const https: HttpsSetup | undefined = setup.https === true ? {} : setup.https || undefined;
  const certificates = https && (await makeCertificates(https));
  const server = certificates ? tlsServer(certificates, https) : createServer();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void serve(
      {
        state,
        board,
        requests,
        wantsCertificate: https?.requireClientCertificate === true,
        onAnswer: listen.onAnswer,
      },
      request,
      response,
    );
  });
  const host = listen.host ?? '127.0.0.1';
  await listening(server, listen.port ?? 0, host);
  const { port } = server.address() as AddressInfo;
  const shownHost = host.includes(':') ? `[${host}]` : host;
  state.url = `${https ? 'https' : 'http'}://${shownHost}:${port}${rootOf(setup)}`;
  return {
    url: state.url,
    requests,
    state,
    ...(certificates ? { ca: certificates.ca, chain: certificates.chain, certificates } : {}),
    setFaults: board.set,
    close: () => closing(server),
  };
}

interface House {
  state: State;
  board: FaultBoard;
  requests: Recorded[];
  wantsCertificate: boolean;
  /** Hears of each request as soon as its answer is on the way. */
  onAnswer: ((request: Recorded) => void) | undefined;
}

function tlsServer(certificates: Certificates, https: HttpsSetup | undefined): Server {
  const wants = https?.requireClientCertificate === true;
  // A client without certificate is let in and refused with nginx's page, as at a real GitLab.
  const client = wants ? { requestCert: true, rejectUnauthorized: false, ca: certificates.ca } : {};
  return createTlsServer({ cert: certificates.chain, key: certificates.key, ...client });
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

function closing(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

const rootOf = (setup: GitlabSetup): string => (setup.root ?? '').replace(/\/+$/, '');

async function serve(house: House, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const raw = await readAll(request);
  if (raw === undefined) return;
  const recorded = record(house.state, request, raw);
  house.requests.push(recorded);
  const { method, path } = recorded;
  const ending = house.board.endingOf({ method, path, host: request.headers.host ?? 'localhost' });
  await pause(ending.wait);
  const own = ending.act ? answer(house, request, recorded, raw) : undefined;
  const sent = ending.change(own);
  const requestId = `01STANDIN${String(house.requests.indexOf(recorded) + 1).padStart(17, '0')}`;
  if (house.state.setup.now !== undefined) response.setHeader('Date', house.state.now().toUTCString());
  const status = await deliver(response, ending, sent, requestId);
  recorded.status = status;
  house.onAnswer?.(recorded);
}

async function readAll(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch {
    // The client went away in the middle of its request.
    return undefined;
  }
}

function record(state: State, request: IncomingMessage, raw: Buffer): Recorded {
  const whole = request.url ?? '/';
  const root = rootOf(state.setup);
  const below = root !== '' && whole.startsWith(`${root}/`) ? whole.slice(root.length) : whole;
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      value === undefined ? value : String(value),
    ]),
  );
  const body = bodyOf(raw, headers['content-type']);
  return { method: request.method ?? 'GET', path: below, headers, body, raw: raw.toString(), status: null };
}

function bodyOf(raw: Buffer, contentType: string | undefined): unknown {
  if (raw.length === 0) return undefined;
  try {
    const parsed = parseBody(raw, contentType);
    return Object.keys(parsed).length > 0 || /json/.test(contentType ?? '') ? parsed : raw.toString();
  } catch {
    return raw.toString();
  }
}

function answer(house: House, request: IncomingMessage, recorded: Recorded, raw: Buffer): Answer {
  const { state } = house;
  const whole = request.url ?? '/';
  if (house.wantsCertificate && !(request.socket as TLSSocket).authorized) return answerNoCertificate();
  if (whole.length > 8000) return answerLongPath();
  if (recorded.path === whole && rootOf(state.setup) !== '') return answerOtherSite();
  const [path, query] = splitOnce(recorded.path);
  if (path.startsWith('/api/v3/')) return answerOldApi();
  if (path === '/.well-known/openid-configuration')
    return answerDiscovery(state, recorded.headers.host ?? '');
  if (!path.startsWith('/api/v4/')) return answerPage(state, recorded.method, path);
  try {
    const params: Params = {
      ...nest(new URLSearchParams(query)),
      ...parseBody(raw, recorded.headers['content-type']),
    };
    const { method, headers } = recorded;
    return answerApi(path.slice('/api/v4'.length), { state, method, headers, params, raw });
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.answer;
    process.stderr.write(`stand-in: ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`);
    return answerBug();
  }
}

function splitOnce(path: string): [string, string] {
  const mark = path.indexOf('?');
  return mark < 0 ? [path, ''] : [path.slice(0, mark), path.slice(mark + 1)];
}
