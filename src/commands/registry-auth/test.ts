import { folded, misuse } from '../../app/invocation.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import type { RegistryFinding, RegistryLogin } from '../../gitlab/registry/index.ts';
import { programOf } from '../../host/credential-helper.ts';
import { isInStore, type Login, loginsIn, plainName, type Secret } from '../../host/docker-config.ts';
import { harmless } from '../../text/sanitize.ts';
import type { RegistryAuthContext } from './context.ts';
import { isMeant, type Known, knownPlaces } from './known-targets.ts';
import { isTyped, lackingLogin, mayOpen, readFrom, typedLogin } from './logins.ts';
import { userIn } from './target.ts';
import { missing } from './targets.ts';
import { tryLogin } from './try-login.ts';

/** `registry-auth test`: asks each registry whether it takes the logins that are known for it, one by one. */
export async function test(given: RegistryAuthContext): Promise<ExitCode> {
  const context = { ...given, dryRun: false };
  const { registries, say } = context;
  const trials = isTyped(context)
    ? await typedTrials(context)
    : trialsIn(context, await knownPlaces(context));
  if (trials.length === 0) throw noLogin(registries);
  const ended: Ended[] = [];
  const opens = storeOpener(context);
  for (const trial of trials) {
    const finding = await findingOf(context, trial, opens);
    ended.push({ ...trial, finding });
    if (!say.mode.json) tellOne(context, trial, finding);
  }
  if (say.mode.json) {
    const tests = ended.map(({ registry, login, place, finding }) => ({
      registry,
      ...(login.user !== undefined && { user: login.user }),
      ...place.json,
      ...finding,
    }));
    say.object({ action: 'tested', changed: false, tests, warnings: say.warnings });
  }
  return codeOf(ended);
}

/** One login that is tried at one registry. */
interface Trial {
  readonly registry: string;
  readonly login: Login;
  readonly place: Pick<Known, 'label' | 'json'>;
  readonly isInStore: boolean;
}

type Ended = Trial & { readonly finding: Finding };

type Finding = Omit<RegistryFinding, 'state'> & { readonly state: RegistryFinding['state'] | 'no-login' };

async function typedTrials(context: RegistryAuthContext): Promise<Trial[]> {
  const lacks = lackingLogin(context);
  const hint = 'registry-auth test HOST --username NAME --password-stdin';
  if (lacks.length > 0) throw missing(lacks, hint);
  const [registry = '', ...more] = context.registries;
  if (more.length > 0) throw misuse('One login is for one registry.', hint);
  const { opening } = await typedLogin({ ...context, mayAsk: false }, registry);
  const auths = 'entry' in opening ? { [registry]: opening.entry } : {};
  const place = { label: 'given by flags', json: { kind: 'flags' } };
  return loginsIn({ auths }).map((login) => ({ registry, login, place, isInStore: false }));
}

const trialsIn = (context: RegistryAuthContext, places: readonly Known[]): Trial[] =>
  places.flatMap((place) =>
    loginsIn(place.found ?? {})
      .filter(({ key }) => isMeant(context, key))
      .map((login) => ({
        registry: plainName(login.key),
        login,
        place,
        isInStore: isInStore(place.found!, login),
      })),
  );

const noLogin = (registries: readonly string[]): Trouble =>
  new Trouble(`No login is known${registries.length === 0 ? '' : ` for ${registries.join(', ')}`}.`, {
    why: 'Looked for in the runners of config.toml and the docker configs of this machine, or where the flags say.',
    hint: 'registry-auth list shows what there is; registry-auth test HOST --username NAME --password-stdin tries a new one.',
  });

async function findingOf(context: RegistryAuthContext, trial: Trial, opens: Opener): Promise<Finding> {
  try {
    return await tryLogin(context, trial.registry, await secretOf(context, trial, opens));
  } catch (error) {
    if (!(error instanceof Trouble) || error.code !== exitCode.failed) throw error;
    const { message, why, hint } = error;
    return { state: 'no-login', url: '', message, ...(why && { why }), ...(hint && { hint }) };
  }
}

/** Whether a credential store may be opened; a person is asked once for each. */
type Opener = (store: string) => Promise<boolean>;

function storeOpener(context: RegistryAuthContext): Opener {
  const answers = new Map<string, Promise<boolean>>();
  return (store) => {
    const answer =
      answers.get(store) ?? mayOpen(context, store, `Try the logins in ${programOf(store)}, too?`);
    answers.set(store, answer);
    return answer;
  };
}

async function secretOf(
  context: RegistryAuthContext,
  { login, isInStore }: Trial,
  opens: Opener,
): Promise<RegistryLogin | undefined> {
  const { key, secret, helper } = login;
  if (helper === undefined) return secret;
  if (isInStore && !(await opens(helper)))
    throw new Trouble(`${programOf(helper)} has the login, and was not asked for it.`, {
      why: 'It may ask its owner for a password.',
      hint: `The same with --read-store; or registry-auth test ${plainName(key)} --username NAME --password-stdin`,
    });
  const entry = await readFrom(context, helper, key);
  return loginsIn({ auths: { [key]: entry } })[0]?.secret as Secret | undefined;
}

const words = {
  right: 'right',
  open: 'open to everybody',
  wrong: 'wrong',
  unreachable: 'not reached',
  certificate: 'certificate not trusted',
  'no-registry': 'no registry',
  'no-login': 'no login',
} as const;

function tellOne(
  { say, world }: RegistryAuthContext,
  { registry, login, place }: Trial,
  finding: Finding,
): void {
  const { state, message, why, hint } = finding;
  const who = [userIn(login), place.label].join(', ');
  say.result(folded(world.stdout, harmless(`${registry}: ${words[state]} (${who})`, 600)));
  if (state === 'right') return;
  if (state === 'open') say.talk(message);
  else say.trouble(new Trouble(message, { ...(why && { why }), ...(hint && { hint }) }));
}

function codeOf(ended: readonly Ended[]): ExitCode {
  const has = (...states: Finding['state'][]) => ended.some(({ finding }) => states.includes(finding.state));
  if (has('wrong')) return exitCode.refused;
  return has('unreachable', 'certificate', 'no-registry', 'no-login') ? exitCode.failed : exitCode.done;
}
