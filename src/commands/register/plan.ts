import { dirname, join } from 'node:path';
import { type OpenFile, presentOf } from '../../app/config-file.ts';
import type { ConnectionOptions } from '../../app/connection.ts';
import { connectionOptions } from '../../app/connection.ts';
import { readAddress, type Trusted, trustByFingerprint } from '../../app/gitlab-address.ts';
import { completePaths } from '../../app/host-paths.ts';
import type { Invocation } from '../../app/invocation.ts';
import type { Agreed } from '../../app/save.ts';
import { type Table, textIn, valueAt } from '../../config/model.ts';
import { configTarget } from '../../engine/container.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { sameGitlab } from '../../gitlab/url.ts';
import { defaultConfigFile } from '../../host/places.ts';
import { platformOf } from '../../host/platform/index.ts';
import type { SystemId } from '../../host/system-id.ts';
import type { Edit } from '../../runner/edit-request.ts';
import { findRunners } from '../../runner/identity.ts';
import { type Plan, type PlanInput, plannedRunner, planRegistration } from '../../runner/plan.ts';
import type { Preset } from '../../runner/preset.ts';
import { warningsBefore } from '../../runner/rules/before-write.ts';
import { type Credential, credentialOf } from '../../settings/credential.ts';
import { tablesWithoutUse } from '../../settings/executors.ts';
import { type Gathered, learn, type Source } from '../../settings/gather.ts';
import { Unfit, type Value } from '../../settings/kinds.ts';
import { checkTogether, missing, visibleSecrets, warningsFor } from '../../settings/rules.ts';
import { type SettingName, type Settings, settingNames, table } from '../../settings/table.ts';
import { position } from '../../text/shell-quote.ts';

/** What a registration starts from. */
export interface RegisterContext extends Invocation {
  /** The one token that was given. */
  readonly credential: Credential | undefined;
  readonly file: OpenFile;
  readonly template: Table;
  /** The preset that the template comes from, when it does. */
  readonly preset?: Preset | undefined;
  /** What a conversation with a person did already. */
  readonly conversation?: Conversation;
  /** Ends what is asked of GitLab before anything is made there. */
  readonly signal?: AbortSignal;
}

/** What a conversation with a person did at GitLab while questions were asked. */
export interface Conversation {
  /** The token of the runner at which this machine stands since it was typed. */
  verified?: { readonly url: string; readonly token: string };
  /** By which GitLab knows this machine; made once where it cannot be told from the machine. */
  systemId?: SystemId;
}

/** What a registration changes in GitLab about a runner that is there already. */
export interface KeptChange {
  readonly id: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** What GitLab says of the same now, to put it back. */
  readonly before: Readonly<Record<string, unknown>>;
}

/** Everything that has to be known before GitLab is asked. */
export interface RegisterPlan {
  readonly known: Gathered;
  readonly credential: Credential;
  readonly input: PlanInput;
  readonly plan: Plan;
  readonly trusted: Trusted | undefined;
  /** What is changed in GitLab about the runner that is there. */
  readonly kept?: KeptChange | undefined;
  /** The change of config.toml that a person has agreed to, where all of it is known before GitLab is asked. */
  readonly agreed?: Agreed | undefined;
}

/**
 * Decides from flags, environment and template alone; throws a `Trouble` that names all that is missing, or what does
 * not fit.
 */
export async function decide(context: RegisterContext): Promise<RegisterPlan> {
  const { known } = context;
  learnAll(context);
  if (lacks(context)) {
    const { refusalOf } = await import('./refusal.ts');
    throw refusalOf(context);
  }
  const url = readAddress(known.settings.url!);
  learn(known, 'url', url, known.sources.get('url')!);
  if (known.settings.description === undefined)
    learn(known, 'description', context.world.hostname, 'default');
  return makePlan(context, known, undefined);
}

/** Takes over what the template, the preset, and the runner in the file say of what was not given. */
export function learnAll(context: RegisterContext): void {
  learnTemplate(context.known, context);
  learnPresent(context);
}

const lacks = ({ known, credential, preset }: RegisterContext): boolean =>
  missing(known.settings, credential, [...(preset?.needed.keys() ?? [])]).length > 0;

/**
 * A plan with the certificate chain that `--tls-trust` names, for a run that is going to ask GitLab. Throws when GitLab
 * shows another one.
 */
export async function withTrust(context: RegisterContext, ready: RegisterPlan): Promise<RegisterPlan> {
  const { tlsTrust, url = '' } = ready.known.settings;
  if (tlsTrust === undefined || ready.trusted !== undefined) return ready;
  const way = connectionOptionsFor(context, ready.known, new URL(url).hostname);
  const trusted = await trustByFingerprint(url, tlsTrust, way);
  learnChain(context, ready.known, trusted);
  return { ...ready, trusted };
}

