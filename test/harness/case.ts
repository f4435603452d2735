import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type CaseFile, readSections, type Section, writeSections } from './case-file.ts';
import type { Entry, Folder } from './folder.ts';
import { splitWords } from './words.ts';

/** A case as it stands in its file, placeholders not yet filled. */
export type Case = {
  file: string;
  title: string;
  runs: string[][];
  /** The system that the program runs as on; '' for this one. */
  platform: string;
  env: Map<string, string | undefined>;
  stdin: Buffer | undefined;
  given: Folder;
  gitlab: unknown;
  registry: unknown;
  storage: unknown;
  bucket: unknown;
  /** The text of `engine.json`: a stand-in for docker or podman is on PATH. */
  engine: string;
  ownSystemId: boolean;
  showInfo: boolean;
  expected: Outcome;
  written: CaseFile;
};

/** All that a case compares; texts as they stand in the sections of the same names, `''` when there is none. */
export type Outcome = {
  code: string;
  stdout: string;
  stderr: string;
  requests: string;
  commands: string;
  out: Folder;
};

/** Every case `<root>/<verb>/<topic>/<title>.txt`, sorted. Throws when another file is not below `fixtures/`. */
export function findCases(root: string): string[] {
  const paths = filesIn(root).filter((path) => !path.startsWith('fixtures/'));
  const strange = paths.filter((path) => !/^[\w-]+\/[\w-]+\/[\w-]+\.txt$/.test(path));
  if (strange.length > 0) throw new Error(`no case: ${strange.join(', ')}`);
  return paths.map((path) => join(root, path));
}

/** The paths of all files below a folder, relative to it, sorted. */
export const filesIn = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();

/** The folder of what several cases have in common. */
export const fixtures = resolve(import.meta.dirname, '../cases/fixtures');

