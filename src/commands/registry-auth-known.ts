import { existsSync } from 'node:fs';
import { Trouble } from '../errors.ts';
import { type DockerConfig, readDockerConfig } from '../host/docker-config.ts';
import { ownDockerConfig } from '../host/docker-files.ts';
import { readText } from '../host/places.ts';
import { isSame } from '../host/surroundings.ts';
import { variableIn } from '../runner/environment.ts';
import { placesOf } from '../runner/select.ts';
import { misuse } from './order.ts';
import { hostPlace } from './registry-auth-host.ts';
import { isPlaceNamed, lackingForPlaces, placesNamed } from './registry-auth-places.ts';
import { runnerPlace } from './registry-auth-runner.ts';
import { hideLogins, type Place, type Stage, shortPath, variableKey } from './registry-auth-stage.ts';

/** A place as far as it is only read. */
export type Known = Pick<Place, 'name' | 'label' | 'json' | 'found'>;

/** The places that the flags name; without any, those of this machine. One of these that cannot be read is a warning. */
export async function knownPlaces(given: Stage): Promise<Known[]> {
  if (isPlaceNamed(given)) {
    const lacks = given.mayAsk ? [] : lackingForPlaces(given);
    if (lacks.length > 0)
      throw misuse(`Missing: ${lacks.join('; ')}.`, 'In a terminal, without -n, it is asked for.');
    const { withReach } = await import('./registry-auth-where.ts');
    return placesNamed(await withReach(given));
  }
  if (given.own.dockerConfig !== undefined) return [ownPlace(given)];
  const runners = placesOf(given.file?.runners ?? []).filter(
    ({ runner }) => variableIn(runner, variableKey) !== undefined,
  );
  const ways = [
    ...runners.map((at) => () => runnerPlace(given, at)),
    () => hostPlace(given),
    () => ownPlace(given),
  ];
  const all = ways.flatMap((way) => attempt(given, way));
  return all.filter(({ json }, at) => !all.slice(0, at).some((one) => isSameFile(one.json, json)));
}

function attempt({ say }: Stage, way: () => Known): Known[] {
  try {
    return [way()];
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    say.warn(`${error.message}${error.why === undefined ? '' : ` ${error.why}`}`);
    return [];
  }
}

/** The docker config from which `add` takes logins. */
function ownPlace({ world, say, own }: Stage): Known {
  const file = ownDockerConfig(world, own.dockerConfig?.at(-1));
  const found: DockerConfig | undefined = existsSync(file)
    ? readDockerConfig(readText(file, 'docker config'), file)
    : undefined;
  hideLogins(say, found);
  const label = shortPath(file, world.home);
  return { name: `${file} (docker's own)`, label, json: { kind: 'docker-config', file }, found };
}

function isSameFile(one: object, other: object): boolean {
  if (!('file' in one && 'file' in other) || 'runner' in one || 'runner' in other) return false;
  return isSame(String(one.file), String(other.file));
}
