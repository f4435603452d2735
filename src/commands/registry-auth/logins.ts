import { existsSync } from 'node:fs';
import { isSwitchedOn, misuse } from '../../app/invocation.ts';
import { Trouble } from '../../errors.ts';
import { checkHelper, programOf } from '../../host/credential-helper.ts';
import {
  type DockerConfig,
  entryOf,
  type Login,
  loginsIn,
  type Opening,
  plainName,
  readDockerConfig,
  sameRegistry,
} from '../../host/docker-config.ts';
import { ownDockerConfig } from '../../host/docker-files.ts';
import { readText } from '../../host/places.ts';
import { hideLogins, type RegistryAuthContext, wordsOn } from './context.ts';
import { mayOpen, readFrom, storeEntries } from './credential-helper.ts';
import { missing } from './targets.ts';

/** A login that is to be added: a registry and how it is opened from now on. */
export interface Wanted {
  readonly registry: string;
  readonly opening: Opening;
}

/** The logins that are meant, by the flags or by what a person chooses. Throws for what is missing or cannot be read. */
export async function wantedLogins(stage: RegistryAuthContext): Promise<Wanted[]> {
  const { verbFlags, registries } = stage;
  const helper = verbFlags.helper?.at(-1);
  if (helper !== undefined) return withHelper(registries, helper);
  if (isTyped(stage)) return [await typedLogin(stage, oneOf(registries))];
  const { file, config } = ownConfig(stage);
  const logins = config === undefined ? [] : await loginsOf(stage, config);
  const { chosenLogins } = await import('./prompt-login.ts');
  const store = config?.credsStore || undefined;
  return chosenLogins(stage, logins, { file, isThere: config !== undefined, store });
}

/** Whether the flags bring a login, so that no docker config is looked at. */
export const isTyped = ({ verbFlags }: RegistryAuthContext): boolean =>
  verbFlags.username !== undefined || isSwitchedOn(verbFlags, 'passwordStdin');

/** What a script would still have to say about a login that the flags bring, each with its flag. */
export function lackingLogin(stage: RegistryAuthContext): string[] {
  const { verbFlags, registries } = stage;
  if (verbFlags.helper === undefined && !isTyped(stage)) return [];
  const which = registries.length === 0 ? [`the registry (registry-auth ${stage.words[0]} HOST)`] : [];
  return verbFlags.helper === undefined ? [...which, ...lackingParts(stage)] : which;
}

const lackingParts = ({ verbFlags }: RegistryAuthContext): string[] => [
  ...(verbFlags.username === undefined ? ['the user (--username NAME)'] : []),
  ...(isSwitchedOn(verbFlags, 'passwordStdin') ? [] : ['the password (--password-stdin)']),
];

function withHelper(registries: readonly string[], helper: string): Wanted[] {
  checkHelper(helper);
  if (registries.length === 0)
    throw misuse('--helper needs to know for which registry.', `registry-auth add HOST --helper ${helper}`);
  return registries.map((registry) => ({ registry, opening: { helper } }));
}

function oneOf(registries: readonly string[]): string {
  if (registries.length === 1) return registries[0]!;
  const message = registries.length === 0 ? 'The registry was not named.' : 'One login is for one registry.';
  throw misuse(message, 'registry-auth add HOST --username NAME --password-stdin');
}

/** A login that a person types, or that the flags bring; the password is never an argument. */
export async function typedLogin(stage: RegistryAuthContext, registry: string): Promise<Wanted> {
  const { verbFlags, world, say, mayAsk } = stage;
  const byStdin = isSwitchedOn(verbFlags, 'passwordStdin');
  const lacks = lackingParts(stage);
  if (lacks.length > 0 && (!mayAsk || byStdin)) throw missing(lacks, howTyped(registry));
  const { askLogin } = await import('./prompt-login.ts');
  const given = byStdin ? (await world.readStdin()).replace(/\r?\n$/, '') : undefined;
  if (given !== undefined) checkPassword(given);
  const user = verbFlags.username?.at(-1);
  if (user !== undefined) checkUser(user);
  const secret =
    user !== undefined && given !== undefined
      ? { user, password: given }
      : await askLogin(stage, registry, user);
  const entry = entryOf(secret);
  hideLogins(say, { auths: { [registry]: entry } });
  return { registry, opening: { entry } };
}

/** The command that brings a login for a registry. */
export const howTyped = (registry = 'HOST'): string =>
  `printf %s "$PASSWORD" | runner-setup registry-auth add ${registry} --username NAME --password-stdin …`;

