import { existsSync } from 'node:fs';
import { interruptible } from '../../app/interrupt.ts';
import { isSwitchedOn, misuse } from '../../app/invocation.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { askHelper, checkHelper, listHelper, programOf } from '../../host/credential-helper.ts';
import {
  type DockerConfig,
  type Entry,
  entryOf,
  type Login,
  loginsIn,
  type Opening,
  plainName,
  readDockerConfig,
  readRegistry,
  sameRegistry,
} from '../../host/docker-config.ts';
import { ownDockerConfig } from '../../host/docker-files.ts';
import { readText } from '../../host/places.ts';
import { secret, text } from '../../settings/kinds.ts';
import type { Person } from '../../terminal/ask.ts';
import { harmless } from '../../text/sanitize.ts';
import { quote } from '../../text/shell-quote.ts';
import type { RegistryAuthContext } from './context.ts';
import { gitlabIn } from './gitlab.ts';
import { hideLogins, userIn, wordsOn } from './target.ts';
import { homesNamed, missing } from './targets.ts';

/** A login that is to be added: a registry and how it is opened from now on. */
export interface RequestedLogin {
  readonly registry: string;
  readonly opening: Opening;
}

/** The logins that are meant, by the flags or by what a person chooses. Throws for what is missing or cannot be read. */
export async function wantedLogins(context: RegistryAuthContext): Promise<RequestedLogin[]> {
  const { verbFlags, registries } = context;
  const helper = verbFlags.helper?.at(-1);
  if (helper !== undefined) return withHelper(registries, helper);
  if (isTyped(context)) return [await typedLogin(context, oneOf(context))];
  const { file, config } = ownConfig(context);
  const logins = config === undefined ? [] : await loginsOf(context, config);
  const store = config?.credsStore || undefined;
  return chosenLogins(context, logins, { file, isThere: config !== undefined, store });
}

/** Whether the flags bring a login, so that no docker config is looked at. */
export const isTyped = ({ verbFlags }: RegistryAuthContext): boolean =>
  verbFlags.username !== undefined || isSwitchedOn(verbFlags, 'passwordStdin');

/** What a script would still have to say about a login that the flags bring, each with its flag. */
export function lackingLogin(context: RegistryAuthContext): string[] {
  const { verbFlags, registries } = context;
  if (verbFlags.helper === undefined && !isTyped(context)) return [];
  const which = registries.length === 0 ? [`the registry (registry-auth ${context.words[0]} HOST)`] : [];
  return verbFlags.helper === undefined ? [...which, ...lackingParts(context)] : which;
}

const lackingParts = ({ verbFlags }: RegistryAuthContext): string[] => [
  ...(verbFlags.username === undefined ? ['the user (--username NAME)'] : []),
  ...(isSwitchedOn(verbFlags, 'passwordStdin') ? [] : ['the password (--password-stdin)']),
];

function withHelper(registries: readonly string[], helper: string): RequestedLogin[] {
  checkHelper(helper);
  if (registries.length === 0)
    throw misuse('--helper requires a registry.', `runner-setup registry-auth add HOST --helper ${helper}`);
  return registries.map((registry) => ({ registry, opening: { helper } }));
}

function oneOf(context: RegistryAuthContext): string {
  const { registries } = context;
  if (registries.length === 1) return registries[0]!;
  const message = registries.length === 0 ? 'No registry was given.' : 'Credentials are for one registry.';
  throw misuse(message, howTyped(context));
}

/** A login that a person types, or that the flags bring; the password is never an argument. */
export async function typedLogin(context: RegistryAuthContext, registry: string): Promise<RequestedLogin> {
  const { verbFlags, world, say, mayAsk } = context;
  const byStdin = isSwitchedOn(verbFlags, 'passwordStdin');
  const lacks = lackingParts(context);
  if (lacks.length > 0 && (!mayAsk || byStdin)) throw missing(lacks, howTyped(context));
  const given = byStdin ? (await world.readStdin()).replace(/\r?\n$/, '') : undefined;
  if (given !== undefined) checkPassword(given);
  const user = verbFlags.username?.at(-1);
  if (user !== undefined) checkUser(user);
  const secret =
    user !== undefined && given !== undefined
      ? { user, password: given }
      : await askLogin(context, registry, user);
  const entry = entryOf(secret);
  hideLogins(say, { auths: { [registry]: entry } });
  return { registry, opening: { entry } };
}

/** The command that adds a login to the locations that the flags name, else to that of the host, with what else they say. */
export function howTyped(context: RegistryAuthContext): string {
  const { registries, verbFlags } = context;
  const registry = registries.length === 1 ? registries[0]! : 'HOST';
  const user = verbFlags.username?.at(-1) ?? 'NAME';
  const words = [quote(registry), '--username', quote(user), '--password-stdin', locationsIn(context)];
  return `printf %s "$PASSWORD" | runner-setup registry-auth add ${[...words, ...gitlabFlags(context)].join(' ')}`;
}

