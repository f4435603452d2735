import { dirname } from 'node:path';
import { findConfig, openFile, readTemplate } from '../../app/config-file.ts';
import { tellOtherFiles } from '../../app/config-in-use.ts';
import { finishInterruptedRuns } from '../../app/interrupted-run.ts';
import {
  dryRunCode,
  type Invocation,
  misuse,
  takeInvocation,
  warnOfHostsFile,
} from '../../app/invocation.ts';
import type { Program } from '../../app/program.ts';
import { takeCredential } from '../../app/tokens.ts';
import type { ExitCode, Trouble } from '../../errors.ts';
import { platformOf } from '../../host/platform/index.ts';
import type { Preset } from '../../runner/preset.ts';
import { WrongValues } from '../../settings/gather.ts';
import { type SettingName, type Settings, table } from '../../settings/table.ts';
import type { Reading } from '../../terminal/options.ts';
import type { Say } from '../../terminal/say.ts';
import type { World } from '../../world.ts';
import { apply } from './apply.ts';
import { registerGrammar } from './flags.ts';
import { hasMoreToTell, noteShellVariables, type Outcome, tellOutcome } from './output.ts';
import { decide, learnAll, type RegisterContext, type RegisterPlan } from './plan.ts';
import { warnIfUnready } from './readiness.ts';

/** The verb `register`: everything is known before GitLab is asked, and what was done is taken back when a later step fails. */
export async function register(reading: Reading, world: World, program: Program): Promise<ExitCode> {
  if ('help' in reading.options || 'helpAll' in reading.options) return help(reading, world);
  const context = await openRegistration(reading, world);
  if (context.mayAsk) return converse(context, program);
  const ready = await decide(context);
  noteShellVariables(world, context.say, ready);
  return finish(context, ready, await apply(context, ready));
}

async function help(reading: Reading, world: World): Promise<ExitCode> {
  const [{ showHelp }, { registerHelp }] = await Promise.all([
    import('../../app/show-help.ts'),
    import('./help.ts'),
  ]);
  return showHelp(reading, world, registerGrammar, 'register', registerHelp);
}

async function openRegistration(reading: Reading, world: World): Promise<RegisterContext> {
  const invocation = await takeInvocation(reading, world, registerGrammar).catch(async (error: unknown) => {
    throw error instanceof WrongValues ? await refuseAll(error, reading, world) : error;
  });
  return openFrom(reading, invocation);
}

// What is missing besides is looked for as in a dry run, with the values that fit.
async function refuseAll(wrong: WrongValues, reading: Reading, world: World): Promise<Trouble> {
  // The container of config.toml is not to be looked for by another engine than the one that was meant.
  if (wrong.names.includes('engine')) return wrong;
  // Nor is a person to type a token that is of no use.
  if (reading.words.tokenStdin !== undefined && world.isSomeoneThere) return wrong;
  const { withMissing } = await import('./refusal.ts');
  const rows = Object.entries(table).filter(([name]) => !wrong.names.includes(name as SettingName));
  const grammar = { ...registerGrammar, table: Object.fromEntries(rows) };
  const options = { ...reading.options, quiet: '', dryRun: '' };
  return withMissing(wrong, async () => {
    const invocation = await takeInvocation({ ...reading, options }, world, grammar);
    const context = await openFrom(reading, invocation);
    learnAll(context);
    return context;
  });
}

async function openFrom(reading: Reading, invocation: Invocation): Promise<RegisterContext> {
  const { world } = invocation;
  const { say, known, settings, words } = invocation;
  refuseSeveral(reading);
  const credential = await takeCredential(invocation);
  warnOfHostsFile(invocation);
  if (words.length > 0) say.warn(`Ignored: ${words.map((word) => `"${word}"`).join(' ')}.`);
  const place = await findConfig(known, world, say);
  await tellOtherFiles(place, world, say);
  const { url } = settings;
  const access =
    credential?.kind === 'access' && url !== undefined ? { token: credential.token, url } : undefined;
  await finishInterruptedRuns(invocation, place.path, access);
  const file = { ...(await openFile(place.path, invocation)), ...place };
  const preset = await presetGiven(settings, world, say);
  const template = preset?.block ?? (await readTemplate(settings, world, say));
  return { ...invocation, credential, file, template, preset };
}

