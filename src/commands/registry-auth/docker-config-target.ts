import { rmdirSync, rmSync } from 'node:fs';
import type { Rollback } from '../../app/rollback.ts';
import { replacing } from '../../app/save.ts';
import { readFound } from '../../config/read-file.ts';
import { type Replacing, replaceFile } from '../../config/replace-file.ts';
import { Trouble } from '../../errors.ts';
import { type DockerConfig, writeLike } from '../../host/docker-config.ts';
import {
  checkMayWriteFor,
  checkPlainFor,
  dockerConfigOf,
  makeDockerFolder,
  runnerUser,
  type User,
} from '../../host/docker-files.ts';
import { platformOf } from '../../host/platform/index.ts';
import { changesTargets, type RegistryAuthContext, shortPath } from './context.ts';
import { type Change, loginLines, readLogins, type Target } from './target.ts';

/** The docker config of the user that gitlab-runner runs as, as a target for logins. */
export function dockerConfigTarget(context: RegistryAuthContext): Target {
  const { world, say, verbFlags, path: configFile } = context;
  const user = runnerUser(world, configFile, verbFlags.hostUser?.at(-1));
  const path = dockerConfigOf(user);
  if (changesTargets(context)) checkMayWriteFor(user, world, path);
  const { text } = readFound(path);
  if (changesTargets({ ...context, dryRun: false })) checkPlainFor(user, world, path);
  const found = readLogins(context, text, path);
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
    apply: (change, rollback) => apply(context, { path, user }, change, rollback),
  };
}

/** Who can read the docker config of the runner's user, and what comes before it. */
export const aboutHost =
  'gitlab-runner uses it for registries that are not in the DOCKER_AUTH_CONFIG of a job. Jobs cannot read it, ' +
  'except with the shell executor. A runner in a container has its own home folder.';

interface HostConfig {
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

async function apply(
  context: RegistryAuthContext,
  here: HostConfig,
  change: Change,
  rollback: Rollback,
): Promise<boolean> {
  const { path, user } = here;
  rollback.check();
  const made = makeDockerFolder(path, user);
  const folder = { what: `the folder ${made}`, remains: `The folder ${made} still exists` };
  if (made !== undefined) rollback.undoBy({ ...folder, run: async () => rmdirSync(made) });
  let modeBefore = 0o600;
  const { written, before, after } = await replace(
    context,
    here,
    (text) => newText(readLogins(context, text, path), text, change),
    {
      signal: rollback.signal,
      // Leaves it to its owner alone.
      mode: (now) => {
        modeBefore = now;
        return now & 0o7700;
      },
    },
  );
  if (!written) return false;
  if ((modeBefore & 0o077) !== 0 && !platformOf(context.world).isWindows)
    context.say.note(`other users could access ${path}. Now only its owner can (mode 0600).`);
  rollback.undoBy({
    what: path,
    remains: `${path} is still changed`,
    run: async () => {
      const putBack = (text: string | undefined) => {
        if (text === after) return before;
        throw new Trouble('It was changed by someone else in the meantime.');
      };
      if (before !== undefined) await replace(context, here, putBack, { mode: () => modeBefore });
      else if (readFound(path).text === after) rmSync(path, { force: true });
      else putBack(undefined);
    },
  });
  return true;
}

async function replace(
  { world, say }: RegistryAuthContext,
  { path, user }: HostConfig,
  decide: (text: string | undefined) => string | undefined,
  how: Pick<Replacing, 'signal' | 'mode'>,
) {
  // undo is for config.toml; a password that was taken away must not lie beside it.
  const keep = () => undefined;
  const owner = user.ids?.uid === world.uid ? undefined : user.ids;
  return replaceFile(path, ({ text }) => decide(text), {
    ...replacing(world, say, path),
    keep,
    owner,
    ...how,
  });
}
