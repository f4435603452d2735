import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Server as NetServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { Trouble } from '../../../src/errors.ts';
import { type Gitlab, openGitlab } from '../../../src/gitlab/calls.ts';
import type { Connection, Wait } from '../../../src/gitlab/connection.ts';

/** What arrived, with the headers that the rules are about. */
export interface Arrived {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** One scripted answer: JSON unless a type is given; `drop` closes the connection instead. */
export interface Scripted {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  type?: string;
  drop?: boolean;
}

/** Starts a server that gives the answers in turn and remembers what arrived; an unused or missing answer fails the test. */
export async function scripted(...answers: Scripted[]) {
  const arrived: Arrived[] = [];
  const left = [...answers];
  const url = await listening(
    createServer(async (request, response) => {
      arrived.push(await received(request));
      answer(left.shift() ?? { status: 418, body: { message: 'no answer was scripted' } }, request, response);
    }),
  );
  onTestFinished(() => {
    if (left.length > 0) throw new Error(`${left.length} scripted answers were not asked for`);
  });
  return { url, arrived };
}

async function received(request: IncomingMessage): Promise<Arrived> {
  let body = '';
  for await (const part of request) body += part;
  return { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
}

function answer(
  { status = 200, headers, body, type, drop }: Scripted,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (drop) return void request.socket.destroy();
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': type ?? 'application/json', ...headers });
  response.end(text);
}

/** Listens on a free loopback port until the test ends; gives the http address. */
export async function listening(server: Server | NetServer): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A line whose pauses take no time; `waits` collects what would have been said. */
export function lineTo(url: string, more: Partial<Connection> = {}): { line: Connection; waits: Wait[] } {
  const waits: Wait[] = [];
  const line: Connection = {
    url,
    agent: 'runner-setup 0.1.0 (linux/amd64)',
    proxies: {},
    systemCa: [],
    onWait: (wait) => waits.push(wait),
    sleep: async () => {},
    ...more,
  };
  return { line, waits };
}

/** The calls to a server, closed when the test ends. */
export function gitlabAt(url: string, more: Partial<Connection> = {}): Gitlab & { waits: Wait[] } {
  const { line, waits } = lineTo(url, more);
  const gitlab = openGitlab(line);
  onTestFinished(() => gitlab.close());
  return { ...gitlab, waits };
}

/** What a Trouble says, for comparing as a whole. */
export async function trouble(promise: Promise<unknown>) {
  const error = await promise.then(
    (value) => {
      throw new Error(`it gave ${JSON.stringify(value)}`);
    },
    (reason) => reason,
  );
  if (!(error instanceof Trouble)) throw error;
  const { message, why, hint, code } = error;
  return { message, why, hint, code };
}

/** A proxy that knows the hosts given, by CONNECT and by whole address; gives its address and what it was asked. */
export async function proxyTo(hosts: Record<string, string>, authorization?: string) {
  const asked: string[] = [];
  const allowed = (request: IncomingMessage) =>
    authorization === undefined || request.headers['proxy-authorization'] === authorization;
  const forward: RequestListener = (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(allowed(request) ? 200 : 407, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ version: '19.4.0' }));
  };
  const server = createServer(forward);
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    const target = hosts[request.url ?? ''];
    if (!allowed(request)) return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    if (target === undefined) return socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const onward = connect(Number(new URL(target).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
    socket.on('close', () => onward.destroy());
  });
  return { url: await listening(server), asked };
}
