import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takeInHand, three } from './at-hand.ts';
import { asked } from './journey.ts';

const known = {
  runners: [{ id: 1, token: 'glrt-t1_first000000000001', type: 'instance' as const, description: 'build' }],
  accessTokens: [{ token: 'glpat-manages0000001', scopes: ['api'], admin: true }],
};

test.each([
  ['n', 130, 1, 'Canceled. Nothing was changed.'],
  ['y', 0, 2, 'Applied runners.yml: 1 created, 1 changed.'],
] as const)(
  'the plan stands above the question, and is done when the person says %s',
  async (key, code, count, end) => {
    const hand = await takeInHand(three, known);
    const fleet = `version: 1
defaults: { gitlab: { url: "${hand.gitlab.url}", access_token: "file:token", type: instance } }
runners:
- key: build
  gitlab: { id: 1, tag_list: [fast] }
  config: { limit: 2 }
- key: new
  config: { executor: shell }
`;
    writeFileSync(join(hand.folder, 'runners.yml'), fleet);
    writeFileSync(join(hand.folder, 'token'), 'glpat-manages0000001\n');
    const before = hand.file();
    const terminal = hand.open(['apply', '-f', 'runners.yml', '--host', 'h'], { columns: 100, rows: 24 });
    await terminal.waitFor(asked('Apply these changes?'));
    for (const words of [
      'runners.yml on h: 1 to create, 1 to change.',
      '~ build: change limit (#1, id 1)',
      'in GitLab: tag_list (none) -> fast',
      '+ new: create in GitLab (instance), add to config.toml',
    ])
      expect(terminal.screen()).toContain(words);
    expect(hand.file()).toBe(before);
    terminal.type(key);
    terminal.press('enter');
    expect(await terminal.ended).toEqual({ code, signal: undefined });
    expect(terminal.everSent()).toContain(end);
    expect(hand.gitlab.state.runners.length).toBe(count);
    expect(hand.file() === before).toBe(key === 'n');
  },
);
