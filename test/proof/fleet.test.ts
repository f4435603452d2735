import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type StandIn, startGitlab } from '../gitlab/index.ts';
import { accessToken, type Circumstances, openScene, type Ran, type Scene, textOf } from './scene.ts';

let scene: Scene;
let gitlab: StandIn;

beforeAll(async () => {
  scene = await openScene(1);
});

afterAll(() => scene.close());

beforeEach(async () => {
  gitlab = await startGitlab({
    runners: [{ id: 1, token: shared, type: 'instance', description: 'made elsewhere' }],
    groups: [{ id: 70, path: 'team' }],
    projects: [{ id: 80, path: 'team/app' }],
    accessTokens: [{ token: accessToken, scopes: ['api'], admin: true }],
    firstRunnerId: 101,
  });
  return () => gitlab.close();
});

const shared = 'glrt-t1_shared00000000001';
const hosts = ['build-1', 'build-2', 'deploy'];

/** A fleet of twelve runners: seven for build hosts, three for the other one, two for all, one of them with a token. */
const fleet = (url: string): string =>
  JSON.stringify({
    version: 1,
    global: { concurrent: 8 },
    defaults: {
      gitlab: { url, access_token: 'env:FLEET_TOKEN', group_id: 'team' },
      config: { executor: 'shell' },
    },
    runners: [
      ...Array.from({ length: 7 }, (_, at) => ({
        key: `build-${at}`,
        hosts: ['build-?'],
        preset: 'docker',
        gitlab: { tag_list: ['docker', `n${at}`], maintenance_note: 'by hand' },
        config: { limit: at + 1, docker: { image: 'alpine:3.22' } },
      })),
      ...Array.from({ length: 3 }, (_, at) => ({
        key: `deploy-${at}`,
        hosts: ['deploy'],
        gitlab: { project_id: 80, access_level: 'ref_protected', paused: at === 0 },
      })),
      { key: 'everywhere', gitlab: { type: 'instance' } },
      { key: 'shared', gitlab: { token: 'env:SHARED_TOKEN' } },
    ],
  });

/** A machine: a folder with its config.toml. */
interface Machine {
  readonly host: string;
  readonly place: string;
}

function machines(): { readonly file: string; readonly all: Machine[] } {
  const folder = scene.newFolder();
  const file = join(folder, 'runners.json');
  writeFileSync(file, fleet(gitlab.url));
  const all = hosts.map((host) => ({ host, place: join(folder, host) }));
  for (const { place } of all) mkdirSync(place);
  return { file, all };
}

const apply = (
  file: string,
  { host, place }: Machine,
  words: readonly string[] = [],
  more: Circumstances = {},
): Promise<Ran> =>
  scene.run('apply', place, ['-f', file, '--host', host, ...words], {
    env: { FLEET_TOKEN: accessToken, SHARED_TOKEN: shared },
    url: gitlab.url,
    ...more,
  });

async function applyToAll({ file, all }: ReturnType<typeof machines>, words: readonly string[] = []) {
  const ran: Ran[] = [];
  for (const machine of all) ran.push(await apply(file, machine, words));
  return ran;
}

const last = ({ stdout }: Ran): string => stdout.trimEnd().split('\n').at(-1)!;

const configOf = ({ place }: Machine): string => textOf(join(place, 'config.toml')) ?? '';

/** The runners of the stand-in that are ours, as `key@host`. */
const atGitlab = (): string[] =>
  gitlab.state.runners
    .flatMap(
      ({ maintenanceNote }) =>
        /key=(\S+) host=(\S+)/
          .exec(maintenanceNote ?? '')
          ?.slice(1)
          .join('@') ?? [],
    )
    .sort();

const wantedAtGitlab = hosts
  .flatMap((host) =>
    [
      ...(host === 'deploy'
        ? [0, 1, 2].map((at) => `deploy-${at}`)
        : [0, 1, 2, 3, 4, 5, 6].map((at) => `build-${at}`)),
      'everywhere',
    ].map((key) => `${key}@${host}`),
  )
  .sort();

const forgetToken = (text: string) => text.replace(/token = "glrt-[^"]*"|token_obtained_at = .*/g, '…');

