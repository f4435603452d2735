import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { download } from '../../../src/gitlab/download.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(answer: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  servers.push(server.listen(0, '127.0.0.1'));
  await new Promise((listening) => server.on('listening', listening));
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/file`;
}

const options = { agent: 'test', proxies: {} };
const file = Buffer.alloc(16 * 1024 * 1024, 'x');

test.each([
  ['its length', `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${file.length}\r\n\r\n`],
  ['no length', 'HTTP/1.0 200 OK\r\n\r\n'],
])('a file with %s comes whole from a server that then closes the connection', async (_, head) => {
  const url = await serve((socket) => {
    socket.write(head);
    socket.end(file);
  });
  for (let round = 0; round < 5; round++) {
    let length = 0;
    // As a disk that takes its time.
    const status = await download(options, url, async (piece) => {
      length += piece.length;
      await setTimeout(1);
    });
    expect([status, length]).toEqual([200, file.length]);
  }
});

test('a file that cannot be kept ends the download', async () => {
  const url = await serve((socket) =>
    socket.end(Buffer.concat([Buffer.from('HTTP/1.0 200 OK\r\n\r\n'), file])),
  );
  const full = new Error('no space');
  await expect(
    download(options, url, () => {
      throw full;
    }),
  ).rejects.toBe(full);
});
