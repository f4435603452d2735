import { expect, test } from 'vitest';
import { exitCode, Trouble } from '../../../src/errors.ts';
import { pauseAfter } from '../../../src/gitlab/retry.ts';
import { gitlabAt, scripted, trouble } from './serve.ts';

const token = 'glrt-t1_abcdefghij0123456789';
const good = { body: { id: 7, token, token_expires_at: null } };
const verify = { token, system_id: 's_1', info: {} };

test.each([408, 429, 500, 502, 503, 504, 520])('%i is tried again, and the pause is told', async (status) => {
  const { url } = await scripted({ status, headers: { 'Retry-After': '7' } }, good);
  const gitlab = gitlabAt(url);
  expect(await gitlab.verify(verify)).toEqual({ id: 7, token, expiresAt: null });
  expect(gitlab.waits).toEqual([
    { seconds: 7, attempt: 2, of: 5, because: `GitLab responded with HTTP ${status}` },
  ]);
});

test('after five attempts it is said', async () => {
  const answer = { status: 429, headers: { 'Retry-After': '36' }, body: 'Retry later\n', type: 'text/plain' };
  const { url, arrived } = await scripted(answer, answer, answer, answer, answer);
  expect(await trouble(gitlabAt(url).verify(verify))).toEqual({
    message: `GitLab at ${url} received too many requests.`,
    why: 'It responded with HTTP 429, after 5 attempts.',
    hint: 'Wait 36 seconds, then run the command again.',
    code: exitCode.failed,
  });
  expect(new Set(arrived.map(({ headers }) => headers['x-request-id'])).size).toBe(1);
});

test('a pause over ten minutes is not waited for', async () => {
  const { url } = await scripted({
    status: 503,
    headers: { 'Retry-After': '3600', 'X-Request-Id': 'abc' },
    body: { message: '503 Service Unavailable' },
  });
  expect(await trouble(gitlabAt(url).verify(verify))).toEqual({
    message: `GitLab at ${url} is temporarily unavailable.`,
    why: 'GitLab says: 503 Service Unavailable, after one attempt.',
    hint: 'Run the command again in a few minutes (request ID for the administrator: abc).',
    code: exitCode.failed,
  });
});

test('a lost connection is tried again where a second time does no harm', async () => {
  const { url } = await scripted({ drop: true }, good);
  const gitlab = gitlabAt(url);
  expect(await gitlab.verify(verify)).toEqual({ id: 7, token, expiresAt: null });
  expect(gitlab.waits.map(({ because }) => because)).toEqual(['the connection was lost']);
});

test('a creation whose answer is lost is not repeated, and where to look is said', async () => {
  const { url, arrived } = await scripted({ drop: true });
  expect(await trouble(gitlabAt(url).createRunner('glpat-x', { runner_type: 'instance_type' }))).toEqual({
    message: `${url} closed the connection without a response.`,
    why: 'The connection was lost. GitLab may have processed the request.',
    hint: expect.stringMatching(
      `^Before you retry, look for a new runner created at about [0-9T:-]+Z that never contacted GitLab. If it exists, delete it: ${url}/admin/runners$`,
    ),
    code: exitCode.failed,
  });
  expect(arrived.length).toBe(1);
});

test('a removal whose answer was lost is done when GitLab no longer knows the runner', async () => {
  const { url } = await scripted({ drop: true }, { status: 403, body: { message: '403 Forbidden' } });
  expect(await gitlabAt(url).removeRunner(token)).toBe('gone');
});

test('a signal ends a pause at once', async () => {
  const { url } = await scripted({ status: 503, headers: { 'Retry-After': '500' } });
  const stop = new AbortController();
  const { sleep } = await import('../../../src/gitlab/retry.ts');
  const reason = new Trouble('Cancelled by the person.', { code: exitCode.cancelled });
  const gitlab = gitlabAt(url, { signal: stop.signal, sleep, onWait: () => stop.abort(reason) });
  expect(await trouble(gitlab.verify(verify))).toEqual({
    message: 'Cancelled by the person.',
    why: undefined,
    hint: undefined,
    code: 130,
  });
});

test('a creation that is under way is let finish when the signal comes, so that it can be undone', async () => {
  const stop = new AbortController();
  const { createServer } = await import('node:http');
  const { listening } = await import('./serve.ts');
  const server = createServer((_, response) => {
    stop.abort(new Trouble('Canceled.', { code: exitCode.cancelled }));
    response.writeHead(201, { 'Content-Type': 'application/json' }).end(JSON.stringify({ id: 3, token }));
  });
  const gitlab = gitlabAt(await listening(server), { signal: stop.signal });
  expect(await gitlab.createRunner('glpat-x', { runner_type: 'instance_type' })).toEqual({
    id: 3,
    token,
    expiresAt: null,
  });
});

test('after the signal nothing is sent', async () => {
  const { url, arrived } = await scripted();
  const signal = AbortSignal.abort(new Trouble('Canceled.', { code: exitCode.cancelled }));
  const said = await trouble(
    gitlabAt(url, { signal }).createRunner('glpat-x', { runner_type: 'instance_type' }),
  );
  expect({ ...said, arrived }).toEqual({
    message: 'Canceled.',
    why: undefined,
    hint: undefined,
    code: 130,
    arrived: [],
  });
});

test('an answer that does not come in time is an error', async () => {
  const { createServer } = await import('node:http');
  const { listening } = await import('./serve.ts');
  const url = await listening(createServer(() => {}));
  expect(await trouble(gitlabAt(url, { timeouts: { answer: 200 } }).removeRunner(token))).toEqual({
    message: `${url} timed out.`,
    why: 'There was no response within 0.2 seconds.',
    hint: `Check the firewall and the proxy (HTTPS_PROXY, NO_PROXY): curl -v ${url}/`,
    code: exitCode.failed,
  });
});

const now = Date.parse('2026-11-23T16:00:00Z');
const date = 'Mon, 23 Nov 2026 16:00:30 GMT';

test.each([
  [{ 'ratelimit-resettime': date, 'retry-after': '5' }, 30],
  [{ 'retry-after': '5', 'ratelimit-reset': String(now / 1000 + 9) }, 5],
  [{ 'retry-after': date }, 30],
  [{ 'ratelimit-reset': String(now / 1000 + 9) }, 9],
])('%j means %i seconds', (headers, seconds) => {
  expect(pauseAfter(headers, 1, now)).toBe(seconds);
});

test('without a header the pause doubles, up to a minute', () => {
  for (const [failed, whole] of [
    [1, 0.1],
    [2, 0.2],
    [4, 0.8],
    [20, 60],
  ] as const) {
    const pause = pauseAfter({ 'retry-after': '-1' }, failed, now);
    expect(pause).toBeGreaterThanOrEqual(whole * 0.75);
    expect(pause).toBeLessThanOrEqual(whole);
  }
});