/** Reads a case file. Throws with its path when it says what no case says, or names a fixture that does not exist. */
export function readCase(file: string): Case {
  try {
    const written = readSections(readFileSync(file));
    return { file, title: titleOf(file), ...readMeaning(written.sections), written };
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

function titleOf(file: string): string {
  const [verb, topic, name] = file.split(/[\\/]/).slice(-3);
  return `${verb}/${topic}: ${basename(name!, '.txt').replaceAll('-', ' ')}`;
}

function readMeaning(written: Section[]): Omit<Case, 'file' | 'title' | 'written'> {
  const sections = written.map((section) => ({ ...section, bytes: bytesOf(section, written) }));
  const find = (name: string) => sections.find((section) => section.name === name)?.bytes;
  const text = (name: string) => find(name)?.toString('utf8') ?? '';
  const below = (folder: string) => sections.filter(({ name }) => name.startsWith(folder));
  const runs = readRuns(text('cmd'));
  const given = changed(new Map(), below('in/'));
  return {
    runs,
    platform: text('platform'),
    env: readEnv(text('env')),
    stdin: find('stdin'),
    given,
    gitlab: text('gitlab.json') === '' ? undefined : JSON.parse(text('gitlab.json')),
    registry: text('registry.json') === '' ? undefined : JSON.parse(text('registry.json')),
    storage: text('storage.json') === '' ? undefined : JSON.parse(text('storage.json')),
    bucket: text('bucket.json') === '' ? undefined : JSON.parse(text('bucket.json')),
    engine: text('engine.json'),
    ownSystemId: find('no-system-id') !== undefined,
    showInfo: find('with-info') !== undefined,
    expected: {
      code: text('code') || runs.map(() => '0\n').join(''),
      stdout: text('stdout'),
      stderr: text('stderr'),
      requests: text('requests'),
      commands: text('commands'),
      out: changed(given, below('out/')),
    },
  };
}

// What is left behind can be the same as what was given; all else that stands elsewhere is a fixture.
function bytesOf({ name, source, bytes }: Section, written: Section[]): Buffer {
  if (source === undefined) return bytes;
  if (!name.startsWith('out/')) return laidOver(readFileSync(join(fixtures, source)), bytes);
  const given = written.find((section) => section.name === source);
  if (!given || !source.startsWith('in/')) throw new Error(`${name} is the same as nothing: ${source}`);
  return bytesOf(given, written);
}

function laidOver(fixture: Buffer, own: Buffer): Buffer {
  if (own.length === 0) return fixture;
  return Buffer.from(JSON.stringify({ ...JSON.parse(String(fixture)), ...JSON.parse(String(own)) }));
}

// A line that begins with `$ ` begins a run; the lines after it, until the next, belong to it.
function readRuns(text: string): string[][] {
  const [before, ...runs] = text.split(/^\$ /m);
  if (before !== '' || runs.length === 0) throw new Error('cmd has to begin with "$ "');
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

function changed(before: Folder, sections: Section[]): Folder {
  const folder = new Map(before);
  for (const section of sections) {
    const path = section.name.slice(section.name.indexOf('/') + 1);
    if (section.removed) remove(folder, path);
    else put(folder, path, section);
  }
  return folder;
}

function remove(folder: Folder, path: string): void {
  if (!folder.has(path)) throw new Error(`${path} cannot be removed: it is not there`);
  for (const each of folder.keys()) {
    if (each === path || (path.endsWith('/') && each.startsWith(path))) folder.delete(each);
  }
}

function put(folder: Folder, path: string, { link, mode, bytes }: Section): void {
  for (const parent of parentsOf(path)) {
    if (!folder.has(parent)) folder.set(parent, { mode: usualMode(parent) });
  }
  const content = link !== undefined ? { link } : path.endsWith('/') ? {} : { bytes };
  folder.set(path, { ...content, mode: mode ?? folder.get(path)?.mode ?? usualMode(path, link) });
}

const parentsOf = (path: string) =>
  [...path.matchAll(/\/(?=.)/g)].map(({ index }) => path.slice(0, index + 1));

const usualMode = (path: string, link?: string) =>
  link !== undefined ? '0777' : path.endsWith('/') ? '0700' : '0600';

/**
 * Rewrites the file of a case: what is given here stands in it from now on as what is expected. An empty text has no
 * section, nor has `code` when all runs end with 0, nor what is in the folder as it was before.
 */
export function recordOutcome(it: Case, { out, ...texts }: Partial<Outcome>): void {
  const kept = it.written.sections.filter(
    ({ name }) => !(name in texts) && !(out && name.startsWith('out/')),
  );
  const said = Object.entries(texts).filter(
    ([name, text]) => text !== '' && !(name === 'code' && /^[0\n]*$/.test(text)),
  );
  const sections = [
    ...kept,
    ...said.map(([name, text]) => ({ name, bytes: Buffer.from(text) })),
    ...(out ? changesOf(it.given, out) : []),
  ];
  writeFileSync(it.file, writeSections({ ...it.written, sections }));
}

function changesOf(before: Folder, after: Folder): Section[] {
  const removed = [...before.keys()].filter((path) => !after.has(path));
  const topmost = removed.filter((path) => !parentsOf(path).some((parent) => removed.includes(parent)));
  const written = [...after].filter(([path, entry]) => !isImplied(path, entry, before, after));
  return [
    ...topmost.map((path) => ({ name: `out/${path}`, removed: 'removed', bytes: Buffer.alloc(0) })),
    ...written.map(([path, entry]) => changeOf(path, entry, before)),
  ];
}

// What is as before, and a new folder with something in it, need no section.
function isImplied(path: string, entry: Entry, before: Folder, after: Folder): boolean {
  if (before.has(path)) return isDeepStrictEqual(entry, before.get(path));
  const isFull =
    path.endsWith('/') && [...after.keys()].some((other) => other !== path && other.startsWith(path));
  return isFull && entry.mode === usualMode(path);
}

function changeOf(path: string, { link, mode, bytes = Buffer.alloc(0) }: Entry, before: Folder): Section {
  const same = [path, ...before.keys()].find(
    (each) => bytes.length > 0 && before.get(each)?.bytes?.equals(bytes),
  );
  return {
    name: `out/${path}`,
    link,
    mode: mode === (before.get(path)?.mode ?? usualMode(path, link)) ? undefined : mode,
    ...(same === undefined ? { bytes } : { source: `in/${same}`, bytes: Buffer.alloc(0) }),
  };
}
