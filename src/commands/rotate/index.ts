import { hideTokens, openFile } from '../../app/config-file.ts';
import { refuseSeveralGitlabs } from '../../app/gitlab-meant.ts';
import { finishInterruptedRuns } from '../../app/interrupted-run.ts';
import { accessTokenOf, helpIfAsked, openToWrite } from '../../app/invocation.ts';
import { isScheduling } from '../../app/schedule-flags.ts';
import { allNamed } from '../../app/select-runner.ts';
import { openEnvFiles, withEnvFiles } from '../../app/token-place.ts';
import type { ExitCode } from '../../errors.ts';
import { sameGitlab } from '../../gitlab/url.ts';
import { withCopies } from '../../runner/select.ts';
import type { Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { dueTokens } from './due.ts';
import { help, rotateGrammar } from './flags.ts';
import { agreeTo, tellNothing, tellPlan } from './output.ts';
import { takeRotation } from './request.ts';

/** The verb `rotate`: gets new tokens for the runners whose tokens expire soon, and puts each where the old one was. */
export async function rotate(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, rotateGrammar, 'rotate', help);
  if (helped !== undefined) return helped;
  if (isScheduling(reading)) {
    const { scheduleRotation } = await import('./schedule.ts');
    return scheduleRotation(reading, world);
  }
  const invocation = await openToWrite(reading, world, rotateGrammar);
  const request = takeRotation(invocation);
  const accessToken = accessTokenOf(invocation);
  const { say, path, dryRun } = invocation;
  await finishInterruptedRuns(
    invocation,
    path,
    accessToken === undefined ? undefined : { token: accessToken },
  );
  const { config } = await openFile(path, invocation);
  hideTokens(say, config);
  const files = openEnvFiles(say, request.envFiles, request.tokenOutput);
  const informed = withEnvFiles(invocation, config, files);
  const all = withCopies(config?.runners ?? [], allNamed(informed, config), informed.world.env, sameGitlab);
  if (accessToken !== undefined)
    refuseSeveralGitlabs(
      informed,
      all.map(({ first }) => first),
    );
  const due = await dueTokens(informed, all, request, { files, accessToken });
  if (due.length === 0) return tellNothing(invocation, request, all.length);
  if (dryRun) return tellPlan(informed, due);
  await agreeTo(informed, due);
  const { renew } = await import('../../app/renewal.ts');
  return renew(informed, due, { accessToken, action: 'rotated' });
}
