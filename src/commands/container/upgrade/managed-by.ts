import type { Container } from '../../../engine/container.ts';
import { imageAfter } from '../../../engine/image-name.ts';
import {
  composeImageLine,
  envFileLine,
  type FileLine,
  unitImageLine,
  unitThatRuns,
} from '../../../engine/managed-by.ts';
import { exitCode, Trouble } from '../../../errors.ts';
import { shellLine } from '../../../text/shell-quote.ts';
import type { ContainerContext } from '../context.ts';

/**
 * Throws for a container that something else makes and would make again: what to change there, by file and line, and
 * the commands that follow.
 */
export function refuseManaged(context: ContainerContext, container: Container, to: string | undefined): void {
  const { settings, madeBy } = container;
  const image = to === undefined ? undefined : imageAfter(settings.image, to);
  if (madeBy?.kind === 'compose') throw composeTrouble(context, container, madeBy, image);
  if (madeBy?.kind === 'systemd') throw unitTrouble(context, container, madeBy.unit, image);
  const { 'com.docker.swarm.service.name': swarm, 'io.kubernetes.pod.name': pod } = settings.labels;
  const { name } = settings;
  if (swarm !== undefined) {
    const request = image ?? settings.image;
    throw elsewhere(name, `the Docker Swarm service ${swarm}`, [
      shellLine([context.engine.program, 'service', 'update', '--image', request, swarm]),
    ]);
  }
  if (pod !== undefined) {
    throw elsewhere(name, `Kubernetes (the pod ${pod})`, ['Set the image in its manifest or Helm values.']);
  }
  const unit = unitThatRuns(name, context.world);
  if (unit !== undefined) throw unitTrouble(context, container, unit, image);
}

function composeTrouble(
  context: ContainerContext,
  { settings }: Container,
  made: Extract<Container['madeBy'], { kind: 'compose' }>,
  image: string | undefined,
): Trouble {
  const { project, service, files } = made;
  const line = composeImageLine(files, service);
  const compose = [...composeProgram(context), ...files.flatMap((file) => ['-f', file]), '-p', project];
  return elsewhere(settings.name, `Docker Compose (project ${project}, service ${service})`, [
    ...changeWords(line, 'image: ', image, files),
    shellLine([...compose, 'pull', service]),
    // Compose's own stop waits ten seconds only.
    shellLine([...compose, 'stop', '-t', '3600', service]),
    shellLine([...compose, 'up', '-d', service]),
  ]);
}

// Older Podmans have no compose of their own.
const composeProgram = ({ engine }: ContainerContext): string[] =>
  engine.program === 'docker' || Number.parseInt(engine.version, 10) >= 5
    ? [engine.program, 'compose']
    : ['podman-compose'];

function unitTrouble(
  context: ContainerContext,
  { settings }: Container,
  unit: string,
  image: string | undefined,
): Trouble {
  const line = unitImageLine(unit, settings.image, context.world);
  const user = line?.file.startsWith(`${context.world.home}/`) ? ['--user'] : [];
  const isQuadlet = line?.file.endsWith('.container');
  return elsewhere(settings.name, isQuadlet ? `a Podman Quadlet (${unit})` : `systemd (${unit})`, [
    ...changeWords(line, isQuadlet ? 'Image=' : '', image, line === undefined ? [unit] : []),
    shellLine([context.engine.program, 'pull', image ?? settings.image]),
    ...(image === undefined ? [] : [shellLine(['systemctl', ...user, 'daemon-reload'])]),
    shellLine(['systemctl', ...user, 'restart', unit]),
  ]);
}

/** What to write where; nothing when the image stays, or stands there already. */
function changeWords(
  line: FileLine | undefined,
  key: string,
  image: string | undefined,
  files: readonly string[],
): string[] {
  if (image === undefined) return [];
  const where = files.length === 0 ? 'there' : `in ${files.join(' or ')}`;
  if (line === undefined)
    return [
      `Set the image ${image} ${where}${key === '' ? ` (to see its file: ${shellLine(['systemctl', 'cat', ...files])})` : ''}.`,
    ];
  if (line.text.includes(image)) return [`${line.file}, line ${line.line}, already has the image ${image}.`];
  const variable = /\$\{?([A-Za-z_]\w*)/.exec(line.text)?.[1];
  const set = variable === undefined ? undefined : envFileLine(line.file, variable);
  const place = (one: FileLine) => `${one.file}, line ${one.line}: ${one.text}`;
  if (set !== undefined)
    return [
      `${place(set)}\nSet ${variable} so that the image becomes ${image}. It is used in ${place(line)}`,
    ];
  if (variable !== undefined) return [`${place(line)}\nSet ${variable} so that the image becomes ${image}.`];
  if (key === '') return [`${place(line)}\nSet the image ${image} in this line.`];
  return [`${place(line)}\nReplace this line with: ${key}${image}`];
}

function elsewhere(name: string, maker: string, steps: readonly string[]): Trouble {
  return new Trouble(`${name} is managed by ${maker}, so it must be upgraded there. Nothing was changed.`, {
    why: 'Changes to the container itself would be reverted or duplicated.',
    hint: steps.join('\n'),
    code: exitCode.failed,
  });
}
