import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { gitlabAt, listening, scripted } from './serve.ts';

/** Starts a SOCKS5 proxy without users that leads to one port of this machine; `asked` are the names it was asked for. */
async function socksTo(port: number): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const url = await listening(
    createServer((socket) => {
      socket.once('data', () => {
        socket.write(Uint8Array.of(5, 0));
        socket.once('data', (request) => {
          asked.push(request.subarray(5, -2).toString());
          socket.write(Uint8Array.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
          const target = connect(port, '127.0.0.1');
          target.on('error', () => socket.destroy());
          socket.pipe(target).pipe(socket);
        });
      });
    }),
  );
  return { url: url.replace('http:', 'socks5:'), asked };
}

test('GitLab is reached through a SOCKS proxy, which resolves its name', async () => {
  const { url } = await scripted({ body: { id: 7, token: 'glrt-x', token_expires_at: null } });
  const proxy = await socksTo(Number(new URL(url).port));
  const gitlab = gitlabAt('http://gitlab.test', { proxies: { http: proxy.url } });
  expect(await gitlab.verify({ token: 'glrt-x', system_id: 's_1', info: {} })).toMatchObject({ id: 7 });
  expect(proxy.asked).toEqual(['gitlab.test']);
});
