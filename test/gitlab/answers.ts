/** What goes back to the client. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Thrown by a handler: this answer ends the request. */
export class Refusal extends Error {
  constructor(readonly answer: Answer) {
    super(`${answer.status} ${answer.body}`);
  }
}

/** A JSON answer. */
export const json = (status: number, value: unknown, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(value),
});

/** A plain text answer. */
export const text = (status: number, body: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'Content-Type': 'text/plain', ...headers },
  body,
});

/** A small HTML page with a title, as GitLab and the proxies before it send them. */
export const html = (status: number, title: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'Content-Type': 'text/html; charset=utf-8', ...headers },
  body: `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`,
});

/** An answer without a body. */
export const empty = (status: number, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: '',
});

/** Errors of the API helpers: `{"message": ...}` (gitlab-api.md 0.2). */
export const message = (status: number, value: unknown, headers?: Record<string, string>): Refusal =>
  new Refusal(json(status, { message: value }, headers));

/** Errors of the parameter checks and of bare `error!`: `{"error": "..."}` (gitlab-api.md 0.2). */
export const error = (status: number, words: string, headers?: Record<string, string>): Refusal =>
  new Refusal(json(status, { error: words }, headers));

export const unauthorized = (): Refusal => message(401, '401 Unauthorized');

export const forbidden = (reason?: string, headers?: Record<string, string>): Refusal =>
  message(403, reason === undefined ? '403 Forbidden' : `403 Forbidden - ${reason}`, headers);

export const badRequest = (reason: string): Refusal => message(400, `400 Bad request - ${reason}`);

export const notFound = (what: string): Refusal => message(404, `404 ${what} Not Found`);