test('three machines and twelve runners: a first run, a second one, a deleted runner, and what is pruned', async () => {
  const stage = machines();
  expect((await applyToAll(stage)).map(last)).toEqual([
    `Applied ${stage.file}: global settings changed, 9 created.`,
    `Applied ${stage.file}: global settings changed, 9 created.`,
    `Applied ${stage.file}: global settings changed, 5 created.`,
  ]);
  expect(atGitlab()).toEqual(wantedAtGitlab);
  const before = stage.all.map(configOf);
  const [first, second, third] = (await applyToAll(stage)).map(({ stdout, stderr }) => stdout + stderr);
  expect([first, second, third]).toEqual([
    `Nothing to change: <PLACE>/config.toml has the 9 runners of ${stage.file}.\n`,
    `Nothing to change: <PLACE>/config.toml has the 9 runners of ${stage.file}.\n`,
    `Nothing to change: <PLACE>/config.toml has the 5 runners of ${stage.file}.\n`,
  ]);
  expect(stage.all.map(configOf)).toEqual(before);

  const gone = gitlab.state.runners.find(({ maintenanceNote }) =>
    maintenanceNote?.includes('key=build-3 host=build-2'),
  )!;
  gitlab.state.runners.splice(gitlab.state.runners.indexOf(gone), 1);
  const plan = await apply(stage.file, stage.all[1]!, ['--dry-run']);
  expect(plan.stdout).toContain(`runner ${gone.id} no longer exists in GitLab`);
  expect((await applyToAll(stage)).map(last)).toEqual([
    expect.stringContaining('Nothing to change'),
    `Applied ${stage.file}: 1 created, 8 unchanged.`,
    expect.stringContaining('Nothing to change'),
  ]);
  expect(atGitlab()).toEqual(wantedAtGitlab);
  const after = configOf(stage.all[1]!);
  expect(forgetToken(after).replace(/id = \d+/g, '')).toBe(forgetToken(before[1]!).replace(/id = \d+/g, ''));

  const parsed = JSON.parse(fleet(gitlab.url));
  parsed.runners = parsed.runners.filter(({ key }: { key: string }) => !/-1$/.test(key));
  writeFileSync(stage.file, JSON.stringify(parsed));
  await applyToAll(stage, ['--prune', '--yes']);
  expect(atGitlab()).toEqual(wantedAtGitlab.filter((one) => !/-1@/.test(one)));
  expect(stage.all.map((one) => (configOf(one).match(/\[\[runners\]\]/g) ?? []).length)).toEqual([8, 8, 4]);
}, 120_000);

test('gitlab-runner rewrites the file and what was kept is lost: the same runners are found again', async () => {
  const stage = machines();
  await applyToAll(stage);
  for (const machine of stage.all) {
    rmSync(join(machine.place, '.config.toml.fleet.json'));
    // As gitlab-runner writes it: no comments, no empty values, other names by hand.
    const text = configOf(machine).replace(/^\s*(limit = 0|shutdown_timeout = 0)\n/gm, '');
    writeFileSync(
      join(machine.place, 'config.toml'),
      text.replaceAll('name = "', 'name = "renamed by hand '),
    );
  }
  const ran = await applyToAll(stage);
  expect(atGitlab()).toEqual(wantedAtGitlab);
  expect(ran.map(last)).toEqual(
    [9, 9, 5].map(
      (count) => `Nothing to change: <PLACE>/config.toml has the ${count} runners of ${stage.file}.`,
    ),
  );
}, 120_000);

/** What a run did, and the moments to kill it at: each kind of moment twice, the first time it comes, and the last. */
function momentsIn(log: string): { readonly calls: string[]; readonly moments: number[] } {
  const calls = readFileSync(log, 'utf8').trim().split('\n');
  const kinds = calls.map((call) => call.replace(/\.[0-9a-f]{12}\.tmp/, '.tmp'));
  const all = [...new Set(kinds)].flatMap((kind) => [kinds.indexOf(kind), kinds.lastIndexOf(kind)]);
  return {
    calls,
    moments: [...new Set(all)].filter((at) => /POST|DELETE|rename|new-token/.test(calls[at]!)),
  };
}

test('a run that is killed anywhere is finished by the next: no runner is made twice, and none is lost', async () => {
  const stage = machines();
  const small = JSON.parse(fleet(gitlab.url));
  small.runners = small.runners.filter(({ key }: { key: string }) => /^(build-[01]|shared)$/.test(key));
  writeFileSync(stage.file, JSON.stringify(small));
  const log = join(scene.folder, 'calls-of-apply');
  const fresh = (): Machine => {
    const place = scene.newFolder();
    return { host: 'build-1', place };
  };
  await apply(stage.file, fresh(), [], { hook: { log, requests: true } });
  const { calls, moments } = momentsIn(log);
  expect(moments.length).toBeGreaterThan(10);
  for (const at of moments) {
    const machine = fresh();
    gitlab.state.runners.splice(1);
    const killed = await apply(stage.file, machine, [], { hook: { at: at + 1, do: 'kill', requests: true } });
    expect(killed.code, calls[at]!).toBe('SIGKILL');
    const next = await apply(stage.file, machine);
    const what = `${calls[at]} (${at})\n${next.stdout}${next.stderr}`;
    expect(next.code, what).toBe(0);
    expect(atGitlab(), what).toEqual(['build-0@build-1', 'build-1@build-1']);
    const text = configOf(machine);
    for (const { token } of gitlab.state.runners) expect(text, what).toContain(token);
    expect(text.match(/\[\[runners\]\]/g), what).toHaveLength(3);
    expect(
      readdirSync(machine.place).filter((name) => /new-token/.test(name)),
      what,
    ).toEqual([]);
    const again = await apply(stage.file, machine);
    expect(again.stdout, what).toContain('Nothing to change');
  }
}, 300_000);

