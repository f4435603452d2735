import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { engineAt } from '../../../src/engine/engine.ts';
import { resolveInside } from '../../../src/engine/resolve-inside.ts';

/** A folder with a `docker` that keeps what it is asked and does the given when it is to run something. */
function standIn(run: string) {
  const folder = mkdtempSync(join(tmpdir(), 'inside-'));
  const docker = join(folder, 'docker');
  writeFileSync(
    docker,
    `#!/bin/sh\nprintf '%s\\n' "$1 $2" >>'${folder}/asked'\n[ "$1" = run ] || exit 0\n${run}\n`,
  );
  chmodSync(docker, 0o755);
  const engine = engineAt('', { PATH: `${folder}:/usr/bin:/bin` });
  const asked = () => (existsSync(`${folder}/asked`) ? readFileSync(`${folder}/asked`, 'utf8') : '');
  return { engine, asked, folder };
}

const look = (name: string) => ({
  name,
  image: 'alpine:3.22',
  extraHosts: [],
  dns: [],
  dnsSearch: [],
  network: '',
  container: 'it',
});

// The words behind `-c` are the script and its name; it runs here as it would in a container.
const really = (path: string) => `
while [ "$1" != -c ]; do shift; done
shift
PATH=${path} exec /bin/sh -c "$@"`;

test('the script asks as programs do', async () => {
  const { engine } = standIn(really('"$PATH"'));
  const found = await resolveInside(engine, look('localhost'));
  expect(found).toEqual({ addresses: [expect.stringMatching(/^(127\.0\.0\.1|::1)$/)] });
  expect(await resolveInside(engine, look('no-such-host.invalid'))).toEqual({ addresses: [] });
});

test('the script does without the programs that an image may lack', async () => {
  const { engine } = standIn(really('/nowhere'));
  expect(await resolveInside(engine, look('localhost'))).toEqual({
    addresses: [expect.stringMatching(/^(127\.0\.0\.1|::1)$/)],
  });
  expect(await resolveInside(engine, look('no-such-host.invalid'))).toEqual({
    failed: 'alpine:3.22 does not contain getent, nslookup, or ping',
  });
});

test.each<[string, string, string[]]>([
  ['getent', 'getent\\n10.0.0.5  gitlab.test git\\nfd00::5 gitlab.test', ['10.0.0.5', 'fd00::5']],
  ['getent of nothing', 'getent', []],
  [
    'nslookup of BusyBox',
    'nslookup\\nServer:\\t\\t10.0.0.2\\nAddress:\\t10.0.0.2:53\\n\\nName:\\tgitlab.test\\nAddress: 10.0.0.5\\n',
    ['10.0.0.5'],
  ],
  ['nslookup of nothing', 'nslookup\\nServer: 10.0.0.2\\nAddress: 10.0.0.2:53\\n\\n** no answer', []],
  ['ping', 'ping\\nPING gitlab.test (10.0.0.5): 56 data bytes\\n64 bytes from 10.0.0.9', ['10.0.0.5']],
  ['ping of nothing', 'ping', []],
])('what %s says is understood', async (_, words, addresses) => {
  const { engine } = standIn(`printf '${words}\\n'`);
  expect(await resolveInside(engine, look('gitlab.test'))).toEqual({ addresses });
});

test('what is cut off leaves no container', async () => {
  const { engine, asked, folder } = standIn('touch "${0%/docker}/begun"; exec sleep 60');
  const stop = new AbortController();
  const looking = resolveInside(engine, look('gitlab.test'), stop.signal);
  while (!existsSync(`${folder}/begun`)) await wait(10);
  stop.abort();
  expect(await looking).toEqual({ failed: 'the container did not exit within 30 seconds' });
  expect(asked()).toBe('run --rm\nrm --force\n');
});
