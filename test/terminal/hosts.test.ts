import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { removeFolder } from '../harness/folder.ts';
import { block, docker, head } from './blocks.ts';
import { editing } from './edit-journey.ts';
import { type Answer, everyday, type Journey, setOut, tokens } from './journey.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) removeFolder(folder);
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'machine-'));
  folders.push(folder);
  return folder;
}

/** A machine whose hosts file knows the GitLab, and whose Docker finds it only when it is told of the machine. */
function machine(folder: string, image = 'here') {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const hosts = join(folder, 'hosts');
  writeFileSync(hosts, '127.0.0.1 localhost\n127.0.0.1 gitlab.corp.test\n');
  const program = join(folder, 'bin', 'docker');
  writeFileSync(
    program,
    `#!/bin/sh
cd "\${0%/bin/docker}"
case "$1" in
  version) echo 28.1.0 ;;
  image) test -e ${image} ;;
  pull) touch ${image} ;;
  run)
    echo getent
    case "$*" in *' gitlab.corp.test:host-gateway '*) echo '172.17.0.1 gitlab.corp.test' ;; esac ;;
esac
`,
  );
  chmodSync(program, 0o755);
  if (image === 'here') writeFileSync(join(folder, image), '');
  return { RUNNER_SETUP_HOSTS_FILE: hosts, PATH: `${join(folder, 'bin')}:/usr/bin:/bin` };
}

const named = ({ gitlab }: Journey) => gitlab.url.replace('127.0.0.1', 'gitlab.corp.test');

const first: readonly Answer[] = [
  ['Token', tokens.authentication],
  ['Name of this runner', 'build-1'],
  ['Executor', 'docker'],
  ['Default image for jobs', 'alpine:3.22'],
  ['Do jobs build container images?'],
  ['Extra volumes'],
  ['Pull policy'],
];

test('a GitLab known only through the hosts file: the jobs are told of it, and a container finds it', async () => {
  const journey = await setOut();
  const terminal = journey.register([], { env: machine(journey.folder) });
  await journey.answer(terminal, ['GitLab URL', named(journey)], ...first);
  await terminal.waitFor('gitlab.corp.test is in the hosts file of this machine (127.0.0.1)');
  await terminal.waitFor('(gitlab.corp.test:host-g');
  await journey.answer(terminal, ['Extra hosts for jobs', 'gitlab.corp.test:10.0.0.500']);
  await terminal.waitFor('Enter host:IP');
  terminal.press('ctrl-u');
  await journey.answer(
    terminal,
    ['Extra hosts for jobs', 'gitlab.corp.test:10.0.0.9'],
    ['Test the host names in a container of the default image?'],
  );
  await terminal.waitFor('warning: gitlab.corp.test cannot be resolved in a container of alpine:3.22.');
  await journey.answer(
    terminal,
    ['Extra hosts for jobs'],
    ['Test the host names in a container of the default image?', 'y'],
  );
  await terminal.waitFor('172.17.0.1 in a container of alpine:3.22');
  await journey.answer(terminal, ['Concurrent jobs', '4'], ['Register this runner?']);
  await terminal.waitFor('Registered "build-1" (id 7, docker) at');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  const extra = '    extra_hosts = ["gitlab.corp.test:host-gateway"]\n';
  const written = docker({ image: 'alpine:3.22' }).replace(/( {4}pull_policy)/, `${extra}$1`);
  expect(journey.file()!.replace(named(journey), '<URL>')).toBe(
    head(4) + block({ name: 'build-1', id: 7, token: tokens.authentication }, 'docker', written),
  );
});

test('a private CA: trusted after a look at it, and handed to the jobs', async () => {
  const journey = await setOut({ ...everyday, https: { names: ['gitlab.corp.test'] } });
  const terminal = journey.register([], { env: machine(journey.folder), rows: 60 });
  await journey.answer(
    terminal,
    ['GitLab URL', named(journey)],
    ['Trust this certificate?', 'y'],
    ...first,
    ['Extra hosts for jobs'],
    ['Test the host names in a container of the default image?', 'n'],
    ["Make jobs trust GitLab's CA certificate, too?"],
    ['Concurrent jobs', '4'],
    ['Register this runner?'],
  );
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.file()).toContain(
    'volumes = ["/cache", "<FOLDER>/certs/gitlab.corp.test.crt:/etc/gitlab-runner/certs/ca.crt:ro"]',
  );
  expect(journey.file()).toContain('pre_build_script = "if [ -d /etc/pki');
});

test('localhost: jobs clone from the machine by its name in containers', async () => {
  const journey = await setOut();
  const local = journey.gitlab.url.replace('127.0.0.1', 'localhost');
  const terminal = journey.register([], { env: { ...machine(journey.folder), PATH: '/nowhere' } });
  await journey.answer(
    terminal,
    ['GitLab URL', local],
    ...first,
    ['Clone URL for jobs'],
    ['Extra hosts for jobs'],
    ['Concurrent jobs', '4'],
    ['Register this runner?'],
  );
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  const { port } = new URL(local);
  expect(journey.file()).toContain(`clone_url = "http://host.docker.internal:${port}"`);
  expect(journey.file()).toContain('extra_hosts = ["host.docker.internal:host-gateway"]');
});

const file = `[[runners]]
  name = "build-1"
  url = "http://gitlab.corp.test"
  token = "glrt-t1_journey00000001"
  executor = "docker"
  environment = ["TZ=UTC"] # mine
  [runners.docker]
    image = "alpine:3.22"
    volumes = ["/cache"] # theirs
`;

