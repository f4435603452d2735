import { existsSync, realpathSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type Rollback, withRollback } from '../../../app/rollback.ts';
import { makeFolder } from '../../../app/save.ts';
import { diskTrouble } from '../../../config/read-file.ts';
import { configPlace } from '../../../engine/config-mount.ts';
import { type Container, configTarget } from '../../../engine/container.ts';
import { findContainer, findImage, runnerContainers, startContainer } from '../../../engine/containers.ts';
import { type EngineFacts, knowsGateway } from '../../../engine/facts.ts';
import { openNames } from '../../../engine/print.ts';
import {
  type ContainerRequest,
  caTarget,
  requestedContainer,
  tidyPlace,
} from '../../../engine/requested-container.ts';
import { run } from '../../../engine/run.ts';
import { runWords } from '../../../engine/run-args.ts';
import { exitCode, Trouble } from '../../../errors.ts';
import { completePath } from '../../../host/places.ts';
import { quote, shellLine } from '../../../text/shell-quote.ts';
import { watchStart } from '../check-start.ts';
import { type ContainerContext, shownBy } from '../context.ts';
import { pullImage } from '../pull.ts';
import type { Installed } from './output.ts';
import { isFolder } from './plan.ts';
import { latestRemark } from './print.ts';

/** Makes the container: pulls its image, makes the folder, runs it and watches it; what fails is taken back. */
export async function installNew(
  context: ContainerContext,
  request: ContainerRequest,
  facts: EngineFacts,
): Promise<Installed> {
  await refuseWhatCannotBe(context, request, facts);
  const settings = requestedContainer(request);
  const image = settings.image;
  if (request.tag === 'latest') context.say.note(latestRemark);
  if (!isFolder(request.folder) && existsSync(completePath(request.folder, context.world)))
    context.say.note(
      `${request.folder} is used as the name of a volume. To use the folder: ./${request.folder}`,
    );
  const mustPull = isMoving(request.tag) || (await findImage(context.engine, image)) === undefined;
  const needsFolder = isFolder(request.folder) && !facts.isRemote && !existsSync(request.folder);
  const planned: Installed = { action: 'planned', name: request.name, image, config: configOf(request) };
  if (context.dryRun) {
    const folder = ['install', '-d', '-m', '700', request.folder];
    const commands = [
      ...(mustPull ? [[context.engine.program, 'pull', image]] : []),
      ...(needsFolder ? [folder] : []),
      runCommand(context, request),
    ];
    return { ...planned, commands: commands.map(shellLine) };
  }
  if (mustPull) await pull(context, image);
  const container = await withRollback(context.world, context.say, async (rollback) => {
    if (needsFolder) ownFolder(request, rollback);
    return start(context, settings, rollback);
  });
  noteAfter(context, request, facts);
  return { ...planned, action: 'installed', id: container.id, config: configPlace(container)?.file };
}

function ownFolder({ folder, ca }: ContainerRequest, rollback: Rollback): void {
  try {
    makeFolder(folder, rollback);
  } catch (error) {
    throw diskTrouble(folder, error as NodeJS.ErrnoException, 'write');
  }
  if (ca === undefined) return;
  const place = join(folder, relative(configTarget, caTarget));
  rollback.undoBy({
    what: `the mount point of the CA in ${folder}`,
    remains: `${dirname(place)} still exists.`,
    run: async () => removePlace(place),
  });
}

// Where the CA is mounted the engine makes an empty file in the folder, and the folder above it.
function removePlace(file: string): void {
  if (existsSync(file) && statSync(file).size === 0) rmSync(file);
  if (existsSync(dirname(file))) rmdirSync(dirname(file));
}

/** The command that starts the container, program first. */
export function runCommand(
  { engine }: Pick<ContainerContext, 'engine'>,
  request: ContainerRequest,
): readonly string[] {
  const settings = requestedContainer(request);
  return [engine.program, ...runWords(settings, { shown: openNames(settings) }).words];
}

const configOf = ({ folder }: ContainerRequest): string | undefined =>
  isFolder(folder) ? join(folder, 'config.toml') : undefined;

// These name another version from time to time.
const isMoving = (tag: string): boolean => !/\d+\.\d+/.test(tag);

async function pull(context: ContainerContext, image: string): Promise<void> {
  try {
    await pullImage(context, image);
  } catch (error) {
    if (!(error instanceof Trouble) || error.code === exitCode.cancelled) throw error;
    if ((await findImage(context.engine, image)) === undefined) throw error;
    context.say.warn(`${image} could not be pulled, so the local image is used: ${error.why ?? ''}`);
  }
}

