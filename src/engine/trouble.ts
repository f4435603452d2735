import { exitCode, Trouble } from '../errors.ts';
import { quote } from '../text/shell-quote.ts';
import { type Engine, namedBy } from './engine.ts';

/** What is thrown when neither or not the wanted program is there. */
export const noProgram = (request: string | undefined): Trouble =>
  new Trouble(
    request === undefined
      ? 'There is neither docker nor podman on this machine.'
      : `There is no ${request} command on this machine.`,
    {
      why: 'No folder of PATH has it.',
      hint:
        request === 'docker'
          ? 'Install Docker (https://docs.docker.com/engine/install/), or take Podman: --engine podman'
          : `Install one: sudo apt-get install podman, or Docker by https://docs.docker.com/engine/install/`,
    },
  );

/** What is thrown for a word that is no engine. */
export const noEngine = (word: string): Trouble =>
  new Trouble(`--engine ${word}: there is no such engine.`, {
    hint: 'Write --engine docker or --engine podman.',
    code: exitCode.usage,
  });

/** Why an engine did not do something, from the words of its program: not permitted, not running, or what it says. */
export function engineTrouble(engine: Engine, said: string, about?: string): Trouble {
  const name = nameOf(engine);
  const place = placeIn(said);
  if (/permission denied|access denied|EACCES/i.test(said) && isConnection(said)) {
    return new Trouble(`${name} does not let this user in${place === '' ? '' : ` at ${place}`}.`, {
      why: 'Its socket is for root and, with Docker, for the members of the group docker.',
      hint:
        engine.program === 'docker'
          ? 'sudo usermod -aG docker "$USER", then log in again; or run runner-setup with sudo'
          : 'Run runner-setup with sudo, or use the Podman of this user: unset CONTAINER_HOST',
    });
  }
  if (isConnection(said) || /no answer within/.test(said)) {
    return new Trouble(`${name} is not running${place === '' ? '' : `, or not at ${place}`}.`, {
      why: said,
      hint: startHint(engine, place),
    });
  }
  return new Trouble(about ?? `${name} refused.`, {
    why: said || `${engine.program} said nothing.`,
    kind: 'engine-refused',
  });
}

/** What is thrown for a name that no container of an engine has. */
export function noContainer(
  engine: Pick<Engine, 'program'> & { readonly other?: Engine['program'] },
  name: string,
): Trouble {
  const elsewhere =
    engine.other === undefined ? '' : `; in ${nameOf({ program: engine.other })}: --engine ${engine.other}`;
  return new Trouble(`There is no container ${name}.`, {
    hint: `${engine.program} ps --all shows what is there; a new one: runner-setup container install --name ${quote(name)}${elsewhere}`,
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

function startHint(engine: Engine, place: string): string {
  const { program } = engine;
  if (/^(tcp|ssh|https?):/.test(place))
    return `Look at ${place}, or unset the variable or context that names it.`;
  const variable = engine.host === undefined ? namedBy(engine) : undefined;
  if (variable !== undefined)
    return `Start what ${variable} names, or unset ${variable} to take the usual engine.`;
  if (program === 'podman')
    return 'systemctl --user start podman.socket (for root: sudo systemctl start podman.socket)';
  if (/\/run\/user\//.test(place)) return 'systemctl --user start docker';
  return 'sudo systemctl start docker; another engine or place: --engine podman, docker context ls, DOCKER_HOST';
}
