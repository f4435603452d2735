import { hideTokens, openFile } from '../../app/config-file.ts';
import { neededAccess, refuseSeveralGitlabs } from '../../app/gitlab-meant.ts';
import { finishInterruptedRuns } from '../../app/interrupted-run.ts';
import { accessTokenOf, helpIfAsked, openToWrite, wordOf } from '../../app/invocation.ts';
import { allNamed } from '../../app/select-runner.ts';
import { openEnvFiles, withEnvFiles } from '../../app/token-place.ts';
import type { ExitCode } from '../../errors.ts';
import { completePath } from '../../host/places.ts';
import type { Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { help, migrateGrammar } from './flags.ts';
import { agreeTo, tellMigration, tellNothing, tellPlan } from './output.ts';
import { candidatesIn, planMigration } from './plan.ts';

/** The verb `migrate`: new runners in place of those that registration tokens made, and docker-autoscaler in place of Docker Machine. */
export async function migrate(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, migrateGrammar, 'migrate', help);
  if (helped !== undefined) return helped;
  const invocation = await openToWrite(reading, world, migrateGrammar);
  const { say, path, verbFlags, dryRun } = invocation;
  const given = accessTokenOf(invocation);
  await finishInterruptedRuns(invocation, path, given === undefined ? undefined : { token: given });
  const { config } = await openFile(path, invocation);
  hideTokens(say, config);
  const paths = (verbFlags.environmentFile ?? []).map((file) => completePath(file, world));
  const output = wordOf(verbFlags, 'tokenOutput');
  const files = openEnvFiles(say, paths, output && completePath(output, world));
  const informed = withEnvFiles(invocation, config, files);
  const entries = allNamed(informed, config);
  if (config === undefined) return tellNothing(invocation, 0);
  const candidates = candidatesIn(informed, config, entries);
  if (candidates.tokens.length + candidates.machines.length === 0)
    return tellNothing(invocation, entries.length);
  refuseSeveralGitlabs(
    informed,
    candidates.tokens.map(({ first }) => first),
  );
  const accessToken =
    candidates.tokens.length === 0
      ? ''
      : await neededAccess(informed, 'create_runner and manage_runner (or api)');
  const plan = await planMigration(informed, config, candidates, { files, accessToken });
  if (dryRun) return tellPlan(informed, plan);
  await agreeTo(informed, plan);
  const { carryOut } = await import('./apply.ts');
  return tellMigration(informed, { plan, replacements: await carryOut(informed, config, plan, accessToken) });
}
