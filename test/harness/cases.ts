import { isUtf8 } from 'node:buffer';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { layEngine, type StandIn } from '../engine/stage.ts';
import { type Case, type Outcome, recordOutcome } from './case.ts';
import { type Folder, readFolder, removeFolder, writeFolder } from './folder.ts';
import {
  type Downloads,
  type Facts,
  fill,
  inBytes,
  type Neighbour,
  type Place,
  putBack,
  systemId,
} from './placeholders.ts';
import { emulation, systemOf } from './platform.ts';
import { cleanEnvironment, type Run, runProgram } from './program.ts';
import { type Request, requestLine } from './requests.ts';
import { loginsIn, proxyPasswordsIn, secretsOf } from './secrets.ts';

export { findCases, readCase } from './case.ts';

/** The stand-in server as far as a case needs it; `state` is what it knows and has made. */
export type Server = Place & { requests: readonly Request[]; state?: Holdings; close(): Promise<void> };

/** What a case is run with: the script of the program, and the way to start the server that `gitlab.json` describes. */
export type Stage = {
  script: string;
  startServer(setup: unknown): Promise<Server>;
  /** The registry that `registry.json` describes. */
  startRegistry?(setup: unknown): Promise<Neighbour & { close(): Promise<void> }>;
  /** The object storage that `storage.json` describes. */
  startStorage?(setup: unknown): Promise<Neighbour & { close(): Promise<void> }>;
  /** The bucket of downloads that `bucket.json` describes. */
  startBucket?(setup: unknown): Promise<Downloads & { close(): Promise<void> }>;
};

/** What was expected and what came, as plain values to compare whole, and what leaked. */
export type Result = { expected: Shown; actual: Shown; leaks: string[]; outcome: Outcome };

type Shown = Omit<Outcome, 'out'> & { files: Record<string, string>; modes: Record<string, string> };

/** Runs the command lines of a case one after another in a temporary folder of their own and gathers what they did. */
export async function runCase(
  it: Case,
  { script, startServer, startRegistry, startStorage, startBucket }: Stage,
): Promise<Result> {
  const dir = mkdtempSync(join(tmpdir(), 'case-'));
  const registry = it.registry === undefined ? undefined : await startRegistry?.(it.registry);
  const storage = it.storage === undefined ? undefined : await startStorage?.(it.storage);
  const bucket = it.bucket === undefined ? undefined : await startBucket?.(it.bucket);
  // What GitLab knows may name the registry.
  const setup = fill(JSON.stringify(it.gitlab ?? {}), { dir, server: undefined, registry, since: 0 });
  const server = needsServer(it) ? await startServer(JSON.parse(setup)) : undefined;
  const facts: Facts = { dir, server, registry, storage, bucket, since: Date.now() };
  const engine = it.engine === '' ? undefined : layEngine(JSON.parse(fill(it.engine, facts)));
  try {
    layFolder(it, facts);
    const start = startOf(it, facts, script, engine);
    const steps: Step[] = [];
    for (const words of it.runs) steps.push(await takeStep(words, start, { server, engine }, it.showInfo));
    return compare(it, facts, steps, tokensOf(it, server));
  } finally {
    await server?.close();
    await registry?.close();
    await storage?.close();
    await bucket?.close();
    engine?.remove();
    removeFolder(dir);
    rmSync(systemOf(dir), { recursive: true, force: true });
  }
}

// Whatever token GitLab knows or the file holds, the program must not print it: also one that was just made.
function tokensOf(it: Case, server: Server | undefined): string[] {
  const setup = (it.gitlab ?? {}) as { registrationTokens?: Array<{ token: string }> };
  const { runners = [], accessTokens = [] } = server?.state ?? {};
  const known = [...runners, ...accessTokens, ...(setup.registrationTokens ?? [])].map(({ token }) => token);
  const texts = [...it.given.values()].map(({ bytes }) => String(bytes ?? ''));
  const configured = texts.flatMap((text) => [...text.matchAll(tokenLine)]);
  const logins = [JSON.stringify([it.gitlab ?? {}, it.registry ?? {}]), ...texts].flatMap(loginsIn);
  const proxies = texts.flatMap(proxyPasswordsIn);
  const { keys = {} } = (it.storage ?? {}) as { keys?: Record<string, string> };
  const opening = Object.values(keys).filter((key) => key !== '');
  return [...known, ...configured.map((match) => match[1]!), ...logins, ...proxies, ...opening];
}

