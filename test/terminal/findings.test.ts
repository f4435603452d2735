import { expect, test } from 'vitest';
import { takeInHand } from './at-hand.ts';

const text = `\
[[runners]]
  name = "build"
  url = "https://gitlab.example.com"
  token = "glrt-t3_buildbuildbuild0001"
  executor = "shell"
  tag_list = ["docker"]
`;

test('findings are broken between words, the line of the file is not', async () => {
  const hand = await takeInHand(text, {});
  const terminal = hand.open(['lint'], { columns: 60 });
  expect(await terminal.ended).toEqual({ code: 1, signal: undefined });
  const lines = terminal.screen().split('\n');
  const at = lines.indexOf('    6 |   tag_list = ["docker"]');
  expect(lines.slice(0, at).join(' ').replace(/ +/g, ' ')).toContain(
    'unknown key runners.tag_list; it is set in GitLab, not in config.toml',
  );
  expect(lines.slice(at + 1, at + 4)).toEqual([
    '      |   ^',
    '  next: Remove the line, and change it in GitLab (Settings >',
    '        CI/CD > Runners).',
  ]);
});

test('lint leads a person from a valid file to doctor', async () => {
  const hand = await takeInHand(text.replace(/.*tag_list.*\n/, ''), {});
  const terminal = hand.open(['lint'], { columns: 160 });
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  const [valid, next] = terminal.screen().split('\n');
  expect(valid).toMatch(/config\.toml is valid\.$/);
  expect(next).toMatch(/^next: To check .*: runner-setup doctor -c /);
});
