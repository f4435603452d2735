import type { Program } from '../../../app/program.ts';
import { findContainer } from '../../../engine/containers.ts';
import type { EngineFacts } from '../../../engine/facts.ts';
import { secretNames } from '../../../engine/print.ts';
import { type ContainerRequest, requestedContainer } from '../../../engine/requested-container.ts';
import { type ExitCode, exitCode, Trouble } from '../../../errors.ts';
import {
  type ContainerGiven,
  type ContainerRow,
  type ContainerSetting,
  containerSettingNames,
  containerTable,
} from '../../../settings/container.ts';
import type { Value } from '../../../settings/kinds.ts';
import { cancelled, type Entry, type Person, personOf } from '../../../terminal/ask.ts';
import { followedTag } from '../../../text/gitlab-runner.ts';
import { harmless } from '../../../text/sanitize.ts';
import { quote, shellLine } from '../../../text/shell-quote.ts';
import { type ContainerContext, sameEngine } from '../context.ts';
import { refuseWhatCannotBe, runCommand } from './apply.ts';
import { completeGiven, wantedFrom } from './plan.ts';

/** Talks an installation over: asks what was not given, shows the command, and starts nothing before the yes. */
export async function askForInstall(
  context: ContainerContext,
  usual: ContainerRequest,
  facts: EngineFacts,
  given: ContainerGiven,
): Promise<ContainerRequest> {
  const stop = new AbortController();
  // Questions take Ctrl-C by themselves; a SIGTERM has to end them, too.
  const release = context.world.onInterrupt(() => stop.abort());
  try {
    const person = await personOf(context.world, context.say, stop.signal);
    const talk: InstallDraft = { context, person, facts, usual, given: { ...given } };
    for (const name of asked) if (given[name] === undefined) await askOne(talk, name);
    return await review(talk);
  } finally {
    release();
  }
}

interface InstallDraft {
  readonly context: ContainerContext;
  readonly person: Person;
  readonly facts: EngineFacts;
  readonly usual: ContainerRequest;
  given: ContainerGiven;
}

// The others are rarely needed: they stand in the menu.
const asked: readonly ContainerSetting[] = ['tag', 'name', 'folder', 'socket', 'restart', 'timezone'];

async function askOne(talk: InstallDraft, name: ContainerSetting): Promise<void> {
  const { context, person } = talk;
  const { ask, kind } = containerTable[name] as ContainerRow;
  const choices = name === 'restart' ? restartChoices : undefined;
  const question = { ask, kind, required: needed.includes(name), ...(choices && { choices }) };
  for (;;) {
    const answer = await person.answer(question, proposalFor(talk, name));
    const { [name]: _, ...others } = talk.given;
    try {
      const given = answer === undefined ? others : { ...others, [name]: answer };
      const complete = completeGiven(given, context.world);
      if (name === 'name' && (await isTaken(talk, complete.name))) continue;
      talk.given = complete;
      return;
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      context.say.trouble(error);
    }
  }
}

const needed: readonly ContainerSetting[] = ['image', 'tag', 'name', 'folder', 'socket', 'restart'];

const restartChoices = [
  { value: 'always', name: 'always', line: 'after a failure and after each reboot' },
  { value: 'unless-stopped', name: 'unless-stopped', line: 'the same, unless it was stopped' },
  { value: 'on-failure', name: 'on-failure', line: 'only after a failure' },
  { value: 'no', name: 'no', line: 'never' },
];

async function isTaken({ context }: InstallDraft, name: string | undefined): Promise<boolean> {
  if (name === undefined || (await findContainer(context.engine, name)) === undefined) return false;
  context.say.talk(`The container ${name} already exists. Enter another name.`);
  return true;
}

