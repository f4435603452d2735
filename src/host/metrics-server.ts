import { get } from 'node:http';

/** What the metrics server of gitlab-runner answered, or why it did not. */
export interface MetricsAnswer {
  readonly failed?: string;
  readonly status?: number;
  readonly text?: string;
}

const patience = 3000;
/** More than the metrics of gitlab-runner have. */
const mostText = 4 * 1024 * 1024;

/** Asks the metrics server of gitlab-runner for a page, for three seconds; an empty host is this machine. Never throws. */
export function askMetrics(
  { host, port }: { host: string; port: number },
  path: '/metrics' | '/health/ready',
): Promise<MetricsAnswer> {
  return new Promise((resolve) => {
    const to = { host: host === '' ? '127.0.0.1' : host, port, path, agent: false };
    const request = get(to, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
        if (text.length > mostText) request.destroy(new Error('its response is too long'));
      });
      response.on('error', ({ message }) => resolve({ failed: message }));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    // For the whole of it: what comes piece by piece is never silent, and need not end.
    const limit = setTimeout(() => request.destroy(new Error('no response within 3 seconds')), patience);
    request.on('close', () => clearTimeout(limit));
    request.on('error', (error: NodeJS.ErrnoException) => resolve({ failed: error.code ?? error.message }));
  });
}
