import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Ground, layGround } from './ground.ts';

describe.each(inject('engines'))('container status on $label', (found) => {
  let ground: Ground;
  beforeAll(async () => {
    ground = await layGround(found);
  });
  afterAll(() => ground.remove());

  test('finds the container by its image and mount', async () => {
    const name = ground.container();
    const image = ground.image('v19.3.0');
    await ground.engine('pull', image);
    await ground.engine('run', '-d', '--name', name, '-v', `${ground.dir}:/etc/gitlab-runner`, image);
    const { stdout } = await ground.runnerSetup([
      'container',
      'status',
      '--name',
      name,
      '--engine',
      found.program,
    ]);
    const [first, ...rest] = String(stdout).split('\n');
    expect(first).toMatch(new RegExp(`^${name}: running for \\d+ s$`));
    expect(rest.slice(0, 3)).toEqual([
      `  image     ${image}`,
      '  version   19.3.0',
      '  restarts  0 (policy: no)',
    ]);
    expect(rest).toContainEqual(expect.stringContaining(`/etc/gitlab-runner from ${ground.dir}`));
  });
});
