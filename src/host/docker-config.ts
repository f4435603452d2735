import { exitCode, Trouble } from '../errors.ts';

/** What a docker config.json holds; keys that mean nothing here are kept as they are. */
export interface DockerConfig {
  readonly auths?: Readonly<Record<string, Entry>>;
  /** The credential helper for every registry that none is named for. */
  readonly credsStore?: string;
  /** The credential helper of a registry. */
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

/** One registry below `auths`; empty when a credential helper has its secret. */
export interface Entry {
  /** `user:password` in base64. */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
  readonly [key: string]: unknown;
}

/** What opens a registry. */
export type Secret =
  | { readonly user: string; readonly password: string }
  | { readonly identityToken: string };

/** A registry that a config knows, and where its secret is: in the config itself, or with a credential helper. */
export interface Login {
  /** The registry as the config spells it. */
  readonly key: string;
  readonly user?: string;
  readonly secret?: Secret;
  /** The name of the credential helper, without `docker-credential-`. */
  readonly helper?: string;
}

/** Reads the text of a docker config.json; `where` names it. Throws when it is no such thing. */
export function readDockerConfig(text: string, where: string): DockerConfig {
  const config = parse(text);
  if (!isRecord(config)) throw unreadable(where, 'It is not a JSON object.');
  const { auths = {}, credHelpers = {}, credsStore = '' } = config;
  if (!isRecord(auths) || !Object.values(auths).every(isRecord))
    throw unreadable(where, 'auths has the wrong form.');
  if (!isRecord(credHelpers) || !Object.values(credHelpers).every((one) => typeof one === 'string'))
    throw unreadable(where, 'credHelpers has the wrong form.');
  if (typeof credsStore !== 'string') throw unreadable(where, 'credsStore is not a string.');
  return config as DockerConfig;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, '') || '{}');
  } catch {
    return undefined;
  }
}

const unreadable = (where: string, why: string): Trouble =>
  new Trouble(`The value in ${where} is not a Docker config.`, {
    why,
    hint: 'A Docker config has this form: {"auths":{"registry.example.com":{"auth":"…"}}}',
  });

/** The registries of a config, sorted by name: those of `auths`, and those that only have a helper. */
export function loginsIn({ auths = {}, credHelpers = {}, credsStore }: DockerConfig): Login[] {
  const keys = [...new Set([...Object.keys(auths), ...Object.keys(credHelpers)])];
  return keys.sort().map((key): Login => {
    const entry = auths[key] ?? {};
    const secret = secretOf(entry);
    const user = secret !== undefined && 'user' in secret ? secret.user : entry.username;
    const helper = credHelpers[key] ?? (secret === undefined ? credsStore || undefined : undefined);
    return {
      key,
      ...(user && { user }),
      ...(helper !== undefined ? { helper } : secret !== undefined && { secret }),
    };
  });
}

/** Whether a login is with the credential store, and not with a helper that is named for its registry. */
export const isInStore = ({ credsStore, credHelpers = {} }: DockerConfig, { key, helper }: Login): boolean =>
  helper !== undefined && helper === credsStore && !Object.hasOwn(credHelpers, key);

function secretOf({ auth, username, password, identitytoken }: Entry): Secret | undefined {
  if (identitytoken) return { identityToken: identitytoken };
  const [, user, word] = /^([^:]*):(.*)$/s.exec(decoded(auth)) ?? [];
  if (user && word) return { user, password: word };
  return username && password ? { user: username, password } : undefined;
}

// Docker pads some of its passwords with zero bytes.
const decoded = (auth: string | undefined): string =>
  Buffer.from(auth ?? '', 'base64')
    .toString('utf8')
    .replace(/\0+$/, '');

/** Everything in a config that must never be shown. */
export function secretsIn({ auths = {} }: DockerConfig): string[] {
  return Object.values(auths).flatMap((entry) => {
    const secret = secretOf(entry);
    const words = [entry.auth, entry.password, entry.identitytoken, entry.registrytoken];
    return [...words, ...(secret === undefined ? [] : Object.values(wordsOf(secret)))].filter(
      (word) => typeof word === 'string' && word !== '',
    ) as string[];
  });
}

const wordsOf = (secret: Secret): string[] =>
  'password' in secret ? [secret.password, basicOf(secret)] : [secret.identityToken];

const basicOf = ({ user, password }: { user: string; password: string }): string =>
  Buffer.from(`${user}:${password}`).toString('base64');

/** The entry below `auths` for a secret. */
export const entryOf = (secret: Secret): Entry =>
  'password' in secret ? { auth: basicOf(secret) } : { identitytoken: secret.identityToken };

/** How to open a registry from now on: with a secret, or by a credential helper that the runner asks. */
export type Opening = { readonly entry: Entry } | { readonly helper: string };