// gitlab-runner looks for certificates beside its default config only; elsewhere the block has to name the file.
function learnChain({ file, world }: RegisterContext, known: Gathered, trusted: Trusted | undefined): void {
  const isUsual =
    file.path === defaultConfigFile(world) || file.container?.inside.startsWith(`${configTarget}/`);
  if (trusted === undefined || isUsual || known.settings.tlsCaFile) return;
  learn(known, 'tlsCaFile', chainFile(file.path, trusted), 'answer');
}

/** Where an accepted chain is kept: `certs/<host>.crt` beside config.toml, as gitlab-runner looks for it. */
export const chainFile = (configFile: string, { host }: Pick<Trusted, 'host'>): string =>
  join(dirname(configFile), 'certs', `${host}.crt`);

/** Puts together what is known; throws for settings that contradict each other. Warnings are said. */
export async function makePlan(
  context: RegisterContext,
  given: Gathered,
  trusted: Trusted | undefined,
): Promise<RegisterPlan> {
  // A copy: what follows from this host or plan must not outlive it when an answer is given anew.
  const known: Gathered = { settings: { ...given.settings }, sources: new Map(given.sources) };
  const credential = credentialOf(known)!;
  completePaths(known, context.file, context.world);
  learnChain(context, known, trusted);
  const present = await presentOf(context.file.config);
  // The person's own lists stay as given, for the command that is shown; what is written has the preset's, too.
  const preset = context.preset && (await usePreset(context.preset, known, present.equal));
  const whole = preset?.known ?? known;
  checkTogether(whole, credential);
  const proxy = await proxyOf(context, known.settings);
  const ca = await caForJobsOf(context, known.settings, trusted);
  const edits = (runner: Table) => [...(ca?.edits(runner) ?? []), ...(proxy?.(runner) ?? [])];
  const input: PlanInput = {
    known: whole,
    credential,
    template: context.template,
    ...(preset && { templateFor: preset.templateFor }),
    edits,
    ...present,
    isWindows: platformOf(context.world).isWindows,
    env: context.world.env,
    same: sameGitlab,
  };
  const plan = planRegistration(input);
  ca?.check(plannedRunner({ ...input, edits: () => [] }, plan));
  const all = { ...whole, settings: { ...preset?.settings, ...whole.settings } };
  const warnings = [...warningsFor(all, credential), ...(await warningsOfRules(input, plan, all.settings))];
  // A person was told of it as soon as the token was known.
  const retires = context.conversation === undefined ? retiring(plan, credential) : [];
  for (const warning of [...warnings, ...retires]) context.say.warn(warning);
  for (const note of newlyUnused(input, plan)) context.say.note(note);
  const visible = visibleSecrets(known, credential);
  if (visible !== undefined) context.say.note(visible);
  return { known, credential, input, plan, trusted };
}

// Only what is given now, by whatever way, can be wrong newly.
async function warningsOfRules(input: PlanInput, plan: Plan, settings: Settings): Promise<string[]> {
  if (plan.action === 'skip') return [];
  const given = new Set<string | undefined>(
    settingNames.filter((name) => settings[name] !== undefined).map((name) => table[name].toml),
  );
  const { globals } = input.present;
  const { concurrent = globals.concurrent } = settings;
  const counted = concurrent === undefined ? globals : { ...globals, concurrent };
  // What the address is, GitLab itself will say.
  const touches = (key: string) => key !== 'url' && given.has(key);
  const at = 'at' in plan ? plan.at : input.present.runners.length;
  return warningsBefore(plannedRunner(input, plan), counted, touches, {
    at,
    writes: plan.action !== 'unchanged',
  });
}

// A table that had no use before is for doctor to tell.
function newlyUnused(input: PlanInput, plan: Plan): string[] {
  if (plan.action !== 'update' && plan.action !== 'renew') return [];
  const [before, after] = [input.present.runners[plan.at]!, plannedRunner(input, plan)];
  const executor = textIn(after, 'executor');
  if (executor === textIn(before, 'executor')) return [];
  return tablesWithoutUse(Object.keys(after), executor).map(
    (table) =>
      `the executor ${executor} does not use [runners.${table}]. To remove it: runner-setup edit ${position(plan.at)} --unset ${table}`,
  );
}

function retiring({ action }: Plan, { kind }: Credential): string[] {
  if (kind !== 'registration' || (action !== 'add' && action !== 'update')) return [];
  return [
    'registration tokens are deprecated and will be removed in GitLab 20.0. Create the runner in GitLab, or with --access-token.',
  ];
}

