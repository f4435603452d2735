import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Ground, layGround } from './ground.ts';

describe.each(inject('engines'))('container upgrade on $label', (found) => {
  let ground: Ground;
  let name: string;

  beforeEach(async () => {
    ground = await layGround(found);
    name = ground.container();
    mkdirSync(join(ground.dir, 'config'));
    await ground.engine('pull', ground.image('v19.3.0'));
  });
  afterEach(() => ground.remove());

  const start = (image: string) =>
    ground.engine(
      ...[
        'run',
        '-d',
        '--name',
        name,
        '--restart',
        'always',
        '--label',
        'team=ci',
        '--env',
        'TZ=Europe/Berlin',
      ],
      ...[
        '--volume',
        `${join(ground.dir, 'config')}:/etc/gitlab-runner`,
        '--add-host',
        'gitlab.example.com:10.0.0.5',
      ],
      image,
    );

  const upgrade = (to: string, ...more: string[]) =>
    ground.runnerSetup([
      ...['container', 'upgrade', name, '-n', '--engine', found.program, '--watch', '500ms', '--to', to],
      ...more,
    ]);

  /** The image, and what has to stay whatever happens. */
  const now = async () => {
    const [it] = JSON.parse((await ground.engine('container', 'inspect', name)) ?? '[{}]');
    const { Config, HostConfig, Mounts, State } = it;
    const mounts = Mounts.map((one: Record<string, string>) => `${one.Source}:${one.Destination}`).sort();
    const env = Config.Env.filter((line: string) => line.startsWith('TZ='));
    return {
      image: String(Config.Image).split(':').at(-1),
      running: State.Running,
      kept: [mounts, env, HostConfig.ExtraHosts, Config.Labels.team, HostConfig.RestartPolicy.Name],
    };
  };

  const leftovers = async () => [
    await ground.engine('container', 'inspect', '--format', '{{json .Name}}', `${name}-before-upgrade`),
    await ground.engine('container', 'inspect', '--format', '{{json .Name}}', `${name}-next-upgrade`),
  ];

  test('pulls another tag, keeps all settings, and finds nothing to do the second time', async () => {
    await start(ground.image('v19.3.0'));
    const before = await now();
    const first = await upgrade('v19.4.0');
    expect(`${first.stderr}`.includes(`pull ${ground.image('v19.4.0')}`)).toBe(true);
    expect(first.code).toBe(0);
    expect(await now()).toEqual({ ...before, image: 'v19.4.0' });
    expect(await leftovers()).toEqual([undefined, undefined]);
    const second = await upgrade('v19.4.0');
    expect(String(second.stdout)).toContain('Nothing to change');
    expect(second.code).toBe(0);
  });

  test('takes back a version that dies at once, and says why', async () => {
    await start(ground.image('v19.3.0'));
    const before = await now();
    const { code, stderr } = await upgrade('v19.5.0');
    expect(String(stderr)).toContain('FATAL: Service run failed: this version does not start');
    expect(code).toBe(1);
    expect(await now()).toEqual(before);
    expect(await leftovers()).toEqual([undefined, undefined]);
  });

  test('lets the old one end in its own time', async () => {
    await ground.engine('pull', ground.image('v19.6.0'));
    await start(ground.image('v19.6.0'));
    const before = await now();
    const { code } = await upgrade('v19.4.0', '--keep-old');
    expect(code).toBe(0);
    expect(await now()).toEqual({ ...before, image: 'v19.4.0' });
    const [old] = JSON.parse((await ground.engine('container', 'inspect', `${name}-old`)) ?? '[{}]');
    expect([old.State.Running, old.State.ExitCode]).toEqual([false, 0]);
  });
});
