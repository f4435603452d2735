import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, expect } from 'vitest';
import { removeFolder } from '../harness/folder.ts';
import { cleanEnvironment, runProgram } from '../harness/program.ts';
import { openTerminal, type Terminal } from '../harness/terminal.ts';

/** A person who edits a config.toml in a terminal. */
export interface Editing {
  readonly terminal: Terminal;
  /** Points at the entry that begins with these words, and takes it. */
  take(title: string, entry: string): Promise<void>;
  /** The file as it is now. */
  file(): string;
  /** Writes the file as another program would. */
  write(text: string): void;
  /** What lies in the folder. */
  names(): string[];
}

const open: { terminal: Terminal; folder: string; secrets: string[] }[] = [];

// Whatever a journey is about: no token of the file is ever seen.
afterEach(async () => {
  for (const { terminal, folder, secrets } of open.splice(0)) {
    const seen = terminal.everSent().replaceAll('\n', '');
    await terminal.close();
    removeFolder(folder);
    expect(secrets.filter((secret) => seen.includes(secret))).toEqual([]);
  }
});

/** Opens `edit` with these words for a config.toml with this text, on a screen of 80x24 or another size. */
export function editing(
  text: string,
  words: readonly string[] = [],
  more: Record<string, string> = {},
  size: { columns?: number; rows?: number } = {},
): Editing {
  const folder = mkdtempSync(join(tmpdir(), 'editing-'));
  const path = join(folder, 'config.toml');
  mkdirSync(join(folder, 'home'));
  writeFileSync(path, text, { mode: 0o600 });
  const terminal = openTerminal({
    args: ['edit', '--config', path, ...words],
    env: { ...(cleanEnvironment(folder) as Record<string, string>), ...more },
    cwd: folder,
    ...size,
  });
  const secrets = [...text.matchAll(/token = "([^"]+)"/g)].map((match) => match[1]!);
  secrets.push(...Object.entries(more).flatMap(([name, value]) => (name.endsWith('TOKEN') ? [value] : [])));
  open.push({ terminal, folder, secrets });
  return {
    terminal,
    async take(title, entry) {
      await terminal.waitFor(new RegExp(`^\\? ${escaped(title)} *$`, 'm'));
      terminal.type(entry);
      await terminal.waitFor(new RegExp(`^❯ ${escaped(entry)}`, 'm'));
      terminal.press('enter');
    },
    file: () => readFileSync(path, 'utf8'),
    write: (now) => writeFileSync(path, now),
    names: () => (existsSync(folder) ? readdirSync(folder).sort() : []),
  };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** Runs `edit` several times at once, as scripts would, on one config.toml; gives the exit codes and the file. */
export async function editTogether(text: string, runs: readonly (readonly string[])[]) {
  const folder = mkdtempSync(join(tmpdir(), 'editing-'));
  const path = join(folder, 'config.toml');
  writeFileSync(path, text, { mode: 0o600 });
  const script = resolve(import.meta.dirname, '../../bin/runner-setup.js');
  const env = cleanEnvironment(folder) as Record<string, string>;
  const ended = await Promise.all(
    runs.map((words) =>
      runProgram({ script, args: ['edit', '--config', path, ...words], env, cwd: folder, stdin: undefined }),
    ),
  );
  const file = readFileSync(path, 'utf8');
  removeFolder(folder);
  return { codes: ended.map(({ code }) => code), file };
}
