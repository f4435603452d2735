import { basename, dirname } from 'node:path';
import { packagesBelow } from '../../app/system-commands.ts';
import { type Table, textIn, textsIn } from '../../config/model.ts';
import { engineFacts } from '../../engine/facts.ts';
import type { FoundEngine } from '../../engine/find.ts';
import { isLoopbackName } from '../../host/names.ts';
import { followedTag } from '../../text/gitlab-runner.ts';
import { asRoot, shellLine } from '../../text/shell-quote.ts';
import type { World } from '../../world.ts';

/** One way to get a gitlab-runner onto this machine that serves a config.toml: a command of this program. */
export interface WayToRun {
  readonly kind: 'package' | 'container';
  readonly command: 'install' | 'container';
  readonly words: readonly string[];
  /** The same as a person types it: what has a usual value is asked there. */
  readonly typed: string;
}

/** A package of the system; nothing where GitLab has none for it. */
export function wayOfPackage({ uid }: Pick<World, 'uid'>): WayToRun | undefined {
  if (packagesBelow('/') === undefined) return undefined;
  const line = 'runner-setup install';
  return { kind: 'package', command: 'install', words: [], typed: uid === 0 ? line : asRoot(line) };
}

/** The command for a container that serves this file, as a person types it. */
export const containerLine = (path: string): string =>
  `runner-setup ${shellLine(['container', 'install', '--config-folder', dirname(path)])}`;

/** A container of this engine that serves the file with this runner; nothing where the runner would not work in one. */
export async function wayOfContainer(
  path: string,
  runner: Table,
  engine: FoundEngine,
): Promise<WayToRun | undefined> {
  if (!worksInContainer(path, runner)) return undefined;
  const { socket = 'none', isRemote } = await engineFacts(engine);
  // The folder is on this machine.
  if (isRemote) return undefined;
  const usual = {
    '--engine': engine.program,
    '--config-folder': dirname(path),
    '--tag': followedTag,
    '--name': 'gitlab-runner',
    '--socket': textIn(runner, 'executor') === 'docker' ? socket : 'none',
    '--restart': 'always',
    '--timezone': new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC',
  };
  const words = [...Object.entries(usual).flat(), ...hostsOf(runner)];
  return { kind: 'container', command: 'container', words: ['install', ...words], typed: containerLine(path) };
}

/** Executors that need nothing of the machine but the socket of its engine. */
const movable: readonly string[] = ['docker', 'docker-autoscaler', 'instance', 'kubernetes', 'ssh'];

// In there is another root folder: what the file names on this machine is not found, and the machine is not localhost.
function worksInContainer(path: string, runner: Table): boolean {
  const files = ['tls-ca-file', 'tls-cert-file', 'tls-key-file'].map((key) => textIn(runner, key));
  const socket = textIn(runner, 'docker', 'host').replace(/^unix:\/\//, '');
  return (
    basename(path) === 'config.toml' &&
    movable.includes(textIn(runner, 'executor')) &&
    !isLoopbackName(hostIn(runner)) &&
    files.every((file) => file === '' || file.startsWith('/etc/gitlab-runner/')) &&
    (!socket.startsWith('/') || socket === '/var/run/docker.sock')
  );
}

const hostIn = (runner: Table): string => {
  const url = textIn(runner, 'url');
  return URL.canParse(url) ? new URL(url).hostname : '';
};

// What jobs are told of the name of GitLab, gitlab-runner needs in a container, too.
const hostsOf = (runner: Table): string[] =>
  textsIn(runner, 'docker', 'extra_hosts')
    .filter((entry) => entry.startsWith(`${hostIn(runner)}:`))
    .flatMap((entry) => ['--add-host', entry]);
