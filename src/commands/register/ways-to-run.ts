import { basename, dirname } from 'node:path';
import { packagesBelow } from '../../app/system-commands.ts';
import { type Table, textIn, textsIn } from '../../config/model.ts';
import { engineFacts } from '../../engine/facts.ts';
import type { FoundEngine } from '../../engine/find.ts';
import { isLoopback, isLoopbackName } from '../../host/names.ts';
import { nameFor } from '../../host/platform/binaries/binary.ts';
import { platformOf } from '../../host/platform/index.ts';
import { followedTag } from '../../text/gitlab-runner.ts';
import { asRoot, shellLine } from '../../text/shell-quote.ts';
import type { World } from '../../world.ts';

/** How `install` gets gitlab-runner onto this machine, and a service of it. */
export interface Installation {
  readonly kind: 'package' | 'binary';
  /** The words behind `install`. */
  readonly words: readonly string[];
  /** The command as a person types it. */
  readonly typed: string;
  /** The config.toml that its service has. */
  readonly configFile: string;
  /** Whether this person may do it. */
  readonly isAllowed: boolean;
}

/** The package where GitLab has one for this system, else the binary; nothing where GitLab has neither. */
export async function installationHere(world: World): Promise<Installation | undefined> {
  if (packagesBelow('/') !== undefined) {
    const configFile = '/etc/gitlab-runner/config.toml';
    const isAllowed = world.uid === 0;
    return { kind: 'package', words: [], typed: lineFor([], isAllowed), configFile, isAllowed };
  }
  const binary = await platformOf(world).binary();
  if (binary === undefined || nameFor(binary, world.architecture) === undefined) return undefined;
  const words = binary.isOnlyWay ? [] : ['--binary'];
  return {
    kind: 'binary',
    words,
    // Elsewhere sudo is not the way: the commands that need it have it, or the terminal has the rights.
    typed: lineFor(words, binary.isOnlyWay || world.uid === 0),
    configFile: binary.configFile('/', world),
    isAllowed: binary.refusal(world, 'install') === undefined,
  };
}

function lineFor(words: readonly string[], isAllowed: boolean): string {
  const line = ['runner-setup install', ...words].join(' ');
  return isAllowed ? line : asRoot(line);
}

/** The command for a container that has this config.toml, as a person types it; nothing where the runner would not work in one. */
export function containerLine(path: string, runner: Table): string | undefined {
  if (!worksInContainer(path, runner)) return undefined;
  return `runner-setup ${shellLine(['container', 'install', ...wordsOnRunner(path, runner)])}`;
}

/**
 * The words behind `container install` for a container of this engine that has this config.toml, with a usual value for
 * all that is asked otherwise. Nothing where the runner would not work in one, or the engine is on another machine.
 */
export async function containerWords(
  path: string,
  runner: Table,
  engine: FoundEngine,
): Promise<string[] | undefined> {
  if (!worksInContainer(path, runner)) return undefined;
  const { socket = 'none', isRemote } = await engineFacts(engine);
  if (isRemote) return undefined;
  const usual = {
    '--engine': engine.program,
    '--tag': followedTag,
    '--name': 'gitlab-runner',
    '--socket': textIn(runner, 'executor') === 'docker' ? socket : 'none',
    '--restart': 'always',
    '--timezone': new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC',
  };
  return [...wordsOnRunner(path, runner), ...Object.entries(usual).flat()];
}

// What jobs are told of the name of GitLab, gitlab-runner needs in a container, too.
function wordsOnRunner(path: string, runner: Table): string[] {
  const hosts = textsIn(runner, 'docker', 'extra_hosts').filter((entry) =>
    entry.startsWith(`${hostIn(runner)}:`),
  );
  return ['--config-folder', dirname(path), ...hosts.flatMap((entry) => ['--add-host', entry])];
}

/** Executors that need nothing of the machine but the socket of its engine. */
const movable: readonly string[] = ['docker', 'docker-autoscaler', 'instance', 'kubernetes', 'ssh'];

// In there is another root folder: what the file names on this machine is not found, and the machine is not localhost.
function worksInContainer(path: string, runner: Table): boolean {
  const files = ['tls-ca-file', 'tls-cert-file', 'tls-key-file'].map((key) => textIn(runner, key));
  const socket = textIn(runner, 'docker', 'host').replace(/^unix:\/\//, '');
  const host = hostIn(runner);
  return (
    basename(path) === 'config.toml' &&
    movable.includes(textIn(runner, 'executor')) &&
    !isLoopbackName(host) &&
    !isLoopback(host) &&
    files.every((file) => file === '' || file.startsWith('/etc/gitlab-runner/')) &&
    (!socket.startsWith('/') || socket === '/var/run/docker.sock')
  );
}

function hostIn(runner: Table): string {
  const url = textIn(runner, 'url');
  return URL.canParse(url) ? new URL(url).hostname : '';
}
