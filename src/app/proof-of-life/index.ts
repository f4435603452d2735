import { containerLog } from './container-log.ts';
import { type Blind, type Evidence, isBlind, type Subject, type Watch } from './evidence.ts';
import { gitlabEvidence } from './gitlab.ts';
import { metricsEvidence } from './metrics.ts';
import { serviceLog } from './service-log.ts';

/** What may show that gitlab-runner has taken up a runner, the most certain first. */
const evidences: readonly Evidence[] = [gitlabEvidence, containerLog, serviceLog, metricsEvidence];

/** The evidences of a runner that can be looked at, in their order, and those that cannot. */
export interface Watches {
  readonly watches: readonly Watch[];
  readonly blind: readonly Blind[];
}

/** Opens every evidence of a runner up to one that is enough. Throws what the network throws. */
export async function openWatches(subject: Subject): Promise<Watches> {
  const watches: Watch[] = [];
  const blind: Blind[] = [];
  for (const evidence of evidences) {
    const opened = await evidence.open(subject);
    if (opened === undefined) continue;
    if (isBlind(opened)) blind.push(opened);
    else watches.push(opened);
    if (watches.some(({ isEnough }) => isEnough)) break;
  }
  return { watches, blind };
}
