import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { removeFolder } from '../harness/folder.ts';
import { cleanEnvironment, runProgram } from '../harness/program.ts';
import { openTerminal, type Terminal } from '../harness/terminal.ts';

const program = resolve(import.meta.dirname, '../../bin/runner-setup.js');

const config = `
[[runners]]
  name = "build-1"
  url = "https://gitlab.example.com"
  token = "glrt-t1_first000000000001"
  executor = "docker"

[[runners]]
  name = "my runner"
  url = "https://admin:a-password@gitlab.example.com"
  token = "glrt-t1_second00000000001"
  executor = "shell"

[[runners]]
  name = "it's \\"odd\\" & $HOME"
  url = "https://gitlab.example.com"
  token = "glrt-t1_third000000000001"
  executor = "shell"

[[runners]]
  name = "twin"
  url = "https://gitlab.example.com"
  token = "glrt-t1_fourth00000000001"
  executor = "shell"

[[runners]]
  name = "twin"
  url = "https://gitlab.example.com"
  token = "glrt-t1_fifth000000000001"
  executor = "docker"
`;

const secrets = ['a-password', 'first000000000001', 'second00000000001', 'fifth000000000001'];

/** How a shell is started without the files of whoever runs the tests, and given the completion as the README says. */
const shells = {
  bash: { args: ['--norc', '--noprofile', '-i'], load: 'source <(runner-setup completion bash)' },
  zsh: { args: ['-f', '-i'], load: 'source <(runner-setup completion zsh)' },
  fish: { args: ['--no-config', '-i'], load: 'runner-setup completion fish | source' },
};

type Shell = keyof typeof shells;

const isThere = (shell: Shell): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

const open: { folder: string; terminal: Terminal }[] = [];

afterEach(async () => {
  for (const { folder, terminal } of open.splice(0)) {
    const seen = terminal.everSent().replaceAll('\n', '');
    await terminal.close();
    removeFolder(folder);
    expect(secrets.filter((secret) => seen.includes(secret))).toEqual([]);
  }
});

function layOut(): { folder: string; env: Record<string, string> } {
  const folder = mkdtempSync(join(tmpdir(), 'completion-'));
  for (const below of ['bin', 'home', 'files']) mkdirSync(join(folder, below));
  symlinkSync(program, join(folder, 'bin', 'runner-setup'));
  writeFileSync(join(folder, 'config.toml'), config);
  writeFileSync(join(folder, 'files', 'other.toml'), '[[runners]]\n  name = "elsewhere"\n');
  writeFileSync(join(folder, 'files', 'broken.toml'), '[[runners\n');
  const clean = cleanEnvironment(folder);
  const env = {
    ...clean,
    PATH: `${join(folder, 'bin')}:${clean.PATH}`,
    PS1: '$ ',
    ZDOTDIR: `${folder}/home`,
  };
  return { folder, env };
}

async function openShell(shell: Shell): Promise<Terminal> {
  const { folder, env } = layOut();
  const { args, load } = shells[shell];
  const cwd = join(folder, 'files');
  const terminal = openTerminal({ command: shell, args, env, cwd, columns: 120, rows: 50 });
  open.push({ folder, terminal });
  terminal.type(`${load}; echo "ready for "$(echo ${shell})\r`);
  await terminal.waitFor(`ready for ${shell}`);
  return terminal;
}

