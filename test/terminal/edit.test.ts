import { describe, expect, test } from 'vitest';
import { startGitlab } from '../gitlab/index.ts';
import { requestLine } from '../harness/requests.ts';
import { editing, editTogether } from './edit-journey.ts';

const one = `# mine
concurrent = 2 # two

[[runners]]
  name = "build-1"
  url = "https://gitlab.example.com"
  id = 7
  token = "glrt-t1_journey00000001"
  executor = "docker"
  [runners.docker]
    image = "alpine:3.22" # keep
    privileged = false # never
    volumes = [
      "/cache", # the job cache
    ]
`;

const shell = (name: string, token: string) => `
[[runners]]
name = "${name}" # ${name}
url = "https://gitlab.example.com"
token = "${token}"
executor = "shell"
`;

const three = `${shell('a', 'glrt-t1_journey0000000a')}${shell('b', 'glrt-t1_journey0000000b')}${shell('c', 'glrt-t1_journey0000000c')}`;

test('privileged is turned on with one key press, shown, and written after the yes', async () => {
  const { terminal, take, file, names } = editing(one);
  await terminal.waitFor(/docker\.privileged +false/);
  await take('#1 "build-1"', 'docker.privileged');
  await terminal.waitFor(/docker\.privileged +\* true/);
  await take('#1 "build-1", 1 change', 'Show the changes');
  await terminal.waitFor('+     privileged = true # never');
  await terminal.waitFor('? Save these changes?');
  expect(terminal.scrollback()).toContain(
    'warning: docker.privileged: every job can become root on this host.',
  );
  expect(file()).toBe(one);
  await take('Save these changes?', 'Save');
  await terminal.waitFor('Changed docker.privileged of #1 "build-1" in');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.screen()).toMatch(/gitlab-runner (is not running|\(process \d+\) uses)/);
  expect(terminal.scrollback().match(/warning: /g)).toHaveLength(1);
  expect(file()).toBe(one.replace('privileged = false', 'privileged = true'));
  expect(names()).toEqual(['.config.toml.history', '.config.toml.previous', 'config.toml', 'home']);
});

test('a menu longer than the screen says so, and one key leads to its end', async () => {
  const { terminal, file } = editing(one);
  await terminal.waitFor('Esc back; 31 entries');
  terminal.press('up');
  await terminal.waitFor('❯ Leave');
  terminal.press('enter');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(file()).toBe(one);
});

test('a list begins at the entry that adds one, and leads back once that is done', async () => {
  const { terminal, take } = editing(one);
  await take('#1 "build-1"', 'docker.volumes');
  await terminal.waitFor('❯ Add an entry');
  terminal.press('enter');
  await terminal.waitFor(/^\? docker\.volumes: new entry .*\nEsc back/m);
  terminal.type('/srv/data:/data:ro\r');
  await terminal.waitFor('❯ Back');
  terminal.press('enter');
  await terminal.waitFor('? #1 "build-1", 1 change');
});

test('a volume is added and another removed; a second mount onto the same path is not taken', async () => {
  const { terminal, take, file } = editing(one);
  await take('#1 "build-1"', 'docker.volumes');
  await take('docker.volumes', 'Add an entry');
  await terminal.waitFor('? docker.volumes: new entry');
  terminal.type('/srv/cache:/cache');
  terminal.press('enter');
  await terminal.waitFor('Enter a new entry: "/cache" is already in the list.');
  terminal.press('ctrl-u');
  terminal.type('/srv/data:/data:ro');
  terminal.press('enter');
  await take('docker.volumes', '/cache');
  await take('/cache', 'Remove');
  await take('docker.volumes', 'Back');
  await take('#1 "build-1", 1 change', 'Show the changes');
  await take('Save these changes?', 'Save');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(file()).toBe(one.replace('"/cache", # the job cache', '"/srv/data:/data:ro",'));
});

test('one of three runners is changed', async () => {
  const { terminal, take, file } = editing(three);
  await take('Which runner?', '#2');
  await take('#2 "b"', 'limit');
  await terminal.waitFor('? limit');
  terminal.type('many');
  terminal.press('enter');
  await terminal.waitFor('Enter a whole number.');
  terminal.press('ctrl-u');
  terminal.type('1');
  terminal.press('enter');
  await take('#2 "b", 1 change', 'Show the changes');
  await take('Save these changes?', 'Save');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(file()).toBe(three.replace('name = "b" # b\n', 'name = "b" # b\nlimit = 1\n'));
});

