import type { Finding } from '../../../app/findings.ts';
import type { ConfigInvocation } from '../../../app/invocation.ts';
import { editFlags, localNameOf, namesToFind, placeOf } from '../../../app/job-network.ts';
import { lookInside, type MayPull, mayFetch, type Verdict } from '../../../app/probe-container.ts';
import { type Table, textIn } from '../../../config/model.ts';
import { entriesOn, gateway } from '../../../runner/job-network.ts';
import { telling, tellingGateway } from '../../../runner/network-gaps.ts';
import { position } from '../../../text/shell-quote.ts';
import type { World } from '../../../world.ts';
import type { Check, CheckContext, CheckResult, Step } from './check.ts';
import { whoIs } from './check.ts';

/** Looks up, in a container of each runner's default image, the hosts that its jobs need: GitLab, and where they clone from. */
export const containerCheck: Check = { runs: 'in containers', run: lookInsideAll };

async function lookInsideAll({ invocation, config }: CheckContext): Promise<CheckResult> {
  const steps: Step[] = [];
  const findings: Finding[] = [];
  for (const [at, runner] of config.runners.entries()) {
    // Others run their containers on other machines.
    if (textIn(runner, 'executor') !== 'docker') continue;
    const about = whoIs(config, at);
    for (const name of namesToFind(runner, invocation.world)) {
      const verdict = await lookInside(invocation, runner, name, mayPullFor(invocation));
      if (verdict.outcome !== 'untried') {
        steps.push({ about, what: 'inside', ok: verdict.outcome === 'found', words: verdict.words });
      }
      const finding = await findingFor(invocation.world, runner, at, about, name, verdict);
      if (finding !== undefined) findings.push(finding);
    }
  }
  return { steps, findings };
}

async function findingFor(
  world: World,
  runner: Table,
  at: number,
  place: string,
  name: string,
  { outcome, words, next }: Verdict,
): Promise<Finding | undefined> {
  if (outcome === 'found') return undefined;
  if (outcome === 'untried') {
    const message = `${name} was not tested in a container: ${words}`;
    return { severity: 'note', rule: 'inside', place, message, ...(next && { next }) };
  }
  const isTold = entriesOn(runner, name).some((one) => one.endsWith('host-gateway'));
  const local = isTold ? undefined : await localNameOf(name, world, { isOffline: false });
  const isMachine = name === gateway && !isTold;
  const edits = isMachine ? tellingGateway(runner) : local && telling(runner, local, placeOf(runner, world));
  const advice = edits === undefined ? next : `runner-setup edit ${position(at)} ${editFlags(edits)}`;
  const why = 'Jobs cannot clone from GitLab.';
  return { severity: 'error', rule: 'inside', place, message: words, why, ...(advice && { next: advice }) };
}

// In scripts `--yes` is the yes.
function mayPullFor({ world, say, yes, mayAsk }: ConfigInvocation): MayPull {
  if (yes) return async () => true;
  return mayAsk ? mayFetch(world, say) : async () => false;
}