// gitlab-runner takes the last one, and says nothing of the others.
function refuseSeveral({ words }: Reading): void {
  const isSeveral = (given: readonly string[] = []) => new Set(given).size > 1;
  const named = (['token', 'registrationToken', 'description'] as const).find((name) =>
    isSeveral(words[name]),
  );
  if (named === undefined) return;
  const flag = named === 'description' ? '--name' : table[named].flag;
  throw misuse(
    `${flag} was given several times with different values. register adds one runner.`,
    'For several runners, run register once for each, or write them in a file: runner-setup apply -f runners.toml',
  );
}

async function converse(context: RegisterContext, program: Program): Promise<ExitCode> {
  const { registerInteractively } = await import('./interactive.ts');
  const carried = await registerInteractively(context, (ready) => {
    noteShellVariables(context.world, context.say, ready);
    return apply(context, ready);
  });
  if (typeof carried === 'number') return carried;
  // What goes wrong from here on is no answer to correct: the runner is registered.
  const { ready, outcome, builds } = carried;
  return finish(context, ready, outcome, { builds: builds ?? context.preset?.name, program });
}

/** What is known only behind a conversation: the preset that jobs build images by, and what leads to other commands. */
interface Talked {
  readonly builds: string | undefined;
  readonly program?: Program;
}

async function finish(
  context: RegisterContext,
  ready: RegisterPlan,
  outcome: Outcome,
  talked: Talked = { builds: context.preset?.name },
): Promise<ExitCode> {
  const { say, settings } = context;
  const isDone = outcome.changed && outcome.action !== 'planned' && outcome.written !== false;
  const { wait } = settings;
  const waits = wait !== undefined && outcome.action !== 'planned';
  if (isDone) await warnIfUnready(context, ready, talked.program !== undefined);
  // The object of --json says how waiting ended, too.
  if (!waits || !say.mode.json) await tellOutcome(say, outcome);
  if (outcome.changed && outcome.written !== false && hasMoreToTell(ready)) {
    const { tellReach } = await import('./network-output.ts');
    await tellReach(context, ready, outcome);
  }
  if (isDone) noteReaders(context);
  const served = isDone ? await goOn(context, ready, outcome, { ...talked, waits }) : undefined;
  if (served !== undefined || waits) {
    const { finishOnline } = await import('./wait.ts');
    return finishOnline(served ?? context, outcome, wait ?? usualWait);
  }
  return dryRunCode(context, outcome.changed);
}

/** How many seconds a gitlab-runner that was just installed has to come online. */
const usualWait = 60;

/** Says what is next: a script only gets the sample that goes with a preset. */
async function goOn(
  context: RegisterContext,
  ready: RegisterPlan,
  outcome: Outcome,
  talked: Talked & { readonly waits: boolean },
): Promise<RegisterContext | undefined> {
  const { say, world } = context;
  const sample = async () => {
    if (talked.builds !== undefined) await tellSample(say, world, talked.builds);
  };
  if (!world.stderr.isTTY) {
    await sample();
    return undefined;
  }
  const { showNext } = await import('./next-steps.ts');
  return showNext(context, ready, outcome, { ...talked, sample });
}

// Elsewhere a new file is made for its owner alone.
function noteReaders({ world, say, file }: RegisterContext): void {
  if (!platformOf(world).isWindows || file.config !== undefined || file.container !== undefined) return;
  say.note(
    `all users who may read ${dirname(file.path)} may read the tokens in config.toml. To see who they are: runner-setup doctor`,
  );
}

async function presetGiven(settings: Settings, world: World, say: Say): Promise<Preset | undefined> {
  if (settings.preset === undefined) return undefined;
  const { presetFor } = await import('../../app/presets.ts');
  return presetFor(settings.preset, settings, world, say);
}

async function tellSample(say: Say, world: World, name: string): Promise<void> {
  const { tellSampleOf } = await import('../../app/presets.ts');
  tellSampleOf(say, world, name);
}
