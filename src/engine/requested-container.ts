import { posix } from 'node:path';
import {
  type ContainerSettings,
  configTarget,
  type Health,
  type Mount,
  plainContainer,
} from './container.ts';
import { readImageName } from './image-name.ts';

/** What the container of a new installation is to be; what nobody wants is not there. */
export interface ContainerRequest {
  readonly image: string;
  readonly tag: string;
  readonly name: string;
  /** A folder (with a slash) or the name of a volume. */
  readonly folder: string;
  readonly socket: string | undefined;
  readonly restart: string;
  readonly timezone?: string;
  readonly sessionPort?: number;
  readonly extraHosts?: readonly string[];
  readonly ca?: string;
  readonly selinux?: string;
  readonly proxy?: string;
  readonly noProxy?: string;
  /** NAME=VALUE. */
  readonly env?: readonly string[];
  readonly volumes?: readonly string[];
  /** Whether the engine labels files for SELinux, so that the folder needs a label of its own. */
  readonly isLabelled: boolean;
}

/** Where the socket is expected in the image: gitlab-runner looks for Docker's there. */
const socketTarget = '/var/run/docker.sock';

/** Where the image looks for the CA of GitLab when it starts (CA_CERTIFICATES_PATH of its entry point). */
export const caTarget = `${configTarget}/certs/ca.crt`;

/**
 * Looks every minute whether the process of gitlab-runner is there, with what every image has; GitLab's image brings no
 * check of its own. It does not ask GitLab: an outage there makes no runner sick.
 */
export const processCheck: Health = {
  test: ['CMD-SHELL', 'grep -qsx gitlab-runner /proc/[0-9]*/comm'],
  interval: 60e9,
  timeout: 10e9,
  startPeriod: 30e9,
  retries: 3,
};

/** The container of a new installation. */
export function requestedContainer(request: ContainerRequest): ContainerSettings {
  const { sessionPort, selinux } = request;
  return {
    ...plainContainer(request.name, `${request.image}:${request.tag}`),
    restart: request.restart,
    health: processCheck,
    mounts: mountsOf(request),
    env: envOf(request),
    ports: sessionPort === undefined ? [] : [portOf(sessionPort)],
    extraHosts: request.extraHosts ?? [],
    securityOptions: selinux === undefined ? [] : [labelOf(selinux)],
  };
}

const labelOf = (word: string): string => (word === 'disable' ? 'label=disable' : `label=type:${word}`);

const portOf = (port: number) => ({ container: `${port}/tcp`, host: String(port), ip: '' });

function mountsOf({ folder, socket, ca, volumes = [], isLabelled }: ContainerRequest): Mount[] {
  return [
    mount(folder, configTarget, isLabelled ? ['Z'] : []),
    ...(socket === undefined ? [] : [mount(socket, socketTarget)]),
    ...(ca === undefined ? [] : [mount(ca, caTarget, ['ro'])]),
    ...volumes.map((word) => {
      const [, source = '', target = '', options] = volume.exec(word)!;
      return target === '' || /^[a-z,]+$/i.test(target)
        ? mount('', source, target === '' ? [] : target.split(','))
        : mount(source, target, options?.split(',') ?? []);
    }),
  ];
}

// A drive of Windows has a colon of its own.
const volume = /^((?:[a-z]:(?=[\\/]))?[^:]*)(?::([^:]*))?(?::(.*))?$/is;

const mount = (source: string, target: string, options: readonly string[] = []): Mount => ({
  type: /[/\\]/.test(source) ? 'bind' : 'volume',
  source: tidyPlace(source),
  target: tidyPlace(target),
  options,
});

/** A path in the one form that engines compare: no slash at its end, none twice; the name of a volume as it is. */
export const tidyPlace = (place: string): string =>
  place.includes('/') ? posix.normalize(place).replace(/(?<=.)\/$/, '') : place;

