import { answerTimeout, type Connection, dial } from '../connection.ts';
import { isUntrusted, readText } from '../request.ts';

/** What a registry, or who hands out tokens for it, answered. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
}

/** Asks by GET; gives the answer whatever its status. Throws what the network throws. */
export const get = (
  connection: Connection,
  url: string,
  headers: Record<string, string> = {},
): Promise<Answer> => send(connection, 'GET', url, headers);

/** Sends the pairs of a form to a registry by POST; gives what it answers. */
export const post = (
  connection: Connection,
  url: string,
  form: readonly [string, string][],
): Promise<Answer> =>
  send(
    connection,
    'POST',
    url,
    { 'content-type': 'application/x-www-form-urlencoded' },
    new URLSearchParams(form as [string, string][]).toString(),
  );

async function send(
  connection: Connection,
  method: 'GET' | 'POST',
  url: string,
  headers: Record<string, string>,
  body: string | null = null,
): Promise<Answer> {
  const dialled = dial(connection);
  const ask = async (): Promise<Answer> => {
    const { origin, pathname, search } = new URL(url);
    const timeout = AbortSignal.timeout(connection.timeouts?.answer ?? answerTimeout);
    const response = await dialled.dispatcher.request({
      origin,
      path: pathname + search,
      method,
      headers: { 'user-agent': connection.agent, accept: 'application/json', ...headers },
      body,
      signal: connection.signal === undefined ? timeout : AbortSignal.any([timeout, connection.signal]),
    });
    connection.onAnswer?.(`${method} ${origin}${pathname}: ${response.statusCode}`);
    return { status: response.statusCode, headers: response.headers, text: await readText(response.body) };
  };
  try {
    return await ask().catch(async (error: unknown) => {
      if (!isUntrusted(error) || !(await dialled.trustSystem())) throw error;
      return ask();
    });
  } finally {
    await dialled.dispatcher.destroy();
  }
}
