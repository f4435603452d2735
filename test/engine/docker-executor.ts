import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { dirname, join } from 'node:path';
import { type Table, textIn, textsIn, valueAt } from '../../src/config/model.ts';
import { readConfig } from '../../src/config/read.ts';
import { volumeParts } from '../../src/settings/syntax.ts';
import { type Api, apiAt } from './docker-api.ts';

/** What GitLab hands out, as far as it is used here. */
interface Job {
  readonly id: number;
  readonly token: string;
  readonly image: { readonly name: string } | null;
  readonly variables: readonly { readonly key: string; readonly value: string }[];
  readonly steps: readonly { readonly script: readonly string[] }[];
}

/** One job that is under way: the runner's block, the engine that it names, and a prefix for all names. */
interface Run {
  readonly runner: Table;
  readonly job: Job;
  readonly api: Api;
  readonly name: string;
  readonly environment: readonly string[];
}

/**
 * Takes one job for the first runner of a config.toml and runs it as gitlab-runner's docker executor does, by Docker's
 * API at `docker.host`: pull, volumes, network, a helper container, a container with the job's script on its standard
 * input, log and result to GitLab. Gives the exit code; throws when GitLab has no job or the engine refuses something.
 */
export async function runOneJob(configFile: string, name: string): Promise<number> {
  const config = await readConfig(readFileSync(configFile, 'utf8'), configFile);
  const runner = config.runners[0]!;
  const job = await takeJob(runner, dirname(configFile));
  const run: Run = {
    runner,
    job,
    api: apiAt(textIn(runner, 'docker', 'host').replace(/^unix:\/\//, '')),
    name,
    environment: [
      ...textsIn(runner, 'environment'),
      ...job.variables.map(({ key, value }) => `${key}=${value}`),
    ],
  };
  await put(run, { state: 'running' });
  const network = await networkOf(run);
  try {
    const { code, log } = await build(run, network);
    await trace(run, log);
    await put(run, { state: code === 0 ? 'success' : 'failed', exit_code: code });
    return code;
  } finally {
    if (isPerBuild(run)) await run.api.ask('DELETE', `/networks/${network}`);
  }
}

async function build(run: Run, network: string): Promise<{ code: number; log: string }> {
  const image = run.job.image?.name ?? textIn(run.runner, 'docker', 'image');
  const helper = textIn(run.runner, 'docker', 'helper_image') || image;
  for (const one of new Set([image, helper])) await pull(run, one);
  const binds = await bindsOf(run);
  const sources = await inContainer(run, helper, { binds, network, script: sourcesScript });
  if (sources.code !== 0) return sources;
  // gitlab-runner puts this before the script, in the same shell.
  const before = textIn(run.runner, 'pre_build_script');
  const script = ['set -e', before, 'cd /builds/acme/app', ...run.job.steps.flatMap((step) => step.script)];
  const job = await inContainer(run, image, { binds, network, script: script.join('\n') });
  return { code: job.code, log: sources.log + job.log };
}

// What the helper image would clone, and whether it could trust the CA.
const sourcesScript = `set -e
mkdir -p /builds/acme/app
echo "sources of this job" >/builds/acme/app/README
if test -e /etc/gitlab-runner/certs/ca.crt; then echo "the helper has a CA"; fi`;

async function pull({ runner, api }: Run, image: string): Promise<void> {
  const [policy = 'always'] = textsIn(runner, 'docker', 'pull_policy');
  const isThere = (await api.ask('GET', `/images/${image}/json`)).status === 200;
  if (policy === 'never' || (policy === 'if-not-present' && isThere)) return;
  await api.need('POST', `/images/create?fromImage=${encodeURIComponent(image)}`);
}

/** The volumes of the block, and the folder of the sources: those without a source are volumes that stay for the next job. */
async function bindsOf(run: Run): Promise<string[]> {
  const named = async (target: string): Promise<string> => {
    const hash = createHash('md5').update(target).digest('hex');
    const Name = `${run.name}-cache-${hash}`;
    await run.api.need('POST', '/volumes/create', { Name, Labels: labels });
    return `${Name}:${target}`;
  };
  const volumes = textsIn(run.runner, 'docker', 'volumes');
  return Promise.all(
    ['/builds', ...volumes].map(async (volume) =>
      volumeParts(volume)?.source === undefined ? named(volume) : volume,
    ),
  );
}

const labels = { 'com.gitlab.gitlab-runner.managed': 'true' };

const isPerBuild = ({ environment }: Run): boolean => environment.includes('FF_NETWORK_PER_BUILD=true');

async function networkOf(run: Run): Promise<string> {
  if (!isPerBuild(run)) return textIn(run.runner, 'docker', 'network_mode') || 'default';
  const Name = `${run.name}-network`;
  await run.api.need('POST', '/networks/create', { Name, Labels: labels, Driver: 'bridge' });
  return Name;
}

interface Inside {
  readonly binds: readonly string[];
  readonly network: string;
  readonly script: string;
}

async function inContainer(run: Run, image: string, inside: Inside): Promise<{ code: number; log: string }> {
  const { runner, api, environment } = run;
  const created = await api.need('POST', `/containers/create?name=${run.name}-${Date.now()}`, {
    Image: image,
    Cmd: ['sh'],
    Env: environment,
    Labels: labels,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      Binds: inside.binds,
      NetworkMode: inside.network,
      Privileged: valueAt(runner, ['docker', 'privileged']) === true,
      ExtraHosts: textsIn(runner, 'docker', 'extra_hosts'),
      Dns: textsIn(runner, 'docker', 'dns'),
      CapAdd: textsIn(runner, 'docker', 'cap_add'),
      CapDrop: textsIn(runner, 'docker', 'cap_drop'),
    },
  });
  const { Id } = JSON.parse(created) as { Id: string };
  try {
    const output = await api.attach(Id);
    await api.need('POST', `/containers/${Id}/start`);
    output.socket.end(`${inside.script}\n`);
    const { StatusCode } = JSON.parse(await api.need('POST', `/containers/${Id}/wait`)) as {
      StatusCode: number;
    };
    return { code: StatusCode, log: await output.text };
  } finally {
    await api.ask('DELETE', `/containers/${Id}?force=true`);
  }
}

async function takeJob(runner: Table, folder: string): Promise<Job> {
  const system_id = readFileSync(join(folder, '.runner_system_id'), 'utf8').trim();
  const body = { token: textIn(runner, 'token'), system_id, info: { version: '19.4.0', executor: 'docker' } };
  const { status, text } = await askGitlab(runner, 'POST', '/jobs/request', JSON.stringify(body));
  if (status !== 201) throw new Error(`GitLab has no job: ${status} ${text}`);
  return JSON.parse(text) as Job;
}

const put = ({ runner, job }: Run, body: object) =>
  askGitlab(runner, 'PUT', `/jobs/${job.id}`, JSON.stringify({ token: job.token, ...body }));

const trace = ({ runner, job }: Run, log: string) =>
  askGitlab(runner, 'PATCH', `/jobs/${job.id}/trace`, log, {
    'content-type': 'text/plain',
    'job-token': job.token,
    'content-range': `0-${Buffer.byteLength(log) - 1}`,
  });

function askGitlab(
  runner: Table,
  method: string,
  path: string,
  body: string,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<{ status: number; text: string }> {
  const ca = textIn(runner, 'tls-ca-file');
  const url = `${textIn(runner, 'url')}/api/v4${path}`;
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    request(url, { method, headers, ...(ca && { ca: readFileSync(ca) }) }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    })
      .on('error', reject)
      .end(body);
  });
}
