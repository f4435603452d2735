import { posix } from 'node:path';
import { type Table, textIn, valueAt } from '../config/model.ts';
import type { Env } from '../world.ts';
import { tokenOf } from './select.ts';

/** The table below `[runners.cache]` that a type of cache reads. */
export type CacheSection = 's3' | 'gcs' | 'azure';

/** The table that the cache of a runner reads, by its Type; nothing for a type that gitlab-runner does not know. */
export function cacheSection(type: string): CacheSection | undefined {
  return sections[type];
}

const sections: Readonly<Record<string, CacheSection>> = {
  s3: 's3',
  s3v2: 's3',
  gcs: 'gcs',
  gcsv2: 'gcs',
  azure: 'azure',
};

/** Whether a runner has a distributed cache at all. */
export const hasCache = (runner: Table): boolean => textIn(runner, 'cache', 'Type') !== '';

/** How gitlab-runner gets at S3: with keys of config.toml, with those of the machine (`iam`), or not at all. */
export function s3Authentication(runner: Table): 'access-key' | 'iam' | undefined {
  const s3 = (key: string) => textIn(runner, 'cache', 's3', key);
  const type = s3('AuthenticationType').toLowerCase();
  if (type === 'access-key' || type === 'iam') return type;
  if (type !== '') return undefined;
  return ['ServerAddress', 'AccessKey', 'SecretKey'].some((key) => s3(key) === '') ? 'iam' : 'access-key';
}

/** The name of an object of the cache of a project, as gitlab-runner makes it from Path, Shared, and the token. */
export function cacheObject(runner: Table, project: number, key: string, env: Env): string {
  const isShared = valueAt(runner, ['cache', 'Shared']) === true;
  const own = isShared ? '' : posix.join('runner', shortToken(tokenOf(runner, env)));
  const path = posix.join(textIn(runner, 'cache', 'Path'), own, 'project', String(project), key);
  return path.replace(/^\/+/, '');
}

// As ShortenToken of gitlab-runner's helpers.
const shortToken = (token: string): string =>
  token
    .replace(/^glrt-(t[123]_)?|^t[123]_|^glrtr-/, '')
    .replace(/^GR[0-9A-Fa-f]{7}/, '')
    .slice(0, 9);
