import type { ServerResponse } from 'node:http';
import type { Answer } from './answers.ts';
import type { Ending } from './faults.ts';

/** Sends an answer in the manner of its ending; gives back its status, null when nothing was sent. */
export async function deliver(
  response: ServerResponse,
  ending: Ending,
  answer: Answer | undefined,
  requestId: string,
): Promise<number | null> {
  if (ending.manner === 'hang') return null;
  const nothingToCut = ending.manner === 'truncate' && answer?.body === '';
  if (ending.manner === 'drop' || answer === undefined || nothingToCut) {
    response.socket?.destroy();
    return null;
  }
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, {
    ...(answer.status === 204 ? {} : { 'Content-Length': body.length }),
    'X-Request-Id': requestId,
    'X-Gitlab-Meta': JSON.stringify({ correlation_id: requestId, version: '1' }),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'SAMEORIGIN',
    ...answer.headers,
  });
  if (ending.manner === 'truncate') return cutShort(response, body, answer.status);
  if (ending.manner === 'late-body') {
    response.flushHeaders();
    await pause(ending.bodyWait);
  }
  response.end(answer.status === 204 ? undefined : body);
  return answer.status;
}

/** Waits so many milliseconds without keeping the program alive. */
export function pause(milliseconds: number): Promise<void> {
  if (milliseconds <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}

function cutShort(response: ServerResponse, body: Buffer, status: number): Promise<number> {
  return new Promise((resolve) => {
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => {
      response.socket?.destroy();
      resolve(status);
    });
  });
}
