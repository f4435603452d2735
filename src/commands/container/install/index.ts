import { helpIfAsked, misuse } from '../../../app/invocation.ts';
import { findContainer } from '../../../engine/containers.ts';
import { engineFacts } from '../../../engine/facts.ts';
import { type ExitCode, exitCode } from '../../../errors.ts';
import type { Reading } from '../../../terminal/options.ts';
import { quote } from '../../../text/shell-quote.ts';
import type { World } from '../../../world.ts';
import { openStage, wordOf } from '../context.ts';
import type { SubVerb } from '../index.ts';
import { keepPresent } from './existing.ts';
import { installGrammar, installHelp } from './flags.ts';
import { tellInstalled } from './output.ts';
import { takeContainerGiven, wantedFrom } from './plan.ts';

/** The command `container install`: gitlab-runner in a new container, or the words for it; one that is there is kept. */
export const install: SubVerb = { grammar: installGrammar, run };

async function run(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, installGrammar, installHelp);
  if (helped !== undefined) return helped;
  refuseStrays(reading);
  const given = takeContainerGiven(reading.verbFlags, world);
  if (wordOf(reading.verbFlags, 'print') !== undefined) {
    const { printInstall } = await import('./print.ts');
    return printInstall(reading, world, given);
  }
  const stage = await openStage(reading, world);
  const facts = await engineFacts(stage.engine);
  const usual = wantedFrom(given, facts, world, stage.engine.program);
  const present = await findContainer(stage.engine, usual.name);
  if (present !== undefined) return tellInstalled(stage, await keepPresent(stage, present, usual, given));
  const { installNew } = await import('./apply.ts');
  if (!stage.mayAsk) return tellInstalled(stage, await installNew(stage, usual, facts));
  const { discussInstall, offerRegister } = await import('./prompts.ts');
  const wanted = await discussInstall(stage, usual, facts, given);
  const code = tellInstalled(stage, await installNew(stage, wanted, facts));
  return code === exitCode.done && !stage.dryRun && !facts.isRemote
    ? offerRegister(stage, wanted.name)
    : code;
}

// The other commands take a name like this, so people will write one here.
function refuseStrays({ positionals: [word, ...more] }: Reading): void {
  if (word === undefined) return;
  const all = [word, ...more].map((one) => `"${one}"`).join(' ');
  throw misuse(`What is meant by ${all}?`, `The name of the new container: --name ${quote(word)}`);
}
