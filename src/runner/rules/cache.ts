import { textIn, valueAt } from '../../config/model.ts';
import { nearest } from '../../text/closest.ts';
import { quote } from '../../text/shell-quote.ts';
import { placeholder, type Risk, type Rule, type Subject } from './rule.ts';

/** Each type of cache with its section and what that cannot do without. */
const kinds: Readonly<Record<string, { section: string; needs: string }>> = {
  s3: { section: 's3', needs: 'BucketName' },
  s3v2: { section: 's3', needs: 'BucketName' },
  gcs: { section: 'gcs', needs: 'BucketName' },
  gcsv2: { section: 'gcs', needs: 'BucketName' },
  azure: { section: 'azure', needs: 'ContainerName' },
};

const sections: readonly string[] = ['s3', 'gcs', 'azure'];

/** A distributed cache whose type and section do not fit: gitlab-runner then goes on without it, and says so in the job only. */
function* cacheFits({ at, runner, word }: Subject): Generator<Risk> {
  const type = textIn(runner, 'cache', 'Type');
  const filled = sections.filter((section) => isFilled(valueAt(runner, ['cache', section])));
  const base = { severity: 'warning', rule: 'cache', at } as const;
  const why = 'Jobs run without a shared cache. Only the job log mentions it.';
  if (type === '') {
    if (filled.length === 0) return;
    const message = `[runners.cache.${filled[0]}] has no effect without a Type`;
    const next = `runner-setup edit ${word} --set cache.Type=${filled[0]}`;
    yield { ...base, path: ['cache', filled[0]!], message, why, next };
    return;
  }
  const kind = kinds[type];
  if (kind === undefined) {
    const guess = nearest(type, Object.keys(kinds));
    const message = `unknown cache Type "${type}"${guess ? `; did you mean "${guess}"?` : ''}`;
    const next = `runner-setup edit ${word} --set cache.Type=${guess ?? 's3'}`;
    yield { ...base, path: ['cache', 'Type'], message, why, next };
    return;
  }
  if (textIn(runner, 'cache', kind.section, kind.needs) === '') {
    const other = filled.find((section) => section !== kind.section);
    const message = `the cache of Type ${type} requires ${kind.needs} in [runners.cache.${kind.section}]${
      other === undefined ? '' : `, but only [runners.cache.${other}] is set`
    }`;
    const next =
      other === undefined
        ? `runner-setup edit ${word} --set cache.${kind.section}.${kind.needs}=${placeholder(kind.needs)}`
        : `runner-setup edit ${word} --set cache.Type=${other}`;
    yield { ...base, path: ['cache', 'Type'], message, why, next };
  }
}

function* endpoint({ at, runner, word }: Subject): Generator<Risk> {
  if (!Object.hasOwn(kinds, textIn(runner, 'cache', 'Type'))) return;
  const address = textIn(runner, 'cache', 's3', 'ServerAddress');
  const scheme = /^(https?):\/\//i.exec(address);
  if (scheme === null) return;
  // Who signs in there does not belong to it.
  const host = address.replace(/^\w+:\/\/([^/]*@)?/, '').replace(/\/+$/, '');
  yield {
    severity: 'warning',
    rule: 'cache',
    at,
    path: ['cache', 's3', 'ServerAddress'],
    message: `ServerAddress must not contain ${scheme[0]}`,
    why: 'gitlab-runner adds the scheme: https, or http with Insecure = true.',
    next: `runner-setup edit ${word} --set ${quote(`cache.s3.ServerAddress=${host}`)}${scheme[1] === 'http' ? ' --set cache.s3.Insecure=true' : ''}`,
  };
}

const isFilled = (section: unknown): boolean =>
  typeof section === 'object' &&
  section !== null &&
  Object.values(section).some((value) => typeof value === 'string' && value !== '');

/** The rules about a distributed cache. */
export const cacheRules: readonly Rule[] = [
  { id: 'cache', keys: ['cache'], find: cacheFits },
  { id: 'cache', keys: ['cache.s3.ServerAddress'], find: endpoint },
];
