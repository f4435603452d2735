import { misuse } from '../../app/invocation.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import type { RegistryFinding, RegistryLogin } from '../../gitlab/registry/index.ts';
import { programOf } from '../../host/credential-helper.ts';
import { isInStore, type Login, loginsIn, plainName, type Secret } from '../../host/docker-config.ts';
import { harmless } from '../../text/sanitize.ts';
import type { RegistryAuthContext } from './context.ts';
import { isMeant, type KnownTarget, knownTargets } from './known-targets.ts';
import { isTyped, lackingLogin, mayOpen, readFrom, typedLogin } from './logins.ts';
import { userIn } from './target.ts';
import { missing } from './targets.ts';
import { tryLogin } from './try-login.ts';

/** `registry-auth test`: asks each registry whether it takes the logins that are known for it, one by one. */
export async function test(given: RegistryAuthContext): Promise<ExitCode> {
  const context = { ...given, dryRun: false };
  const { registries, say } = context;
  const probes = isTyped(context)
    ? await typedProbes(context)
    : probesIn(context, await knownTargets(context));
  if (probes.length === 0) throw noLogin(registries);
  const ended: Ended[] = [];
  const opens = storeOpener(context);
  for (const probe of probes) {
    const finding = await findingOf(context, probe, opens);
    ended.push({ ...probe, finding });
    if (!say.mode.json) tellOne(context, probe, finding);
  }
  if (say.mode.json) {
    const tests = ended.map(({ registry, login, target, finding }) => ({
      registry,
      ...(login.user !== undefined && { user: login.user }),
      place: target.json,
      ...plainFinding(finding),
    }));
    say.object({ action: 'tested', changed: false, tests });
  }
  return codeOf(ended);
}

/** One login that is tried at one registry. */
interface LoginProbe {
  readonly registry: string;
  readonly login: Login;
  readonly target: Pick<KnownTarget, 'label' | 'json'>;
  readonly isInStore: boolean;
}

type Ended = LoginProbe & { readonly finding: Finding };

type Finding = Omit<RegistryFinding, 'state'> & { readonly state: RegistryFinding['state'] | 'no-login' };

async function typedProbes(context: RegistryAuthContext): Promise<LoginProbe[]> {
  const lacks = lackingLogin(context);
  const hint =
    'printf %s "$PASSWORD" | runner-setup registry-auth test HOST --username NAME --password-stdin';
  if (lacks.length > 0) throw missing(lacks, hint);
  const [registry = '', ...more] = context.registries;
  if (more.length > 0) throw misuse('Credentials are for one registry.', hint);
  const { opening } = await typedLogin({ ...context, mayAsk: false }, registry);
  const auths = 'entry' in opening ? { [registry]: opening.entry } : {};
  const target = { label: 'given by flags', json: { kind: 'flags' } };
  return loginsIn({ auths }).map((login) => ({ registry, login, target, isInStore: false }));
}

const probesIn = (context: RegistryAuthContext, targets: readonly KnownTarget[]): LoginProbe[] =>
  targets.flatMap((target) =>
    loginsIn(target.found ?? {})
      .filter(({ key }) => isMeant(context, key))
      .map((login) => ({
        registry: plainName(login.key),
        login,
        target,
        isInStore: isInStore(target.found!, login),
      })),
  );

const noLogin = (registries: readonly string[]): Trouble =>
  new Trouble(`No credentials were found${registries.length === 0 ? '' : ` for ${registries.join(', ')}`}.`, {
    why: 'The runners in config.toml and the Docker configs of this machine were searched, or the locations given by flags.',
    hint: 'List the credentials: runner-setup registry-auth list\nTo test new credentials: printf %s "$PASSWORD" | runner-setup registry-auth test HOST --username NAME --password-stdin',
  });

async function findingOf(context: RegistryAuthContext, probe: LoginProbe, opens: Opener): Promise<Finding> {
  try {
    return await tryLogin(context, probe.registry, await secretOf(context, probe, opens));
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
      answers.get(store) ?? mayOpen(context, store, `Also test the credentials in ${programOf(store)}?`);
    answers.set(store, answer);
    return answer;
  };
}

async function secretOf(
  context: RegistryAuthContext,
  { login, isInStore }: LoginProbe,
  opens: Opener,
): Promise<RegistryLogin | undefined> {
  const { key, secret, helper } = login;
  if (helper === undefined) return secret;
  if (isInStore && !(await opens(helper)))
    throw new Trouble(`The credentials are in ${programOf(helper)}, which was not asked for them.`, {
      why: 'It may ask for a password.',
      hint: `Add --read-store, or enter the credentials: printf %s "$PASSWORD" | runner-setup registry-auth test ${plainName(key)} --username NAME --password-stdin`,
    });
  const entry = await readFrom(context, helper, key);
  return loginsIn({ auths: { [key]: entry } })[0]?.secret as Secret | undefined;
}

const plainFinding = ({ hint, ...finding }: Finding) => ({
  ...finding,
  ...(hint !== undefined && { next: hint }),
});

const words = {
  right: 'right',
  open: 'no credentials required',
  wrong: 'wrong',
  unreachable: 'unreachable',
  certificate: 'certificate not trusted',
  'no-registry': 'not a registry',
  'no-login': 'no credentials',
} as const;

function tellOne(
  { say }: RegistryAuthContext,
  { registry, login, target }: LoginProbe,
  finding: Finding,
): void {
  const { state, message, why, hint } = finding;
  const who = [userIn(login), target.label].join(', ');
  say.result(harmless(`${registry}: ${words[state]} (${who})`, 600), 3);
  if (state === 'right') return;
  if (state === 'open') say.talk(message);
  else say.trouble(new Trouble(message, { ...(why && { why }), ...(hint && { hint }) }));
}

function codeOf(ended: readonly Ended[]): ExitCode {
  const has = (...states: Finding['state'][]) => ended.some(({ finding }) => states.includes(finding.state));
  if (has('wrong')) return exitCode.refused;
  return has('unreachable', 'certificate', 'no-registry', 'no-login') ? exitCode.failed : exitCode.done;
}