test('the lines that were shown are written although gitlab-runner has renewed a token since', async () => {
  const { terminal, take, file, write } = editing(one);
  await take('#1 "build-1"', 'docker.privileged');
  await take('#1 "build-1", 1 change', 'Show the changes');
  await terminal.waitFor('? Save these changes?');
  const theirs = one.replace('glrt-t1_journey00000001', 'glrt-t1_renewed00000001');
  write(theirs);
  await take('Save these changes?', 'Save');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(file()).toBe(theirs.replace('privileged = false', 'privileged = true'));
});

describe('nothing is written', () => {
  test('when the menu is left without saving', async () => {
    const { terminal, take, file, names } = editing(one);
    await take('#1 "build-1"', 'docker.privileged');
    await take('#1 "build-1", 1 change', 'Leave without saving');
    await terminal.waitFor('Nothing was changed in');
    expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
    expect([file(), names()]).toEqual([one, ['config.toml', 'home']]);
  });

  test('when the answer to the lines is no', async () => {
    const { terminal, take, file, names } = editing(one);
    await take('#1 "build-1"', 'docker.privileged');
    await take('#1 "build-1", 1 change', 'Show the changes');
    await take('Save these changes?', 'Discard');
    expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
    expect([file(), names()]).toEqual([one, ['config.toml', 'home']]);
  });

  test('when somebody else has changed one of the lines since they were shown', async () => {
    const { terminal, take, file, write } = editing(one);
    await take('#1 "build-1"', 'docker.privileged');
    await take('#1 "build-1", 1 change', 'Show the changes');
    await terminal.waitFor('? Save these changes?');
    const theirs = one.replace('# never', '# not yet');
    write(theirs);
    await take('Save these changes?', 'Save');
    expect(await terminal.ended).toEqual({ code: 1, signal: undefined });
    expect(terminal.screen()).toContain('Another program changed');
    expect(file()).toBe(theirs);
  });

  test('when privileged is turned on and off again', async () => {
    const { terminal, take, file } = editing(one);
    await take('#1 "build-1"', 'docker.privileged');
    await take('#1 "build-1", 1 change', 'docker.privileged');
    await terminal.waitFor(/docker\.privileged +false/);
    await take('#1 "build-1"', 'Leave');
    expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
    expect(file()).toBe(one);
  });

  test.each([
    ['in the menu', []],
    ['in a list', [['#1 "build-1"', 'docker.volumes']]],
    ['at a question', [['#1 "build-1"', 'docker.image']]],
    ['at the search', [['#1 "build-1"', 'All settings']]],
    [
      'before the yes',
      [
        ['#1 "build-1"', 'docker.privileged'],
        ['#1 "build-1", 1 change', 'Show the changes'],
      ],
    ],
  ] as [string, [string, string][]][])('at Ctrl-C %s', async (_, steps) => {
    const { terminal, take, file, names } = editing(one);
    for (const [title, entry] of steps) await take(title, entry);
    await terminal.waitFor(steps.length === 0 ? '? #1 "build-1"' : lastTitle[steps.at(-1)![1]]!);
    terminal.press('ctrl-c');
    expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
    expect([file(), names()]).toEqual([one, ['config.toml', 'home']]);
  });
});

const lastTitle: Record<string, string> = {
  'docker.volumes': '? docker.volumes',
  'docker.image': '? docker.image',
  'All settings': '? Which setting?',
  'Show the changes': '? Save these changes?',
};

test('a rare key is found by what it does, and a global one by its name', async () => {
  const { terminal, take, file } = editing(one);
  await take('#1 "build-1"', 'All settings');
  await terminal.waitFor('? Which setting?');
  terminal.type('never killed');
  await terminal.waitFor(/^❯ docker\.oom_score_adjust/m);
  terminal.press('enter');
  await terminal.waitFor('? docker.oom_score_adjust');
  terminal.type('-500');
  terminal.press('enter');
  await take('#1 "build-1", 1 change', 'All settings');
  await terminal.waitFor('? Which setting?');
  terminal.type('log_level');
  await terminal.waitFor(/^❯ log_level/m);
  terminal.press('enter');
  await take('log_level', 'warn');
  await take('#1 "build-1", 2 changes', 'Show the changes');
  await take('Save these changes?', 'Save');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(file()).toBe(
    one
      .replace('concurrent = 2 # two\n', 'concurrent = 2 # two\nlog_level = "warn"\n')
      .replace('privileged = false # never\n', 'privileged = false # never\n    oom_score_adjust = -500\n'),
  );
});

