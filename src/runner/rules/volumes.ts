import { textIn, textsIn } from '../../config/model.ts';
import { isWindowsPath, mountTarget, volumeParts } from '../../settings/syntax.ts';
import { editing, type Risk, replacing, type Subject, speaking, type WritingRule } from './rule.ts';

interface Wrong {
  readonly message: string;
  readonly why: string;
  /** The volume that is probably meant. */
  readonly right: string;
}

/** Volumes that no job can mount, or that mount another folder than is meant. */
function* unmountable(subject: Subject): Generator<Risk> {
  const { at, runner } = subject;
  const list = textsIn(runner, 'docker', 'volumes');
  for (const volume of list) {
    const wrong = homeIn(volume, runner) ?? crossed(volume, subject);
    if (wrong === undefined) continue;
    yield {
      severity: 'error',
      rule: 'volume',
      at,
      path: ['docker', 'volumes'],
      message: `docker.volumes: "${volume}" ${wrong.message}`,
      why: wrong.why,
      next: list.some((one) => one !== volume && mountTarget(one) === mountTarget(wrong.right))
        ? editing(subject, '--remove', `docker.volumes=${volume}`)
        : replacing(subject, 'docker.volumes', volume, wrong.right),
    };
  }
}

function homeIn(volume: string, runner: unknown): Wrong | undefined {
  const home = /^(~|\$HOME\b|\$\{HOME\}|%USERPROFILE%)/i.exec(volume)?.[0];
  if (home === undefined) return undefined;
  if (/HOME/.test(home) && textsIn(runner, 'environment').some((one) => one.startsWith('HOME=')))
    return undefined;
  return {
    message: `begins with ${home}, which is not replaced with a home folder`,
    why: /HOME/.test(home)
      ? 'gitlab-runner uses HOME of the job variables, which is empty.'
      : 'Docker refuses it, so every job fails. Use an absolute path.',
    right: `/root${volume.slice(home.length)}`,
  };
}

function crossed(volume: string, { executor, runner }: Subject): Wrong | undefined {
  const { source, target, modes } = volumeParts(volume) ?? {};
  if (target === undefined || /^\$/.test(target)) return undefined;
  if (executor === 'docker' && isWindowsPath(target) && textIn(runner, 'docker', 'host') === '')
    return {
      message: 'has a Windows path, but this executor runs Linux containers',
      why: 'Docker refuses the mount, so every job fails.',
      right: joined(source, unixPath(target), modes),
    };
  if (executor !== 'docker-windows') return undefined;
  if (target.startsWith('/') || source?.startsWith('/'))
    return {
      message: `has a Unix path, but Windows containers require paths such as ${windowsPath(target)}`,
      why: 'Docker refuses the mount, so every job fails.',
      right: joined(source?.startsWith('/') ? windowsPath(source) : source, windowsPath(target), modes),
    };
  if (isWindowsPath(target) && !/^c:/i.test(target))
    return {
      message: `is mounted on drive ${target.slice(0, 2)}, which a container does not have`,
      why: 'Windows containers only have drive c:, so every job fails.',
      right: joined(source, `c:${target.slice(2)}`, modes),
    };
  return undefined;
}

const joined = (source: string | undefined, target: string, modes: readonly string[] = []): string =>
  [source, target, modes.join(',')].filter((part) => part !== undefined && part !== '').join(':');

const windowsPath = (path: string): string =>
  isWindowsPath(path) ? path : `c:${path.replaceAll('/', '\\')}`;

const unixPath = (path: string): string => path.slice(2).replaceAll('\\', '/');

/** The rule about volumes that cannot be mounted. */
export const volumeRule: WritingRule = speaking({
  id: 'volume',
  keys: ['docker.volumes'],
  find: unmountable,
});