/** A config with one registry opened in another way; all else stays. Every other spelling of the registry goes. */
export function withLogin(config: DockerConfig, registry: string, opening: Opening): DockerConfig {
  const keys = keysOf(config, registry);
  // A key with /v2/ behind it would be taken for an image's path by gitlab-runner.
  const usual = [keyFor(registry), plainName(registry)];
  const key = keys.find((one) => usual.includes(one)) ?? keyFor(registry);
  const rest = without(
    config,
    keys.filter((one) => one !== key),
  );
  const { auths = {}, credHelpers = {} } = rest;
  if ('helper' in opening) {
    const left = without(rest, [key], ['auths']);
    return { ...left, credHelpers: { ...credHelpers, [key]: opening.helper } };
  }
  const left = without(rest, [key], ['credHelpers']);
  return { ...left, auths: { ...auths, [key]: opening.entry } };
}

/** A config without one registry, in whatever spelling; the same one when it has no such registry. */
export function withoutLogin(config: DockerConfig, registry: string): DockerConfig {
  const keys = keysOf(config, registry);
  return keys.length === 0 ? config : without(config, keys);
}

/** A config with all its logins and helpers replaced by those of another one; what else it says stays, and its order. */
export function withLoginsOf(config: DockerConfig, other: DockerConfig): DockerConfig {
  const keys = [...new Set([...Object.keys(config), ...loginParts])];
  return Object.fromEntries(
    keys.flatMap((key) => {
      const from = loginParts.includes(key) ? other : config;
      return from[key] === undefined ? [] : [[key, from[key]]];
    }),
  );
}

const loginParts = ['auths', 'credHelpers', 'credsStore'];

function without(
  config: DockerConfig,
  keys: readonly string[],
  from: readonly ('auths' | 'credHelpers')[] = ['auths', 'credHelpers'],
): DockerConfig {
  const result: Record<string, unknown> = { ...config };
  for (const part of from) {
    const held = config[part];
    if (held === undefined || !keys.some((key) => Object.hasOwn(held, key))) continue;
    const left = Object.entries(held).filter(([key]) => !keys.includes(key));
    if (left.length === 0) delete result[part];
    else result[part] = Object.fromEntries(left);
  }
  return result;
}

/** Whether a config opens no registry at all and says nothing else. */
export const isIdle = ({ auths = {}, ...rest }: DockerConfig): boolean =>
  Object.keys(auths).length === 0 && Object.keys(rest).length === 0;

const keysOf = (config: DockerConfig, registry: string): string[] =>
  loginsIn(config).flatMap(({ key }) => (sameRegistry(key, registry) ? [key] : []));

/** Whether two spellings mean the same registry: with or without scheme, `/v1/` or `/v2/`; Docker Hub has several. */
export const sameRegistry = (one: string, other: string): boolean => plainName(one) === plainName(other);

/** A registry as people write it: `docker.io`, `registry.example.com:5000`, `registry.example.com/group`. */
export function plainName(words: string): string {
  const [host = '', ...path] = words
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/(\/v[12])?\/*$/, '')
    .split('/');
  const name = [host.toLowerCase(), ...path].join('/');
  return /^((index|registry-1|registry|www)\.)?docker\.(io|com)$/.test(name) ? 'docker.io' : name;
}

/** The key of a registry below `auths`: its plain name, and for Docker Hub the address that docker itself writes. */
export function keyFor(registry: string): string {
  const name = plainName(registry);
  return name === 'docker.io' ? 'https://index.docker.io/v1/' : name;
}

/** Reads what a person calls a registry; throws for an image or a word that is none. */
export function readRegistry(words: string): string {
  const name = plainName(words);
  if (!/^(\[[\da-f:]+\]|[\w-]+(\.[\w-]+)*)(:\d{1,5})?(\/[\w.-]+)*$/.test(name))
    throw noRegistry(`"${words.replace(/[^\x20-\x7e]/g, '?')}" is not a registry name.`);
  const host = name.split('/')[0]!;
  if (!/[.:]/.test(host) && host !== 'localhost')
    throw noRegistry(
      `"${host}" is not a registry name: Docker reads a name without a dot or port as an image.`,
    );
  return name;
}

const noRegistry = (message: string): Trouble =>
  new Trouble(message, {
    hint: 'Use only the registry, without image and tag: registry.example.com, registry.example.com:5000, docker.io',
    code: exitCode.usage,
  });

/** The text of a config on one line without any blank, as a masked variable has to be. */
export const writeCompact = (config: DockerConfig): string => JSON.stringify(config);

/** The text of a config in the layout of the text before; docker's own is with tabs. */
export function writeLike(config: DockerConfig, before: string | undefined): string {
  const indent = /^\s*\{\r?\n([ \t]+)"/.exec(before ?? '')?.[1];
  const isFlat = before !== undefined && before.trim() !== '' && !before.trim().includes('\n');
  const text = JSON.stringify(config, null, isFlat ? undefined : (indent ?? '\t'));
  return before === undefined || before.endsWith('\n') ? `${text}\n` : text;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
