import {
  addressOf,
  type CaFile,
  caFile,
  caFileFor,
  editFlags,
  gapsAt,
  lookingUp,
  registerFlags,
} from '../../app/job-network.ts';
import { type Table, textIn, textsIn } from '../../config/model.ts';
import { isAddress } from '../../host/names.ts';
import { platformOf } from '../../host/platform/index.ts';
import type { Gap } from '../../runner/network-gaps.ts';
import { plannedRunner } from '../../runner/plan.ts';
import { runsInContainers, usesDocker } from '../../settings/executors.ts';
import { spin } from '../../terminal/spin.ts';
import { quote } from '../../text/shell-quote.ts';
import type { Outcome } from './output.ts';
import { chainFile, type RegisterContext, type RegisterPlan } from './plan.ts';

/** Tells what belongs to a proxy besides, and what the jobs lack to reach GitLab, each with the flag to give; what a person was asked for is not said again. */
export async function tellReach(
  context: RegisterContext,
  ready: RegisterPlan,
  { runner: { position } }: Outcome,
): Promise<void> {
  const { say, world, mayAsk, dryRun } = context;
  const { json, quiet } = say.mode;
  const runner = plannedRunner(ready.input, ready.plan);
  const isDocker = usesDocker(textIn(runner, 'executor'));
  if (ready.known.settings.proxy && !json) {
    const [{ tellSnippets }, { snippetsFor }] = await Promise.all([
      import('../../app/proxy.ts'),
      import('../../runner/proxy.ts'),
    ]);
    tellSnippets(
      say,
      snippetsFor([textsIn(runner, 'environment')], isDocker, platformOf(world).serviceManager),
    );
  }
  if (json || quiet || !runsInContainers(textIn(runner, 'executor'))) return;
  const ca = caOf(context, ready, runner);
  const gaps = await spin(world, say, 'Checking what jobs require', () =>
    gapsAt(runner, world, lookingUp(world, { isOffline: dryRun }), ca?.path),
  );
  // The wizard asks about names alone.
  const isAsked = (gap: Gap) =>
    mayAsk && isDocker && !(gap.what === 'machine' && isAddress(gap.url.hostname));
  for (const gap of gaps) if (!isAsked(gap)) tellLack(context, gap, gaps, position);
  tellCa(context, runner, ca, gaps, position);
}

function caOf(
  { file, world }: RegisterContext,
  { trusted }: RegisterPlan,
  runner: Table,
): CaFile | undefined {
  if (trusted !== undefined) return caFile(chainFile(file.path, trusted));
  const url = addressOf(runner, world);
  return url && caFileFor(url, textIn(runner, 'tls-ca-file'), file.path, world);
}

function tellLack({ say, dryRun }: RegisterContext, gap: Gap, gaps: readonly Gap[], position: number): void {
  // A dry run is run again with the flags; what is registered is edited.
  const way = ({ edits }: Gap) =>
    dryRun
      ? (registerFlags(edits)?.join(' ') ?? editFlags(edits))
      : `runner-setup edit ${quote(`#${position}`)} ${editFlags(edits)}`;
  if (gap.what === 'machine')
    say.note(
      `in a container, ${gap.url.hostname} is the container itself. To fix this for jobs: ${way(gap)}`,
    );
  if (gap.what !== 'host') return;
  const { name, words, isKnownToDns } = gap.host;
  const servers = gaps.find((one) => one.what === 'servers' && one.host.name === name);
  const or = servers === undefined ? '' : `\nOr use its DNS server: ${way(servers)}`;
  say.note(
    `${name} ${words}. ${isKnownToDns ? 'If jobs cannot resolve it' : 'To fix this for jobs'}: ${way(gap)}${or}`,
  );
}

function tellCa(
  { say, mayAsk, dryRun }: RegisterContext,
  runner: Table,
  ca: CaFile | undefined,
  gaps: readonly Gap[],
  position: number,
): void {
  const wasAsked = mayAsk && textIn(runner, 'executor') === 'docker';
  if (ca === undefined || wasAsked || !gaps.some(({ what }) => what === 'ca')) return;
  const way = dryRun ? '--ca-for-jobs' : `runner-setup edit ${quote(`#${position}`)} --ca-for-jobs`;
  say.note(`jobs do not have the certificate of GitLab. To let them trust it: ${way}`);
}