// A token that is not in a file or in the environment is not repeated.
function gitlabFlags(context: RegistryAuthContext): string[] {
  const { access, settings, verbFlags } = context;
  if (homesNamed(context).length === 0) return [];
  const { url } = settings;
  const file = verbFlags.accessTokenFile?.at(-1);
  const isInEnvironment = access !== undefined && verbFlags.accessToken === undefined;
  return [
    ...(url === undefined && gitlabIn(context) !== undefined ? [] : ['--url', quote(url ?? 'URL')]),
    ...(file === undefined && isInEnvironment ? [] : ['--access-token-file', quote(file ?? 'FILE')]),
  ];
}

function locationsIn({ verbFlags }: RegistryAuthContext): string {
  const named = (['project', 'group', 'runner', 'hostUser'] as const).flatMap((name) =>
    (verbFlags[name] ?? []).map((value) => `${locationFlags[name]} ${quote(value)}`),
  );
  const instance = isSwitchedOn(verbFlags, 'instance') ? ['--instance'] : [];
  const host = isSwitchedOn(verbFlags, 'host') ? ['--host'] : [];
  return [...instance, ...named, ...host].join(' ') || '--host';
}

const locationFlags = { project: '--project', group: '--group', runner: '--runner', hostUser: '--host-user' };

function checkPassword(password: string): void {
  if (password !== '' && !/[\r\n\0]/.test(password)) return;
  throw misuse(
    password === '' ? 'Standard input contains no password.' : 'Standard input contains more than one line.',
    'Pass only the password.',
  );
}

/** Throws for a user name that no registry has. */
function checkUser(user: string): void {
  if (user !== '' && !/[:\p{Cc}]/u.test(user)) return;
  throw misuse('The user name is empty or contains a colon.', 'Use --username NAME.');
}

/** The docker config that logins come from; without one that nobody named, only where it would be. */
export function ownConfig({ world, say, verbFlags }: RegistryAuthContext): {
  file: string;
  config: DockerConfig | undefined;
} {
  const file = ownDockerConfig(world, verbFlags.dockerConfig?.at(-1));
  if (verbFlags.dockerConfig === undefined && !existsSync(file)) return { file, config: undefined };
  const config = readDockerConfig(readText(file, 'Docker config'), file);
  hideLogins(say, config);
  return { file, config };
}

// Where the store has everything, docker may write no entry at all.
async function loginsOf(context: RegistryAuthContext, config: DockerConfig): Promise<Login[]> {
  const logins = loginsIn(config).filter(({ key }) => isRegistry(key));
  const store = config.credsStore;
  if (!store || !(await looksInStore(context, store, logins))) return logins;
  const known = Object.entries(await storeEntries(context, store)).filter(([key]) => isRegistry(key));
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
  context: RegistryAuthContext,
  store: string,
  logins: readonly Login[],
): Promise<boolean> {
  const { registries } = context;
  const isKnown = (one: string) => logins.some(({ key }) => sameRegistry(key, one));
  const isNeeded = registries.length === 0 || !registries.every(isKnown);
  if (!isNeeded && !isSwitchedOn(context.verbFlags, 'readStore')) return false;
  return mayOpen(context, store, `Look for credentials in ${programOf(store)}, too?`);
}

const withUser = (login: Login, user: string): Login => (user === '<token>' ? login : { ...login, user });

// Docker Desktop keeps tokens of its own for Docker Hub beside the login.
const isRegistry = (key: string): boolean => !/\/(access|refresh)-token\/?$/.test(key);

/** How a registry of the docker config is opened from now on; a secret in a credential helper is read with consent only. */
async function openingFor(context: RegistryAuthContext, login: Login): Promise<Opening | undefined> {
  const { key, secret, helper } = login;
  if (secret !== undefined) return { entry: entryOf(secret) };
  if (helper === undefined) {
    if (!context.mayAsk) throw emptyEntry(key);
    context.say.talk(`${plainName(key)} has an entry in the Docker config, but no credentials.`);
    return (await typedLogin(context, plainName(key))).opening;
  }
  if (isSwitchedOn(context.verbFlags, 'readStore')) return { entry: await readFrom(context, helper, key) };
  if (context.mayAsk) {
    return askAboutHelper(context, login);
  }
  checkHelper(helper);
  throw misuse(
    `The Docker config stores the credentials of ${plainName(key)} in ${programOf(helper)}.`,
    `To read the secret now: --read-store\nTo let gitlab-runner ask ${programOf(helper)} (recommended for cloud registries with short-lived passwords): --helper ${helper}`,
  );
}

