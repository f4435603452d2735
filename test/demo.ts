import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from './gitlab/serve.ts';

const program = fileURLToPath(new URL('../bin/runner-setup.js', import.meta.url));

// The main job against the stand-in GitLab, in a temporary folder: nothing else on the machine is touched.
const folder = mkdtempSync(join(tmpdir(), 'runner-setup-demo-'));
const config = join(folder, 'config.toml');
const wizard = process.argv.includes('--wizard');
const gitlab = await serve([], wizard ? process.stdout : { write: () => true });
const code = wizard ? await openWizard() : await registerByScript();
await gitlab.close();
rmSync(folder, { recursive: true });
process.exitCode = code;

async function openWizard(): Promise<number> {
  console.log(`\nThe file is ${config}. Try this GitLab address: ${gitlab.url}\n`);
  const ended = await run(['register', '--config', config]);
  showFile();
  return ended;
}

async function registerByScript(): Promise<number> {
  const words = ['register', '-n', '--config', config, '--url', gitlab.url, '--name', 'demo'];
  const docker = ['--executor', 'docker', '--docker-image', 'alpine:3.22'];
  process.env.CI_SERVER_TOKEN = gitlab.state.runners[2]!.token;
  console.log(`$ runner-setup ${[...words, ...docker].join(' ')} --dry-run\n`);
  const dry = await run([...words, ...docker, '--dry-run']);
  if (dry !== 0) return dry;
  console.log('\n$ the same without --dry-run\n');
  const done = await run([...words, ...docker]);
  showFile();
  console.log('\n$ the same again\n');
  return (await run([...words, ...docker])) || done;
}

function run(words: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [program, ...words], { stdio: 'inherit' });
  // Ctrl-C is the program's own to answer.
  process.on('SIGINT', () => {});
  return new Promise((resolve) => child.on('exit', (ended) => resolve(ended ?? 1)));
}

function showFile(): void {
  const listing = spawnSync('ls', ['-lA', folder], { encoding: 'utf8' }).stdout;
  try {
    console.log(`\n${listing}\n${readFileSync(config, 'utf8')}`);
  } catch {
    console.log('\nNo file was written.');
  }
}
