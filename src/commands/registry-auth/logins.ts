import { existsSync } from 'node:fs';
import { interruptible } from '../../app/interrupt.ts';
import { folded, isSwitchedOn, misuse } from '../../app/invocation.ts';
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
import type { RegistryAuthContext } from './context.ts';
import { hideLogins, userIn, wordsOn } from './target.ts';
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
function checkUser(user: string): void {
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
async function openingFor(stage: RegistryAuthContext, login: Login): Promise<Opening | undefined> {
  const { key, secret, helper } = login;
  if (secret !== undefined) return { entry: entryOf(secret) };
  if (helper === undefined) {
    if (!stage.mayAsk) throw emptyEntry(key);
    stage.say.talk(`${plainName(key)} has an entry in the docker config, but no login.`);
    return (await typedLogin(stage, plainName(key))).opening;
  }
  if (isSwitchedOn(stage.verbFlags, 'readStore')) return { entry: await readFrom(stage, helper, key) };
  if (stage.mayAsk) {
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
const offered = (logins: readonly Login[]): string => logins.map((login) => `  ${wordsOn(login)}`).join('\n');

/** The docker config that logins come from; `store` is the credential helper for all that it does not have itself. */
interface Source {
  readonly file: string;
  readonly isThere: boolean;
  readonly store: string | undefined;
}

/** The logins of a docker config that are meant: those of the registries named, else all, the only one, or a person's choice. */
async function chosenLogins(
  stage: RegistryAuthContext,
  logins: readonly Login[],
  source: Source,
): Promise<Wanted[]> {
  const { registries, mayAsk, verbFlags } = stage;
  const { file } = source;
  if (registries.length > 0) return inTurn(registries, (one) => namedLogin(stage, logins, one, source));
  if (isSwitchedOn(verbFlags, 'everything') && logins.length > 0)
    return inTurn(mayAsk ? logins : filled(stage, logins), (one) => opened(stage, one));
  if (mayAsk) return chosenByPerson(stage, logins, file);
  if (logins.length === 1) return inTurn(logins, (one) => opened(stage, one));
  if (logins.length > 1)
    throw misuse(
      `Which registry is meant? ${file} has:\n${offered(logins)}`,
      'Name it: registry-auth add HOST; or --all.',
    );
  throw nothingThere(source);
}

// All that there is, in a script, are those that have a login; without any, the empty entries are at fault.
function filled({ say }: RegistryAuthContext, logins: readonly Login[]): readonly Login[] {
  const isFilled = ({ secret, helper }: Login) => secret !== undefined || helper !== undefined;
  if (!logins.some(isFilled)) return logins;
  for (const { key } of logins.filter((one) => !isFilled(one)))
    say.warn(`Left out: the docker config knows ${harmless(plainName(key))}, but no login for it.`);
  return logins.filter(isFilled);
}

async function inTurn<T>(
  items: readonly T[],
  work: (item: T) => Promise<Wanted | undefined>,
): Promise<Wanted[]> {
  const wanted: Wanted[] = [];
  for (const item of items) {
    const one = await work(item);
    if (one !== undefined) wanted.push(one);
  }
  if (wanted.length > 0) return wanted;
  const { cancelled } = await import('../../terminal/ask.ts');
  throw cancelled();
}

async function opened(stage: RegistryAuthContext, login: Login): Promise<Wanted | undefined> {
  const opening = await openingFor(stage, login);
  return opening === undefined ? undefined : { registry: plainName(login.key), opening };
}

async function namedLogin(
  stage: RegistryAuthContext,
  logins: readonly Login[],
  registry: string,
  source: Source,
): Promise<Wanted | undefined> {
  const { file } = source;
  const found = logins.find(({ key }) => sameRegistry(key, registry));
  if (found !== undefined) return opened(stage, found);
  if (stage.mayAsk) {
    stage.say.talk(`${file} has no login for ${registry}.`);
    return typedLogin(stage, registry);
  }
  if (logins.length === 0) throw nothingThere(source);
  throw new Trouble(`${file} has no login for ${registry}. It has:\n${offered(logins)}`, {
    hint: `docker login ${registry}; or give the login yourself: --username NAME --password-stdin`,
  });
}

const nothingThere = ({ file, isThere, store }: Source): Trouble =>
  new Trouble(isThere ? `${file} has no login.` : `There is no docker config ${file}.`, {
    ...(store && { why: `It leaves them to ${programOf(store)}: --read-store takes them out of there.` }),
    hint: 'Name another one with --docker-config FILE, or give the login yourself: registry-auth add HOST --username NAME --password-stdin',
  });

const other = '\0other';

async function chosenByPerson(
  stage: RegistryAuthContext,
  logins: readonly Login[],
  file: string,
): Promise<Wanted[]> {
  const person = await personOf(stage);
  if (logins.length === 0) {
    stage.say.talk(`There is no login in ${file}: give one.`);
    return [await typedLogin(stage, await askRegistry(stage, person))];
  }
  stage.say.talk(`Logins in ${file}:`);
  const choices = logins.map((login) => ({
    value: login.key,
    name: harmless(plainName(login.key)),
    line: userIn(login),
  }));
  const chosen = await person.several('Which of them?', [
    ...choices,
    { value: other, name: 'Another registry', line: 'user and password are asked for' },
  ]);
  return inTurn(chosen, async (key) => {
    if (key === other) return typedLogin(stage, await askRegistry(stage, person));
    return opened(stage, logins.find((one) => one.key === key)!);
  });
}

const askRegistry = (stage: RegistryAuthContext, person: Person): Promise<string> =>
  untilRight(stage, async () => {
    const question = { ask: 'Registry', kind: text('HOST', 'filled'), required: true };
    return readRegistry(String(await person.answer(question, undefined)));
  });

// What is wrong with an answer is said, and it is asked for anew.
async function untilRight<T>(stage: RegistryAuthContext, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Trouble) || error.code === exitCode.cancelled) throw error;
      stage.say.trouble(error);
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
  stage: RegistryAuthContext,
  registry: string,
  user: string | undefined,
): Promise<{ user: string; password: string }> {
  const person = await personOf(stage);
  for (;;) {
    const login = await askOnce(stage, person, registry, user);
    const { isTaken } = await import('./try-login.ts');
    if (await isTaken(stage, registry, login)) return login;
    if (await person.agree('Take this login all the same?', false)) return login;
  }
}

async function askOnce(
  stage: RegistryAuthContext,
  person: Person,
  registry: string,
  given: string | undefined,
) {
  const name = { ask: `User at ${registry}`, kind: text('NAME', 'filled'), required: true };
  const user = await untilRight(stage, async () => {
    const typed = given ?? String(await person.answer(name, undefined)).trim();
    checkUser(typed);
    return typed;
  });
  const word = { ask: `Password or token of ${user}`, kind: secret(), required: true };
  return { user, password: String(await person.answer(word, undefined)) };
}

/** Asks a person what to do about a secret that is in a credential helper; nothing when the registry is left out. */
async function askAboutHelper(
  stage: RegistryAuthContext,
  { key, helper = '' }: Login,
): Promise<Opening | undefined> {
  checkHelper(helper);
  const person = await personOf(stage);
  const program = programOf(helper);
  stage.say.talk(folded(stage.world.stderr, `The login of ${plainName(key)} is with ${program}.`));
  return untilRight(stage, async () => {
    const answer = await person.choose(`What is added for ${plainName(key)}?`, [
      { value: 'read', name: 'The secret', line: `read now from ${program}` },
      { value: 'helper', name: 'The helper', line: 'gitlab-runner asks it: it must be on its PATH' },
      { value: 'none', name: 'Nothing', line: 'leave this registry out' },
    ]);
    if (answer === 'none') return undefined;
    return answer === 'helper' ? { helper } : { entry: await readFrom(stage, helper, key) };
  });
}

/** Reads a secret through a credential helper; it is hidden from now on. Throws when there is none, or at Ctrl-C. */
export async function readFrom(stage: RegistryAuthContext, helper: string, key: string): Promise<Entry> {
  const { env } = stage.world;
  const entry = entryOf(await waiting(stage, helper, (signal) => askHelper(helper, key, env, signal)));
  hideLogins(stage.say, { auths: { [key]: entry } });
  return entry;
}

/** The registries that a credential store knows, each with its user; none when it fails and a person can read why. */
async function storeEntries(stage: RegistryAuthContext, store: string): Promise<Record<string, string>> {
  try {
    return await waiting(stage, store, (signal) => listHelper(store, stage.world.env, signal));
  } catch (error) {
    const isTold = error instanceof Trouble && error.code !== exitCode.cancelled && stage.mayAsk;
    if (!isTold) throw error;
    stage.say.trouble(error);
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
export async function mayOpen(stage: RegistryAuthContext, store: string, question: string): Promise<boolean> {
  if (isSwitchedOn(stage.verbFlags, 'readStore')) return true;
  if (!stage.mayAsk) return false;
  checkHelper(store);
  const { personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(stage.world, stage.say);
  return person.agree(question, true);
}