const emptyEntry = (key: string): Trouble =>
  new Trouble(`The Docker config has no credentials for ${plainName(key)}.`, {
    why: 'The entry is empty and has no credential helper.',
    hint: `Log in: docker login ${plainName(key)}\nOr enter the credentials: --username NAME --password-stdin`,
  });

/** The lines of what a docker config offers. */
const offered = (logins: readonly Login[]): string => logins.map((login) => `  ${wordsOn(login)}`).join('\n');

/** The docker config that logins come from; `store` is the credential helper for all that it does not have itself. */
interface Source {
  readonly file: string;
  readonly isThere: boolean;
  readonly store: string | undefined;
}

/** The logins of a docker config that are meant: those of the registries named, else all, the only one, or a person's choice. */
async function chosenLogins(
  context: RegistryAuthContext,
  logins: readonly Login[],
  source: Source,
): Promise<RequestedLogin[]> {
  const { registries, mayAsk, verbFlags } = context;
  const { file } = source;
  if (registries.length > 0) return inTurn(registries, (one) => namedLogin(context, logins, one, source));
  if (isSwitchedOn(verbFlags, 'everything') && logins.length > 0)
    return inTurn(mayAsk ? logins : filled(context, logins), (one) => opened(context, one));
  if (mayAsk) return chosenByPerson(context, logins, file);
  if (logins.length === 1) return inTurn(logins, (one) => opened(context, one));
  if (logins.length > 1)
    throw misuse(
      `No registry was given. ${file} has:\n${offered(logins)}`,
      'Add the registry, or use --all: runner-setup registry-auth add HOST',
    );
  throw nothingThere(context, source);
}

// All that there is, in a script, are those that have a login; without any, the empty entries are at fault.
function filled({ say }: RegistryAuthContext, logins: readonly Login[]): readonly Login[] {
  const isFilled = ({ secret, helper }: Login) => secret !== undefined || helper !== undefined;
  if (!logins.some(isFilled)) return logins;
  for (const { key } of logins.filter((one) => !isFilled(one)))
    say.warn(`skipped ${harmless(plainName(key))}, because the Docker config has no credentials for it.`);
  return logins.filter(isFilled);
}

async function inTurn<T>(
  items: readonly T[],
  work: (item: T) => Promise<RequestedLogin | undefined>,
): Promise<RequestedLogin[]> {
  const requested: RequestedLogin[] = [];
  for (const item of items) {
    const one = await work(item);
    if (one !== undefined) requested.push(one);
  }
  if (requested.length > 0) return requested;
  const { cancelled } = await import('../../terminal/ask.ts');
  throw cancelled();
}

async function opened(context: RegistryAuthContext, login: Login): Promise<RequestedLogin | undefined> {
  const opening = await openingFor(context, login);
  return opening === undefined ? undefined : { registry: plainName(login.key), opening };
}

async function namedLogin(
  context: RegistryAuthContext,
  logins: readonly Login[],
  registry: string,
  source: Source,
): Promise<RequestedLogin | undefined> {
  const { file } = source;
  const found = logins.find(({ key }) => sameRegistry(key, registry));
  if (found !== undefined) return opened(context, found);
  if (context.mayAsk) {
    context.say.talk(`${file} has no credentials for ${registry}.`);
    return typedLogin(context, registry);
  }
  if (logins.length === 0) throw nothingThere(context, source);
  throw new Trouble(`${file} has no credentials for ${registry}. It has:\n${offered(logins)}`, {
    hint: `Log in: docker login ${registry}\nOr enter the credentials: --username NAME --password-stdin`,
  });
}

const nothingThere = (context: RegistryAuthContext, { file, isThere, store }: Source): Trouble =>
  new Trouble(isThere ? `${file} has no credentials.` : `The Docker config ${file} does not exist.`, {
    ...(store && {
      why: `Its credentials are in ${programOf(store)}. To read them from there: --read-store`,
    }),
    hint: `Use another file with --docker-config FILE, or enter the credentials: ${howTyped(context)}`,
  });

const other = '\0other';

async function chosenByPerson(
  context: RegistryAuthContext,
  logins: readonly Login[],
  file: string,
): Promise<RequestedLogin[]> {
  const person = await personOf(context);
  if (logins.length === 0) {
    context.say.talk(`${file} has no credentials. Enter them.`);
    return [await typedLogin(context, await askRegistry(context, person))];
  }
  context.say.talk(`Credentials in ${file}:`);
  const choices = logins.map((login) => ({
    value: login.key,
    name: harmless(plainName(login.key)),
    line: userIn(login),
  }));
  const chosen = await person.several('Credentials', [
    ...choices,
    { value: other, name: 'Another registry', line: 'asks for the user name and password' },
  ]);
  return inTurn(chosen, async (key) => {
    if (key === other) return typedLogin(context, await askRegistry(context, person));
    return opened(context, logins.find((one) => one.key === key)!);
  });
}

