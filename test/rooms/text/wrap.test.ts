import { describe, expect, test } from 'vitest';
import { fold, foldCommand } from '../../../src/text/wrap.ts';

// Sentences as the program says them, with the commands in them.
const sentences: readonly (readonly [string, readonly string[]])[] = [
  [
    'Name another file: runner-setup lint FILE; or make this one: runner-setup register -c /srv/config.toml',
    ['runner-setup lint FILE;', 'runner-setup register -c /srv/config.toml'],
  ],
  [
    'The old token no longer works. Fix the problem, then save the new token in config.toml: runner-setup doctor --fix',
    ['runner-setup doctor --fix'],
  ],
  [
    `docker login registry.example.com; or try it: runner-setup registry-auth test registry.example.com --runner 'build 1'`,
    [
      'docker login registry.example.com;',
      `runner-setup registry-auth test registry.example.com --runner 'build 1'`,
    ],
  ],
  [
    'runner-setup --help-all lists every flag, and sudo gitlab-runner restart starts the service again.',
    ['runner-setup --help-all', 'sudo gitlab-runner restart'],
  ],
  [
    'Build in another way (runner-setup preset list): runner-setup edit -c /srv/config.toml "#1" --preset docker-dind',
    ['runner-setup preset list', 'runner-setup edit -c /srv/config.toml "#1" --preset docker-dind'],
  ],
  [
    'Only its owner may read it; to change that: chmod 600 /srv/gitlab-runner/config.toml',
    ['chmod 600 /srv/gitlab-runner/config.toml'],
  ],
  [
    'In this sentence gitlab-runner does nothing at all, and the docker executor needs a socket to be there.',
    [],
  ],
  [
    'runner-setup edit "#2" --set docker.image=alpine:3.22 --add docker.volumes=/srv/data:/data:ro --unset docker.memory',
    [
      'runner-setup edit "#2" --set docker.image=alpine:3.22 --add docker.volumes=/srv/data:/data:ro --unset docker.memory',
    ],
  ],
];

const again = (text: string): string => text.replace(/( \\)?\n */g, ' ');

describe.each([40, 48, 60, 71, 80, 100, 120])('at %i columns', (width) => {
  test.each(sentences)('%s', (text, commands) => {
    const folded = fold(text, width, 7);
    expect(again(folded)).toBe(text);
    const lines = folded.split('\n').map((line, at) => (at === 0 ? `${' '.repeat(7)}${line}` : line));
    expect(lines.filter((line) => line.length > width && !/^ *\S+( \\)?$/.test(line))).toEqual([]);
    // Only with a backslash does a command go on in the next line.
    const asTyped = folded.replace(/ \\\n */g, ' ');
    for (const command of commands) expect(asTyped).toContain(command);
  });
});

test('a command is broken before flags with their values, never inside quotes', () => {
  expect(foldCommand(`tool do --name 'a b c d e f g h' --tag x | other --flag "1 2 3"`, 32, 2)).toBe(
    `tool do \\
  --name 'a b c d e f g h' \\
  --tag x | other \\
  --flag "1 2 3"`,
  );
});

test('a word with quotation marks of its own stays whole', () => {
  const word = `'printf '\\''%s\\n'\\'' '\\''Suites: trixie'\\'' > /etc/a.sources'`;
  expect(foldCommand(`sh -c ${word}`, 32, 2)).toBe(`sh -c \\\n  ${word}`);
});

test('words that are longer than a line stay whole', () => {
  const word = 'https://gitlab.example.com/a/very/long/path/that/does/not/fit';
  expect(fold(`See ${word} for more`, 40, 0)).toBe(`See\n${word}\nfor more`);
});