const tokenLine = /^\s*token\s*=\s*["']([^"'$]{6,})["']/gm;

type Holdings = { runners: Array<{ token: string }>; accessTokens: Array<{ token: string }> };

type Step = Run & { requests: string; commands: string; secrets: string[] };

// A case about something that never reaches GitLab still needs an address; its server knows nobody.
function needsServer(it: Case): boolean {
  const words = [
    ...it.runs.flat(),
    ...it.env.values(),
    ...[...it.given.values()].map(({ bytes }) => bytes?.toString()),
  ];
  return it.gitlab !== undefined || words.some((word) => /\{\{(gitlab|address|port)\}\}/.test(word ?? ''));
}

function layFolder(it: Case, facts: Facts): void {
  const filled = [...it.given].map(([path, entry]): [string, typeof entry] => [
    path,
    entry.bytes ? { ...entry, bytes: inBytes(entry.bytes, facts, fill) } : entry,
  ]);
  if (!it.ownSystemId) writeFileSync(join(facts.dir, systemIdFile), systemId, { mode: 0o600 });
  writeFolder(facts.dir, new Map(filled));
}

const systemIdFile = '.runner_system_id';

type Prepared = {
  node: string[];
  script: string;
  facts: Facts;
  env: Map<string, string>;
  own: Case['env'];
  stdin: Buffer | undefined;
};

function startOf(it: Case, facts: Facts, script: string, engine: StandIn | undefined): Prepared {
  const own = new Map(
    [...it.env].map(([name, value]) => [name, value === undefined ? value : fill(value, facts)]),
  );
  const { node, env } = asOn(it.platform, facts.dir);
  // Only what the case has: the programs of this machine must not be found beside it.
  if (engine !== undefined) env.set('PATH', [join(facts.dir, 'bin'), engine.bin].join(delimiter));
  for (const [name, value] of own) {
    if (value === undefined) env.delete(name);
    else env.set(name, value);
  }
  return { node, script, facts, env, own, stdin: it.stdin && inBytes(it.stdin, facts, fill) };
}

// The folder for what lies elsewhere there is beside that of the case, of which every file is compared.
function asOn(platform: string, dir: string): Pick<Prepared, 'node' | 'env'> {
  const here = cleanEnvironment(dir);
  const { node, env } =
    platform === ''
      ? { node: ['--require', noRunners], env: here }
      : emulation(platform, { dir, system: systemOf(dir), env: here });
  return { node, env: new Map(Object.entries(env)) };
}

const noRunners = fileURLToPath(new URL('no-runners.cjs', import.meta.url));

async function takeStep(
  words: string[],
  start: Prepared,
  { server, engine }: { server: Server | undefined; engine: StandIn | undefined },
  showInfo: boolean,
): Promise<Step> {
  const { node, script, facts, env, own, stdin } = start;
  const args = words.map((word) => fill(word, facts));
  const secrets = secretsOf({ args, env: own, stdin: String(stdin ?? ''), dir: facts.dir });
  const before = server?.requests.length ?? 0;
  const run = await runProgram({ node, script, args, env: Object.fromEntries(env), cwd: facts.dir, stdin });
  const commands = engine?.commands() ?? '';
  engine?.forget();
  const requests = server?.requests.slice(before).map((request) => requestLine(request, showInfo)) ?? [];
  return { ...run, requests: requests.join(''), commands, secrets };
}

function compare(it: Case, facts: Facts, steps: Step[], tokens: string[]): Result {
  const back = (text: string) => putBack(text, facts);
  const outcome: Outcome = {
    code: steps.map(({ code }) => `${code}\n`).join(''),
    stdout: back(inSections(steps.map(({ stdout }) => stdout.toString('utf8')))),
    stderr: back(inSections(steps.map(({ stderr }) => stderr.toString('utf8')))),
    requests: back(inSections(steps.map(({ requests }) => requests))),
    commands: back(inSections(steps.map(({ commands }) => commands))),
    out: leftIn(facts, it.ownSystemId),
  };
  const commandLines = takeHistories(outcome.out, it.given);
  const secrets = [...new Set([...steps.flatMap((step) => step.secrets), ...tokens])];
  const leaks = secrets.filter((secret) =>
    [...steps.map(({ stdout, stderr, commands }) => `${stdout}${stderr}${commands}`), commandLines].some(
      (text) => text.includes(secret),
    ),
  );
  return { expected: show(roundTrip(it.expected, facts)), actual: show(outcome), leaks, outcome };
}

