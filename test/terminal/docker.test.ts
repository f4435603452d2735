import { expect, test } from 'vitest';
import { block, docker, head } from './blocks.ts';
import { type Answer, setOut, tokens } from './journey.ts';

const asDocker: Answer[] = [
  ['Executor', 'docker'],
  ['Default image for jobs', 'alpine:3.22'],
];
const dockerRest: Answer[] = [
  ['Extra volumes'],
  ['Pull policy'],
  ['Concurrent jobs', '4'],
  ['Register this runner?'],
];

test('an authentication token is verified; jobs build images with Docker-in-Docker', async () => {
  const journey = await setOut();
  const terminal = journey.register();
  await journey.answer(
    terminal,
    ['GitLab URL', journey.gitlab.url],
    ['Token', tokens.authentication],
    ['Name of this runner', 'build-1'],
    ...asDocker,
    ['Do jobs build container images?', 'Docker-in-Docker'],
    ...dockerRest,
  );
  await terminal.waitFor('Registered "build-1" (id 7, docker) at');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.requests()).toEqual([
    'POST /api/v4/runners/verify {"info":"…","system_id":"<SYSTEM>","token":"glrt-t3_authentication0001"}',
    'POST /api/v4/runners/verify {"info":"…","system_id":"<SYSTEM>","token":"glrt-t3_authentication0001"}',
  ]);
  expect(journey.file()).toBe(
    head(4) +
      block(
        { name: 'build-1', id: 7, token: tokens.authentication },
        'docker',
        docker({ image: 'alpine:3.22', privileged: true, volumes: ['/certs/client', '/cache'] }),
      ),
  );
});

test("a registration token registers; jobs build images with the host's Docker socket", async () => {
  const journey = await setOut();
  const terminal = journey.register();
  await journey.answer(
    terminal,
    ['GitLab URL', journey.gitlab.url],
    ['Token', tokens.registration],
    ['Name of this runner', 'build-1'],
    ['Tags', 'linux,arm64'],
    ['Maintenance note', 'ask Ada'],
    ...asDocker,
    ['Do jobs build container images?', 'Docker socket of the host'],
    ['Extra volumes', '/srv/data:/data:ro'],
    ...dockerRest.slice(1),
  );
  await terminal.waitFor('Registered "build-1" (id 101, docker) at');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.requests()).toEqual([
    'POST /api/v4/runners {"description":"build-1","info":"…","locked":true,"maintenance_note":"ask Ada","paused":false,"run_untagged":false,"tag_list":"linux,arm64","token":"GR1348941registration0001"}',
  ]);
  const made = journey.gitlab.state.runners.find(({ id }) => id === 101)!;
  expect(journey.file()).toBe(
    head(4) +
      block(
        { name: 'build-1', id: 101, token: made.token },
        'docker',
        docker({
          image: 'alpine:3.22',
          volumes: ['/srv/data:/data:ro', '/var/run/docker.sock:/var/run/docker.sock', '/cache'],
        }),
      ),
  );
});

const services = ['docker.io/library/docker:*-dind-rootless', 'docker:*-dind-rootless'];

test.each<[string, Answer[], string]>([
  [
    'project',
    [
      ['Kind of runner', 'project'],
      ['Project (ID or path)', 'acme/app'],
      ['Name of this runner', 'build-1'],
      ['Tags', 'linux'],
      ['Run jobs without tags?', 'y'],
      ['Lock to its project?', 'y'],
      ['Maximum job timeout in seconds', '3600'],
    ],
    '"access_level":"ref_protected","description":"build-1","locked":true,"maximum_timeout":3600,"project_id":87,"run_untagged":true,"runner_type":"project_type","tag_list":"linux"',
  ],
  [
    'group',
    [
      ['Kind of runner', 'group'],
      ['Group (ID or path)', '42'],
      ['Name of this runner', 'build-1'],
      ['Tags'],
      ['Maximum job timeout in seconds'],
    ],
    '"access_level":"not_protected","description":"build-1","group_id":42,"run_untagged":true,"runner_type":"group_type"',
  ],
  [
    'instance',
    [
      ['Kind of runner', 'instance'],
      ['Name of this runner', 'build-1'],
      ['Tags', 'linux'],
      ['Run jobs without tags?'],
      ['Maximum job timeout in seconds'],
    ],
    '"access_level":"not_protected","description":"build-1","run_untagged":false,"runner_type":"instance_type","tag_list":"linux"',
  ],
])('an access token creates a runner for a %s; images are built rootless', async (_, kind, body) => {
  const journey = await setOut();
  const terminal = journey.register();
  await journey.answer(
    terminal,
    ['GitLab URL', journey.gitlab.url],
    ['Token', tokens.access],
    ...kind,
    ...asDocker,
    ['Do jobs build container images?', 'Docker-in-Docker, rootless'],
    ['Run jobs from protected branches only?', body.includes('ref_protected') ? 'yes' : 'no'],
    ...dockerRest,
  );
  await terminal.waitFor('Registered "build-1" (id 101, docker) at');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  const made = journey.gitlab.state.runners.find(({ id }) => id === 101)!;
  expect(journey.requests().filter((line) => line.startsWith('POST'))).toEqual([
    `POST /api/v4/user/runners {${body}}`,
    `POST /api/v4/runners/verify {"info":"…","system_id":"<SYSTEM>","token":"${made.token}"}`,
  ]);
  expect(journey.file()).toBe(
    head(4) +
      block(
        { name: 'build-1', id: 101, token: made.token },
        'docker',
        docker({ image: 'alpine:3.22', services, volumes: ['/certs/client', '/cache'] }),
      ),
  );
});
