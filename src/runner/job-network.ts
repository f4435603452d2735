import { tablesIn, textIn, textsIn } from '../config/model.ts';
import { volumeParts } from '../settings/syntax.ts';

/** A host as this machine knows it. */
export interface KnownHost {
  readonly name: string;
  readonly address: string;
  /** Whether the address is this machine, which in a container is the container. */
  readonly isSelf: boolean;
}

/** Where the jobs of a runner run, as far as names are concerned. */
export interface JobPlace {
  readonly executor: string;
  /** docker.host; empty for the engine of this machine. */
  readonly engine: string;
  /** An address of this machine that others reach it by. */
  readonly ownAddress: string | undefined;
}

/** Whether jobs run on this machine's own engine, which knows the machine as `host-gateway`. */
export const isEngineHere = ({ executor, engine }: Omit<JobPlace, 'ownAddress'>): boolean =>
  /^docker(-windows)?$/.test(executor) && (engine === '' || /^(unix|npipe):/.test(engine));

/** Whether containers get the hosts file of this machine: Podman copies it, where its address means the same there. */
export const sharesHostsFile = ({ isSelf }: KnownHost, place: JobPlace): boolean =>
  !isSelf && isEngineHere(place) && place.engine.includes('podman');

/** The address by which jobs reach a host that this machine knows; Podman knows `host-gateway` only from 4.7 on. */
export function addressForJobs({ address, isSelf }: KnownHost, place: JobPlace): string {
  if (!isSelf) return address;
  const isDocker = isEngineHere(place) && !place.engine.includes('podman');
  return isDocker ? 'host-gateway' : (place.ownAddress ?? 'ADDRESS-OF-THIS-MACHINE');
}

/** The element of `extra_hosts` that tells jobs of a host. */
export const extraHost = (host: KnownHost, place: JobPlace): string =>
  `${host.name}:${addressForJobs(host, place)}`;

/** The name that Docker Desktop and Podman give the machine in containers; elsewhere `host-gateway` makes it known. */
export const gateway = 'host.docker.internal';

/** An address with another host; the port and the path stay. */
export function withHost(url: URL, host: string): string {
  const port = url.port === '' ? '' : `:${url.port}`;
  return `${url.protocol}//${host}${port}${url.pathname.replace(/\/$/, '')}`;
}

/** The elements of `extra_hosts` that say something of a host. */
export const entriesOn = (runner: unknown, name: string): string[] =>
  textsIn(runner, 'docker', 'extra_hosts').filter(
    (one) => one.split(/[:=]/)[0]!.toLowerCase() === name.toLowerCase(),
  );

/** Whether jobs in containers are told of a host already, or see the network of their machine. */
export function knowsHost(runner: unknown, name: string): boolean {
  const isIt = (one: string) => one.toLowerCase() === name.toLowerCase();
  const aliases = tablesIn(runner, 'kubernetes', 'host_aliases').flatMap((one) => textsIn(one, 'hostnames'));
  const isTold = entriesOn(runner, name).length > 0 || aliases.some(isIt);
  return isTold || textIn(runner, 'docker', 'network_mode') === 'host';
}

/** Where gitlab-runner's helper image looks for a CA to trust (its entrypoint installs that file). */
export const helperCa = '/etc/gitlab-runner/certs/ca.crt';

/** The volume that hands a CA file to the helper image. */
export const caVolume = (file: string): string => `${file}:${helperCa}:ro`;

/** Whether one of the volumes puts something where the helper image looks for its CA. */
export const handsCa = (volumes: readonly string[]): boolean =>
  volumes.some((volume) => {
    const target = (volumeParts(volume)?.target ?? volume).replace(/\/+$/, '');
    return target === helperCa || helperCa.startsWith(`${target}/`);
  });

/**
 * The pre_build_script by which images of one's own trust the CA, whatever their distribution (Debian, Alpine, Red
 * Hat).
 */
export const trustScript = `if [ -d /etc/pki/ca-trust/source/anchors ]; then cp ${helperCa} /etc/pki/ca-trust/source/anchors/gitlab.crt && update-ca-trust; elif command -v update-ca-certificates >/dev/null; then cp ${helperCa} /usr/local/share/ca-certificates/gitlab.crt && update-ca-certificates; fi`;
