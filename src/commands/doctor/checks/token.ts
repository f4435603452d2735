import { type ConnectionOptions, infoOf } from '../../../app/connection.ts';
import { type Finding, wordsOf } from '../../../app/findings.ts';
import { textIn } from '../../../config/model.ts';
import { exitCode, Trouble } from '../../../errors.ts';
import type { Gitlab } from '../../../gitlab/calls.ts';
import { systemIdFor } from '../../../host/system-id.ts';
import { idOf } from '../../../runner/select.ts';
import { expand } from '../../../text/expand.ts';
import type { CheckResult, GitlabProbe } from './check.ts';
import { whoIs } from './check.ts';
import { amidManagers, type Verified } from './managers.ts';

/** Asks GitLab whether it takes the token of one runner and, with an access token, which machines it has. */
export async function tryToken(
  probed: GitlabProbe,
  way: ConnectionOptions,
  at: number,
): Promise<CheckResult> {
  const { config, path, world, url } = probed;
  const runner = config.runners[at]!;
  const token = expand(textIn(runner, 'token'), world.env);
  const system = systemIdFor(path, world.platform);
  if (token === '') return { steps: [], findings: [] };
  const who = whoIs(config, at);
  // Asked with an id made up here, GitLab would note a machine that does not exist.
  if (!system.isKept && system.id.startsWith('r_')) {
    const message = 'its token was not tried: this machine has no system id yet';
    return { steps: [], findings: [{ severity: 'note', rule: 'token', place: who, message }] };
  }
  const { openGitlab } = await import('../../../gitlab/calls.ts');
  const gitlab = openGitlab({ ...way, url, attempts: 3 });
  try {
    return await amidManagers(probed, { gitlab, at, system }, () => tryIt(probed, gitlab, at, system.id));
  } finally {
    await gitlab.close();
  }
}

async function tryIt(
  { config, world, url }: GitlabProbe,
  gitlab: Gitlab,
  at: number,
  systemId: string,
): Promise<Verified> {
  const runner = config.runners[at]!;
  const who = whoIs(config, at);
  const token = expand(textIn(runner, 'token'), world.env);
  const executor = textIn(runner, 'executor');
  try {
    const info = infoOf(world, executor === '' ? {} : { executor }, true);
    const { id = idOf(runner) } = await gitlab.verify({ token, system_id: systemId, info });
    const words = `${who} is known${id === undefined ? '' : ` (id ${id})`}`;
    const steps = [{ about: url, what: 'token', ok: true, words }] as const;
    return { steps: [...steps], findings: [], ...(id !== undefined && { id }) };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const refused = error.code === exitCode.refused;
    const finding: Finding = {
      severity: 'error',
      rule: refused ? 'token-refused' : 'connection',
      place: who,
      ...wordsOf(error),
      ...(refused && { next: `Was the runner deleted? Then: runner-setup unregister --local '#${at + 1}'` }),
    };
    return {
      steps: [{ about: url, what: 'token', ok: false, words: `${who}: ${error.message}` }],
      findings: [finding],
    };
  }
}
