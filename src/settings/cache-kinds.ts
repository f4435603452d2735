import { type Kind, line, secret, Unfit } from './kinds.ts';

// The rows of the cache take what gitlab-runner takes; these know what the services take.

const checked = (hint: string, fits: RegExp, right: string, cut = (word: string) => word): Kind<string> => ({
  ...line(hint),
  read(words) {
    const word = cut((words.at(-1) ?? '').trim());
    if (!fits.test(word)) throw new Unfit(right);
    return word;
  },
});

/** The name of an S3 bucket. */
export const s3Bucket = (): Kind<string> =>
  checked(
    'BUCKET',
    /^(?!.*\.\.)(?!\d+(\.\d+){3}$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    'a bucket name: 3 to 63 lowercase letters, digits, hyphens, and dots',
  );

/** The name of a bucket of Google Cloud Storage. */
export const gcsBucket = (): Kind<string> =>
  checked(
    'BUCKET',
    /^(?!.*\.\.)[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/,
    'a bucket name: lowercase letters, digits, hyphens, underscores, and dots',
  );

/** The name of a container of Azure Blob Storage. */
export const azureContainer = (): Kind<string> =>
  checked(
    'NAME',
    /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
    'a container name: 3 to 63 lowercase letters, digits, and single hyphens',
  );

/** The name of an Azure storage account. */
export const azureAccount = (): Kind<string> =>
  checked('NAME', /^[a-z0-9]{3,24}$/, 'an account name: 3 to 24 lowercase letters and digits');

/** An Azure account key; its words are not repeated. */
export const azureKey = (): Kind<string> => ({
  ...secret(),
  read(words) {
    const word = (words.at(-1) ?? '').trim();
    if (!/^[A-Za-z0-9+/]{20,}={0,2}$/.test(word)) throw new Unfit('an account key, which is Base64');
    return word;
  },
});

/** The name of a region. */
export const region = (): Kind<string> =>
  checked('REGION', /^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'a region, such as eu-west-1');

/** Host and port of a service; a scheme in front of it is taken, too, and `cutScheme` takes it off. */
export const endpoint = (): Kind<string> =>
  checked(
    'HOST:PORT',
    /^(https?:\/\/)?([A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:]+\])(:\d{1,5})?$/i,
    'a host and port, such as minio.example.com:9000',
    (word) => word.replace(/\/+$/, ''),
  );

/** A domain without a scheme. */
export const domain = (): Kind<string> =>
  checked('DOMAIN', /^[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?$/, 'a domain, such as blob.core.windows.net');

/** What stands before the names of all objects. */
export const prefix = (): Kind<string> =>
  checked(
    'PREFIX',
    /^(?!.*(^|\/)\.\.?(\/|$))[^\s/][^\s]*$/,
    'a prefix without spaces or a leading slash, such as ci/linux',
  );

/** Cuts the scheme off an endpoint, and tells whether it was one without TLS; nothing where there was none. */
export function cutScheme(words: string): { host: string; isPlain?: boolean } {
  const scheme = /^(https?):\/\//i.exec(words)?.[1]?.toLowerCase();
  const host = words.replace(/^https?:\/\//i, '');
  return scheme === undefined ? { host } : { host, isPlain: scheme === 'http' };
}
