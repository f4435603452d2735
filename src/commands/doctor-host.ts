import { existsSync } from 'node:fs';
import type { FoundFile } from '../config/found.ts';
import type { Config } from '../config/read.ts';
import { completePath, placeHere } from '../host/places.ts';
import { runningRunners } from '../host/running.ts';
import {
  addressInHostsFile,
  isForeignSystemId,
  isSame,
  looseMode,
  otherConfigs,
} from '../host/surroundings.ts';
import { expand, textOf } from '../runner/identity.ts';
import { textsIn } from '../runner/risks.ts';
import { usesDocker } from '../settings/executors.ts';
import type { World } from '../world.ts';
import type { Finding } from './doctor-show.ts';

/** What this machine has to say about a config file: rights, other files, a copied system id, certificates, hosts. */
export function hostFindings(found: FoundFile, config: Config | undefined, world: World): Finding[] {
  return [
    ...rights(found, world),
    ...others(found.path, world),
    ...copied(found.path, world),
    ...mounted(found),
    ...(config === undefined ? [] : runnersHere(config, world)),
  ];
}

function* rights({ path }: FoundFile, { platform }: World): Generator<Finding> {
  const mode = looseMode(path, platform);
  if (mode === undefined) return;
  yield {
    severity: 'warning',
    rule: 'rights',
    place: path,
    message: `others than its owner may use this file (mode ${mode}), and it holds tokens`,
    next: `chmod 600 ${path}`,
    fixable: true,
  };
}

function* others(path: string, world: World): Generator<Finding> {
  const running = runningRunners();
  const users = running.filter(({ config }) => config !== undefined && isSame(config, path));
  const elsewhere = running.filter(({ config }) => config !== undefined && !isSame(config, path));
  if (users.length === 0 && elsewhere.length > 0) {
    const { pid, config } = elsewhere[0]!;
    yield {
      severity: 'warning',
      rule: 'other-config',
      place: path,
      message: `the running gitlab-runner (process ${pid}) uses ${config}, not this file`,
      next: `runner-setup doctor --config ${config}`,
    };
  }
  for (const other of otherConfigs(path, world)) {
    if (elsewhere.some(({ config }) => isSame(config!, other))) continue;
    yield {
      severity: users.length > 0 ? 'note' : 'warning',
      rule: 'other-config',
      place: path,
      message: `there is also ${other}${users.length > 0 ? `; the running gitlab-runner (process ${users[0]!.pid}) uses this one` : ''}`,
      why: 'gitlab-runner takes the one in /etc when root starts it, and the one in the home folder of any other user.',
      next: `runner-setup list --config ${other}`,
    };
  }
}

function* copied(path: string, { platform }: World): Generator<Finding> {
  if (!isForeignSystemId(path, platform)) return;
  const file = path.replace(/[^/\\]*$/, '.runner_system_id');
  yield {
    severity: 'warning',
    rule: 'system-id',
    place: file,
    message: 'this system id was made on another machine: the folder or the whole machine was copied',
    why: 'GitLab takes machines with the same id for one, and shows only one of them.',
    next: `If the other machine still runs: rm ${file}, then restart gitlab-runner.`,
  };
}

function* mounted({ path, isMountPoint }: FoundFile): Generator<Finding> {
  if (!isMountPoint) return;
  yield {
    severity: 'note',
    rule: 'mount',
    place: path,
    message: 'the file alone is mounted here, not its folder',
    why: 'It cannot be replaced at once, and an editor that does so cuts the connection to the host.',
    next: 'Mount the folder /etc/gitlab-runner instead.',
  };
}

function* runnersHere(config: Config, world: World): Generator<Finding> {
  for (const [at, runner] of config.runners.entries()) {
    const who = `runner #${at + 1}`;
    for (const key of ['tls-ca-file', 'tls-cert-file', 'tls-key-file']) {
      const file = textOf(runner, key);
      if (file === '' || existsSync(placeHere(completePath(file, world), config.file))) continue;
      const next = `ls -l ${file}`;
      const why = 'gitlab-runner goes on without it, and does not say so.';
      yield {
        severity: 'warning',
        rule: 'certificate-file',
        place: who,
        message: `${key} ${file} is not there`,
        why,
        next,
      };
    }
    const url = expand(textOf(runner, 'url'), world.env);
    if (!URL.canParse(url) || !usesDocker(textOf(runner, 'executor'))) continue;
    const { hostname } = new URL(url);
    const address = addressInHostsFile(hostname);
    const known = textsIn(runner, 'docker', 'extra_hosts').some((one) => one.startsWith(`${hostname}:`));
    if (address === undefined || known || textsIn(runner, 'docker', 'network_mode').includes('host'))
      continue;
    yield {
      severity: 'warning',
      rule: 'hosts-file',
      place: who,
      message: `${hostname} stands in the hosts file of this machine, which containers do not read`,
      why: 'Jobs may not find GitLab to fetch the sources.',
      next: `runner-setup edit '#${at + 1}' --add docker.extra_hosts=${hostname}:${address}`,
    };
  }
}
