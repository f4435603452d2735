import { request } from 'node:http';
import type { Socket } from 'node:net';

/** Docker's API at a socket. */
export interface Api {
  /** Asks, and gives the answer whatever it is. */
  ask(method: string, path: string, body?: object): Promise<{ status: number; text: string }>;
  /** Asks for what has to work; throws with the engine's words when it does not. */
  need(method: string, path: string, body?: object): Promise<string>;
  /** The standard streams of a container that is going to start: what is written goes in, what it says is `text`. */
  attach(id: string): Promise<{ socket: Socket; text: Promise<string> }>;
}

/** Docker's API at the socket of a path. */
export function apiAt(socketPath: string): Api {
  const ask: Api['ask'] = (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      request({ socketPath, method, path: `/v1.41${path}`, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      })
        .on('error', reject)
        .end(body === undefined ? undefined : JSON.stringify(body));
    });
  return {
    ask,
    async need(method, path, body) {
      const { status, text } = await ask(method, path, body);
      // A pull that fails says so in its last line.
      if (status >= 400 || /"error":/.test(text)) throw new Error(`${method} ${path}: ${status} ${text}`);
      return text;
    },
    attach: (id) => attachAt(socketPath, id),
  };
}

function attachAt(socketPath: string, id: string): ReturnType<Api['attach']> {
  const path = `/v1.41/containers/${id}/attach?stream=1&stdin=1&stdout=1&stderr=1`;
  const headers = { connection: 'Upgrade', upgrade: 'tcp' };
  return new Promise((resolve, reject) => {
    request({ socketPath, method: 'POST', path, headers })
      .on('upgrade', (_, socket: Socket, head) => resolve({ socket, text: framesOf(socket, head) }))
      .on('response', ({ statusCode }) => reject(new Error(`attach: ${statusCode}`)))
      .on('error', reject)
      .end();
  });
}

// Each piece has a head of eight bytes: the stream, three zeros, and its length.
function framesOf(socket: Socket, head: Buffer): Promise<string> {
  const parts = [head];
  socket.on('data', (part: Buffer) => parts.push(part));
  return new Promise((resolve) => {
    socket.on('close', () => {
      let [rest, text] = [Buffer.concat(parts), ''];
      while (rest.length >= 8) {
        const end = 8 + rest.readUInt32BE(4);
        text += rest.subarray(8, end).toString();
        rest = rest.subarray(end);
      }
      resolve(text);
    });
  });
}
