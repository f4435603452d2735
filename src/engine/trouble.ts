import { exitCode, Trouble } from '../errors.ts';
import { bySudo, quote } from '../text/shell-quote.ts';
import { type Engine, namedBy } from './engine.ts';

/** What is thrown when neither or not the wanted program is there, on a system with containers of its own or without. */
export const noProgram = (request: string | undefined, hasOwnContainers = true): Trouble =>
  new Trouble(
    request === undefined ? 'Neither Docker nor Podman is installed.' : `${request} is not installed.`,
    {
      why: 'The command was not found in PATH.',
      hint:
        request === 'docker'
          ? 'Install Docker (https://docs.docker.com/engine/install/), or use Podman: --engine podman'
          : hasOwnContainers
            ? 'Install Podman with the package manager of this system, or Docker: https://docs.docker.com/engine/install/'
            : 'Install Docker Desktop (https://docs.docker.com/desktop/) or Podman (https://podman.io).',
    },
  );

/** What is thrown for a word that is no engine. */
export const noEngine = (word: string): Trouble =>
  new Trouble(`--engine ${word} is not a valid engine.`, {
    hint: 'Use --engine docker or --engine podman.',
    code: exitCode.usage,
  });

/** Why an engine did not do something, from the words of its program: not permitted, not running, or what it says. */
export function engineTrouble(engine: Engine, said: string, about?: string): Trouble {
  const name = nameOf(engine);
  const place = placeIn(said);
  if (/permission denied|access denied|EACCES/i.test(said) && isConnection(said)) {
    return new Trouble(`This user is not allowed to use ${name}${place === '' ? '' : ` at ${place}`}.`, {
      why: bySudo(
        'Only root can use the socket, and for Docker also members of the group docker.',
        'Only administrators and members of the group docker-users can use it.',
      ),
      hint:
        engine.program === 'docker'
          ? bySudo(
              'Run the command with sudo. Or let this user use Docker, then log in again: sudo usermod -aG docker "$USER"',
              'Run the command as administrator, or add this user to the group docker-users and log in again.',
            )
          : 'Run runner-setup with sudo, or use the Podman of this user: unset CONTAINER_HOST',
    });
  }
  if (isConnection(said) || /^no response .*within/.test(said)) {
    return new Trouble(`${name} is not running${place === '' ? '' : `, or not reachable at ${place}`}.`, {
      why: said,
      hint: startHint(engine, place, said),
    });
  }
  return new Trouble(about ?? `${name} refused the request.`, {
    why: said || `${engine.program} printed no message.`,
    kind: 'engine-refused',
  });
}

/** What is thrown for a name that no container of an engine has. */
export function noContainer(
  engine: Pick<Engine, 'program'> & { readonly other?: Engine['program'] },
  name: string,
): Trouble {
  const elsewhere =
    engine.other === undefined
      ? ''
      : `\nTo use ${nameOf({ program: engine.other })}: --engine ${engine.other}`;
  return new Trouble(`The container ${name} does not exist.`, {
    hint: `List the containers: ${engine.program} ps --all\nTo create a new one: runner-setup container install --name ${quote(name)}${elsewhere}`,
  });
}

/** What people call an engine. */
export const nameOf = ({ program }: Pick<Engine, 'program'>): string =>
  program === 'docker' ? 'Docker' : 'Podman';

/** Whether words of the program are about reaching the engine at all. */
const isConnection = (said: string): boolean =>
  /cannot connect to|is the docker daemon running|unable to connect to|error during connect|docker daemon socket|podman socket|connection refused|failed to initialize: unable to resolve docker endpoint|connect: (no such file|permission denied)/i.test(
    said,
  );

const placeIn = (said: string): string =>
  /(?:unix|tcp|ssh|npipe|https?):\/\/[^\s"']*[^\s"'.:,]/.exec(
    said.replace(/http:\/\/(d|%2F)\S*/g, ''),
  )?.[0] ?? '';

const desktop = 'Start Docker Desktop, then run the command again.';

function startHint(engine: Engine, place: string, said: string): string {
  const { program } = engine;
  if (/^(tcp|ssh|https?):/.test(place))
    return `Check ${place}, or unset the variable or context that names it.`;
  const variable = engine.host === undefined ? namedBy(engine) : undefined;
  if (variable !== undefined)
    return `Start the engine that ${variable} names, or unset ${variable} to use the default engine.`;
  // Where the engine runs in a virtual machine, its program says so, and how to start that.
  if (/podman machine/.test(said)) return 'Start its virtual machine: podman machine start';
  if (/^npipe:|\/\.docker\/run\//.test(place)) return desktop;
  if (program === 'podman')
    return 'systemctl --user start podman.socket (for root: sudo systemctl start podman.socket)';
  if (/\/run\/user\//.test(place)) return 'systemctl --user start docker';
  return bySudo(
    'Start it: sudo systemctl start docker\nTo use another engine: --engine podman, DOCKER_HOST, or another docker context',
    desktop,
  );
}
