import { describe, expect, test } from 'vitest';
import { completeRunner, writeBlock, writeFresh } from '../../../src/config/canonical.ts';
import { DateTime, Float, type Table } from '../../../src/config/model.ts';
import { writeValue } from '../../../src/config/write.ts';
import { formatDuration, parseDuration } from '../../../src/text/duration.ts';
import { refusal } from './given.ts';

const head = ['[[runners]]', '  name = "n"', '  url = ""', '  id = 0', '  token = ""'];
const dates = ['  token_obtained_at = 0001-01-01T00:00:00Z', '  token_expires_at = 0001-01-01T00:00:00Z'];
const block = (...lines: string[]) => `${[...head, ...dates, '  executor = ""', ...lines].join('\n')}\n`;
const written = (runner: Table) => writeBlock({ name: 'n', ...runner });

describe('a block as gitlab-runner writes it', () => {
  test('a whole new file', () => {
    expect(writeFresh({ name: 'n' })).toBe(
      `concurrent = 1\ncheck_interval = 0\nshutdown_timeout = 0\n\n[session_server]\n  session_timeout = 1800\n\n${block()}`,
    );
  });

  test('keys stand in its order, whatever order they are given in', () => {
    expect(writeBlock({ executor: 'shell', limit: 2, token: 't', name: 'n', clone_url: 'c' })).toBe(
      `[[runners]]\n  name = "n"\n  limit = 2\n  url = ""\n  id = 0\n  token = "t"\n${dates.join('\n')}\n  executor = "shell"\n  clone_url = "c"\n`,
    );
  });

  test('empty values go where it drops them, and stay where it keeps them', () => {
    expect(
      written({
        limit: 0,
        clone_url: '',
        environment: [],
        debug_trace_disabled: false,
        clean_git_config: false,
        feature_flags: {},
        custom_build_dir: {},
        docker: {
          cap_add: [],
          volumes: [],
          services_privileged: false,
          enable_ipv6: false,
          services_limit: 0,
        },
      }),
    ).toBe(
      block(
        '  clean_git_config = false',
        '  [runners.feature_flags]',
        '  [runners.docker]',
        '    tls_verify = false',
        '    image = ""',
        '    privileged = false',
        '    services_privileged = false',
        '    disable_entrypoint_overwrite = false',
        '    cap_add = []',
        '    oom_kill_disable = false',
        '    disable_cache = false',
        '    volume_keep = false',
        '    services_limit = 0',
        '    shm_size = 0',
        '    network_mtu = 0',
      ),
    );
  });

  test('the tables of a table that is there come with their zeros', () => {
    expect(written({ cache: { s3: {}, gcs: {} }, autoscaler: { policy: [{ idle_count: 2 }] } })).toBe(
      block(
        '  [runners.cache]',
        '    MaxUploadedArchiveSize = 0',
        '    [runners.cache.s3]',
        '      AssumeRoleMaxConcurrency = 0',
        '    [runners.cache.gcs]',
        '  [runners.autoscaler]',
        '    capacity_per_instance = 0',
        '    max_use_count = 0',
        '    max_instances = 0',
        '    instance_acquire_timeout = "0s"',
        '    update_interval = "0s"',
        '    update_interval_when_expecting = "0s"',
        '    deletion_retry_interval = "0s"',
        '    shutdown_deletion_interval = "0s"',
        '    shutdown_deletion_retries = 0',
        '    failure_threshold = 0',
        '',
        '    [[runners.autoscaler.policy]]',
        '      idle_count = 2',
        '      idle_time = "0s"',
        '      scale_factor = 0.0',
        '      scale_factor_limit = 0',
      ),
    );
  });

  test('a table that is only written when filled is filled by a pointer inside it', () => {
    const container = (table: Table) =>
      written({ kubernetes: { container_lifecycle: table } }).includes('container_lifecycle');
    expect([container({}), container({ post_start: {} })]).toEqual([false, true]);
    const throttle = (table: Table) =>
      written({ autoscaler: { scale_throttle: table } }).includes('scale_throttle');
    expect([throttle({}), throttle({ limit: 0 }), throttle({ burst: 1 })]).toEqual([false, false, true]);
  });

  test('values take its notation: durations, policies, floats, dates', () => {
    expect(
      written({
        token_obtained_at: new DateTime('2026-11-23 10:00:00.500+00:00'),
        prepare_timeout: '90s',
        get_sources_timeout: 5,
        docker: { pull_policy: 'always' },
        machine: { IdleScaleFactor: 2 },
      })
        .split('\n')
        .filter((line) => /obtained|timeout|pull_policy|Factor/.test(line)),
    ).toEqual([
      '  token_obtained_at = 2026-11-23T10:00:00.5Z',
      '  prepare_timeout = "1m30s"',
      '  get_sources_timeout = "5ns"',
      '    pull_policy = ["always"]',
      '    IdleScaleFactor = 2.0',
    ]);
  });

  test('names that differ in capital letters are its own, unknown ones follow the known of their table', () => {
    expect(
      written({
        Limit: 1,
        zzz: 1,
        Docker: { IMAGE: 'x', strange: { b: 1, a: 2 }, tmpfs: { b: '1', a: '2' } },
        other: [{ x: 1 }],
      }),
    ).toBe(
      `${['[[runners]]', '  name = "n"', '  limit = 1', ...head.slice(2), ...dates].join('\n')}\n${[
        '  executor = ""',
        '  zzz = 1',
        '  [runners.docker]',
        '    tls_verify = false',
        '    image = "x"',
        '    privileged = false',
        '    disable_entrypoint_overwrite = false',
        '    oom_kill_disable = false',
        '    disable_cache = false',
        '    volume_keep = false',
        '    shm_size = 0',
        '    network_mtu = 0',
        '    [runners.docker.tmpfs]',
        '      a = "2"',
        '      b = "1"',
        '    [runners.docker.strange]',
        '      b = 1',
        '      a = 2',
        '',
        '  [[runners.other]]',
        '    x = 1',
      ].join('\n')}\n`,
    );
  });

  test('it can be indented and broken otherwise', () => {
    expect(writeBlock({ name: 'n', cache: {} }, { indent: '\t', nest: '', newline: '\r\n' }, 'Runners')).toBe(
      block('  [runners.cache]', '    MaxUploadedArchiveSize = 0')
        .replaceAll('\n', '\r\n')
        .replace('[[runners]]', '[[Runners]]')
        .replace('  [runners.cache]', '[Runners.cache]')
        .replaceAll(/^ +/gm, '\t'),
    );
  });

  test('what is written is what completing says', () => {
    expect(completeRunner({ executor: 'shell' })).toEqual({
      name: '',
      url: '',
      id: 0,
      token: '',
      token_obtained_at: new DateTime('0001-01-01T00:00:00Z'),
      token_expires_at: new DateTime('0001-01-01T00:00:00Z'),
      executor: 'shell',
    });
  });
});

