import { rmdirSync, rmSync } from 'node:fs';
import { discard } from '../config/discard.ts';
import { replaceFile } from '../config/file.ts';
import { readFound } from '../config/found.ts';
import { keptBeside } from '../config/overwrite.ts';
import { type DockerConfig, writeLike } from '../host/docker-config.ts';
import {
  checkMayWriteFor,
  dockerConfigOf,
  giveTo,
  keepPrivate,
  makeDockerFolder,
  runnerUser,
  type User,
} from '../host/docker-files.ts';
import type { Guard } from './guard.ts';
import { loginLines, readPlace } from './registry-auth-places.ts';
import { type Change, changesPlaces, type Place, type Stage, shortPath } from './registry-auth-stage.ts';
import { replacing } from './save.ts';

/** The docker config of the user that gitlab-runner runs as, as a place for logins. */
export function hostPlace(stage: Stage): Place {
  const { world, say, own, path: configFile } = stage;
  const user = runnerUser(world, configFile, own.hostUser?.at(-1));
  const path = dockerConfigOf(user);
  if (changesPlaces(stage)) checkMayWriteFor(user, world, path);
  const { text } = readFound(path);
  const found = readPlace(stage, text, path);
  return {
    name: `${path} (${user.name === 'you' ? 'your own' : `user ${user.name}`})`,
    label: shortPath(path, world.home),
    about: aboutHost,
    json: { kind: 'host', file: path },
    found,
    wouldChange: (change) => newText(found, text, change) !== text,
    async show(change, to) {
      const head = text === undefined ? `${path} (new)` : path;
      say.diff(head, loginLines(found, change(found ?? {})), to);
    },
    carryOut: (change, guard) => carryOut(stage, { path, user }, change, guard),
  };
}

/** Who can read the docker config of the runner's user, and what comes before it. */
export const aboutHost =
  'gitlab-runner uses it for every registry that the DOCKER_AUTH_CONFIG of a job says nothing of; jobs do not see it, ' +
  'except those of the shell executor. A runner in a container has a home of its own.';

interface Here {
  readonly path: string;
  readonly user: User;
}

// What is as it should be keeps its layout, whatever that is.
function newText(
  found: DockerConfig | undefined,
  text: string | undefined,
  change: Change,
): string | undefined {
  const now = found ?? {};
  const next = change(now);
  const isSame = JSON.stringify(next) === JSON.stringify(now) && (found !== undefined || text === undefined);
  return isSame ? text : writeLike(next, found === undefined ? undefined : text);
}

async function carryOut(stage: Stage, { path, user }: Here, change: Change, guard: Guard): Promise<boolean> {
  guard.check();
  const made = makeDockerFolder(path, user);
  const folder = { what: `the folder ${made}`, remains: `The folder ${made} is left.` };
  if (made !== undefined) guard.undoBy({ ...folder, run: async () => rmdirSync(made) });
  keepPrivate(path);
  const replaced = await replace(stage, { path, user }, guard.signal, (text) =>
    newText(readPlace(stage, text, path), text, change),
  );
  if (!replaced.written) return false;
  const { before } = replaced;
  guard.undoBy({
    what: `${path} is as it was`,
    remains: `${path} is changed.`,
    run: async () => {
      if (before === undefined) rmSync(path, { force: true });
      else await replace(stage, { path, user }, undefined, () => before);
    },
  });
  return true;
}

async function replace(
  { world, say }: Stage,
  { path, user }: Here,
  signal: AbortSignal | undefined,
  decide: (text: string | undefined) => string | undefined,
) {
  const replaced = await replaceFile(path, ({ text }) => decide(text), {
    ...replacing(world, say, path),
    ...(signal && { signal }),
  });
  if (replaced.written && replaced.before === undefined) giveTo(path, user);
  // undo is for config.toml; a password that was taken away must not lie beside it.
  if (replaced.written) discard(keptBeside(readFound(path).real));
  return replaced;
}
