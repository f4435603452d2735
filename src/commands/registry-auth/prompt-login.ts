import { folded, isSwitchedOn, misuse } from '../../app/invocation.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { checkHelper, programOf } from '../../host/credential-helper.ts';
import { type Login, type Opening, plainName, readRegistry, sameRegistry } from '../../host/docker-config.ts';
import { secret, text } from '../../settings/kinds.ts';
import { cancelled, type Person, personOf } from '../../terminal/ask.ts';
import { harmless } from '../../text/sanitize.ts';
import { type RegistryAuthContext, userIn } from './context.ts';
import { readFrom } from './credential-helper.ts';
import { checkUser, offered, openingFor, typedLogin, type Wanted } from './logins.ts';

/** The docker config that logins come from; `store` is the credential helper for all that it does not have itself. */
interface Source {
  readonly file: string;
  readonly isThere: boolean;
  readonly store: string | undefined;
}

/** The logins of a docker config that are meant: those of the registries named, else all, the only one, or a person's choice. */
export async function chosenLogins(
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
  if (wanted.length === 0) throw cancelled();
  return wanted;
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
  const person = await personOf(stage.world, stage.say);
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

/** Asks a person for user and password until the registry takes them, or the person wants them all the same. */
export async function askLogin(
  stage: RegistryAuthContext,
  registry: string,
  user: string | undefined,
): Promise<{ user: string; password: string }> {
  const person = await personOf(stage.world, stage.say);
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
export async function askAboutHelper(
  stage: RegistryAuthContext,
  { key, helper = '' }: Login,
): Promise<Opening | undefined> {
  checkHelper(helper);
  const person = await personOf(stage.world, stage.say);
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
