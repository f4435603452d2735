import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type StandIn, startGitlab } from '../gitlab/index.ts';
import { queueJob } from '../gitlab/job.ts';
import { runOneJob } from './docker-executor.ts';
import { type Ground, layGround } from './ground.ts';

const token = 'glrt-t3_buildbuildbuild0001';

const script = [
  'cat README',
  'cat /data/words',
  'grep gitlab.corp.test /etc/hosts',
  'echo "from the file: $FROM_THE_FILE, from the job: $OF_THE_JOB"',
  'if test -e /cache/before; then echo "the cache is there"; else echo "the cache is new"; fi',
  'touch /cache/before',
];

describe.each(inject('engines'))(
  "a job by the block that register writes, by Docker's API of $label",
  (found) => {
    let ground: Ground;
    let gitlab: StandIn;
    beforeEach(async () => {
      ground = await layGround(found);
      mkdirSync(join(ground.dir, 'data'));
      writeFileSync(join(ground.dir, 'data', 'words'), 'words of this machine\n');
    });
    afterEach(async () => {
      await gitlab.close();
      await ground.remove();
    });

    /** Registers a runner at a GitLab with one job, and gives the path of the config.toml. */
    async function registered(jobScript: string[]): Promise<string> {
      gitlab = await startGitlab({
        https: true,
        runners: [{ id: 7, token, type: 'project' }],
        job: { script: jobScript, variables: { OF_THE_JOB: 'yes' } },
      });
      writeFileSync(join(ground.dir, 'ca.crt'), gitlab.ca!);
      const config = join(ground.dir, 'config.toml');
      const { code, stderr } = await ground.runnerSetup([
        ...['register', '-n', '-c', config, '--url', gitlab.url, '--token', token, '--executor', 'docker'],
        ...['--docker-host', await ground.dockerHost(), '--docker-image', ground.shell],
        ...['--docker-helper-image', ground.shell, '--docker-pull-policy', 'if-not-present'],
        ...['--docker-volumes', '/cache', '--docker-volumes', `${join(ground.dir, 'data')}:/data:ro`],
        ...['--docker-extra-hosts', 'gitlab.corp.test:192.0.2.7', '--env', 'FROM_THE_FILE=yes'],
        // With a network of each job's own, as Podman needs it for services.
        ...(found.program === 'podman' ? ['--preset', 'docker-podman'] : []),
        ...['--tls-ca-file', join(ground.dir, 'ca.crt'), '--ca-for-jobs'],
      ]);
      expect([code, String(stderr)]).toEqual([0, expect.anything()]);
      return config;
    }

    const logOf = () => String(gitlab.state.job?.trace);

    test('has its image, volumes, hosts, variables and CA, and a cache that stays for the next one', async () => {
      const name = ground.container('job');
      const config = await registered(script);
      expect(await runOneJob(config, name)).toBe(0);
      expect(gitlab.state.job?.status).toBe('success');
      if (!ground.isReal) return expectAsked(ground, name);
      const lines = [
        'the helper has a CA',
        'sources of this job',
        'words of this machine',
        expect.stringMatching(/^192\.0\.2\.7\s+gitlab\.corp\.test/),
        'from the file: yes, from the job: yes',
      ];
      expect(logOf().trim().split('\n')).toEqual([...lines, 'the cache is new']);
      gitlab.state.job = queueJob(gitlab.state.job!.setup);
      expect(await runOneJob(config, name)).toBe(0);
      expect(logOf().trim().split('\n')).toEqual([...lines, 'the cache is there']);
    });

    test('that fails is told to GitLab', async () => {
      const name = ground.container('job');
      const code = await runOneJob(await registered(['echo begun', 'false_command', 'echo never']), name);
      // The stand-in runs nothing: its containers say their scripts, and end well.
      expect(code).toBe(ground.isReal ? 127 : 0);
      expect(gitlab.state.job?.status).toBe(ground.isReal ? 'failed' : 'success');
      expect(logOf()).toContain('begun');
      if (ground.isReal) expect(logOf()).not.toContain('never');
    });
  },
);

// Where nothing can run, what is asked of the engine has to be what the block says.
function expectAsked(ground: Ground, name: string): void {
  const created = ground.asked.filter(({ what }) => what.startsWith('POST /containers/create'));
  expect(created.map(({ body }) => body.Image)).toEqual([ground.shell, ground.shell]);
  expect(created[1]!.body).toMatchObject({
    Env: expect.arrayContaining(['FROM_THE_FILE=yes', 'OF_THE_JOB=yes']),
    HostConfig: {
      Privileged: false,
      ExtraHosts: ['gitlab.corp.test:192.0.2.7'],
      Binds: [
        expect.stringMatching(new RegExp(`^${name}-cache-\\w+:/builds$`)),
        expect.stringMatching(new RegExp(`^${name}-cache-\\w+:/cache$`)),
        `${join(ground.dir, 'data')}:/data:ro`,
        `${join(ground.dir, 'ca.crt')}:/etc/gitlab-runner/certs/ca.crt:ro`,
      ],
    },
  });
}