const askRegistry = (context: RegistryAuthContext, person: Person): Promise<string> =>
  untilRight(context, async () => {
    const question = { ask: 'Registry', kind: text('HOST', 'filled'), required: true };
    return readRegistry(String(await person.answer(question, undefined)));
  });

// What is wrong with an answer is said, and it is asked for anew.
async function untilRight<T>(context: RegistryAuthContext, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Trouble) || error.code === exitCode.cancelled) throw error;
      context.say.trouble(error);
    }
  }
}

// What asks is loaded only where somebody is asked.
async function personOf({ world, say }: RegistryAuthContext): Promise<Person> {
  const ask = await import('../../terminal/ask.ts');
  return ask.personOf(world, say);
}

/** Asks a person for user and password until the registry takes them, or the person wants them all the same. */
async function askLogin(
  context: RegistryAuthContext,
  registry: string,
  user: string | undefined,
): Promise<{ user: string; password: string }> {
  const person = await personOf(context);
  for (;;) {
    const login = await askOnce(context, person, registry, user);
    const { isTaken } = await import('./try-login.ts');
    if (await isTaken(context, registry, login)) return login;
    if (await person.agree('Use these credentials anyway?', false)) return login;
  }
}

async function askOnce(
  context: RegistryAuthContext,
  person: Person,
  registry: string,
  given: string | undefined,
) {
  const name = { ask: `User name at ${registry}`, kind: text('NAME', 'filled'), required: true };
  const user = await untilRight(context, async () => {
    const typed = given ?? String(await person.answer(name, undefined)).trim();
    checkUser(typed);
    return typed;
  });
  const word = { ask: `Password or token of ${user}`, kind: secret(), required: true };
  return { user, password: String(await person.answer(word, undefined)) };
}

/** Asks a person what to do about a secret that is in a credential helper; nothing when the registry is left out. */
async function askAboutHelper(
  context: RegistryAuthContext,
  { key, helper = '' }: Login,
): Promise<Opening | undefined> {
  checkHelper(helper);
  const person = await personOf(context);
  const program = programOf(helper);
  context.say.talk(`The credentials of ${plainName(key)} are in ${program}.`);
  return untilRight(context, async () => {
    const answer = await person.choose(`Add for ${plainName(key)}`, [
      { value: 'read', name: 'The secret', line: `read from ${program} now` },
      { value: 'helper', name: 'The helper', line: 'asked by gitlab-runner, so it must be in its PATH' },
      { value: 'none', name: 'Nothing', line: 'skip this registry' },
    ]);
    if (answer === 'none') return undefined;
    return answer === 'helper' ? { helper } : { entry: await readFrom(context, helper, key) };
  });
}

/** Reads a secret through a credential helper; it is hidden from now on. Throws when there is none, or at Ctrl-C. */
export async function readFrom(context: RegistryAuthContext, helper: string, key: string): Promise<Entry> {
  const { env } = context.world;
  const entry = entryOf(await waiting(context, helper, (signal) => askHelper(helper, key, env, signal)));
  hideLogins(context.say, { auths: { [key]: entry } });
  return entry;
}

/** The registries that a credential store knows, each with its user; none when it fails and a person can read why. */
async function storeEntries(context: RegistryAuthContext, store: string): Promise<Record<string, string>> {
  try {
    return await waiting(context, store, (signal) => listHelper(store, context.world.env, signal));
  } catch (error) {
    const isTold = error instanceof Trouble && error.code !== exitCode.cancelled && context.mayAsk;
    if (!isTold) throw error;
    context.say.trouble(error);
    return {};
  }
}

// A spinner would take keyboard and screen from a helper that asks for a password of its own.
function waiting<T>(
  { world, say }: RegistryAuthContext,
  helper: string,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (world.stderr.isTTY) say.talk(`Asking ${programOf(helper)} …`);
  return interruptible(world, say, 0, ({ signal }) => ask(signal));
}

/** Whether a credential store may be opened: it may ask its owner for a password, so it is not opened unasked. */
export async function mayOpen(
  context: RegistryAuthContext,
  store: string,
  question: string,
): Promise<boolean> {
  if (isSwitchedOn(context.verbFlags, 'readStore')) return true;
  if (!context.mayAsk) return false;
  checkHelper(store);
  const { personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(context.world, context.say);
  return person.agree(question, true);
}
