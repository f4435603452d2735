import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificates } from '../gitlab/certificates.ts';
import { answerAzure } from './azure.ts';
import { answerGcs } from './gcs.ts';
import { answerS3 } from './s3.ts';
import type { Asked, Held, StorageSetup, Told } from './setup.ts';

/** A running storage: host and port, what it holds, and what it was asked, a line each. */
export interface Storage {
  host: string;
  url: string;
  held: Held;
  requests: string[];
  ca?: string;
  /** The private key of the accounts of GCS, in PEM with `\n` for line ends. */
  key?: string;
  close(): Promise<void>;
}

const makeKeys = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Starts a stand-in storage on loopback that checks the signature of every request. */
export async function startStorage(setup: StorageSetup): Promise<Storage> {
  const https = setup.https === true ? {} : setup.https || undefined;
  const certificates = https && (await makeCertificates(https));
  const server = certificates
    ? createTlsServer({ cert: certificates.chain, key: certificates.key })
    : createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const keys = setup.kind === 'gcs' ? makeKeys() : undefined;
  const held: Held = new Map();
  const requests: string[] = [];
  const judge = (asked: Asked): Told => {
    if (setup.kind === 's3') return answerS3(setup, held, asked);
    if (setup.kind === 'azure') return answerAzure(setup, held, asked);
    if (keys !== undefined) return answerGcs(setup, held, asked, keys.publicKey);
    return { status: 404, content: Buffer.from('<!doctype html><title>Shop</title>') };
  };
  server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
    const now = new Date(Date.now() + (setup.ahead ?? 0) * 1000);
    const asked = await askedIn(request, now);
    requests.push(`${asked.method} ${asked.target}`);
    tell(response, now, judge(asked));
  });
  const pem = keys?.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    host,
    url: `${certificates ? 'https' : 'http'}://${host}`,
    held,
    requests,
    ...(certificates && { ca: certificates.ca }),
    ...(pem && { key: pem.replaceAll('\n', '\\n') }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function askedIn(request: IncomingMessage, now: Date): Promise<Asked> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const headers = Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(',')]);
  return {
    method: request.method ?? '',
    target: request.url ?? '/',
    headers: Object.fromEntries(headers),
    body: Buffer.concat(parts),
    now,
  };
}

function tell(response: ServerResponse, now: Date, told: Told): void {
  const { status, code, message = '', parts = {}, content } = told;
  response.statusCode = status;
  response.setHeader('Date', now.toUTCString());
  if (code === undefined) return void response.end(content);
  const more = Object.entries(parts).map(([name, value]) => `<${name}>${value}</${name}>`);
  response.setHeader('Content-Type', 'application/xml');
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message>${more.join('')}</Error>`,
  );
}
