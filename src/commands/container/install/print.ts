import { misuse, takeInvocation, wordOf } from '../../../app/invocation.ts';
import { type EngineFacts, engineFacts } from '../../../engine/facts.ts';
import { findEngine, pathOf } from '../../../engine/find.ts';
import { printContainer, secretFile, secretNames } from '../../../engine/print.ts';
import { requestedContainer } from '../../../engine/requested-container.ts';
import { type ExitCode, exitCode, Trouble } from '../../../errors.ts';
import { type ContainerGiven, printForms } from '../../../settings/container.ts';
import { Unfit } from '../../../settings/kinds.ts';
import type { Reading } from '../../../terminal/options.ts';
import { followedTag } from '../../../text/gitlab-runner.ts';
import type { World } from '../../../world.ts';
import { wantedFrom } from './plan.ts';

type Form = Parameters<typeof printContainer>[1];

/** Prints the container that would be made, as a command, a compose file, a Quadlet or a unit; no engine is needed for it. */
export async function printInstall(reading: Reading, world: World, given: ContainerGiven): Promise<ExitCode> {
  const { say } = await takeInvocation(reading, world, {});
  const form = readForm(wordOf(reading.verbFlags, 'print')!);
  const { program, facts } = await waysOf(form, wordOf(reading.verbFlags, 'engine'), world);
  const request = wantedFrom(given, facts, world, program);
  const settings = requestedContainer(request);
  const text = printContainer(settings, form, program, pathOf(program, world));
  if (say.mode.json) say.object({ action: 'printed', changed: false, text });
  else say.result(text.trimEnd());
  const hidden = secretNames(settings);
  if (hidden.length > 0)
    say.note(`omitted because it may be secret: ${hidden.join(', ')}. ${placeOf(form, request.name)}`);
  if (settings.image.endsWith(':latest')) say.note(latestRemark);
  return exitCode.done;
}

/** What is to be known about the tag latest. */
export const latestRemark = `the tag latest changes with each release. To stay on one version, use a tag such as ${followedTag}.`;

const placeOf = (form: Form, name: string): string =>
  form === 'docker' || form === 'compose'
    ? 'Set it in the environment that starts the container.'
    : `Add it as NAME=VALUE to ${secretFile(name)} (mode 0600).`;

function readForm(word: string): Form {
  try {
    return printForms.read([word]) as Form;
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    throw misuse(`--print: "${word}" is not ${error.message}`, 'runner-setup container install --help');
  }
}

// What is printed may be for another machine: without an engine here the usual ways count.
async function waysOf(
  form: Form,
  request: string | undefined,
  world: World,
): Promise<{ program: 'docker' | 'podman'; facts: EngineFacts }> {
  const program = form === 'quadlet' ? 'podman' : request;
  try {
    const engine = await findEngine(program, world);
    return { program: engine.program, facts: await engineFacts(engine) };
  } catch (error) {
    if (!(error instanceof Trouble) || error.code === exitCode.usage) throw error;
    const podman = program === 'podman';
    const socket = podman ? '/run/podman/podman.sock' : '/var/run/docker.sock';
    const facts = { socket, isSocketThere: true, isRootless: false, isLabelled: false, isRemote: false };
    return { program: podman ? 'podman' : 'docker', facts };
  }
}
