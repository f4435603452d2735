import { expect, test } from 'vitest';
import { readConfig } from '../../../src/config/read.ts';
import { typeFaults } from '../../../src/config/types.ts';

const hint = 'gitlab-runner cannot load this file. Correct the line, then run the command again.';

async function faults(text: string): Promise<string[]> {
  const config = await readConfig(text, 'config.toml');
  return typeFaults(config).map(({ message, line, column }) => {
    expect(message.startsWith(`config.toml, line ${line}, column ${column}: `)).toBe(true);
    return message.replace('config.toml, ', '');
  });
}

test('what gitlab-runner reads has no faults', async () => {
  expect(
    await faults(`Concurrent = 1
unknown = { anything = "goes" }
connection_max_age = 900000000000
[[runners]]
  LIMIT = 1
  prepare_timeout = 5
  get_sources_timeout = "1h"
  token_obtained_at = "2026-01-01T00:00:00Z"
  feature_flags = 5
  [runners.machine]
    IdleScaleFactor = 1
  [runners.docker]
    pull_policy = "always"
    allowed_images = []
    my_own = 1
  [runners.labels]
    team = "a"
  [runners.autoscaler.plugin_config]
    any = [1, "x", {}]
`),
  ).toEqual([]);
});

test('wrong types are named with their place', async () => {
  expect(
    await faults(`concurrent = "1"
[session_server]
  session_timeout = 1.0

[[runners]]
  name = 5
[[runners]]
  docker.privileged = "yes"
  environment = "A=1"
  prepare_timeout = "soon"
  token_expires_at = 5
  ssh = "host"
  [runners.feature_flags]
    FF_A = "true"
  [runners.machine]
    IdleCount = 1.5
    MachineOptions = ["a", 1]
    [runners.machine.autoscaling]
      IdleCount = 1
  [[runners.kubernetes.services]]
    name = "a"
  [[runners.kubernetes.services]]
    alias = true
    entrypoint = { a = 1 }
`),
  ).toEqual([
    'line 1, column 1: concurrent must be a whole number, not a string',
    'line 3, column 3: session_server.session_timeout must be a whole number, not a number with decimals',
    'line 6, column 3: runners.name must be a string, not a whole number',
    'line 8, column 3: runners.docker.privileged must be true or false, not a string',
    'line 9, column 3: runners.environment must be a list of strings, not a string',
    'line 10, column 3: runners.prepare_timeout must be a duration such as "1h30m", not other text',
    'line 11, column 3: runners.token_expires_at must be a date with time and zone, not a whole number',
    'line 12, column 3: runners.ssh must be a table, not a string',
    'line 14, column 5: runners.feature_flags.FF_A must be true or false, not a string',
    'line 16, column 5: runners.machine.IdleCount must be a whole number, not a number with decimals',
    'line 17, column 5: runners.machine.MachineOptions must be a list of strings, but contains a whole number',
    'line 18, column 5: runners.machine.autoscaling must be a list of tables, not a table',
    'line 23, column 5: runners.kubernetes.services.alias must be true or false, not a string'.replace(
      'true or false, not a string',
      'a string, not true',
    ),
    'line 24, column 5: runners.kubernetes.services.entrypoint must be a list of strings, not a table',
  ]);
});

test('a runners key that holds no tables', async () => {
  expect(await faults('runners = 5\n')).toEqual([
    'line 1, column 1: runners must be [[runners]] tables, not a whole number',
  ]);
  expect(await faults('[runners]\nname = "a"\n')).toEqual([
    'line 1, column 1: runners must be [[runners]] tables, not a table',
  ]);
});

test('labels follow the rules of gitlab-runner', async () => {
  const many = Array.from({ length: 30 }, (_, at) => `  label${at} = "x"\n`).join('');
  expect(
    await faults(
      `[labels]\n  ok_1 = "a"\n  ab = "x"\n  bad = "a b"\n[[runners]]\n  [runners.labels]\n${many}`,
    ),
  ).toEqual([
    'line 3, column 3: labels.ab is not a valid label name. Use 3 to 65 letters, digits, dots, dashes, and underscores',
    'line 4, column 3: labels.bad is not a valid label value. Use 1 to 256 letters, digits, dots, dashes, and underscores',
    'line 6, column 3: runners.labels has 33 labels, but the limit is 32',
  ]);
});

test('the line is shown with its secrets hidden', async () => {
  const [fault] = typeFaults(await readConfig('[[runners]]\r\n  token = 12345\r\n', 'config.toml'));
  expect([fault!.why, fault!.hint]).toEqual(['2 |   token = *****\n  |   ^', hint]);
});
