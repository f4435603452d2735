import { expect, test } from 'vitest';
import { takeInHand } from './at-hand.ts';
import { asked } from './journey.ts';

const setup = {
  accessTokens: [{ token: 'glpat-person', scopes: ['api'], admin: true }],
  groups: [{ id: 5, path: 'infra' }],
  runners: [
    {
      id: 1,
      token: 'glrtr-oldtoken1111',
      type: 'group' as const,
      of: [5],
      description: 'host',
      tags: ['docker'],
    },
  ],
};

const old = `[[runners]]
  name = "old"
  url = "<URL>"
  id = 1
  token = "glrtr-oldtoken1111"
  executor = "docker+machine"
  [runners.machine]
    IdleCount = 2
    MachineDriver = "amazonec2"
    MachineName = "ci-%s"
`;

test('the person is asked for what is missing, sees the plan, and agrees', async () => {
  const hand = await takeInHand(old, setup);
  const terminal = hand.open(['migrate'], { columns: 80, rows: 24 });
  await terminal.waitFor(asked('Access token with the scope create_runner and manage_runner (or api)'));
  terminal.type('glpat-person');
  terminal.press('enter');
  await terminal.waitFor(asked('Name of the Auto Scaling group'));
  terminal.type('ci-jobs');
  terminal.press('enter');
  await terminal.waitFor(asked('Migrate this runner?'));
  expect(terminal.everSent()).not.toContain('glpat-person');
  expect(hand.requests().every((request) => String(request).startsWith('GET'))).toBe(true);
  terminal.type('y');
  terminal.press('enter');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  const [runner, ...more] = hand.gitlab.state.runners;
  expect([runner!.description, runner!.tags, more]).toEqual(['host', ['docker'], []]);
  expect(hand.file()).toContain(`token = "${runner!.token}"`);
  expect(hand.file()).toContain('executor = "docker-autoscaler"');
  expect(hand.file()).toContain('name = "ci-jobs"');
});

test('a no leaves everything as it is', async () => {
  const hand = await takeInHand(old, setup);
  const terminal = hand.open(['migrate', '--only', 'docker-machine', '--instance-group', 'ci-jobs'], {
    columns: 60,
    rows: 20,
  });
  await terminal.waitFor(asked('Migrate this runner?'));
  terminal.press('enter');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(hand.file()).toContain('executor = "docker+machine"');
  expect(hand.requests()).toEqual([]);
});
