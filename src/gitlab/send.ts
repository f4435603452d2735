import { answerTimeout, type Connection, dial } from './connection.ts';
import { isUntrusted, readText } from './request.ts';

/** One HTTP request to a server that is no GitLab. */
export interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With path and query as they are sent. */
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Buffer | null;
}

/** What a server answered, whatever the status. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
}

/**
 * Sends one request over a connection of its own, with the proxies, certificates, and timeouts that the connection says; a
 * redirect is an answer. Throws what the network throws (see `diagnose`).
 */
export async function send(
  connection: Connection,
  { method, url, headers = {}, body = null }: Request,
): Promise<Answer> {
  const dialled = dial(connection);
  const ask = async (): Promise<Answer> => {
    const { origin, pathname, search } = new URL(url);
    const timeout = AbortSignal.timeout(connection.timeouts?.answer ?? answerTimeout);
    const response = await dialled.dispatcher.request({
      origin,
      path: pathname + search,
      method,
      headers: { 'user-agent': connection.agent, ...headers },
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