/** What was typed before TAB, and what the line has to be after it: in bash, zsh and fish. */
const everywhere: readonly [string, readonly string[]][] = [
  ['ed', ['edit ']],
  ['help reset', ['help reset-token ']],
  ['register --exec', ['register --executor ']],
  ['register --executor docker-w', ['register --executor docker-windows ']],
  ['register --executor=docker-w', ['register --executor=docker-windows ']],
  ['register --if-registered s', ['register --if-registered skip ']],
  ['register --docker-privileged=f', ['register --docker-privileged=false ']],
  ['register --docker-pull-policy=always,n', ['register --docker-pull-policy=always,never ']],
  ['register --help kub', ['register --help kubernetes ']],
  ['verify bui', ['verify build-1 ']],
  ['unregister build-1 my', ['unregister build-1 my\\ runner ']],
  ['reset-token "my', ['reset-token "my runner" ']],
  ['edit it', [`edit it\\'s\\ \\"odd\\"\\ \\&\\ \\$HOME `]],
  [
    "edit 'it",
    [`edit 'it'\\''s "odd" & $HOME' `, `edit 'it'\\''s "odd" & $HOME' `, `edit 'it\\'s "odd" & $HOME' `],
  ],
  ['edit "my "ru', ['edit my\\ runner ', 'edit "my runner" ', 'edit "my "runner ']],
  ['edit -c other.toml else', ['edit -c other.toml elsewhere ']],
  ['-c other.toml edit else', ['-c other.toml edit elsewhere ']],
  ['lint bro', ['lint broken.toml ']],
  ['edit --config=oth', ['edit --config=other.toml ']],
  ['edit --set docker.privil', ['edit --set docker.privileged=']],
  ['edit --set docker.privileged=t', ['edit --set docker.privileged=true ']],
  ['edit --global --set log_level=de', ['edit --global --set log_level=debug ']],
];

test('a person is told how to use what is shown', async () => {
  const { folder, env } = layOut();
  const terminal = openTerminal({ args: ['completion', 'zsh'], env, cwd: folder });
  open.push({ folder, terminal });
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.screen()).toContain(`
To install it, run once:
  echo 'source <(runner-setup completion zsh)' >> ~/.zshrc`);
});

test('every command has flags to offer', async () => {
  const { folder, env } = layOut();
  const ask = async (line: string): Promise<string[]> => {
    const args = ['__complete', 'bash', ' ', '9', '80'];
    const { stdout } = await runProgram({
      script: program,
      args,
      env,
      cwd: folder,
      stdin: Buffer.from(line),
    });
    return stdout.toString('utf8').split('\n').slice(1, -1);
  };
  const commands = (await ask('runner-setup ')).filter((name) => name !== 'help');
  const found = await Promise.all(commands.map((name) => ask(`runner-setup ${name} --js`)));
  removeFolder(folder);
  expect(commands.length).toBeGreaterThan(9);
  expect(commands.filter((_, at) => found[at]!.join() !== '--json')).toEqual([]);
});

/** What is listed where several fit. */
const listed: readonly [string, ...string[]][] = [
  ['', 'register', 'unregister', 'Diagnose config.toml, settings'],
  [
    'edit ',
    'build-1',
    '#1 docker gitlab.example.com',
    '#4 "twin" shell gitlab.example.com',
    '#5 "twin" docker',
  ],
  ['register --executor docker', 'docker-autoscaler', 'docker+machine', 'each job in a new container'],
];

describe.each(Object.keys(shells) as Shell[])('%s', (shell) => {
  if (!isThere(shell)) {
    test('is not installed, and gets its script all the same', () => {
      console.warn(`${shell} is not installed: its completion was not run.`);
      const script = execFileSync(process.execPath, [program, 'completion', shell], { encoding: 'utf8' });
      expect(script).toContain(`__complete ${shell}`);
    });
    return;
  }

  test('completes what is typed', async () => {
    const terminal = await openShell(shell);
    for (const [typed, wanted] of everywhere) {
      const after = wanted[Object.keys(shells).indexOf(shell)] ?? wanted[0];
      terminal.press('ctrl-u');
      terminal.type(`runner-setup ${typed}\t`);
      // A blank at the end cannot be seen, so something is typed behind it.
      terminal.type('X');
      await terminal.waitFor(`runner-setup ${after}X`);
    }
  });

  test('lists what fits, with a line on each', async () => {
    const terminal = await openShell(shell);
    for (const [typed, ...words] of listed) {
      terminal.press('ctrl-u');
      terminal.type(`runner-setup ${typed}\t\t`);
      for (const word of words) await terminal.waitFor(word);
    }
  });

  test('offers nobody, and says nothing, when the file is broken', async () => {
    const terminal = await openShell(shell);
    terminal.type('clear\r');
    terminal.type('runner-setup edit -c broken.toml \t\tX');
    await terminal.waitFor('runner-setup edit -c broken.toml X');
    expect(terminal.screen()).not.toMatch(/error|TOML/);
  });
});