test('the menu proposes what containers lack, tries it, and writes it after the yes', async () => {
  const { terminal, take, file: now } = editing(file, [], machine(newFolder()));
  const menu = '#1: how jobs reach gitlab.corp.test';
  await take('#1 "build-1"', 'How jobs reach GitLab');
  await terminal.waitFor('❯ Add for jobs: gitlab.corp.test:host-gateway');
  await take(menu, 'Test the host name in a container');
  await terminal.waitFor('cannot be resolved in a container of');
  await take(menu, 'Add for jobs: gitlab.corp.test:host-gateway');
  await terminal.waitFor(/docker\.extra_hosts +\* \["gitlab/);
  await take(menu, 'Test the host name in a container');
  await terminal.waitFor('resolves to 172.17.0.1 in a container of alpine:3.22.');
  await take(menu, 'Back');
  await take('#1 "build-1", 1 change', 'Show the changes');
  await take('Save these changes?', 'Save');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(now()).toBe(`${file}    extra_hosts = ["gitlab.corp.test:host-gateway"]\n`);
});

test('Ctrl-C ends the wait for an engine that does not answer', async () => {
  const folder = newFolder();
  const env = machine(folder);
  writeFileSync(join(folder, 'bin', 'docker'), '#!/bin/sh\nexec sleep 60\n');
  const { terminal, take, file: now } = editing(file, [], env);
  await take('#1 "build-1"', 'How jobs reach GitLab');
  await take('#1: how jobs reach gitlab.corp.test', 'Test the host name in a container');
  await terminal.waitFor('Asking docker for alpine:3.22');
  terminal.press('ctrl-c');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(now()).toBe(file);
});

test('a proxy is set in the menu, its password unseen, and taken away again', async () => {
  const { terminal, take, file: now } = editing(file, [], machine(newFolder()));
  const answer = async (question: string, words: string) => {
    await terminal.waitFor(`? ${question}`);
    terminal.type(words);
    terminal.press('enter');
  };
  const menu = '#1: how jobs reach gitlab.corp.test';
  await take('#1 "build-1"', 'How jobs reach GitLab');
  await take(menu, 'Proxy');
  await take('Proxy for jobs', 'Set a proxy');
  await answer('Proxy, such as', 'http://ada:geheim@proxy');
  await terminal.waitFor('these are the next questions');
  terminal.press('ctrl-u');
  await answer('Proxy, such as', 'proxy.corp.test:3128');
  await answer('User name for the proxy', 'ada');
  await answer('Password', 'so/geheim');
  await answer('Hosts reached without the proxy', '.corp.test');
  await take(menu, 'Back');
  await take('#1 "build-1", 1 change', 'Show the changes');
  await take('Save these changes?', 'Save');
  await terminal.waitFor('the user name and password of the proxy are hidden');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.everSent()).not.toContain('so/geheim');
  expect(terminal.everSent()).not.toContain('so%2Fgeheim');
  const proxy = 'http://ada:so%2Fgeheim@proxy.corp.test:3128';
  const direct = '.corp.test,localhost,127.0.0.1,gitlab.corp.test';
  const names = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'].map(
    (name) => `"${name}=${proxy}"`,
  );
  const all = [...names, `"no_proxy=${direct}"`, `"NO_PROXY=${direct}"`].join(', ');
  const written = file.replace('"TZ=UTC"', `"TZ=UTC", ${all}`);
  expect(now()).toBe(written);

  const again = editing(written, [], machine(newFolder()));
  await again.take('#1 "build-1"', 'How jobs reach GitLab');
  await again.take(menu, 'Proxy');
  await again.take('Proxy for jobs', 'Remove http://[hidden]@proxy.corp.test:3128');
  await again.take(menu, 'Back');
  await again.take('#1 "build-1", 1 change', 'Show the changes');
  await again.take('Save these changes?', 'Save');
  expect(await again.terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(again.file()).toBe(file);
});

test('an image is fetched for the look into a container only after a yes', async () => {
  const journey = await setOut();
  const terminal = journey.register([], { env: machine(journey.folder, 'fetched') });
  await journey.answer(
    terminal,
    ['GitLab URL', named(journey)],
    ...first,
    ['Extra hosts for jobs'],
    ['Test the host names in a container of the default image?'],
    ['The image alpine:3.22 is not on this machine. Pull it', 'n'],
  );
  await terminal.waitFor('the lookup was skipped: the image alpine:3.22 is not on this machine.');
  await terminal.waitFor('? Concurrent jobs');
  terminal.press('ctrl-c');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(journey.file()).toBeUndefined();
});

test('a GitLab that goes by a name unknown here: jobs clone from the address that works', async () => {
  const journey = await setOut({ ...everyday, externalUrl: 'https://gitlab.outside.invalid' });
  const terminal = journey.register([], { env: machine(journey.folder) });
  await journey.answer(
    terminal,
    ['GitLab URL', journey.gitlab.url],
    ['Token', tokens.authentication],
    ['Name of this runner', 'build-1'],
    ['Executor', 'shell'],
  );
  await terminal.waitFor('note: jobs clone from https://gitlab.outside.invalid');
  await journey.answer(
    terminal,
    ['Clone URL for jobs (leave empty to use the URL that GitLab reports)'],
    ['Concurrent jobs', '4'],
    ['Register this runner?'],
  );
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.file()).toContain('  clone_url = "<URL>"\n');
});
