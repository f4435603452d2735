import { hasRunners } from '../../../app/config-file.ts';
import { helpIfAsked, misuse, wordOf } from '../../../app/invocation.ts';
import type { Program } from '../../../app/program.ts';
import { findContainer } from '../../../engine/containers.ts';
import { engineFacts } from '../../../engine/facts.ts';
import { type ExitCode, exitCode } from '../../../errors.ts';
import type { Reading } from '../../../terminal/options.ts';
import { quote } from '../../../text/shell-quote.ts';
import type { World } from '../../../world.ts';
import type { SubCommand } from '../context.ts';
import { openContext } from '../context.ts';
import { keepPresent } from './existing.ts';
import { installGrammar, installHelp } from './flags.ts';
import { tellInstalled } from './output.ts';
import { takeContainerGiven, wantedFrom } from './plan.ts';

/** The command `container install`: gitlab-runner in a new container, or the words for it; one that is there is kept. */
export const install: SubCommand = { grammar: installGrammar, run };

async function run(reading: Reading, world: World, program: Program): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, installGrammar, 'container install', installHelp);
  if (helped !== undefined) return helped;
  refuseStrays(reading);
  const given = takeContainerGiven(reading.verbFlags, world);
  if (wordOf(reading.verbFlags, 'print') !== undefined) {
    const { printInstall } = await import('./print.ts');
    return printInstall(reading, world, given);
  }
  const context = await openContext(reading, world);
  const facts = await engineFacts(context.engine);
  const usual = wantedFrom(given, facts, world, context.engine.program);
  const present = await findContainer(context.engine, usual.name);
  if (present !== undefined) return tellInstalled(context, await keepPresent(context, present, usual, given));
  const { installNew } = await import('./apply.ts');
  if (!context.mayAsk) return tellInstalled(context, await installNew(context, usual, facts));
  const { askForInstall, offerRegister } = await import('./prompts.ts');
  const request = await askForInstall(context, usual, facts, given);
  const installed = await installNew(context, request, facts);
  const code = tellInstalled(context, installed);
  const { config } = installed;
  const hasRunner = config !== undefined && hasRunners(config);
  return code === exitCode.done && !context.dryRun && !facts.isRemote && !hasRunner
    ? offerRegister(context, request.name, program)
    : code;
}

// The other commands take a name like this, so people will write one here.
function refuseStrays({ positionals: [word, ...more] }: Reading): void {
  if (word === undefined) return;
  const all = [word, ...more].map((one) => `"${one}"`).join(' ');
  throw misuse(`Unexpected arguments: ${all}.`, `To name the new container: --name ${quote(word)}`);
}
