import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lintText } from '../src/config/lint/index.ts';
import { valueAt } from '../src/config/model.ts';
import { readConfig } from '../src/config/read.ts';
import { leavesOf } from '../src/runner/preset.ts';
import { risksOf } from '../src/runner/rules/index.ts';
import { defaultImage } from '../src/settings/executors.ts';
import {
  executorOf,
  headerOf,
  type PresetName,
  presetNames,
  presetsForBuilds,
} from '../src/settings/presets.ts';
import { type StandIn, startGitlab } from './gitlab/index.ts';
import { removeFolder } from './harness/folder.ts';
import { cleanEnvironment, runProgram } from './harness/program.ts';
import { imagesOf, type Job, jobsIn, mismatches, readTemplateOf, templates } from './harness/template.ts';

const expand = (text: string) => text;

test('templates/ holds two files for each preset, its page, and no others', () => {
  const files = presetNames.flatMap((name) => [`${name}.gitlab-ci.yml`, `${name}.toml`]);
  expect(readdirSync(templates).sort()).toEqual([...files, 'README.md'].sort());
  expect(presetNames).toEqual(expect.arrayContaining([...presetsForBuilds]));
});

describe.each(presetNames)('%s', (name) => {
  test('says what it is for and what is risked, short enough for a table of 80 columns', async () => {
    const { title, purpose, risk, notes, needs } = headerOf((await readTemplateOf(name)).text);
    expect([title, purpose, risk, notes.join('')].filter((words) => words === '')).toEqual([]);
    expect(purpose.length).toBeLessThanOrEqual(29);
    expect(risk.length).toBeLessThanOrEqual(27);
    expect(needs.filter(({ path, example }) => path === '' || example === '')).toEqual([]);
  });

  test('is named after its executor', async () => {
    expect((await readTemplateOf(name)).block.executor).toBe(executorOf(name));
  });

  test('fits on 80 columns', async () => {
    const { text, ci } = await readTemplateOf(name);
    expect(`${text}${ci}`.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('is one [[runners]] of keys that gitlab-runner knows, for anybody', async () => {
    const { text, runners, globals, block } = await readTemplateOf(name);
    const { findings } = await lintText(text, `${name}.toml`, {});
    expect(findings.filter(({ rule }) => rule === 'unknown-key' || rule === 'type')).toEqual([]);
    expect([runners.length, Object.keys(globals)]).toEqual([1, []]);
    expect(Object.keys(block).filter((key) => /^(name|id|url|token.*)$/.test(key))).toEqual([]);
  });

  test('leaves what it needs to the person, and shows it as a comment', async () => {
    const { text, block } = await readTemplateOf(name);
    for (const { path } of headerOf(text).needs) {
      const keys = path.split('.');
      expect(valueAt(block, keys)).toBeUndefined();
      expect(text).toMatch(new RegExp(`^ *# (${keys.at(-1)} = |\\[runners.*\\.${keys.at(-1)}\\]$)`, 'm'));
    }
  });

  test('has the image that the wizard proposes', async () => {
    const { text, ci } = await readTemplateOf(name);
    const images = `${text}${ci}`.match(/alpine:[\w.]+/g) ?? [];
    expect(images.filter((image) => image !== defaultImage)).toEqual([]);
  });

  test('has a sample of jobs with pinned images that work with its block', async () => {
    const { block, ci } = await readTemplateOf(name);
    const jobs = Object.values(jobsIn(ci));
    expect(jobs.length).toBeGreaterThan(0);
    for (const job of jobs) {
      expect(job.script.every((line) => typeof line === 'string' && line !== '')).toBe(true);
      expect(Object.values(job.variables ?? {}).every((value) => typeof value === 'string')).toBe(true);
      expect(imagesOf(job).filter((image) => !/:v?\d+(\.\d+)+(-[a-z-]+)?$/.test(image))).toEqual([]);
      expect(mismatches(block, job)).toEqual([]);
    }
  });
});

test('samples of images of one program pin one version of it', async () => {
  const all = await Promise.all(
    presetNames.map(async (name) => Object.values(jobsIn((await readTemplateOf(name)).ci))),
  );
  const versions = all
    .flat()
    .flatMap(imagesOf)
    .map((image) => image.replace(/-[a-z-]+$/, ''));
  const programs = new Set(versions.map((image) => image.replace(/:[^:]*$/, '')));
  expect(new Set(versions).size).toBe(programs.size);
});

describe('the comparison of a block with a sample', () => {
  const job = (change: Partial<Job>): Job => ({ script: ['docker build .'], ...change });
  const dind = { services: ['docker:29.7.2-dind'] };
  const tls = { DOCKER_TLS_CERTDIR: '/certs' };
  const docker = (table: object, more: object = {}) => ({ executor: 'docker', docker: table, ...more });
  const privileged = { privileged: true, volumes: ['/certs/client'] };
  const named = {
    services_privileged: true,
    allowed_privileged_services: ['docker:*-dind-rootless'],
    ...{ volumes: ['/certs/client'] },
  };

  test.each<[string, object, Job]>([
    [
      'docker:29.7.2-dind needs privileged',
      docker({ volumes: ['/certs/client'] }),
      job({ ...dind, variables: tls }),
    ],
    ['docker:29.7.2-dind needs privileged', docker(named), job({ ...dind, variables: tls })],
    [
      'TLS needs /certs/client',
      docker({ privileged: true, volumes: ['/cache'] }),
      job({ ...dind, variables: tls }),
    ],
    ['whether there is TLS is not said', docker(privileged), job(dind)],
    [
      'without TLS it is port 2375',
      docker(privileged),
      job({ ...dind, variables: { DOCKER_TLS_CERTDIR: '' } }),
    ],
    ['docker has no Docker to talk to', docker(privileged), job({})],
    [
      'docker:29.7.2-dind would get the socket of the host',
      docker({ privileged: true, volumes: ['/certs/client', '/var/run/docker.sock:/var/run/docker.sock'] }),
      job({ ...dind, variables: tls }),
    ],
    [
      'in a pod DOCKER_HOST has to name the service',
      {
        executor: 'kubernetes',
        kubernetes: { privileged: true, volumes: { empty_dir: [{ mount_path: '/certs/client' }] } },
      },
      job({ ...dind, variables: tls }),
    ],
  ])('%s', (fault, block, sample) => {
    expect(mismatches(block, sample)).toEqual([fault]);
  });

  test('finds nothing where all fits', () => {
    const rootless = { services: [{ name: 'docker:29.7.2-dind-rootless', alias: 'docker' }], variables: tls };
    expect(mismatches(docker(privileged), job({ ...dind, variables: tls }))).toEqual([]);
    expect(mismatches(docker(named), job(rootless))).toEqual([]);
  });

  test('refuses what is no YAML, and a key given twice', () => {
    expect(() => jobsIn('test: [')).toThrow();
    expect(() => jobsIn('test: {}\ntest: {}\n')).toThrow();
  });
});

describe('a runner that is registered with', () => {
  const token = 'glrt-t3_template0000001';
  const script = resolve(import.meta.dirname, '../bin/runner-setup.js');
  let gitlab: StandIn;
  beforeAll(async () => {
    gitlab = await startGitlab({
      projects: [{ id: 87, path: 'acme/app' }],
      runners: [{ id: 7, token, type: 'project', of: [87] }],
    });
  });
  afterAll(() => gitlab.close());

  const privileged = ['docker.privileged: privileged'];
  const expected: Partial<Record<PresetName, string[]>> = {
    // The preset says of concurrent what to raise it to.
    'docker-autoscaler': ['autoscaler.max_instances: capacity'],
    'docker-dind': privileged,
    'docker-dind-no-tls': privileged,
    'docker-socket': ['docker.volumes: socket'],
    'kubernetes-dind': ['kubernetes.privileged: privileged'],
  };

  // What a person has to say themselves.
  const answers: Partial<Record<PresetName, string[]>> = {
    'docker-podman': ['--docker-host', 'unix:///run/podman/podman.sock'],
    'docker-autoscaler': ['--autoscaler-plugin', 'aws', '--autoscaler-plugin-config', 'name=jobs'],
    ssh: ['--ssh-host', 'build.example.com', '--ssh-user', 'gitlab'],
    custom: ['--custom-run-exec', '/opt/driver/run.sh'],
  };

  test.each(presetNames)(
    '%s has all that the preset says, is valid, and doctor finds only what the preset tells',
    async (name) => {
      const folder = mkdtempSync(join(tmpdir(), 'preset-'));
      writeFileSync(join(folder, 'token'), token);
      const flags = ['--url', gitlab.url, '--name', 'one', '--token-file', 'token', ...(answers[name] ?? [])];
      const args = ['register', '-n', '--preset', name, ...flags];
      const { code, stderr } = await runProgram({ script, args, env: cleanEnvironment(folder), cwd: folder });
      expect([code, String(stderr).match(/error:.*/)]).toEqual([0, null]);
      const text = readFileSync(join(folder, 'config.toml'), 'utf8');
      removeFolder(folder);
      const config = await readConfig(text, 'config.toml');
      for (const { path, value } of leavesOf((await readTemplateOf(name)).block)) {
        // gitlab-runner writes zero values into the tables of a list.
        const key = path.join('.');
        expect({ key, value: valueAt(config.runners[0], path) }).toMatchObject({ key, value });
      }
      const { valid, findings } = await lintText(text, 'config.toml', {});
      expect([valid, findings.filter(({ severity }) => severity !== 'note')]).toEqual([true, []]);
      const risks = risksOf(config, { now: new Date(), expand }).map(
        ({ path, rule }) => `${path.join('.')}: ${rule}`,
      );
      expect(risks).toEqual(expected[name] ?? []);
    },
  );
});