function envOf({ timezone, proxy, noProxy, env = [] }: ContainerRequest): Record<string, string> {
  return {
    ...(timezone !== undefined && { TZ: timezone }),
    ...(proxy !== undefined && { HTTP_PROXY: proxy, HTTPS_PROXY: proxy }),
    ...(noProxy !== undefined && { NO_PROXY: noProxy }),
    ...Object.fromEntries(env.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string])),
  };
}

/** One setting in which a container differs from what is wanted; values of variables are not among the words. */
interface Difference {
  readonly what: string;
  readonly now: string;
  readonly request: string;
}

/**
 * Where a container that is there differs from the wanted one, in what was really `given`: what nobody named may be as
 * it is.
 */
export function requestedDifferences(
  now: ContainerSettings,
  request: ContainerSettings,
  given: ReadonlySet<string>,
): Difference[] {
  const all: (Difference | undefined)[] = [
    given.has('image') || given.has('tag')
      ? differ('image', plainName(now.image), plainName(request.image))
      : undefined,
    given.has('restart') ? differ('restart', now.restart, request.restart) : undefined,
    ...(given.has('folder') ? [mountDifference('config', now, request, configTarget)] : []),
    ...(given.has('socket') ? [mountDifference('socket', now, request, socketTarget)] : []),
    ...(given.has('ca') ? [mountDifference('CA', now, request, caTarget)] : []),
    ...(given.has('volumes') ? volumeDifferences(now, request) : []),
    ...Object.entries(request.env).map(([name, value]) => envDifference(name, now.env[name], value)),
    ...request.ports.map(({ container, host }) => {
      const there = now.ports.find((port) => port.container === container);
      return differ(`port ${container}`, there?.host ?? 'closed', host);
    }),
    ...request.extraHosts.map((line) => {
      const name = line.split(/[:=]/)[0]!;
      const there = now.extraHosts.find((one) => one.split(/[:=]/)[0] === name);
      return differ(`host ${name}`, there?.slice(name.length + 1) ?? 'not set', line.slice(name.length + 1));
    }),
    ...request.securityOptions.map((option) =>
      now.securityOptions.map(plainOption).includes(plainOption(option))
        ? undefined
        : differ('security options', now.securityOptions.join(' ') || 'none', option),
    ),
  ];
  return all.filter((one) => one !== undefined);
}

const differ = (what: string, now: string, request: string): Difference | undefined =>
  now === request ? undefined : { what, now, request };

// Docker takes label:disable and label=disable for the same.
const plainOption = (option: string): string => option.replace(/^label:/, 'label=');

/** An image under one name for all engines: without the registry that is meant when none is named. */
export function plainName(image: string): string {
  const name = readImageName(image.replace(/^(docker\.io|index\.docker\.io)\//, ''));
  if (name === undefined) return image;
  return `${name.repository.replace(/^library\//, '')}:${name.tag ?? 'latest'}`;
}

function mountDifference(
  what: string,
  now: ContainerSettings,
  request: ContainerSettings,
  target: string,
): Difference | undefined {
  const [there, meant] = [now, request].map(
    (one) => one.mounts.find((mount) => tidyPlace(mount.target) === target)?.source,
  );
  return differ(what, tidyPlace(there ?? 'not mounted'), meant ?? 'not mounted');
}

function volumeDifferences(now: ContainerSettings, request: ContainerSettings): (Difference | undefined)[] {
  const own = [configTarget, socketTarget, caTarget];
  const others = request.mounts.filter(({ target }) => !own.includes(target));
  return others.map(({ target }) => mountDifference(`mount ${target}`, now, request, target));
}

// A value may be a secret.
function envDifference(name: string, now: string | undefined, request: string): Difference | undefined {
  if (now === request) return undefined;
  return {
    what: `variable ${name}`,
    now: now === undefined ? 'not set' : 'a different value',
    request: 'as requested',
  };
}
