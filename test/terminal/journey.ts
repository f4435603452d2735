import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect } from 'vitest';
import { type GitlabSetup, type StandIn, startGitlab } from '../gitlab/index.ts';
import { removeFolder } from '../harness/folder.ts';
import { emulation, systemOf } from '../harness/platform.ts';
import { cleanEnvironment } from '../harness/program.ts';
import { requestLine } from '../harness/requests.ts';
import { type Opening, openTerminal, type Terminal } from '../harness/terminal.ts';

/** What a person types at a question; a list is chosen from by the beginning of a choice, nothing typed is Enter alone. */
export type Answer = readonly [question: string, words?: string];

/** One person with one GitLab and one folder to register in. */
export interface Journey {
  readonly folder: string;
  readonly gitlab: StandIn;
  /** Opens the wizard: `register` with these words, these variables and this size of terminal. */
  register(
    words?: readonly string[],
    more?: { env?: Record<string, string>; platform?: string } & Pick<Opening, 'columns' | 'rows' | 'told'>,
  ): Terminal;
  /** Answers questions in their order, each as soon as it stands on the screen. */
  answer(terminal: Terminal, ...answers: readonly Answer[]): Promise<void>;
  /** config.toml of the folder or of one below it, or nothing; what differs from run to run is put as `<URL>`, `<NOW>` and `<FOLDER>`. */
  file(below?: string): string | undefined;
  /** What GitLab was asked, a line each, without the looks at its version and its name. */
  requests(): string[];
  /** Everything that was sent to the terminal, control sequences included. */
  sent(): string;
  signal(name: NodeJS.Signals): void;
}

const setups: { journey: Journey; terminals: Terminal[] }[] = [];

// Whatever a journey is about: no token that was typed or that GitLab made is ever seen.
afterEach(async () => {
  for (const { journey, terminals } of setups.splice(0)) {
    const { state } = journey.gitlab;
    const { registrationTokens = [] } = state.setup;
    const secrets = [...state.runners, ...state.accessTokens, ...registrationTokens].map((one) => one.token);
    const seen = terminals.map((terminal) => terminal.everSent().replaceAll('\n', ''));
    for (const terminal of terminals) await terminal.close();
    await journey.gitlab.close();
    removeFolder(journey.folder);
    rmSync(systemOf(journey.folder), { recursive: true, force: true });
    expect(secrets.filter((secret) => seen.some((text) => text.includes(secret)))).toEqual([]);
  }
});

/** Starts a GitLab and an empty folder; both are gone after the test. */
export async function setOut(setup: GitlabSetup = everyday): Promise<Journey> {
  const gitlab = await startGitlab(setup);
  const folder = mkdtempSync(join(tmpdir(), 'journey-'));
  const terminals: Terminal[] = [];
  const read = (name: string) => readFileSync(join(folder, 'home', name), 'utf8');
  mkdirSync(join(folder, 'home'));
  writeFileSync(join(folder, 'home', 'program.mjs'), overheard(join(folder, 'home')));
  const journey: Journey = {
    folder,
    gitlab,
    register(words = [], { env = {}, platform, ...size } = {}) {
      const args = ['register', ...words];
      const script = join(folder, 'home', 'program.mjs');
      const here = cleanEnvironment(folder);
      const { node, env: own } =
        platform === undefined
          ? { node: [], env: here }
          : emulation(platform, { dir: folder, system: systemOf(folder), env: here });
      const terminal = openTerminal({ args, node, env: { ...own, ...env }, cwd: folder, script, ...size });
      terminals.push(terminal);
      return terminal;
    },
    async answer(terminal, ...answers) {
      for (const [question, words = ''] of answers) {
        await terminal.waitFor(asked(question));
        if (words !== '') terminal.type(words);
        terminal.press('enter');
      }
    },
    file: (below = '') => readConfig(join(folder, below), gitlab.url),
    requests: () =>
      gitlab.requests
        .filter(({ path }) => path !== '/api/v4/version' && !path.startsWith('/.well-known/'))
        .map((one) => requestLine(one, false).replace(systemId, '"<SYSTEM>"').trimEnd()),
    sent: () => read('sent'),
    signal: (name) => process.kill(Number(read('pid')), name),
  };
  setups.push({ journey, terminals });
  return journey;
}

/** A GitLab with a token of each kind and something to register for. */
export const everyday: GitlabSetup = {
  legacy: true,
  registrationTokens: [{ token: 'GR1348941registration0001', type: 'project', of: 87 }],
  accessTokens: [
    { token: 'glpat-creates0000000000001', scopes: ['create_runner', 'read_api'], admin: true },
    { token: 'glpat-readsonly00000000001', scopes: ['read_api'] },
  ],
  groups: [{ id: 42, path: 'acme', name: 'Acme' }],
  projects: [{ id: 87, path: 'acme/app', name: 'app' }],
  runners: [{ id: 7, token: 'glrt-t3_authentication0001', type: 'project', of: [87] }],
  firstRunnerId: 101,
};

/** The tokens of `everyday`, by kind. */
export const tokens = {
  authentication: 'glrt-t3_authentication0001',
  registration: 'GR1348941registration0001',
  access: 'glpat-creates0000000000001',
  powerless: 'glpat-readsonly00000000001',
};

/** A question that waits for its answer: the line of an answered one begins otherwise. */
export const asked = (question: string): RegExp =>
  new RegExp(`^\\? ${question.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}`, 'm');

/** Waits until the last request that makes something has come in. */
export async function waitForRequest({ gitlab }: Journey, path: string): Promise<void> {
  while (!gitlab.requests.some((one) => one.method === 'POST' && one.path === path)) await wait(10);
}

// The terminal tells neither the process nor whether its cursor is shown, so the program leaves both behind.
const overheard = (folder: string) => `
  import { appendFileSync, writeFileSync } from 'node:fs';
  writeFileSync(${JSON.stringify(join(folder, 'pid'))}, String(process.pid));
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    stream.write = (text, ...rest) => {
      appendFileSync(${JSON.stringify(join(folder, 'sent'))}, text);
      return write(text, ...rest);
    };
  }
  await import(${JSON.stringify(resolve(import.meta.dirname, '../../bin/runner-setup.js'))});`;

const systemId = /"[rs]_\w{12}"/;

function readConfig(folder: string, url: string): string | undefined {
  try {
    return readFileSync(join(folder, 'config.toml'), 'utf8')
      .replaceAll(url, '<URL>')
      .replaceAll(folder, '<FOLDER>')
      .replace(/(token_obtained_at = )(?!0001)\S+/g, '$1<NOW>');
  } catch {
    return undefined;
  }
}
