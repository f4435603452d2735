import { expect, test } from 'vitest';
import { jobRequestsIn, refusedOf, takenOf } from '../../../src/runner/job-requests.ts';
import { judgeLog, readLogLine, shortTokens } from '../../../src/runner/log.ts';

const token = 'glrt-t3_buildbuildbuild0001';
const verdict = (...lines: string[]) => judgeLog(lines.map(readLogLine), token);

test.each([
  ['glrt-t3_abcdefghijkl', ['abcdefghi', 't3_abcdef', 't3_abcde']],
  ['glrtr-abcdefghijkl', ['abcdefghi', 'abcdefgh']],
  ['corp-glrt-abcdefghijkl', ['abcdefghi', 'abcdefgh']],
  ['abcdefghijklmnopqrst', ['abcdefghi', 'abcdefgh']],
  ['GR1348941abcdefghijkl', ['GR1348941', 'GR134894', 'abcdefghi', 'GR1348941abcdefgh']],
  ['short', []],
])('the short forms of %s', (long, shorts) => {
  expect(shortTokens(long)).toEqual(shorts);
});

// The three values of log_format.
test.each([
  ['ERROR: Checking for jobs... forbidden               runner=buildbuil status=403', 'error'],
  [
    '\u001b[31;1mERROR: Checking for jobs... forbidden\u001b[0;m  \u001b[31;1mrunner\u001b[0;m=buildbuil',
    'error',
  ],
  ['time="2026-01-02T03:04:05Z" level=error msg="Checking for jobs... forbidden" runner=buildbuil', 'error'],
  ['{"level":"error","msg":"Checking for jobs... forbidden","runner":"buildbuil","time":"…"}', 'error'],
  ['2026-01-02T03:04:05Z WARNING: Checking for jobs... forbidden runner=buildbuil', 'warning'],
])('reads %s', (line, level) => {
  const { runner, message, ...read } = readLogLine(line);
  expect(read.level).toBe(level);
  expect(runner).toBe('buildbuil');
  expect(message).toContain('Checking for jobs... forbidden');
});

test('a JSON line is read whole, however long it is', () => {
  const line = JSON.stringify({ level: 'fatal', msg: 'x'.repeat(5000), runner: 'buildbuil' });
  expect(readLogLine(line)).toMatchObject({ level: 'fatal', runner: 'buildbuil' });
  expect(readLogLine(line).text.length).toBe(2000);
  expect(readLogLine('\u001b[31m{"level":"fatal"}\u001b[0m').level).toBe('fatal');
});

test.each(['panic: runtime error: invalid memory address', 'fatal error: concurrent map writes'])(
  'a crash of Go ends gitlab-runner: %s',
  (line) => {
    expect(verdict('Configuration loaded', line, 'goroutine 1 [running]:')).toMatchObject({
      isLoaded: false,
      trouble: { message: 'gitlab-runner ended with an error.', line },
    });
  },
);

test('a file that was loaded, and no trouble', () => {
  expect(verdict('Configuration loaded  builds=0')).toEqual({
    isLoaded: true,
    isAnswered: false,
    trouble: undefined,
  });
});

test('what failed before the file was loaded again, or before GitLab answered, counts no more', () => {
  const failed = 'WARNING: Checking for jobs... failed runner=buildbuil status=502 Bad Gateway';
  const loaded = 'Configuration loaded builds=0';
  expect(verdict(failed, loaded).trouble).toBeUndefined();
  const received =
    'Checking for jobs... received job=1 repo_url=https://gitlab.example.com/a.git runner=buildbuil';
  expect(verdict(loaded, failed, received)).toMatchObject({ isAnswered: true, trouble: undefined });
  expect(verdict(loaded, received, failed)).toMatchObject({ isAnswered: false, trouble: { isFinal: false } });
});

test('the trouble that explains most comes first', () => {
  const forbidden = 'ERROR: Checking for jobs... forbidden runner=buildbuil status=403 Forbidden';
  const disabled =
    'ERROR: Runner "https://gitlab.example.combuildbuil" is unhealthy and will be disabled for 1h0m0s seconds!';
  expect(verdict(forbidden, disabled).trouble).toMatchObject({
    isFinal: true,
    message: expect.stringContaining('GitLab refused the runner'),
  });
  expect(verdict(disabled).trouble?.message).toContain('requests no jobs for this runner');
});

test('an end of the program, and a file that cannot be read', () => {
  const loaded = 'Configuration loaded builds=0';
  const fatal = 'FATAL: Failed to create listener for metrics server';
  expect(verdict(loaded, fatal)).toMatchObject({ isLoaded: false, trouble: { isFinal: true } });
  expect(verdict(fatal, loaded)).toMatchObject({ isLoaded: true, trouble: undefined });
  expect(verdict(loaded, 'ERROR: Failed to load config toml: line 3')).toMatchObject({ isLoaded: false });
});

test('lines of other runners are not about this one', () => {
  const other = 'ERROR: Checking for jobs... forbidden runner=otherothe status=403 Forbidden';
  expect(verdict(other).trouble).toBeUndefined();
});

test('secrets in a line are not shown', () => {
  const line = `ERROR: Checking for jobs... forbidden runner=buildbuil status=https://ada:secret99@example.com ${token}`;
  expect(verdict(line).trouble?.line).not.toMatch(/secret99|buildbuildbuild/);
});

test('the metrics of job requests, older ones without system_id and method, too', () => {
  const name = 'gitlab_runner_api_request_statuses_total';
  const text = [
    `${name}{endpoint="request_job",method="post",runner="buildbuil",status="204",system_id="s_1"} 12`,
    `${name}{endpoint="request_job",runner="buildbuil",status="201"} 1e+06`,
    `${name}{endpoint="request_job",runner="buildbuil",status="403"} 2`,
    `${name}{endpoint="update_job",runner="buildbuil",status="200"} 5`,
    `${name}{endpoint="request_job",runner="otherothe",status="204"} 7`,
  ].join('\n');
  const requests = jobRequestsIn(text, token);
  expect(takenOf(requests)).toBe(1_000_012);
  expect(refusedOf(requests)).toBe(2);
});
