import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect } from 'vitest';
import { type GitlabSetup, type StandIn, startGitlab } from '../gitlab/index.ts';
import { removeFolder } from '../harness/folder.ts';
import { systemId } from '../harness/placeholders.ts';
import { cleanEnvironment } from '../harness/program.ts';
import { requestLine } from '../harness/requests.ts';
import { type Opening, openTerminal, type Terminal } from '../harness/terminal.ts';

/** One person with a config.toml that has runners already, and the GitLab that knows them. */
export interface AtHand {
  readonly folder: string;
  readonly gitlab: StandIn;
  /** Opens the program with these words and the file. */
  open(words: readonly string[], size?: Pick<Opening, 'columns' | 'rows' | 'told'>): Terminal;
  /** config.toml; the address of the GitLab is put as `<URL>`, the moment as `<NOW>`. */
  file(): string;
  write(text: string): void;
  /** What GitLab was asked, a line each, sorted: several are asked at once. */
  requests(): string[];
  /** Waits until GitLab was asked for this path. */
  asked(path: string): Promise<void>;
}

const open: { hand: AtHand; terminals: Terminal[] }[] = [];

// No token of GitLab or of the file is ever seen whole.
afterEach(async () => {
  for (const { hand, terminals } of open.splice(0)) {
    const secrets = hand.gitlab.state.runners.map(({ token }) => token);
    const seen = terminals.map((terminal) => terminal.everSent().replaceAll('\n', ''));
    for (const terminal of terminals) await terminal.close();
    await hand.gitlab.close();
    removeFolder(hand.folder);
    expect(secrets.filter((secret) => seen.some((text) => text.includes(secret)))).toEqual([]);
  }
});

/** Starts a GitLab and writes a config.toml, in which `<URL>` becomes its address; both are gone after the test. */
export async function takeInHand(text: string, setup: GitlabSetup): Promise<AtHand> {
  const gitlab = await startGitlab(setup);
  const folder = mkdtempSync(join(tmpdir(), 'hand-'));
  const terminals: Terminal[] = [];
  const path = join(folder, 'config.toml');
  const write = (words: string) =>
    writeFileSync(path, words.replaceAll('<URL>', gitlab.url), { mode: 0o600 });
  writeFileSync(join(folder, '.runner_system_id'), systemId);
  write(text);
  const hand: AtHand = {
    folder,
    gitlab,
    open(words, size = {}) {
      const args = [...words, '--config', path];
      const terminal = openTerminal({ args, env: cleanEnvironment(folder), cwd: folder, ...size });
      terminals.push(terminal);
      return terminal;
    },
    file: () =>
      readFileSync(path, 'utf8')
        .replaceAll(gitlab.url, '<URL>')
        .replace(/(token_obtained_at = )(?!0001)\S+/g, '$1<NOW>'),
    write,
    requests: () => gitlab.requests.map((one) => requestLine(one, false).trimEnd()).sort(),
    async asked(below) {
      while (!gitlab.requests.some((one) => one.path === below)) await wait(10);
    },
  };
  open.push({ hand, terminals });
  return hand;
}

/** Three runners, two of one name; the GitLab of `threeKnown` does not know the last. */
export const three = `concurrent = 2

# the fast one
[[runners]]
  name = "build"
  url = "<URL>"
  id = 1
  token = "glrt-t1_first000000000001"
  executor = "shell"

[[runners]]
  name = "build"
  url = "<URL>"
  id = 2
  token = "glrt-t1_second00000000001"
  executor = "docker"
  [runners.docker]
    image = "registry.example.com/images/a-rather-long-name:2026"

[[runners]]
  name = "old"
  url = "<URL>"
  id = 3
  token = "glrt-t1_third000000000001"
  executor = "shell"
`;

const managers = [{ systemId }];

/** The GitLab that goes with `three`. */
export const threeKnown: GitlabSetup = {
  runners: [
    { id: 1, token: 'glrt-t1_first000000000001', type: 'instance', managers },
    { id: 2, token: 'glrt-t1_second00000000001', type: 'instance', managers },
  ],
};