test('a run that gets a new token for a runner whose entry is gone is killed anywhere: its ID is not lost', async () => {
  const stage = machines();
  const small = JSON.parse(fleet(gitlab.url));
  small.runners = small.runners.filter(({ key }: { key: string }) => /^build-[01]$/.test(key));
  writeFileSync(stage.file, JSON.stringify(small));
  const log = join(scene.folder, 'calls-of-recovery');
  const withoutOne = async (): Promise<Machine> => {
    const machine = { host: 'build-1', place: scene.newFolder() };
    gitlab.state.runners.splice(1);
    await apply(stage.file, machine);
    const [first, second] = configOf(machine).split(/(?=\[\[runners\]\])/);
    writeFileSync(join(machine.place, 'config.toml'), `${first}${second}`);
    return machine;
  };
  await apply(stage.file, await withoutOne(), [], { hook: { log, requests: true } });
  const { calls, moments } = momentsIn(log);
  expect(moments.length).toBeGreaterThan(5);
  for (const at of moments) {
    const machine = await withoutOne();
    await apply(stage.file, machine, [], { hook: { at: at + 1, do: 'kill', requests: true } });
    const next = await apply(stage.file, machine);
    const what = `${calls[at]} (${at})\n${next.stdout}${next.stderr}`;
    expect(next.code, what).toBe(0);
    expect(atGitlab(), what).toEqual(['build-0@build-1', 'build-1@build-1']);
    const ours = gitlab.state.runners.slice(1);
    for (const { id, token } of ours)
      expect(configOf(machine), what).toMatch(new RegExp(`id = ${id}\\n\\s+token = "${token}"`));
  }
}, 300_000);

test('a run that prunes by the note in GitLab alone is killed anywhere: no entry stays without its runner', async () => {
  const stage = machines();
  const fleetOf = (keys: RegExp) => {
    const all = JSON.parse(fleet(gitlab.url));
    all.runners = all.runners.filter(({ key }: { key: string }) => keys.test(key));
    writeFileSync(stage.file, JSON.stringify(all));
  };
  const log = join(scene.folder, 'calls-of-pruning');
  const words = ['--prune', '--yes'];
  const withoutState = async (): Promise<Machine> => {
    const machine = { host: 'build-1', place: scene.newFolder() };
    gitlab.state.runners.splice(1);
    fleetOf(/^build-[01]$/);
    await apply(stage.file, machine);
    rmSync(join(machine.place, '.config.toml.fleet.json'));
    fleetOf(/^build-0$/);
    return machine;
  };
  await apply(stage.file, await withoutState(), words, { hook: { log, requests: true } });
  const { calls, moments } = momentsIn(log);
  expect(moments.length).toBeGreaterThan(5);
  for (const at of moments) {
    const machine = await withoutState();
    await apply(stage.file, machine, words, { hook: { at: at + 1, do: 'kill', requests: true } });
    const next = await apply(stage.file, machine, words);
    const what = `${calls[at]} (${at})\n${next.stdout}${next.stderr}`;
    expect(next.code, what).toBe(0);
    expect(atGitlab(), what).toEqual(['build-0@build-1']);
    expect(configOf(machine).match(/\[\[runners\]\]/g), what).toHaveLength(1);
  }
}, 300_000);

test('Ctrl-C takes back the runner under way, keeps those that are done, and the next run goes on', async () => {
  const stage = machines();
  const [machine] = stage.all as [Machine];
  const log = join(scene.folder, 'calls-until-ctrl-c');
  await apply(stage.file, { ...machine, place: scene.newFolder() }, [], { hook: { log, requests: true } });
  const calls = readFileSync(log, 'utf8').trim().split('\n');
  const answers = [...calls.keys()].filter((at) => calls[at] === 'answer POST /api/v4/user/runners');
  gitlab.state.runners.splice(1);
  const hook = { at: answers[2]! + 1, do: 'SIGINT', requests: true };
  const stopped = await apply(stage.file, machine, [], { hook });
  expect(stopped.code).toBe(130);
  expect(last(stopped)).toBe(
    `Applied ${stage.file}: global settings changed, 2 created, 1 failed, 6 not processed.`,
  );
  expect(atGitlab()).toEqual(['build-0@build-1', 'build-1@build-1']);
  expect(last(await apply(stage.file, machine))).toBe(`Applied ${stage.file}: 7 created, 2 unchanged.`);
}, 120_000);
