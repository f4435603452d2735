import type { Versions } from '../../app/diff.ts';
import { findGitlab, repaired, type Trusted } from '../../app/gitlab-address.ts';
import { presetHeaders } from '../../app/preset-headers.ts';
import { type Pending, withPending } from '../../app/rollback.ts';
import { type Table, textIn } from '../../config/model.ts';
import { atPrompt, type ExitCode, exitCode, Trouble } from '../../errors.ts';
import { sameGitlab } from '../../gitlab/url.ts';
import { podmanSocket } from '../../host/places.ts';
import { credentialOf } from '../../settings/credential.ts';
import { type Gathered, learn } from '../../settings/gather.ts';
import { type ImageBuilds, type PresetName, presetsForBuilds } from '../../settings/presets.ts';
import type { Facts } from '../../settings/questions.ts';
import type { Settings } from '../../settings/table.ts';
import { cancelled, type Person, personOf } from '../../terminal/ask.ts';
import { columnsOf } from '../../terminal/size.ts';
import { expand } from '../../text/expand.ts';
import type { Env } from '../../world.ts';
import { confirmed, previewText } from './apply.ts';
import type { Outcome } from './output.ts';
import {
  type Conversation,
  connectionOptionsFor,
  learnPresent,
  learnTemplate,
  makePlan,
  type RegisterContext,
  type RegisterPlan,
} from './plan.ts';
import { lookAtToken } from './token-check.ts';
import { type Looks, Wizard } from './wizard.ts';

/** What was carried out in the end, and the preset that jobs build images by. */
interface Carried {
  readonly ready: RegisterPlan;
  readonly outcome: Outcome;
  readonly builds: string | undefined;
}

/**
 * Registers together with a person: asks what is missing, shows the lines, acts after the yes, and goes back to an
 * answer whenever the person or GitLab wants another one. Gives the exit code alone when the person gave up.
 */
export async function registerInteractively(
  context: RegisterContext,
  carryOut: (ready: RegisterPlan) => Promise<Outcome>,
): Promise<Carried | ExitCode> {
  const { world, say } = context;
  const stop = new AbortController();
  // Questions take Ctrl-C by themselves; a SIGTERM has to end them, too.
  const release = world.onInterrupt(() => stop.abort(cancelled()));
  try {
    const person = await personOf(world, say, stop.signal);
    const conversation: Conversation = {};
    return await withPending(world, say, (pending) =>
      talk({ ...context, conversation, signal: stop.signal }, person, pending, carryOut),
    );
  } finally {
    release();
  }
}

async function talk(
  context: RegisterContext & { readonly conversation: Conversation },
  person: Person,
  pending: Pending,
  carryOut: (ready: RegisterPlan) => Promise<Outcome>,
): Promise<Carried | ExitCode> {
  const { say, known } = context;
  learnTemplate(known, context);
  const trust: Trust = {};
  const looks = {
    address: lookAtAddress(context, person, trust),
    token: lookAtToken(context, person, () => trust.accepted, pending),
    owner: lookAtOwner(context, trust),
    present: lookAtFile(context),
    builds: waysToBuild,
    ...looksAtReach(context, trust),
  };
  const wizard = new Wizard({ say, person }, known, await factsOf(context), looks);
  await wizard.ask();
  for (;;) {
    const ready = await review(context, person, wizard, trust);
    try {
      return { ready, outcome: await carryOut(ready), builds: wizard.builds };
    } catch (error) {
      if (!(error instanceof Trouble) || error.code === exitCode.cancelled) throw error;
      say.trouble(atPrompt(error));
      if (!(await person.agree('Correct an answer and try again?', true))) {
        await pending.takeBack();
        return error.code;
      }
      await wizard.correct(error.code === exitCode.refused ? 'token' : undefined);
    }
  }
}

// Loaded behind the first question: it takes its time.
function looksAtReach(context: RegisterContext, trust: Trust): Pick<Looks, 'reach' | 'engine' | 'inside'> {
  const looks = async () => (await import('./job-network.ts')).looksAtReach(context, () => trust.accepted);
  return {
    reach: async (url) => (await looks()).reach(url),
    engine: async (settings) => (await looks()).engine(settings),
    inside: async (settings) => (await looks()).inside(settings),
  };
}

interface Trust {
  accepted?: Trusted | undefined;
}

function lookAtAddress(
  { world, say, ...context }: RegisterContext,
  person: Person,
  trust: Trust,
): Looks['address'] {
  const { known } = context;
  return async (words) => {
    if (context.dryRun) return repaired(words, say, person);
    const wayThere = (host: string, trusted?: Trusted) =>
      connectionOptionsFor({ world, say, ...context }, known, host, trusted ?? ofHost(trust, host));
    const found = await findGitlab({ world, say, person }, words, {
      to: wayThere,
      useCa: (file) => useCa(known, file),
      fingerprint: known.settings.tlsTrust,
    });
    // What was accepted for one host says nothing about another.
    trust.accepted = found?.trusted ?? (found && ofHost(trust, new URL(found.url).hostname));
    return found?.url;
  };
}

function useCa(known: Gathered, file: string | undefined): void {
  if (file !== undefined) learn(known, 'tlsCaFile', file, 'answer');
  if (file !== undefined || known.sources.get('tlsCaFile') !== 'answer') return;
  delete known.settings.tlsCaFile;
  known.sources.delete('tlsCaFile');
}