// Lists that were given stand beside the preset's; and where the runner is there, another preset's settings go.
async function usePreset(preset: Preset, given: Gathered, equal: PlanInput['equal']) {
  const [{ joinLists, settingsOf, templateFor }, { readPresets, refuseExecutor }] = await Promise.all([
    import('../../runner/preset.ts'),
    import('../../app/presets.ts'),
  ]);
  const known: Gathered = { settings: { ...given.settings }, sources: new Map(given.sources) };
  refuseExecutor(preset, known.settings);
  joinLists(preset, known);
  const all = await readPresets();
  return {
    known,
    settings: settingsOf(preset),
    templateFor: (runner: Table) => templateFor(preset, { runner, all, equal }),
  };
}

/** Takes over what the template or the preset says, where nothing nearer did, so that it counts as known. */
export function learnTemplate(
  known: Gathered,
  { template, preset }: Pick<RegisterContext, 'template' | 'preset'>,
): void {
  learnFrom(template, preset === undefined ? 'template' : 'preset', known, settingNames);
}

// What the runner in the file has already need not be given again to change something else in it.
export function learnPresent({ known, file, world }: RegisterContext): boolean {
  const credential = credentialOf(known);
  const { url, description = world.hostname, executor, ifRegistered } = known.settings;
  if (url === undefined || credential === undefined || ifRegistered === 'add') return false;
  const runners = file.config?.runners ?? [];
  const wanted =
    credential.kind === 'authentication'
      ? { url, token: credential.token }
      : { url, name: description, executor };
  const [at] = findRunners(runners, wanted, world.env, sameGitlab);
  if (at === undefined) return false;
  learnFrom(runners[at]!, 'block', known, ['executor']);
  learnFrom(runners[at]!, 'block', known, missing(known.settings, credential));
  return true;
}

function learnFrom(block: Table, source: Source, known: Gathered, names: readonly SettingName[]): void {
  if (Object.keys(block).length === 0) return;
  for (const name of names) {
    const path = table[name].toml;
    if (
      path === undefined ||
      name === 'token' ||
      name === 'description' ||
      known.settings[name] !== undefined
    )
      continue;
    const value = valueAt(block, path.split('.'));
    if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') {
      learn(known, name, readAs(name, value, source), source);
    }
  }
}

// A template is as little trusted as a flag.
function readAs(name: SettingName, value: string | boolean | number, source: Source): Value {
  if (value === '') return value;
  try {
    return table[name].kind.read([String(value)]);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    throw new Trouble(`${table[name].toml} = "${value}" in the ${source} is not ${error.message}.`, {
      code: exitCode.usage,
    });
  }
}

/** How a host is reached with the certificates that the settings name, and with the chain that was accepted for it. */
export function connectionOptionsFor(
  { world, say, file, signal }: Pick<RegisterContext, 'world' | 'say' | 'file' | 'signal'>,
  { settings }: Gathered,
  host: string,
  trusted?: Trusted,
): ConnectionOptions {
  // The file of a chain that was accepted just now is not there yet.
  const isNew = trusted !== undefined && settings.tlsCaFile === chainFile(file.path, trusted);
  const named = {
    caFile: isNew ? undefined : settings.tlsCaFile,
    certFile: settings.tlsCertFile,
    keyFile: settings.tlsKeyFile,
  };
  return connectionOptions({ world, say, path: file.path, signal }, host, named, trusted?.pem);
}

/** What `--ca-for-jobs` makes of the runner, and whether it can; nothing when it was not given. */
async function caForJobsOf(
  { world, say, file }: RegisterContext,
  { caForJobs, tlsTrust, url = '' }: Settings,
  trusted: Trusted | undefined,
): Promise<{ edits(runner: Table): readonly Edit[]; check(runner: Table): void } | undefined> {
  if (caForJobs === undefined) return undefined;
  const [{ caEdits, checkCaForJobs }, { caFile }] = await Promise.all([
    import('../../app/ca-for-jobs.ts'),
    import('../../app/job-network.ts'),
  ]);
  const isAccepted = trusted !== undefined || tlsTrust !== undefined;
  const accepted = isAccepted ? caFile(chainFile(file.path, { host: new URL(url).hostname })) : undefined;
  const around = { world, path: file.path, accepted };
  return {
    edits: (runner) => caEdits(runner, caForJobs, around),
    check: (runner) => caForJobs && checkCaForJobs(runner, around, say),
  };
}

/** The edit of the runner that the proxy given makes, as all else leaves it; nothing when none was given. */
async function proxyOf(
  { world, say, dryRun }: RegisterContext,
  { proxy, noProxy, url = '' }: Settings,
): Promise<((runner: Table) => readonly Edit[]) | undefined> {
  if (proxy === undefined && noProxy === undefined) return undefined;
  const { localGitlabs, proxyEdit, refuseBoth } = await import('../../app/proxy.ts');
  refuseBoth({ proxy, noProxy });
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  const local = await localGitlabs([{ url }], { world, say, isOffline: dryRun });
  return (runner) => [proxyEdit(runner, { proxy, noProxy }, local.has(host) ? host : undefined)];
}