/** Several runs share one file: each one's part under a line that numbers it. */
function inSections(parts: string[]): string {
  if (parts.length === 1 || parts.every((part) => part === '')) return parts[0]!;
  return parts
    .map(
      (part, index) =>
        `--- run ${index + 1}\n${part === '' || part.endsWith('\n') ? part : `${part}\n\\ no line end\n`}`,
    )
    .join('');
}

function leftIn(facts: Facts, ownSystemId: boolean): Folder {
  const out = new Map(
    [...readFolder(facts.dir)].map(([path, entry]) => [
      path,
      { ...entry, ...(entry.bytes ? { bytes: inBytes(entry.bytes, facts, putBack) } : {}) },
    ]),
  );
  const kept = out.get(systemIdFile);
  if (!ownSystemId && kept?.mode === '0600' && String(kept.bytes) === '{{system_id}}')
    out.delete(systemIdFile);
  return out;
}

/**
 * Takes away the histories that `undo` keeps beside the files that were changed, unless the case gives one, and only where
 * they are as they must be: for the owner alone, of their form, and not too long. Gives the command lines in them.
 */
function takeHistories(out: Folder, given: Folder): string {
  const commands: string[] = [];
  for (const [path, { mode, bytes }] of [...out]) {
    if (!/(^|\/)\.[^/]+\.history$/.test(path) || given.has(path) || mode !== '0600') continue;
    const { version, steps } = JSON.parse(String(bytes)) as { version: number; steps: HistoryStep[] };
    const isWhole = steps.every(
      ({ at, command, before, after, text }) => before && (text ?? (at && command && after)),
    );
    if (version !== 1 || steps.length > 20 || !isWhole) continue;
    commands.push(...steps.map(({ command = '' }) => command));
    out.delete(path);
  }
  return commands.join('\n');
}

type HistoryStep = Record<'before', string> & Partial<Record<'at' | 'command' | 'after' | 'text', string>>;

// What is expected goes through the same changes as what came; else a host named like a word in a case would differ.
function roundTrip(expected: Outcome, facts: Facts): Outcome {
  const there = (text: string) => putBack(fill(text, facts), facts);
  const out = [...expected.out].map(([path, entry]): [string, typeof entry] => [
    path,
    entry.bytes ? { ...entry, bytes: inBytes(entry.bytes, facts, there) } : entry,
  ]);
  const { code, stdout, stderr, requests, commands } = expected;
  return {
    code,
    stdout: there(stdout),
    stderr: there(stderr),
    requests: there(requests),
    commands: there(commands),
    out: new Map(out),
  };
}

function show({ out, ...texts }: Outcome): Shown {
  const files = [...out].filter(([path]) => !path.endsWith('/'));
  return {
    ...texts,
    files: Object.fromEntries(
      files.map(([path, { bytes, link }]) => [path, link ? `-> ${link}` : readable(bytes!)]),
    ),
    modes: Object.fromEntries([...out].map(([path, { mode }]) => [path, mode])),
  };
}

const readable = (bytes: Buffer) =>
  isUtf8(bytes) ? bytes.toString('utf8') : `not UTF-8: ${bytes.toString('latin1')}`;

/**
 * Rewrites the file of a case and returns what is expected from now on: `texts` only stdout and stderr, and only when
 * all else is as expected, so that a wrong outcome is not recorded by the way; `all` everything.
 */
export function recordCase(it: Case, { expected, actual, outcome }: Result, what: 'texts' | 'all'): Shown {
  if (what === 'all') {
    recordOutcome(it, outcome);
    return actual;
  }
  const { stdout, stderr } = outcome;
  const wanted = { ...expected, stdout: actual.stdout, stderr: actual.stderr };
  if (isDeepStrictEqual(wanted, actual)) recordOutcome(it, { stdout, stderr });
  return wanted;
}

/** Returns the path of the built program; throws when a file that it needs is not there. */
export function requireBuilt(path: string): string {
  if (existsSync(path)) return path;
  throw new Error(`${path} is missing: build the program first (npm run build)`);
}