describe('one value', () => {
  test.each([
    ['a"b\\c\n\t\u0001\u007f€', '"a\\"b\\\\c\\n\\t\\u0001\\u007f€"'],
    [10_000, '10000'],
    [9007199254740993n, '9007199254740993'],
    [0.5, '0.5'],
    [new Float(1), '1.0'],
    [new Float(1e6), '1e+06'],
    [new Float(123456.5), '123456.5'],
    [new Float(1e-5), '1e-05'],
    [new Float(-0), '-0.0'],
    [new Float(Number.NEGATIVE_INFINITY), '-inf'],
    [new Float(Number.NaN), 'nan'],
    [new DateTime('2026-01-01t10:00:00.000+00:00'), '2026-01-01T10:00:00Z'],
    [new DateTime('2026-01-01T10:00:00.120+02:00'), '2026-01-01T10:00:00.12+02:00'],
    [new DateTime('10:30:00.100'), '10:30:00.1'],
    [[1, 'a', [true]], '[1, "a", [true]]'],
    [{ a: 1, 'b c': {} }, '{a = 1, "b c" = {}}'],
  ])('%o', (value, words) => {
    expect(writeValue(value)).toBe(words);
  });
});

describe('durations in the notation of Go', () => {
  test.each([
    ['0', '0s'],
    ['90s', '1m30s'],
    ['1h', '1h0m0s'],
    ['1.5h', '1h30m0s'],
    ['1h1m1.5s', '1h1m1.5s'],
    ['-2m', '-2m0s'],
    ['1500us', '1.5ms'],
    ['.5s', '500ms'],
    ['1500ns', '1.5µs'],
    ['+1ns', '1ns'],
  ])('%s', (words, again) => {
    expect(formatDuration(parseDuration(words))).toBe(again);
  });

  test.each(['', '5', 's', '1 h', '1d', '--1s', '1h-1m', '999999999h'])('%o is none', async (words) => {
    expect(await refusal(() => parseDuration(words))).toBe(
      `"${words}" is not a duration\nUse a number and a unit, such as 90s or 1h30m.`,
    );
  });
});
