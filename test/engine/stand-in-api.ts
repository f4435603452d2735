import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';

/** What was asked of the stand-in: a method with its path and body. */
export interface Asked {
  readonly what: string;
  readonly body: Record<string, unknown>;
}

/** Docker's API where no engine is: it writes down what it is asked, and a container says its own script and ends well. */
export interface StandInApi {
  close(): void;
}

/** Serves the stand-in at the path of a socket; what it is asked is added to `asked`. */
export async function serveStandInApi(socketPath: string, asked: Asked[]): Promise<StandInApi> {
  const sockets = new Set<Duplex>();
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    const path = request.url!.replace('/v1.41', '');
    asked.push({ what: `${request.method} ${path}`, body: text === '' ? {} : JSON.parse(text) });
    if (path.startsWith('/containers/create')) response.end(JSON.stringify({ Id: `c${asked.length}` }));
    else response.end(JSON.stringify({ StatusCode: 0 }));
  });
  server.on('upgrade', (_, socket: Duplex) => {
    sockets.add(socket);
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    socket.on('data', (part: Buffer) => {
      const head = Buffer.alloc(8);
      head[0] = 1;
      head.writeUInt32BE(part.length, 4);
      socket.write(Buffer.concat([head, part]));
    });
    socket.on('end', () => socket.end());
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