function proposalFor({ given, usual, facts }: InstallDraft, name: ContainerSetting): Value | undefined {
  const said = given[name] as Value | undefined;
  if (said !== undefined) return said;
  if (name === 'tag') return followedTag;
  if (name === 'socket') return facts.isSocketThere || facts.isRemote ? usual.socket : 'none';
  if (name === 'timezone') return hostZone();
  if (name === 'sessionPort') return 8093;
  if (name === 'selinux' && facts.isLabelled) return 'container_runtime_t';
  return needed.includes(name) ? (usual[name as 'name'] as string) : undefined;
}

// A machine set to UTC has nothing to say about where its admins live.
function hostZone(): string | undefined {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return /^(UTC|Etc\/UTC|GMT)?$/.test(zone) ? undefined : zone;
}

// Shows the command until the person says yes; any setting can be given anew from here.
async function review(talk: InstallDraft): Promise<ContainerRequest> {
  const { context, person } = talk;
  if (context.yes || context.dryRun) return wantedOf(talk);
  for (;;) {
    const request = wantedOf(talk);
    const fault = await faultOf(talk, request);
    if (fault === undefined) context.say.propose(`\n${shellLine(runCommand(context, request))}\n`);
    else context.say.trouble(fault);
    const choice = await person.choose('Next step', nextSteps(fault === undefined));
    if (choice === 'start') return request;
    if (choice === 'cancel') throw cancelled();
    await askOne(talk, (await person.pick('Setting', entriesFor(talk, request))) as ContainerSetting);
  }
}

const nextSteps = (mayStart: boolean) => [
  ...(mayStart ? [{ value: 'start', name: 'Start it' }] : []),
  { value: 'change', name: 'Change or add a setting', line: 'ports, host names, CA, SELinux, proxy, …' },
  { value: 'cancel', name: 'Cancel' },
];

const wantedOf = ({ given, facts, context }: InstallDraft): ContainerRequest =>
  wantedFrom(given, facts, context.world, context.engine.program);

async function faultOf(
  { context, facts }: InstallDraft,
  request: ContainerRequest,
): Promise<Trouble | undefined> {
  try {
    await refuseWhatCannotBe(context, request, facts);
    return undefined;
  } catch (error) {
    if (error instanceof Trouble) return error;
    throw error;
  }
}

function entriesFor({ given }: InstallDraft, request: ContainerRequest): Entry[] {
  const hides = secretNames(requestedContainer(request)).length > 0;
  const width = Math.max(...containerSettingNames.map((name) => labelOf(name).length));
  return containerSettingNames.map((name): Entry => {
    const value = name === 'socket' ? (request.socket ?? 'none') : (request[name] ?? given[name]);
    const words = value === undefined ? '' : [value].flat().map(String).join(' ');
    const isHidden = hides && words !== '' && (name === 'proxy' || name === 'env');
    const shown = isHidden ? '[hidden]' : harmless(words, 34);
    return { value: name, name: `${labelOf(name).padEnd(width)}  ${shown}`.trimEnd() };
  });
}

const labelOf = (name: ContainerSetting): string => containerTable[name].ask.replace(/[,(].*/, '').trim();

/** Offers to register a runner in the new container, and does it; without one it has no jobs. */
export async function offerRegister(
  context: ContainerContext,
  name: string,
  program: Program,
): Promise<ExitCode> {
  const { world, say, yes } = context;
  if (yes) return exitCode.done;
  const person = await personOf(world, say);
  if (!(await wantsRunner(person, name))) return exitCode.done;
  return program.run('register', ['--container', name, ...sameEngine(context)], world);
}

async function wantsRunner(person: Person, name: string): Promise<boolean> {
  try {
    return await person.agree('Register a runner for it now?', true);
  } catch (error) {
    if (!(error instanceof Trouble) || error.code !== exitCode.cancelled) throw error;
    throw new Trouble(`Canceled. The container ${name} stays and has no runner yet.`, {
      hint: `To register a runner: runner-setup register --container ${quote(name)}`,
      code: exitCode.cancelled,
    });
  }
}
