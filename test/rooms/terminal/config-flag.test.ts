import { describe, expect, test } from 'vitest';
import { flagOf, placeIn, withFlag } from '../../../src/terminal/config-flag.ts';

describe('the flag that leads to the same config.toml', () => {
  test.each([
    [['edit', '-c', 'c.toml'], ' -c c.toml'],
    [['--config=c.toml', 'nope'], ' -c c.toml'],
    [['-config', "it's here.toml"], " -c it\\'s\\ here.toml"],
    [['--container', 'build'], ' --container build'],
    [['--container=build', '--config-folder', '/srv'], ' --container build'],
    [['-c', 'a.toml', '-c', 'b.toml'], ' -c b.toml'],
    [['-c'], ''],
    [['nope'], ''],
  ])('%j', (words, flag) => {
    expect(flagOf(placeIn(words))).toBe(flag);
  });
});

describe('the commands that are shown', () => {
  test.each([
    ["next: runner-setup edit '#1' --set limit=1", "next: runner-setup edit -c c.toml '#1' --set limit=1"],
    ['runner-setup reset-token', 'runner-setup reset-token -c c.toml'],
    ['runner-setup\n  doctor --fix mends 2', 'runner-setup\n  doctor -c c.toml --fix mends 2'],
    ['runner-setup registry-auth add HOST', 'runner-setup registry-auth add -c c.toml HOST'],
    ["runner-setup cache setup '#1'", "runner-setup cache setup -c c.toml '#1'"],
    [
      'Either: runner-setup verify. Or: runner-setup undo.',
      'Either: runner-setup verify -c c.toml. Or: runner-setup undo -c c.toml.',
    ],
    [
      'Remove it: runner-setup unregister\nOr add --config FILE',
      'Remove it: runner-setup unregister -c c.toml\nOr add --config FILE',
    ],
  ])('%s', (text, shown) => {
    expect(withFlag(text, ' -c c.toml')).toBe(shown);
    expect(withFlag(text, '')).toBe(text);
  });

  test.each([
    'runner-setup list --config other.toml',
    'runner-setup register \\\n    -n \\\n    --container build',
    'runner-setup register --help-all',
    'runner-setup registry-auth add|list|test|remove',
    'runner-setup preset list',
    'runner-setup container install --name build',
    'runner-setup lint FILE',
    'runner-setup keeps the version before',
    'Run edit again',
  ])('nothing is put into: %s', (text) => {
    expect(withFlag(text, ' -c c.toml')).toBe(text);
  });
});
