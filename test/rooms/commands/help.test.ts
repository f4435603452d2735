import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { placesIn } from '../../../src/app/show-help.ts';
import { commands } from '../../../src/commands/index.ts';
import { main } from '../../../src/main.ts';
import { mostUsedSettings } from '../../../src/settings/most-used.ts';
import { groups } from '../../../src/settings/row.ts';
import { settingNames, table } from '../../../src/settings/table.ts';
import { realWorld } from '../../../src/world.ts';

const program = resolve(import.meta.dirname, '../../../bin/runner-setup.js');

const ofContainer = ['install', 'upgrade', 'cleanup', 'status'].map((name) => ['container', name]);
const ofCache = ['setup', 'test'].map((name) => ['cache', name]);
const screens = [[], ...Object.keys(commands).map((name) => [name]), ...ofContainer, ...ofCache];

const world = realWorld(() => {});

/** What the program prints, in this process: hundreds of screens. */
async function helpOf(
  words: readonly string[],
  columns: number | undefined,
  flag = '--help',
): Promise<string> {
  const printed: unknown[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(text) > 0);
  try {
    const env = columns === undefined ? {} : { COLUMNS: String(columns) };
    expect(await main([...words, flag], { ...world, env })).toBe(0);
  } finally {
    write.mockRestore();
  }
  return printed.join('');
}

// A word that is longer than the line stays whole, so that it can be copied.
const tooLong = (text: string, width: number): string[] =>
  text.split('\n').filter((line) => line.length > width && !isWord(line));

const isWord = (line: string): boolean => /^\s*(\S+|'[^']*')( \\)?$/.test(line);

const verbs =
  /^(Register|Show|Edit|Diagnose|Check|Remove|Get|Validate|List|Undo|Manage|Print|Start|Replace|Add|Set|Explain|Pause|Resume|Assign|Unassign|Rotate|Migrate|Apply|Bring|Write|Save|Restore|Install|Upgrade|Uninstall) /;

describe.each(screens.map((words) => [words.join(' '), words] as const))(
  'runner-setup %s --help',
  (_, words) => {
    test.each([40, 60, 80, 120])('has no line over %i columns', async (width) => {
      const text = await helpOf(words, width);
      expect(text).toContain('\nLearn more:\n');
      expect(tooLong(text, Math.min(width, 100))).toEqual([]);
      expect(tooLong(await helpOf(words, width, '--help-all'), Math.min(width, 100))).toEqual([]);
    });

    test('begins with its usage and a paragraph that begins with a verb', async () => {
      const [usage, about = ''] = (await helpOf(words, 80)).split('\n\n');
      expect(usage).toMatch(/^Usage: runner-setup /);
      expect(about).toMatch(verbs);
    });

    test('shows the flags of all commands, and those without effect, only where they belong', async () => {
      const text = await helpOf(words, 80);
      const shared = ['--quiet', '--verbose', '--debug', '--no-color', '--help-all', '--log-level'];
      const shown = shared.filter((flag) => new RegExp(`^  (-\\w, )?${flag}\\b`, 'm').test(text));
      expect(shown).toEqual(words.length === 0 || words[0] === 'help' ? shared : []);
      expect(text).not.toMatch(/--log-format|--cpuprofile|--color/);
      expect(await helpOf(words, 80, '--help-all')).toContain('--cpuprofile FILE');
    });

    test('has up to three examples', async () => {
      const [, examples = ''] = /^Examples:\n([\s\S]*?)\n\nLearn more:/m.exec(await helpOf(words, 80)) ?? [];
      const commands = examples.split('\n\n').filter((example) => /^ {2}# .*\n {2}[^#]/.test(example));
      expect([1, 2, 3]).toContain(commands.length);
    });
  },
);

test('without a terminal and COLUMNS a help screen is 80 columns wide', async () => {
  expect(await helpOf(['register'], undefined)).toBe(await helpOf(['register'], 80));
});

test('the help of register fits a screen of 60 lines, with the line for issues', async () => {
  expect((await helpOf(['register'], 80)).trimEnd().split('\n').length).toBeLessThan(60);
});

test('the commands of the program begin with a verb', () => {
  expect(Object.values(commands).filter(({ line }) => !verbs.test(`${line} `))).toEqual([]);
});

test('the line on a setting is short and no sentence', () => {
  const wrong = settingNames.filter((name) => !/^[A-Z`][^\n]{4,71}(?<![.,;:])$/.test(table[name].doc));
  expect(wrong).toEqual([]);
});

test('the common settings of register are few, and each is named once', () => {
  const names = Object.values(mostUsedSettings).flat();
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeLessThan(25);
});

test('a group of settings is shown by register, edit and help, and an unknown one is refused with the list', () => {
  const call = (...words: string[]) =>
    spawnSync(process.execPath, [program, ...words], { encoding: 'utf8', env: {} });
  for (const group of Object.keys(groups)) {
    expect(call('register', '--help', group).stdout).toContain(
      `${groups[group as keyof typeof groups]}:\n  `,
    );
    // A word that is a command, too, is the command.
    if (!Object.hasOwn(commands, group))
      expect(call('help', group).stdout).toBe(call('register', '--help', group).stdout);
  }
  expect(call('edit', '--help', 'docker').stdout).toContain('--docker-image');
  expect(call('edit', '--help', 'gitlab').stdout).not.toContain('--runner-type');
  const refused = call('edit', '--help', 'dokcer');
  expect(refused.status).toBe(2);
  expect(refused.stderr).toBe(
    `error: Unknown help group "dokcer". Did you mean docker?\n next: Groups: ${Object.keys(groups).join(', ')}.\n       To see one: runner-setup edit --help GROUP\n`,
  );
});

test('help leads to the places that package.json names, else to the README', () => {
  const version = '1.0.0';
  expect(placesIn({ version })).toEqual({
    documentation: 'README.md in the runner-setup package',
    issues: undefined,
  });
  const repository = { url: 'git+https://gitlab.example.com/a/runner-setup.git' };
  expect(placesIn({ version, repository, bugs: { url: 'https://gitlab.example.com/a/issues' } })).toEqual({
    documentation: 'https://gitlab.example.com/a/runner-setup',
    issues: 'https://gitlab.example.com/a/issues',
  });
  expect(placesIn({ version, repository, homepage: 'https://docs.example.com' }).documentation).toBe(
    'https://docs.example.com',
  );
});
