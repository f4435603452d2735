import { type ExitCode, exitCode, Trouble } from '../errors.ts';
import { settingsToReplay } from '../runner/replay.ts';
import type { Facts } from '../settings/questions.ts';
import { cancelled, type Person, personOf } from '../terminal/ask.ts';
import { confirmed, previewText } from './act.ts';
import { findGitlab, type Trusted } from './address.ts';
import { isOn } from './given.ts';
import { learnTemplate, makeReady, type Ready, type Start, wayTo } from './ready.ts';
import { showDiff } from './report.ts';
import { Wizard } from './wizard.ts';

/**
 * Registers together with a person: asks what is missing, shows the lines, acts after the yes, and goes back to an
 * answer whenever the person or GitLab wants another one.
 */
export async function discuss(
  start: Start,
  carryOut: (ready: Ready) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { world, say, given, template } = start;
  const person = await personOf(world, say);
  learnTemplate(given.known, template);
  const trust: { accepted?: Trusted } = {};
  const wizard = new Wizard({ say, person }, given.known, factsOf(start), async (words) => {
    const wayThere = (host: string, trusted?: Trusted) =>
      wayTo(start, given.known, host, trusted ?? trust.accepted);
    const fingerprint = given.known.settings.tlsTrust;
    const found = await findGitlab({ world, say, person }, words, wayThere, fingerprint);
    if (found?.trusted) trust.accepted = found.trusted;
    return found?.url;
  });
  await wizard.ask();
  for (;;) {
    const ready = await review(start, person, wizard, trust);
    try {
      return await carryOut(ready);
    } catch (error) {
      if (!(error instanceof Trouble) || error.code === exitCode.cancelled) throw error;
      say.trouble(error);
      if (!(await person.agree('Correct an answer and try again?', true))) return error.code;
      await wizard.correct();
    }
  }
}

const factsOf = ({ world, file }: Start): Facts => {
  const concurrent = file.config?.globals.concurrent;
  return {
    hostname: world.hostname,
    cpus: world.cpus,
    concurrent: typeof concurrent === 'number' ? concurrent : undefined,
  };
};

// Shows what would be written until the person says yes; an answer can be given anew from here.
async function review(
  start: Start,
  person: Person,
  wizard: Wizard,
  { accepted }: { accepted?: Trusted },
): Promise<Ready> {
  for (;;) {
    const ready = await consider(start, wizard, accepted);
    if (ready === undefined) {
      await wizard.correct();
      continue;
    }
    if (ready.plan.action === 'unchanged' || ready.plan.action === 'skip' || start.dryRun) return ready;
    await showPlan(start, ready);
    if (isOn(start.given, 'yes')) return ready;
    const choice = await person.choose(questionFor(ready), [
      { value: 'yes', name: 'Yes' },
      { value: 'change', name: 'Change an answer' },
      { value: 'no', name: 'No, leave everything as it is' },
    ]);
    if (choice === 'yes') return ready;
    if (choice === 'no') throw cancelled();
    await wizard.correct();
  }
}

async function consider(
  { say, ...start }: Start,
  wizard: Wizard,
  trusted: Trusted | undefined,
): Promise<Ready | undefined> {
  try {
    const ready = await makeReady({ say, ...start }, wizard.settled(), trusted);
    return start.dryRun ? ready : await confirmed({ say, ...start }, ready);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    say.trouble(error);
    return undefined;
  }
}

async function showPlan(start: Start, ready: Ready): Promise<void> {
  const { before, after } = await previewText(start, ready);
  start.say.talk('');
  await showDiff(start.say, start.file.path, before, after, 'talk');
  start.say.talk(`\nThe same without questions:\n  ${settingsToReplay(ready.known, ready.credential)}\n`);
}

const questionFor = ({ plan }: Ready): string =>
  plan.action === 'update' ? 'Change the runner that is there?' : 'Register this runner?';
