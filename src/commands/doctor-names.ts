import type { Config } from '../config/read.ts';
import { isLoopback, isLoopbackName, type LocalName, wordsOnName } from '../host/names.ts';
import type { Table } from '../runner/block.ts';
import { textOf } from '../runner/identity.ts';
import {
  addressForJobs,
  caVolume,
  entriesOn,
  extraHost,
  gateway,
  handsCa,
  helperCa,
  isEngineHere,
  knowsHost,
  onGateway,
  runsInContainers,
  trustScript,
  withHost,
} from '../runner/reach.ts';
import { quote } from '../runner/replay.ts';
import { tablesIn, textIn, textsIn } from '../runner/risks.ts';
import type { World } from '../world.ts';
import { whoIs } from './doctor-file.ts';
import type { Finding } from './doctor-show.ts';
import { addressOf, caFileFor, hostToTell, isShared, localNameOf, placeOf } from './reach.ts';

/** What jobs in containers do not share with this machine: names of the hosts file, the machine itself, a CA. */
export async function nameFindings(
  config: Config | undefined,
  path: string,
  world: World,
  how: { isOffline: boolean },
): Promise<Finding[]> {
  if (config === undefined) return [];
  const hosts = new Set(config.runners.flatMap((runner) => hostToTell(runner, world) ?? []));
  const looked = [...hosts].map(async (host) => [host, await localNameOf(host, world, how)] as const);
  const names = new Map(await Promise.all(looked));
  return config.runners.flatMap((runner, at) => {
    const subject: Subject = { runner, at, place: whoIs(config, at), world };
    const name = names.get(hostToTell(runner, world) ?? '');
    return [...unknownName(subject, name), ...machineItself(subject), ...untrusted(subject, path)];
  });
}

interface Subject {
  readonly runner: Table;
  readonly at: number;
  readonly place: string;
  readonly world: World;
}

// A private address that DNS knows is no fault: most containers ask the same DNS.
function* unknownName(
  { runner, at, place, world }: Subject,
  name: LocalName | undefined,
): Generator<Finding> {
  if (name === undefined || name.because === 'private') return;
  if (isShared(name, placeOf(runner, world))) return;
  yield {
    severity: 'warning',
    rule: 'hosts-file',
    place,
    message: `${name.name} ${wordsOnName(name)}`,
    why: 'Jobs may not find GitLab to fetch the sources.',
    next: `runner-setup edit '#${at + 1}' ${tellingFlags(runner, name, world)}`,
  };
}

/** The flags of `edit` that tell jobs of a host; what they were told before goes. */
export function tellingFlags(runner: Table, name: LocalName, world: World): string {
  const place = placeOf(runner, world);
  if (place.executor !== 'kubernetes') {
    const before = entriesOn(runner, name.name).map((one) => `--remove docker.extra_hosts=${one} `);
    return `${before.join('')}--add docker.extra_hosts=${extraHost(name, place)}`;
  }
  const alias = `{ip = "${addressForJobs(name, place)}", hostnames = ["${name.name}"]}`;
  return `--add kubernetes.host_aliases=${quote(alias)}`;
}

function* machineItself({ runner, at, place, world }: Subject): Generator<Finding> {
  const url = addressOf(runner, world);
  if (url === undefined || !runsInContainers(textOf(runner, 'executor'))) return;
  if (!isLoopbackName(url.hostname) && !isLoopback(url.hostname)) return;
  if (textOf(runner, 'clone_url') !== '' || knowsHost(runner, url.hostname)) return;
  yield {
    severity: 'warning',
    rule: 'loopback',
    place,
    message: `in a container, ${url.hostname} is the container itself`,
    why: 'Jobs cannot fetch their sources from GitLab there.',
    next: `runner-setup edit '#${at + 1}' ${cloningFlags(runner, url, world)}`,
  };
}

/** The flags of `edit` by which jobs reach a GitLab that runs on this machine. */
export function cloningFlags(runner: Table, url: URL, world: World): string {
  const place = placeOf(runner, world);
  if (isEngineHere(place)) {
    return `--clone-url ${onGateway(url)} --add docker.extra_hosts=${gateway}:host-gateway`;
  }
  return `--clone-url ${withHost(url, place.ownAddress ?? 'ADDRESS-OF-THIS-MACHINE')}`;
}

function* untrusted({ runner, at, place, world }: Subject, path: string): Generator<Finding> {
  const url = addressOf(runner, world);
  const executor = textOf(runner, 'executor');
  if (url === undefined || !runsInContainers(executor) || executor === 'docker-windows') return;
  const file = caFileFor(url, textOf(runner, 'tls-ca-file'), path, world);
  if (file === undefined || isHanded(runner)) return;
  yield {
    severity: 'note',
    rule: 'private-ca',
    place,
    message: `jobs are not given the CA of ${url.hostname} (${file.path})`,
    why: `The helper image trusts what is mounted at ${helperCa}; images of your own need a pre_build_script besides.${file.remark}`,
    next: handing(runner, at, file.path),
  };
}

const isHanded = (runner: Table): boolean =>
  handsCa(textsIn(runner, 'docker', 'volumes')) ||
  ['config_map', 'secret', 'host_path', 'pvc'].some((kind) =>
    handsCa(tablesIn(runner, 'kubernetes', 'volumes', kind).map((one) => textIn(one, 'mount_path'))),
  );

function handing(runner: Table, at: number, file: string): string {
  const executor = textOf(runner, 'executor');
  const edit = `runner-setup edit '#${at + 1}'`;
  if (executor === 'kubernetes') {
    const volume = '{name = "gitlab-ca", mount_path = "/etc/gitlab-runner/certs", read_only = true}';
    return `kubectl create configmap gitlab-ca --namespace ${textIn(runner, 'kubernetes', 'namespace') || 'default'} --from-file=ca.crt=${file} && ${edit} --add kubernetes.volumes.config_map=${quote(volume)}`;
  }
  const where = /autoscaler|machine/.test(executor)
    ? 'Put the file on the machines that run the jobs, then: '
    : '';
  return `${where}${edit} --add docker.volumes=${quote(caVolume(file))} --pre-build-script ${quote(trustScript)}`;
}
