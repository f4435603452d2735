import { expect, test } from 'vitest';
import { editing } from './edit-journey.ts';

const one = `concurrent = 2

[[runners]]
  name = "build-1"
  url = "https://gitlab.example.com"
  id = 7
  token = "glrt-t1_menu0000000001"
  executor = "docker"
  [runners.docker]
    image = "alpine:3.22"
`;

const shell = one.replace('"docker"', '"shell"').replace(/ *\[runners\.docker\][\s\S]*/, '');

const sizes = [
  { columns: 80, rows: 10 },
  { columns: 60, rows: 14 },
  { columns: 80, rows: 20 },
  { columns: 40, rows: 6 },
];

test.each(sizes)('a menu fits a screen of %o: question, pointer and keys stay in sight', async (size) => {
  const { terminal, file } = editing(one, [], {}, size);
  await terminal.waitFor('❯ docker.image');
  for (const entry of ['docker.privileged', 'docker.volumes', 'docker.pull_policy', 'docker.extra_hosts']) {
    terminal.press('down');
    await terminal.waitFor(`❯ ${entry}`);
    const rows = terminal.screen().split('\n');
    expect(rows[0]).toBe('? #1 "build-1"');
    expect(rows.filter((row) => row.startsWith('❯'))).toHaveLength(1);
    expect(rows.filter((row) => row.includes('navigate'))).toHaveLength(1);
  }
  expect(terminal.scrollback().match(/#1 "build-1"/g)).toHaveLength(1);
  terminal.press('end');
  await terminal.waitFor('❯ Leave');
  terminal.press('enter');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(file()).toBe(one);
});

test('a menu follows the terminal when it is made smaller', async () => {
  const { terminal } = editing(one);
  await terminal.waitFor('❯ docker.image');
  expect(terminal.screen()).toContain('environment');
  terminal.resize(80, 12);
  await terminal.waitFor(/^\? #1 "build-1"\n❯ docker\.image[\s\S]*navigate/);
  expect(terminal.screen()).not.toContain('environment');
  terminal.press('end');
  await terminal.waitFor('❯ Leave');
  terminal.press('home');
  await terminal.waitFor(/^\? #1 "build-1"\n❯ docker\.image[\s\S]*navigate/);
});

test('Home, End and the page keys move in a menu; a key without a meaning moves nothing', async () => {
  const { terminal } = editing(shell, [], {}, { rows: 10 });
  await terminal.waitFor('❯ name');
  terminal.press('end');
  await terminal.waitFor('❯ Leave');
  terminal.press('ctrl-u', 'left', 'right', 'tab', 'delete', 'backspace');
  terminal.press('up');
  await terminal.waitFor('❯ Global settings');
  terminal.press('home');
  await terminal.waitFor('❯ name');
  terminal.press('page-down');
  await terminal.waitFor('❯ pre_get_sources_script');
  terminal.press('page-up', 'down');
  await terminal.waitFor('❯ limit');
  terminal.type('out');
  await terminal.waitFor('❯ output_limit');
});

test('on a narrow screen an entry is cut and its description broken between words', async () => {
  const { terminal } = editing(one, [], {}, { columns: 40 });
  await terminal.waitFor('❯ docker.image');
  terminal.type('docker.extra');
  await terminal.waitFor('❯ docker.extra_hosts');
  const rows = terminal.screen().split('\n');
  expect(rows.slice(0, 3)).toEqual([
    '? #1 "build-1"',
    '  docker.image                 "alpi…',
    '  docker.privileged            -',
  ]);
  expect(rows.slice(-3)).toEqual([
    'Host name and IP address for containers,',
    'such as `git.lan:10.0.0.5`',
    '↑↓ navigate, ⏎ select; 29 entries',
  ]);
});