test('a search that finds nothing says so', async () => {
  const { terminal } = editing(one);
  await terminal.waitFor('? #1 "build-1"');
  terminal.type('memry');
  await terminal.waitFor('? #1 "build-1"  /memry\n  Nothing found.');
  terminal.press('enter', 'backspace');
  await terminal.waitFor(/\/memr\n/);
  terminal.press('escape');
  await terminal.waitFor('❯ docker.image');
});

test('another executor is offered to give up the table of the one before', async () => {
  const { terminal, take, file, names } = editing(one);
  await take('#1 "build-1"', 'executor');
  await take('executor', 'shell');
  await terminal.waitFor('? The executor shell does not use [runners.docker]');
  terminal.press('escape');
  await take('#1 "build-1"', 'executor');
  await take('executor', 'shell');
  await take('The executor shell does not use [runners.docker]', 'Remove [runners.docker]');
  await take('#1 "build-1", 2 changes', 'Show the changes');
  await terminal.waitFor('-   [runners.docker]');
  await take('Save these changes?', 'Save');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(file()).toBe(one.replace('"docker"', '"shell"').replace(/ {2}\[runners\.docker\][\s\S]*/, ''));
  expect(names()).toContain('.config.toml.previous');
});

test('without an access token, what GitLab keeps says that one is needed, and takes it', async () => {
  const gitlab = await startGitlab({
    runners: [{ id: 7, token: 'glrt-t1_journey00000001', type: 'instance', tags: ['old'] }],
    accessTokens: [{ token: 'glpat-journey0000000002', scopes: ['manage_runner'], admin: true }],
  });
  try {
    const { terminal, take } = editing(one.replace('https://gitlab.example.com', gitlab.url));
    await take('#1 "build-1"', 'tag-list');
    await terminal.waitFor('? Access token (leave empty to go back)');
    expect(terminal.screen().replace(/\s+/g, ' ')).toContain(
      `Changing them requires an access token with the scope manage_runner or api. Create one at ${gitlab.url}/-/user_settings/personal_access_tokens`,
    );
    terminal.type('glrt-journey0000000002');
    terminal.press('enter');
    await terminal.waitFor('Enter an access token, such as glpat-…');
    terminal.press('ctrl-u');
    terminal.type('glpat-journey0000000002');
    terminal.press('enter');
    await terminal.waitFor(/❯ tag-list +old/);
    terminal.press('escape');
    await terminal.waitFor('? #1 "build-1"');
  } finally {
    await gitlab.close();
  }
});

test('--global alone opens the global settings', async () => {
  const { terminal, take, file } = editing(three, ['--global']);
  await take('Global settings', 'concurrent');
  await terminal.waitFor('? concurrent');
  terminal.type('4');
  terminal.press('enter');
  await take('Global settings, 1 change', 'Show the changes');
  await take('Save these changes?', 'Save');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(file()).toContain('concurrent = 4');
});

test('--all alone says what it lacks', async () => {
  const { terminal } = editing(three, ['--all']);
  expect(await terminal.ended).toEqual({ code: 2, signal: undefined });
  expect(terminal.screen()).toBe(`error: No change was given for all runners.
 next: Use flags such as --docker-privileged=false, or --set path=value. The
       menu changes one runner at a time: omit --all.`);
});

test('a change that waits for a restart of gitlab-runner says so', async () => {
  const { terminal, take, file } = editing(one);
  await take('#1 "build-1"', 'Global settings');
  await take('Global settings', 'listen_address');
  await terminal.waitFor('? listen_address');
  terminal.type('127.0.0.1:9252');
  terminal.press('enter');
  await take('Global settings, 1 change', 'Show the changes');
  await take('Save these changes?', 'Save');
  await terminal.waitFor('listen_address is only read when gitlab-runner starts. It is not running.');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(file()).toBe(one.replace('# two\n', '# two\nlisten_address = "127.0.0.1:9252"\n'));
});

