import { existsSync } from 'node:fs';
import { readConfigFile as lookAtFile } from '../../../app/config-file.ts';
import { textIn } from '../../../config/model.ts';
import { configPlace } from '../../../engine/config-mount.ts';
import type { Container } from '../../../engine/container.ts';
import { findImage, logOf } from '../../../engine/containers.ts';
import { freeAt } from '../../../engine/disk-usage.ts';
import { ask } from '../../../engine/engine.ts';
import type { FoundEngine } from '../../../engine/find.ts';
import { newestTag } from '../../../engine/image-tags.ts';
import { at, numberAt, textAt } from '../../../engine/inspected.ts';
import { plainName } from '../../../engine/requested-container.ts';
import { idOf, shownToken } from '../../../runner/select.ts';
import type { OutputRunner } from '../../../terminal/output-schema.ts';
import type { Say } from '../../../terminal/say.ts';
import { harmless } from '../../../text/sanitize.ts';
import { masker } from '../../../text/secrets.ts';
import { secretsOf } from '../check-start.ts';
import type { ContainerContext } from '../context.ts';

/** All that is to be known about a runner's container, as plain values. */
export interface Status {
  readonly name: string;
  readonly engine: FoundEngine['program'];
  readonly status: string;
  readonly running: boolean;
  readonly health?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly exitCode?: number;
  readonly restarts: number;
  readonly restartPolicy: string;
  readonly image: string;
  /** As gitlab-runner in it says; absent when it does not run. */
  readonly version?: string;
  /** The newest version among the images that are on this machine. */
  readonly newestHere?: string;
  /** Whether the tag means another image here by now. */
  readonly imageIsOutdated: boolean;
  readonly mounts: readonly { source: string; target: string; options: readonly string[] }[];
  readonly ports: readonly string[];
  readonly config?: string;
  readonly runners?: readonly OutputRunner[];
  readonly configProblem?: string;
  readonly logErrors: readonly string[];
  readonly space: { readonly own?: number; readonly image?: number; readonly free?: number };
  readonly madeBy?: Container['madeBy'];
}

/** Looks at a container: its state, its version, its config and the errors in its log. */
export async function lookAtStatus(context: ContainerContext, container: Container): Promise<Status> {
  const { engine, say } = context;
  const { settings, state } = container;
  const [version, newestHere, image, same, logErrors, space] = await Promise.all([
    state.running && !state.restarting ? versionOf(engine, settings.name) : undefined,
    newestTag(engine, settings.image),
    findImage(engine, container.imageId),
    findImage(engine, settings.image),
    errorsOf(engine, container),
    spaceOf(engine, settings.name),
  ]);
  return {
    name: settings.name,
    engine: engine.program,
    status: state.status,
    running: state.running,
    ...(state.health !== undefined && { health: state.health }),
    ...(isTime(state.startedAt) && { startedAt: state.startedAt }),
    ...(!state.running && { exitCode: state.exitCode }),
    ...(!state.running && isTime(state.finishedAt) && { finishedAt: state.finishedAt }),
    restarts: state.restarts,
    restartPolicy: settings.restart,
    image: plainName(settings.image),
    ...(version !== undefined && { version }),
    ...(newestHere !== undefined && { newestHere }),
    imageIsOutdated: same !== undefined && same.id !== container.imageId,
    mounts: settings.mounts.map(({ source, target, options }) => ({ source, target, options })),
    ports: settings.ports.map(({ host, container: port }) => `${host}:${port}`),
    ...(await configOf(say, container)),
    logErrors,
    space: { ...space, ...(image !== undefined && { image: image.size }) },
    ...(container.madeBy !== undefined && { madeBy: container.madeBy }),
  };
}

const isTime = (time: string): boolean => time !== '' && !time.startsWith('0001-');

async function versionOf(engine: FoundEngine, name: string): Promise<string | undefined> {
  const answer = await ask(engine, ['exec', name, 'gitlab-runner', '--version']);
  return 'words' in answer ? /^Version:\s*(\S+)/m.exec(answer.words)?.[1] : undefined;
}

async function configOf(say: Say, container: Container): Promise<Partial<Status>> {
  const place = configPlace(container);
  if (place === undefined)
    return { configProblem: 'it is inside the container, and is lost when the container is removed' };
  const config = place.file;
  if (!existsSync(config))
    return { config, configProblem: 'the file does not exist (no runner is registered yet)' };
  try {
    const file = await lookAtFile(config, say);
    const runners = (file.config?.runners ?? []).map((runner, index) => {
      const id = idOf(runner);
      const [name, executor, url] = ['name', 'executor', 'url'].map((key) =>
        harmless(textIn(runner, key), 80),
      );
      const token = shownToken(textIn(runner, 'token'));
      return {
        position: index + 1,
        name: name!,
        executor: executor!,
        url: url!,
        ...(id !== undefined && { id }),
        token,
      };
    });
    return { config, runners };
  } catch (error) {
    return { config, configProblem: harmless((error as Error).message, 200) };
  }
}

async function errorsOf(engine: FoundEngine, container: Container): Promise<string[]> {
  const hide = masker(secretsOf(container));
  const lines = await logOf(engine, container.settings.name, 500);
  const bad = lines.filter((line) =>
    /\b(ERROR|FATAL|PANIC)\b|level"?[=:]\s*"?(error|fatal|panic)/.test(line),
  );
  return bad.slice(-5).map((line) => harmless(hide(line), 300));
}

// What a container wrote into itself is told only when it is asked for.
async function spaceOf(engine: FoundEngine, name: string): Promise<{ own?: number; free?: number }> {
  const [answer, info] = await Promise.all([
    ask(engine, ['container', 'inspect', '--size', name], 30),
    ask(engine, ['info', '--format', '{{json .}}'], 30),
  ]);
  const [found] = 'words' in answer ? (JSON.parse(answer.words) as unknown[]) : [];
  const said: unknown = 'words' in info ? JSON.parse(info.words) : {};
  const root = textAt(said, 'DockerRootDir') || textAt(said, 'store', 'graphRoot');
  const free = root === '' ? undefined : freeAt(root)?.bytes;
  const knowsSize = typeof at(found, 'SizeRw') === 'number';
  return { ...(knowsSize && { own: numberAt(found, 'SizeRw') }), ...(free !== undefined && { free }) };
}
