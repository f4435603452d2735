import type { Dispatcher } from 'undici';
import { type Connection, dial } from './connection.ts';
import { isUntrusted } from './request.ts';

/** Takes each piece of a file as it arrives, and its whole length where the server tells it. */
type Taker = (piece: Buffer, total: number | undefined) => Promise<void> | void;

/** Milliseconds without a piece of the file after which the server is given up. */
const longestSilence = 60_000;

/**
 * Bytes that may wait until they are taken: more than a gitlab-runner has. Where more wait, undici pauses, and when a server
 * then closes the connection, undici 7 throws what nobody can catch.
 */
const mostWaiting = 512 * 1024 * 1024;

/**
 * Downloads a file, however large, over connections with these proxies and certificates. Follows five redirects at most,
 * and none from https to http. Gives the status of the last answer; with 200, `take` has had the whole file. Throws what
 * the network and `take` throw; a file that ends too early is an error of the network.
 */
export async function download(
  options: Omit<Connection, 'url'>,
  url: string,
  take: Taker,
  redirects = 5,
): Promise<number> {
  const { origin, pathname, search, protocol } = new URL(url);
  const dialled = dial({ ...options, url: origin });
  const ask = () =>
    dialled.dispatcher.request({
      origin,
      path: pathname + search,
      method: 'GET',
      headers: { 'user-agent': options.agent },
      headersTimeout: longestSilence,
      bodyTimeout: longestSilence,
      highWaterMark: mostWaiting,
      ...(options.signal && { signal: options.signal }),
    });
  try {
    const response = await ask().catch(async (error: unknown) => {
      if (!isUntrusted(error) || !(await dialled.trustSystem())) throw error;
      return ask();
    });
    options.onAnswer?.(`GET ${origin}${pathname}: ${response.statusCode}`);
    const next = redirects > 0 ? targetOf(response, url) : undefined;
    if (next !== undefined && !(protocol === 'https:' && next.startsWith('http:'))) {
      leave(response);
      return await download(options, next, take, redirects - 1);
    }
    if (response.statusCode === 200) await readBody(response, take);
    else leave(response);
    return response.statusCode;
  } finally {
    await dialled.dispatcher.destroy();
  }
}

async function readBody({ headers, body }: Dispatcher.ResponseData, take: Taker): Promise<void> {
  const length = Number(headers['content-length']);
  const total = Number.isSafeInteger(length) ? length : undefined;
  for await (const piece of body) await take(piece as Buffer, total);
}

function targetOf({ statusCode, headers }: Dispatcher.ResponseData, from: string): string | undefined {
  const { location } = headers;
  const isRedirect = statusCode >= 300 && statusCode < 400 && typeof location === 'string';
  return isRedirect && URL.canParse(location, from) ? new URL(location, from).href : undefined;
}

// Nobody reads what stands there.
function leave({ body }: Dispatcher.ResponseData): void {
  body.on('error', () => {});
  body.destroy();
}