// A new runner of every name may be made with the other tokens; an authentication token is one runner.
function lookAtFile(context: RegisterContext): Looks['present'] {
  let isSaid = false;
  return () => {
    if (credentialOf(context.known)?.kind !== 'authentication' || !learnPresent(context)) return false;
    if (!isSaid)
      context.say.note('this runner is already in config.toml. Only settings given by flags will change.');
    isSaid = true;
    return true;
  };
}

const ofHost = ({ accepted }: Trust, host: string): Trusted | undefined =>
  accepted?.host === host ? accepted : undefined;

// An id cannot be looked up by a token that may only create; it shows when the runner is created.
function lookAtOwner(context: RegisterContext, trust: Trust): Looks['owner'] {
  return async (kind, words, accessToken) => {
    if (context.dryRun || /^\d+$/.test(words)) return true;
    const { findOwnerId } = await import('./enroll.ts');
    const { known } = context;
    try {
      await findOwnerId(context, known, trust.accepted, { kind, words, accessToken });
      return true;
    } catch (error) {
      if (!(error instanceof Trouble) || error.code === exitCode.cancelled) throw error;
      context.say.trouble(atPrompt(error));
      return false;
    }
  };
}

async function factsOf({ world, file, preset }: RegisterContext): Promise<Facts> {
  const concurrent = file.config?.globals.concurrent;
  const headers = (await presetHeaders()).filter(({ name }) => isForBuilds(name));
  return {
    hostname: world.hostname,
    cpus: world.cpus,
    concurrent: typeof concurrent === 'number' ? concurrent : undefined,
    gitlab: onlyGitlab(file.config?.runners ?? [], world.env),
    builds: [
      { value: 'no', name: 'no', line: 'no extra permissions' },
      ...headers.map(({ name, title, risk }) => ({ value: name, name: title, line: risk })),
    ],
    needed: preset?.needed ?? new Map(),
    podman: podmanSocket(world),
  };
}

function onlyGitlab(runners: readonly Table[], env: Env): string | undefined {
  const [first, ...others] = runners.map((runner) => expand(textIn(runner, 'url'), env));
  return first && others.every((url) => sameGitlab(url, first)) ? first : undefined;
}

const isForBuilds = (name: PresetName): boolean => (presetsForBuilds as readonly PresetName[]).includes(name);

async function waysToBuild(way: ImageBuilds): Promise<(known: Settings) => Settings> {
  if (way === 'no') return () => ({});
  const [{ settingsBeyondPlain }, { readPresets }] = await Promise.all([
    import('../../runner/preset.ts'),
    import('../../app/presets.ts'),
  ]);
  const presets = await readPresets(['docker', way]);
  return (known) => settingsBeyondPlain(presets[1]!, presets, known);
}

// Shows what would be written until the person says yes; an answer can be given anew from here.
async function review(
  context: RegisterContext,
  person: Person,
  wizard: Wizard,
  { accepted }: Trust,
): Promise<RegisterPlan> {
  for (;;) {
    const ready = await consider(context, wizard, accepted);
    if (ready === undefined) {
      await wizard.correct();
      continue;
    }
    if (ready.plan.action === 'unchanged' || ready.plan.action === 'skip' || context.dryRun) return ready;
    const versions = await previewText(context, ready);
    const choice = await askReview(context, person, ready, versions);
    if (choice === undefined) return ready;
    // What GitLab's answer brings is in nothing that was shown.
    if (choice === 'yes') return ready.plan.action === 'update' ? { ...ready, agreed: versions } : ready;
    if (choice === 'no') throw cancelled();
    await wizard.correct();
  }
}

const allLines = {
  value: 'whole' as const,
  name: 'Details: show all lines and the equivalent command',
  key: 'd',
};

// Nothing where nobody is asked.
async function askReview(
  context: RegisterContext,
  person: Person,
  ready: RegisterPlan,
  versions: Versions,
): Promise<'yes' | 'change' | 'no' | undefined> {
  const { showReview } = await import('./review.ts');
  const columns = columnsOf(context.world.stderr);
  for (let isWhole = context.say.mode.verbose; ; isWhole = true) {
    await showReview(context, ready, versions, { isWhole, columns });
    if (context.yes) return undefined;
    const choices = [
      { value: 'yes' as const, name: 'Yes' },
      { value: 'change' as const, name: 'Change an answer' },
      ...(isWhole ? [] : [allLines]),
      { value: 'no' as const, name: 'No, discard' },
    ];
    const choice = await person.choose(questionFor(ready), choices, undefined, 'change');
    if (choice !== 'whole') return choice;
  }
}

async function consider(
  { say, ...context }: RegisterContext,
  wizard: Wizard,
  trusted: Trusted | undefined,
): Promise<RegisterPlan | undefined> {
  try {
    const ready = await makePlan({ say, ...context }, wizard.settled(), trusted);
    return context.dryRun ? ready : await confirmed({ say, ...context }, ready);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    say.trouble(atPrompt(error));
    return undefined;
  }
}

const questionFor = ({ plan }: RegisterPlan): string =>
  plan.action === 'update' ? 'Update this runner?' : 'Register this runner?';
