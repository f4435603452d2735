import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { askMetrics } from '../../../src/host/metrics-server.ts';

let end = () => {};
afterEach(() => end());

/** Serves until the test ends, and gives the answer to a question of the metrics. */
async function answerOf(serve: (response: ServerResponse) => void) {
  const server = createServer((_, response) => serve(response)).listen(0, '127.0.0.1');
  await new Promise((listening) => server.on('listening', listening));
  end = () => {
    server.close();
    server.closeAllConnections();
  };
  return askMetrics({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, '/metrics');
}

test('what comes whole is given', async () => {
  expect(await answerOf((response) => response.end('up 1\n'))).toEqual({ status: 200, text: 'up 1\n' });
});

test('a response that never ends is given up after three seconds, even if it never pauses', async () => {
  const answer = await answerOf((response) => {
    const drip = setInterval(() => response.write('# more\n'), 100);
    response.on('close', () => clearInterval(drip));
  });
  expect(answer).toEqual({ failed: 'no response within 3 seconds' });
});

test('a header that never ends is given up after three seconds, too', async () => {
  const answer = await answerOf(({ socket }) => {
    socket?.write('HTTP/1.1 200 OK\r\n');
    const drip = setInterval(() => socket?.write('X-More: 1\r\n'), 100);
    socket?.on('close', () => clearInterval(drip));
  });
  expect(answer).toEqual({ failed: 'no response within 3 seconds' });
});
