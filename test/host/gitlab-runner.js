// Stands in for gitlab-runner as a service: reads config.toml again when it changes, asks GitLab for jobs, and logs both.
const { readFileSync, statSync } = require('node:fs');

const words = process.argv.slice(2);
const config = words[words.indexOf('--config') + 1];

// As the journal has it.
const log = (text) => {
  const at = String(Date.now() * 1000);
  process.stdout.write(`${JSON.stringify({ __REALTIME_TIMESTAMP: at, MESSAGE: text })}\n`);
};

let [loaded, runners] = [0, []];

function load() {
  const { mtimeMs } = statSync(config, { throwIfNoEntry: false }) ?? { mtimeMs: 1 };
  if (mtimeMs === loaded) return;
  loaded = mtimeMs;
  const [, ...blocks] = mtimeMs === 1 ? [''] : readFileSync(config, 'utf8').split('[[runners]]');
  const value = (block, key) => new RegExp(`^  ${key} = "(.*)"$`, 'm').exec(block)?.[1];
  runners = blocks.map((block) => ({ url: value(block, 'url'), token: value(block, 'token') }));
  log('Configuration loaded                                builds=0 max_builds=1');
}

async function askForJobs({ url, token }) {
  const body = JSON.stringify({
    token,
    info: { name: 'gitlab-runner', version: '19.4.0' },
    system_id: 's_stand0000in1',
  });
  const short = token.replace(/^.*glrt-/, '').slice(0, 9);
  try {
    const headers = { 'Content-Type': 'application/json' };
    const { status } = await fetch(`${url}/api/v4/jobs/request`, { method: 'POST', headers, body });
    if (status === 403)
      log(`ERROR: Checking for jobs... forbidden               runner=${short} status=POST ${status}`);
    if (status === 201) log(`Checking for jobs... received                       job=1 runner=${short}`);
  } catch (error) {
    log(
      `WARNING: Checking for jobs... failed                runner=${short} status=couldn't execute POST: ${error.cause ?? error}`,
    );
  }
}

log(`Starting multi-runner from ${config}...`);
setInterval(() => {
  load();
  for (const runner of runners) void askForJobs(runner);
}, 500);