test('flags in a terminal show the lines and ask', async () => {
  const { terminal, file } = editing(one, ['--unset', 'docker.image']);
  await terminal.waitFor('? Apply these changes?');
  expect(terminal.screen()).toContain('-     image = "alpine:3.22" # keep');
  terminal.press('enter');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(file()).toBe(one.replace('    image = "alpine:3.22" # keep\n', ''));
});

test('what GitLab keeps is offered with an access token, and changed there after the yes', async () => {
  const gitlab = await startGitlab({
    runners: [{ id: 7, token: 'glrt-t1_journey00000001', type: 'instance', tags: ['old'] }],
    accessTokens: [{ token: 'glpat-journey0000000001', scopes: ['manage_runner'], admin: true }],
  });
  try {
    const text = one.replace('https://gitlab.example.com', gitlab.url);
    const { terminal, take, file } = editing(text, [], {
      RUNNER_SETUP_ACCESS_TOKEN: 'glpat-journey0000000001',
    });
    await take('#1 "build-1"', 'Settings in GitLab');
    await terminal.waitFor(/tag-list +old/);
    await take('#1 in GitLab', 'tag-list');
    await terminal.waitFor('? Tags, comma-separated');
    terminal.type('docker,linux');
    terminal.press('enter');
    await take('#1 in GitLab', 'paused');
    await terminal.waitFor(/paused +true/);
    await take('#1 in GitLab', 'Back');
    await take('#1 "build-1", 2 changes', 'Show the changes');
    await take('Save these changes?', 'Save');
    await terminal.waitFor('Changed in GitLab (runner ID 7): tag_list ["docker","linux"], paused true.');
    expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
    expect(file()).toBe(text);
    expect(gitlab.requests.map((one) => requestLine(one, false).trimEnd())).toEqual([
      'GET /api/v4/runners/7',
      'PUT /api/v4/runners/7 {"paused":true,"tag_list":"docker,linux"}',
    ]);
  } finally {
    await gitlab.close();
  }
});

test('a secret is neither proposed nor seen while it is typed', async () => {
  const secrets = one.replace(
    '  id = 7\n',
    '  id = 7\n  environment = ["A=1", "DEPLOY_TOKEN=old-secret-1"]\n',
  );
  const { terminal, take, file } = editing(secrets);
  await terminal.waitFor('["A=[hidden]", "DEPLOY_TOKEN=[hidden]"]');
  await take('#1 "build-1"', 'environment');
  await take('environment', 'DEPLOY_TOKEN');
  await take('DEPLOY_TOKEN=[hidden]', 'Change');
  await terminal.waitFor('? environment: entry (leave empty to keep)');
  terminal.type('DEPLOY_TOKEN=new-secret-2');
  terminal.press('enter');
  await take('environment', 'Back');
  await take('#1 "build-1", 1 change', 'Global settings');
  await take('Global settings, 1 change', 'sentry_dsn');
  await terminal.waitFor('? sentry_dsn (leave empty to keep)');
  terminal.type('https://sentry-secret-3@sentry.example.com/1');
  terminal.press('enter');
  await take('Global settings, 2 changes', 'Show the changes');
  await take('Save these changes?', 'Save');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.everSent()).not.toMatch(/secret-[123]/);
  expect(file()).toBe(
    secrets
      .replace('old-secret-1', 'new-secret-2')
      .replace('# two\n', '# two\nsentry_dsn = "https://sentry-secret-3@sentry.example.com/1"\n'),
  );
});

test('scripts that edit one file at once lose nothing of each other', async () => {
  const volumes = ['/a', '/b', '/c', '/d', '/e', '/f'];
  const { codes, file } = await editTogether(
    one,
    volumes.map((volume) => ['--add', `docker.volumes=${volume}`]),
  );
  expect(codes).toEqual(volumes.map(() => 0));
  const lines = file.split('\n');
  const added = lines.filter((line) => /^ {6}"\/[a-f]",$/.test(line));
  expect(added.map((line) => line.trim()).sort()).toEqual(volumes.map((volume) => `"${volume}",`));
  expect(lines.filter((line) => !added.includes(line)).join('\n')).toBe(one);
});
