import { existsSync } from 'node:fs';
import { misuse } from '../../../app/invocation.ts';
import type { EngineFacts } from '../../../engine/facts.ts';
import { readImageName } from '../../../engine/image-name.ts';
import { type ContainerRequest, tidyPlace } from '../../../engine/requested-container.ts';
import { exitCode, Trouble } from '../../../errors.ts';
import { completePath } from '../../../host/places.ts';
import { platformOf } from '../../../host/platform/index.ts';
import { type ContainerGiven, readContainerGiven } from '../../../settings/container.ts';
import { Unfit } from '../../../settings/kinds.ts';
import type { Reading } from '../../../terminal/options.ts';
import { followedTag } from '../../../text/gitlab-runner.ts';
import { showFile } from '../../../text/shell-quote.ts';
import type { World } from '../../../world.ts';

/** What the flags say; throws a `Trouble` that names every one that does not fit. */
export function takeContainerGiven(own: Reading['verbFlags'], world: World): ContainerGiven {
  try {
    return completeGiven(readContainerGiven(own), world);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    throw misuse(error.message, 'To see the flags: runner-setup container install --help');
  }
}

/** Completes paths as the person meant them, and values of variables that are named only; throws for what cannot be. */
export function completeGiven(given: ContainerGiven, world: World): ContainerGiven {
  const { folder, ca, env, image, tag } = given;
  const name = image === undefined ? undefined : readImageName(image);
  if (name?.tag !== undefined && tag !== undefined && name.tag !== tag) {
    throw misuse(`--image ${image} and --tag ${tag} name different tags.`, 'Use one of them.');
  }
  const wholeTag = tag ?? name?.tag;
  return {
    ...given,
    ...(name !== undefined && { image: name.repository }),
    ...(wholeTag !== undefined && { tag: /^\d+\.\d+\.\d+$/.test(wholeTag) ? `v${wholeTag}` : wholeTag }),
    ...(folder !== undefined && {
      folder: isFolder(folder) ? tidyPlace(completePath(folder, world)) : folder,
    }),
    ...(ca !== undefined && { ca: existing(completePath(ca, world)) }),
    ...(env !== undefined && { env: env.map((line) => withValue(line, world)) }),
  };
}

/** A folder, and not the name of a volume. */
export const isFolder = (word: string): boolean => /[/\\~]|^\.\.?$/.test(word);

function existing(file: string): string {
  if (existsSync(file)) return file;
  throw new Trouble(`--ca-file ${file} does not exist.`, {
    why: 'The engine would create an empty folder with that name.',
    hint: showFile(file),
    code: exitCode.usage,
  });
}

function withValue(line: string, { env }: World): string {
  if (line.includes('=')) return line;
  const value = env[line];
  if (value !== undefined) return `${line}=${value}`;
  throw misuse(`--env ${line}: this environment variable is not set.`, `Set it, or use --env ${line}=VALUE.`);
}

/** The usual values where nothing was given, on an engine with these ways. */
export function wantedFrom(
  given: ContainerGiven,
  facts: EngineFacts,
  world: World,
  program: 'docker' | 'podman',
): ContainerRequest {
  const { image = 'gitlab/gitlab-runner', socket } = given;
  return {
    ...(given as Omit<ContainerGiven, 'socket'>),
    image: program === 'podman' && !isQualified(image) ? `docker.io/${image}` : image,
    tag: given.tag ?? followedTag,
    name: given.name ?? 'gitlab-runner',
    folder: given.folder ?? platformOf(world).containerFolder(world),
    socket:
      socket === 'none' ? undefined : (socket ?? facts.socket ?? (facts.isRemote ? usualSocket : undefined)),
    restart: given.restart ?? 'always',
    isLabelled: facts.isLabelled,
  };
}

const usualSocket = '/var/run/docker.sock';

// Podman asks which registry is meant when none is named.
const isQualified = (image: string): boolean => /^(localhost|[^/]*[.:][^/]*)\//.test(image);
