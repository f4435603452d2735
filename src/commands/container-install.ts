import { helpIfAsked, misuse } from '../app/invocation.ts';
import { findContainer } from '../engine/containers.ts';
import { engineFacts } from '../engine/facts.ts';
import { type ExitCode, exitCode } from '../errors.ts';
import { quote } from '../runner/replay.ts';
import type { Reading } from '../terminal/options.ts';
import type { World } from '../world.ts';
import type { SubVerb } from './container.ts';
import { installGrammar, installHelp } from './container-install-flags.ts';
import { keepPresent } from './container-install-present.ts';
import { tellInstalled } from './container-install-tell.ts';
import { takeContainerGiven, wantedFrom } from './container-install-wanted.ts';
import { openStage, wordOf } from './container-stage.ts';

/** The command `container install`: gitlab-runner in a new container, or the words for it; one that is there is kept. */
export const install: SubVerb = { grammar: installGrammar, run };

async function run(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, installGrammar, installHelp);
  if (helped !== undefined) return helped;
  refuseStrays(reading);
  const given = takeContainerGiven(reading.own, world);
  if (wordOf(reading.own, 'print') !== undefined) {
    const { printInstall } = await import('./container-install-print.ts');
    return printInstall(reading, world, given);
  }
  const stage = await openStage(reading, world);
  const facts = await engineFacts(stage.engine);
  const usual = wantedFrom(given, facts, world, stage.engine.program);
  const present = await findContainer(stage.engine, usual.name);
  if (present !== undefined) return tellInstalled(stage, await keepPresent(stage, present, usual, given));
  const { installNew } = await import('./container-install-act.ts');
  if (!stage.mayAsk) return tellInstalled(stage, await installNew(stage, usual, facts));
  const { discussInstall, offerRegister } = await import('./container-install-ask.ts');
  const wanted = await discussInstall(stage, usual, facts, given);
  const code = tellInstalled(stage, await installNew(stage, wanted, facts));
  return code === exitCode.done && !stage.dryRun && !facts.isRemote
    ? offerRegister(stage, wanted.name)
    : code;
}

// The other commands take a name like this, so people will write one here.
function refuseStrays({ strays: [word, ...more] }: Reading): void {
  if (word === undefined) return;
  const all = [word, ...more].map((one) => `"${one}"`).join(' ');
  throw misuse(`What is meant by ${all}?`, `The name of the new container: --name ${quote(word)}`);
}
