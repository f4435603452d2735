import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { expect, onTestFinished, test } from 'vitest';
import { startGitlab } from '../../gitlab/index.ts';
import { proxyTo } from './serve.ts';

const room = resolve(import.meta.dirname, '../../../src/gitlab');

const program = `
import { openGitlab } from '${room}/calls.ts';
const gitlab = openGitlab({ agent: 'bundled', ...JSON.parse(process.argv[2]) });
console.log(JSON.stringify(await gitlab.verify({ token: 'glrt-x', system_id: 's_1', info: {} })));
await gitlab.close();
`;

test('bundled with the slim entry, requests work directly and through a proxy, and fetch stays out', async () => {
  const runners = [{ id: 7, token: 'glrt-x', type: 'instance' as const }];
  const server = await startGitlab({ runners, https: { names: ['gitlab.test'] } });
  onTestFinished(() => server.close());
  const proxy = await proxyTo({ 'gitlab.test:443': server.url });
  const folder = await mkdtemp(join(tmpdir(), 'bundle-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await build(folder);
  const run = (line: object) =>
    promisify(execFile)(process.execPath, [join(folder, 'entry.js'), JSON.stringify(line)]);

  const ca = [server.ca];
  const done = { stdout: '{"id":7,"token":"glrt-x","expiresAt":null}\n', stderr: '' };
  expect(await run({ url: server.url, ca, proxies: {} })).toEqual(done);
  expect(await run({ url: 'https://gitlab.test', ca, proxies: { https: proxy.url } })).toEqual(done);
  expect(proxy.asked).toEqual(['CONNECT gitlab.test:443']);

  const code = await readFile(join(folder, 'entry.js'), 'utf8');
  const parts = ['lib/dispatcher/agent.js', 'lib/web/fetch/index.js', 'lib/mock/mock-agent.js'];
  expect(parts.filter((part) => code.includes(part))).toEqual(['lib/dispatcher/agent.js']);
});

async function build(folder: string): Promise<void> {
  const input = join(folder, 'entry.mjs');
  await writeFile(input, program);
  const bundle = await rolldown({
    input,
    platform: 'node',
    resolve: { alias: { undici$: join(room, 'undici-slim.js') } },
    logLevel: 'silent',
  });
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: 'entry.js' });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await bundle.close();
}