function checkPassword(password: string): void {
  if (password !== '' && !/[\r\n\0]/.test(password)) return;
  throw misuse(
    password === '' ? 'Standard input holds no password.' : 'Standard input holds more than one line.',
    'It should hold the password alone.',
  );
}

/** Throws for a user name that no registry has. */
export function checkUser(user: string): void {
  if (user !== '' && !/[:\p{Cc}]/u.test(user)) return;
  throw misuse('A user name is not empty and has no colon in it.', 'Give it with --username NAME.');
}

/** The docker config that logins come from; without one that nobody named, only where it would be. */
export function ownConfig({ world, say, verbFlags }: RegistryAuthContext): {
  file: string;
  config: DockerConfig | undefined;
} {
  const file = ownDockerConfig(world, verbFlags.dockerConfig?.at(-1));
  if (verbFlags.dockerConfig === undefined && !existsSync(file)) return { file, config: undefined };
  const config = readDockerConfig(readText(file, 'docker config'), file);
  hideLogins(say, config);
  return { file, config };
}

// Where the store has everything, docker may write no entry at all.
async function loginsOf(stage: RegistryAuthContext, config: DockerConfig): Promise<Login[]> {
  const logins = loginsIn(config).filter(({ key }) => isRegistry(key));
  const store = config.credsStore;
  if (!store || !(await looksInStore(stage, store, logins))) return logins;
  const known = Object.entries(await storeEntries(stage, store)).filter(([key]) => isRegistry(key));
  const isNew = (key: string) => !logins.some((one) => sameRegistry(one.key, key));
  const users = new Map(known.map(([key, user]) => [plainName(key), user]));
  return [
    ...logins.map((one) =>
      one.helper === store && users.has(plainName(one.key))
        ? withUser(one, users.get(plainName(one.key))!)
        : one,
    ),
    ...known.filter(([key]) => isNew(key)).map(([key, user]) => withUser({ key, helper: store }, user)),
  ];
}

async function looksInStore(
  stage: RegistryAuthContext,
  store: string,
  logins: readonly Login[],
): Promise<boolean> {
  const { registries } = stage;
  const isKnown = (one: string) => logins.some(({ key }) => sameRegistry(key, one));
  const isNeeded = registries.length === 0 || !registries.every(isKnown);
  if (!isNeeded && !isSwitchedOn(stage.verbFlags, 'readStore')) return false;
  return mayOpen(stage, store, `Look for logins in ${programOf(store)}, too?`);
}

const withUser = (login: Login, user: string): Login => (user === '<token>' ? login : { ...login, user });

// Docker Desktop keeps tokens of its own for Docker Hub beside the login.
const isRegistry = (key: string): boolean => !/\/(access|refresh)-token\/?$/.test(key);

/** How a registry of the docker config is opened from now on; a secret in a credential helper is read with consent only. */
export async function openingFor(stage: RegistryAuthContext, login: Login): Promise<Opening | undefined> {
  const { key, secret, helper } = login;
  if (secret !== undefined) return { entry: entryOf(secret) };
  if (helper === undefined) {
    if (!stage.mayAsk) throw emptyEntry(key);
    stage.say.talk(`${plainName(key)} has an entry in the docker config, but no login.`);
    return (await typedLogin(stage, plainName(key))).opening;
  }
  if (isSwitchedOn(stage.verbFlags, 'readStore')) return { entry: await readFrom(stage, helper, key) };
  if (stage.mayAsk) {
    const { askAboutHelper } = await import('./prompt-login.ts');
    return askAboutHelper(stage, login);
  }
  checkHelper(helper);
  throw misuse(
    `The docker config leaves the login of ${plainName(key)} to ${programOf(helper)}.`,
    `--read-store takes the secret out of it now; or --helper ${helper} lets gitlab-runner ask ${programOf(helper)} itself, which must be on its PATH (the better way for cloud registries, whose passwords last hours).`,
  );
}

const emptyEntry = (key: string): Trouble =>
  new Trouble(`The docker config knows ${plainName(key)}, but no login for it.`, {
    why: 'The entry is empty and no credential helper is named for it.',
    hint: `docker login ${plainName(key)}; or give the login yourself: --username NAME --password-stdin`,
  });

/** The lines of what a docker config offers. */
export const offered = (logins: readonly Login[]): string =>
  logins.map((login) => `  ${wordsOn(login)}`).join('\n');
