import type { Connection } from '../connection.ts';
import { type Answer, send } from '../send.ts';

const accept = 'application/json';

/** Asks a registry by GET; gives the answer whatever its status. Throws what the network throws. */
export const get = (
  connection: Connection,
  url: string,
  headers: Record<string, string> = {},
): Promise<Answer> => send(connection, { method: 'GET', url, headers: { accept, ...headers } });

/** Sends the pairs of a form to a registry by POST; gives what it answers. */
export const post = (
  connection: Connection,
  url: string,
  form: readonly [string, string][],
): Promise<Answer> =>
  send(connection, {
    method: 'POST',
    url,
    headers: { accept, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form as [string, string][]).toString(),
  });
