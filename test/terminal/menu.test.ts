import { expect, test } from 'vitest';
import { takeInHand, three, threeKnown } from './at-hand.ts';
import { editing } from './edit-journey.ts';
import { setOut, tokens } from './journey.ts';

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
  await terminal.waitFor('❯ shell');
  terminal.press('page-up', 'down');
  await terminal.waitFor('❯ executor');
});

test('on a narrow screen an entry is cut and its description broken between words', async () => {
  const { terminal } = editing(one, [], {}, { columns: 40 });
  await terminal.waitFor('❯ docker.image');
  terminal.type('docker.extra');
  await terminal.waitFor('/docker.extra\n❯ docker.extra_hosts');
  expect(terminal.screen().split('\n')).toEqual([
    '? #1 "build-1"  /docker.extra',
    '❯ docker.extra_hosts   -',
    '',
    'Host name and IP address for containers,',
    'such as git.lan:10.0.0.5',
    '↑↓ navigate, ⏎ select; 1 found',
  ]);
  terminal.press('ctrl-u');
  await terminal.waitFor('❯ docker.image                 "alpi…');
});

test('on a narrow screen what stands beside an entry is cut, and whole below while it is pointed at', async () => {
  const journey = await setOut();
  const words = ['--url', journey.gitlab.url, '--token', tokens.authentication, '--name', 'build-1'];
  const terminal = journey.register(words, { columns: 60, rows: 20 });
  await terminal.waitFor(/^\? Executor/m);
  terminal.type('par');
  await terminal.waitFor('❯ parallels');
  const rows = terminal.screen().split('\n');
  const first = rows.findIndex((row) => row.startsWith('? Executor'));
  expect(rows.slice(first)).toMatchSnapshot();
});

test('letters that lead to no entry are shown with the key that clears them', async () => {
  const journey = await setOut();
  const words = ['--url', journey.gitlab.url, '--token', tokens.authentication, '--name', 'build-1'];
  const terminal = journey.register(words, { columns: 80, rows: 24 });
  await terminal.waitFor(/^\? Executor/m);
  terminal.type('qemu');
  await terminal.waitFor('> No entry begins with "qemu". Press Esc to clear it.');
  terminal.press('enter');
  terminal.press('escape');
  await terminal.waitFor('↑↓ navigate, ⏎ select');
  terminal.type('she');
  await terminal.waitFor('❯ shell');
  terminal.press('enter');
  await terminal.waitFor('✔ Executor shell');
});

test('Esc at the question which of several runners is meant cancels, and the question says so', async () => {
  const hand = await takeInHand(three, threeKnown);
  const terminal = hand.open(['edit', 'build', '--set', 'limit=1']);
  await terminal.waitFor('Which one?');
  await terminal.waitFor('↑↓ navigate, ⏎ select, Esc cancel');
  const before = hand.file();
  terminal.press('escape');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(terminal.screen()).toContain('Canceled. Nothing was changed.');
  expect(hand.file()).toBe(before);
});

test.each([
  { columns: 60, rows: 20 },
  { columns: 80, rows: 24 },
  { columns: 120, rows: 50 },
])('a menu takes all rows of a screen of %o that it has entries for', async (size) => {
  const { terminal } = editing(one, [], {}, size);
  await terminal.waitFor('❯ docker.image');
  const rows = terminal.screen().split('\n');
  const [isLong, last] = [size.rows > 36, rows.findIndex((row) => row.includes('Leave'))];
  // A row below is kept free for descriptions that are longer.
  expect([size.rows - 1, size.rows]).toContain(isLong ? size.rows + rows.length - last - 4 : rows.length);
  expect(rows.at(-1)).toContain('↑↓ navigate, ⏎ select, / search, Esc back');
  expect(rows.every((row) => row.length <= size.columns)).toBe(true);
});

test('Space turns a switch in place, and does nothing at another entry', async () => {
  const { terminal } = editing(one);
  await terminal.waitFor('❯ docker.image');
  expect(terminal.screen()).not.toContain('Space');
  terminal.press('space', 'down');
  await terminal.waitFor(/❯ docker\.privileged +-[\s\S]*Space toggle/);
  terminal.press('space');
  await terminal.waitFor(/❯ docker\.privileged +\* true/);
  terminal.press('space');
  await terminal.waitFor(/❯ docker\.privileged +-/);
});

test.each([
  ['vol', 'docker.volumes'],
  ['/vol', 'docker.volumes'],
  ['cpus', 'docker.cpus'],
  ['concur', 'concurrent'],
  ['request', 'request_concurrency'],
  ['tag', 'tag-list'],
  ['untagged', 'run-untagged'],
  ['protected', 'access-level'],
  ['maximum timeout', 'maximum-timeout'],
  ['description', 'description'],
  ['killed first', 'docker.oom_score_adjust'],
  ['Global', 'Global settings'],
])('typing "%s" points at %s', async (words, first) => {
  const { terminal } = editing(one);
  await terminal.waitFor('❯ docker.image');
  terminal.type(words);
  await terminal.waitFor(new RegExp(`^\\? #1 "build-1" {2}/${words.replace('/', '')}\n❯ ${first}`));
});

test('Esc ends the search, then leaves one level after the other', async () => {
  const { terminal, take, file } = editing(one);
  await terminal.waitFor('❯ docker.image');
  terminal.type('volumes');
  await terminal.waitFor('❯ docker.volumes');
  terminal.press('escape');
  await terminal.waitFor(/^\? #1 "build-1"\n❯ docker\.image/);
  await take('#1 "build-1"', 'docker.volumes');
  await take('docker.volumes', 'Add an entry');
  await terminal.waitFor('? docker.volumes: new entry');
  terminal.type('/srv');
  terminal.press('escape');
  await terminal.waitFor(/^\? docker\.volumes *$/m);
  terminal.press('escape');
  await terminal.waitFor(/^\? #1 "build-1"\n/);
  terminal.press('escape');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.screen()).toContain('Nothing was changed in');
  expect(file()).toBe(one);
});

test('the last Esc loses no change: it leads to the question whether to save', async () => {
  const { terminal, take, file } = editing(one);
  await take('#1 "build-1"', 'docker.privileged');
  await terminal.waitFor('? #1 "build-1", 1 change');
  terminal.press('escape');
  await terminal.waitFor(/^\? Save these changes\?\n❯ Save\n {2}Discard\n {2}Go back$/m);
  terminal.press('escape');
  await terminal.waitFor('? #1 "build-1", 1 change');
  terminal.press('escape');
  await take('Save these changes?', 'Discard');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(terminal.screen()).toMatch(/^Canceled\. Nothing was changed\.$/m);
  expect(file()).toBe(one);
});

test('a list of runners hides the passwords of addresses', async () => {
  const url = 'https://user:a-long-password@gitlab.example.com';
  const two = `${one.replace('https://gitlab.example.com', url)}
[[runners]]
  name = "build-2"
  url = "https://gitlab.example.com"
  token = "glrt-t1_menu0000000002"
  executor = "shell"
`;
  const hand = await takeInHand(two, {});
  const terminal = hand.open(['edit'], { columns: 100 });
  await terminal.waitFor('#2 "build-2"');
  expect(terminal.screen()).toContain('#1 "build-1" https://user:[hidden]@gitlab.example.com');
  terminal.press('ctrl-c');
  expect(await terminal.ended).toMatchObject({ code: 130 });
});
