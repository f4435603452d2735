import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Folder, readFolder, writeForGit } from './folder.ts';
import { splitWords } from './words.ts';

/** A case as it stands in its folder, placeholders not yet filled. */
export type Case = {
  folder: string;
  title: string;
  runs: string[][];
  env: Map<string, string | undefined>;
  stdin: Buffer | undefined;
  given: Folder;
  gitlab: unknown;
  /** The text of `engine.json`: a stand-in for docker or podman is on PATH. */
  engine: string;
  ownSystemId: boolean;
  showInfo: boolean;
  expected: Outcome;
};

/** All that a case compares; texts as they stand in the files of the same names, `''` when there is none. */
export type Outcome = {
  code: string;
  stdout: string;
  stderr: string;
  requests: string;
  commands: string;
  out: Folder;
};

/** Every folder `<root>/<verb>/<case>/`, sorted. */
export function findCases(root: string): string[] {
  return foldersIn(root).flatMap(foldersIn);
}

const foldersIn = (folder: string) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))
    .sort();

/** Reads a case folder; throws when it holds a file that no case has, so that a misspelt name is noticed. */
export function readCase(folder: string): Case {
  const strange = readdirSync(folder).filter((name) => !known.has(name));
  if (strange.length > 0) throw new Error(`${folder}: a case has no ${strange.join(', ')}`);
  const text = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '';
  const runs = readRuns(text('cmd'));
  const given = withModes(readFolder(join(folder, 'in')), text('modes.in'));
  return {
    folder,
    title: basename(folder).replaceAll('-', ' '),
    runs,
    env: readEnv(text('env')),
    stdin: existsSync(join(folder, 'stdin')) ? readFileSync(join(folder, 'stdin')) : undefined,
    given,
    gitlab: text('gitlab.json') === '' ? undefined : JSON.parse(text('gitlab.json')),
    engine: text('engine.json'),
    ownSystemId: existsSync(join(folder, 'no-system-id')),
    showInfo: existsSync(join(folder, 'with-info')),
    expected: {
      code: text('code') || runs.map(() => '0\n').join(''),
      stdout: text('stdout'),
      stderr: text('stderr'),
      requests: text('requests'),
      commands: text('commands'),
      out: readOut(folder, given, `${text('modes.in')}\n${text('modes.out')}`),
    },
  };
}

const known = new Set(
  'cmd env stdin in modes.in gitlab.json engine.json no-system-id with-info why code stdout stderr requests commands out modes.out'.split(
    ' ',
  ),
);

// A line that begins with `$ ` begins a run; the lines after it, until the next, belong to it.
function readRuns(text: string): string[][] {
  const runs = text.split(/^\$ /m).slice(1);
  if (runs.length === 0) throw new Error('cmd has no line that begins with "$ "');
  return runs.map(splitWords);
}

/** `NAME=value`, `NAME="JSON string"` for a value of several lines, `NAME` alone takes a variable away. */
function readEnv(text: string): Map<string, string | undefined> {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.split('=', 1)[0]!, readValue(line)]));
}

function readValue(line: string): string | undefined {
  if (!line.includes('=')) return undefined;
  const value = line.slice(line.indexOf('=') + 1);
  return value.startsWith('"') ? JSON.parse(value) : value;
}

function readOut(folder: string, given: Folder, modes: string): Folder {
  const out = existsSync(join(folder, 'out')) ? readFolder(join(folder, 'out')) : given;
  return withModes(out, modes);
}

// Git keeps no modes, so those on disk mean nothing: 0600 and 0700 unless a line `0644 path` says otherwise.
function withModes(folder: Folder, lines: string): Folder {
  const said = new Map(lines.split('\n').map((line) => [line.slice(5), line.slice(0, 4)]));
  return new Map(
    [...folder].map(([path, entry]) => [path, { ...entry, mode: said.get(path) ?? usualMode(path, entry) }]),
  );
}

const usualMode = (path: string, entry: { link?: string }) =>
  entry.link !== undefined ? '0777' : path.endsWith('/') ? '0700' : '0600';

/** Writes the texts a case expects; an empty one has no file. `code` has none when all runs end with 0. */
export function recordTexts(folder: string, texts: Partial<Omit<Outcome, 'out'>>): void {
  for (const [name, text] of Object.entries(texts)) {
    if (text === '' || (name === 'code' && /^[0\n]*$/.test(text)))
      rmSync(join(folder, name), { force: true });
    else writeFileSync(join(folder, name), text);
  }
}

/** Writes the files a case leaves behind, and `modes.out` for those whose mode differs from the expected rule. */
export function recordOut(it: Case, out: Folder): void {
  rmSync(join(it.folder, 'out'), { recursive: true, force: true });
  rmSync(join(it.folder, 'modes.out'), { force: true });
  if (!sameFiles(out, it.given)) writeForGit(join(it.folder, 'out'), out);
  const modes = [...out].filter(
    ([path, entry]) => entry.mode !== (it.given.get(path)?.mode ?? usualMode(path, entry)),
  );
  if (modes.length > 0) {
    writeFileSync(
      join(it.folder, 'modes.out'),
      modes.map(([path, { mode }]) => `${mode} ${path}\n`).join(''),
    );
  }
}

const sameFiles = (one: Folder, other: Folder) =>
  JSON.stringify(contents(one)) === JSON.stringify(contents(other));

// A folder that was made or taken away counts, too, also an empty one.
const contents = (folder: Folder) =>
  [...folder].map(([path, { bytes, link }]) => [path, link ?? bytes?.toString('latin1') ?? '']);