async function start(
  context: ContainerContext,
  settings: ReturnType<typeof requestedContainer>,
  rollback: Rollback,
): Promise<Container> {
  const { engine, say } = context;
  const { name } = settings;
  const undo = {
    what: `the container ${name}`,
    remains: `The container ${name} still exists. To remove it: ${engine.program} rm --force ${quote(name)}`,
    run: async () => void (await run(engine, ['rm', '--force', name], shownBy(say))),
  };
  try {
    await startContainer(engine, settings, shownBy(say, rollback.signal), { pull: undefined });
  } catch (error) {
    if (!isOfOthers(error) && (await isLeft(context, name))) rollback.undoBy(undo);
    throw error;
  }
  rollback.undoBy(undo);
  const started = await watchStart(context, name, rollback.signal);
  return (await findContainer(engine, name)) ?? started;
}

// Somebody else made one of this name meanwhile: that one is not ours to remove. A port can be in use, too.
const isOfOthers = (error: unknown): boolean =>
  error instanceof Trouble && /\bname "[^"]*" is already in use/i.test(error.why ?? '');

// An engine that failed to start a container may have made it. When it does not say, it is tried.
const isLeft = ({ engine }: ContainerContext, name: string): Promise<boolean> =>
  findContainer(engine, name).then(
    (found) => found !== undefined,
    () => true,
  );

/** Throws for what cannot be: a socket that is not there, a folder that another runner's container uses. */
export async function refuseWhatCannotBe(
  context: ContainerContext,
  request: ContainerRequest,
  facts: EngineFacts,
): Promise<void> {
  const { socket, folder } = request;
  if (socket !== undefined && !facts.isRemote && !existsSync(socket)) {
    const podman = context.engine.kind === 'podman';
    const start = facts.isRootless
      ? 'systemctl --user enable --now podman.socket'
      : 'sudo systemctl enable --now podman.socket';
    throw new Trouble(`The socket ${socket} does not exist.`, {
      why: 'gitlab-runner uses it to start jobs in containers.',
      hint: `${podman ? `Start it: ${start}\nOr use` : 'Use'} another socket with --socket PATH, or --socket none if no jobs run in containers.`,
    });
  }
  refuseFile(folder, facts);
  refuseGateway(context, request);
  const others = await runnerContainers(context.engine, { all: true });
  const other = others.find(({ settings }) =>
    settings.mounts.some(({ source }) => realPlace(source, facts) === realPlace(folder, facts)),
  );
  if (other === undefined) return;
  throw new Trouble(`The container ${other.settings.name} already uses ${folder}.`, {
    why: 'Two gitlab-runner processes with the same config.toml take jobs twice and overwrite the changes of the other.',
    hint: `Use another folder with --config-folder FOLDER, or check that container: runner-setup container status --name ${quote(other.settings.name)}`,
  });
}

// The engine would mount it, and gitlab-runner find no folder there.
function refuseFile(folder: string, { isRemote }: EngineFacts): void {
  if (!isFolder(folder) || isRemote) return;
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats === undefined || stats.isDirectory()) return;
  throw new Trouble(`${folder} is a file, but --config-folder requires the folder of config.toml.`, {
    hint: `--config-folder ${quote(dirname(folder))}`,
    code: exitCode.usage,
  });
}

function refuseGateway({ engine, world }: ContainerContext, { extraHosts = [] }: ContainerRequest): void {
  const entry = extraHosts.find((one) => one.endsWith('host-gateway'));
  if (entry === undefined || knowsGateway(engine)) return;
  const name = entry.slice(0, -'host-gateway'.length);
  throw new Trouble(`--add-host ${entry}: Podman ${engine.version} does not support host-gateway.`, {
    why: 'host-gateway requires Podman 4.7 or Docker 20.10.',
    hint: `--add-host ${name}${world.ownAddress() ?? 'ADDRESS-OF-THIS-MACHINE'}`,
    code: exitCode.usage,
  });
}

// Behind another name may be the same folder, if it is on this machine.
function realPlace(place: string, { isRemote }: EngineFacts): string {
  const tidy = tidyPlace(place);
  return isFolder(tidy) && !isRemote && existsSync(tidy) ? realpathSync(tidy) : tidy;
}

function noteAfter({ engine, say }: ContainerContext, request: ContainerRequest, facts: EngineFacts): void {
  const { name, sessionPort, restart } = request;
  if (sessionPort !== undefined) {
    say.note(
      `the session server requires two settings: runner-setup edit --container ${quote(name)} --global --set session_server.listen_address=0.0.0.0:${sessionPort} --set session_server.advertise_address=HOST:${sessionPort}`,
    );
  }
  if (engine.kind === 'podman' && restart !== 'no') {
    const user = facts.isRootless ? ' --user' : '';
    const linger = facts.isRootless ? '; loginctl enable-linger' : '';
    say.note(`to start the container after a reboot: systemctl${user} enable podman-restart${linger}`);
  }
}
