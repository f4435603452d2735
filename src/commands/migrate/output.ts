import { showDiff } from '../../app/diff.ts';
import { stopped } from '../../app/interrupt.ts';
import { type ConfigInvocation, channelOf, dryRunCode, misuse } from '../../app/invocation.ts';
import { plain } from '../../app/renewal.ts';
import { endingWords } from '../../app/succession.ts';
import { tellNextStart } from '../../app/token-place.ts';
import { type ExitCode, errorOf, exitCode, Trouble } from '../../errors.ts';
import { nameWithUrl, type RunnerEntry, wordsOnTrouble } from '../../runner/select.ts';
import type { OutputRunner } from '../../terminal/output-schema.ts';
import { harmless } from '../../text/sanitize.ts';
import type { MachineRunner } from './machines.ts';
import type { MigrationPlan } from './plan.ts';
import type { Replacement } from './replace.ts';
import type { Successor } from './successor.ts';

/** Says in one line that nothing is to be migrated. */
export function tellNothing({ say, path }: ConfigInvocation, count: number): ExitCode {
  if (say.mode.json) say.object({ action: 'unchanged', changed: false, file: path, runners: [] });
  else if (count === 0) say.done(`${path} has no runners.`);
  else say.done('Nothing to migrate: no runner uses a registration token or Docker Machine.');
  return exitCode.done;
}

/** Says what would be migrated, and does nothing. */
export async function tellPlan(invocation: ConfigInvocation, plan: MigrationPlan): Promise<ExitCode> {
  const { say, path } = invocation;
  const { successors, machines, unfit } = plan;
  const changed = successors.length + machines.length > 0;
  if (say.mode.json) {
    const runners = [
      ...successors.map(({ entries, succession }) => ({ ...plain(entries), replaces: succession.oldId })),
      ...machines.map(({ entry, byHand }) => ({ ...single(entry), manual: byHand })),
      ...unfit.map(({ entry, trouble }) => ({ ...single(entry), error: errorOf(trouble) })),
    ];
    say.object({ action: 'planned', changed, file: path, runners });
  } else {
    await showPlan(invocation, plan);
    for (const { entry, trouble } of unfit) say.trouble(named(entry, trouble));
    say.done('Nothing was changed. This is what would happen.');
  }
  return unfit.length > 0 ? codeOf(unfit) : dryRunCode(invocation, changed);
}

/** Shows what is going to happen, and asks a person whether it should; throws when not, and where nobody can be asked. */
export async function agreeTo(invocation: ConfigInvocation, plan: MigrationPlan): Promise<void> {
  const { world, say, mayAsk, yes } = invocation;
  const count = countOf(plan);
  if (count === 0) return;
  if (!mayAsk && !yes)
    throw misuse(
      `This migrates ${count === 1 ? '1 runner' : `${count} runners`}. In a script, this requires --yes.`,
      'Add --yes, or use --dry-run to see the changes.',
    );
  await showPlan(invocation, plan);
  if (yes) return;
  for (const { entry, trouble } of plan.unfit) say.trouble(named(entry, trouble));
  const { cancelled, personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  if (!(await person.agree(count === 1 ? 'Migrate this runner?' : `Migrate these ${count} runners?`, false)))
    throw cancelled();
}

const countOf = ({ successors, machines }: MigrationPlan): number =>
  new Set([...successors.map(({ entries }) => entries.first.at), ...machines.map(({ entry }) => entry.at)])
    .size;

/** Whether a person has read already what cannot be migrated. */
const isTold = ({ mayAsk, yes }: ConfigInvocation, plan: MigrationPlan): boolean =>
  mayAsk && !yes && countOf(plan) > 0;

async function showPlan(
  invocation: ConfigInvocation,
  { successors, machines, before, after }: MigrationPlan,
) {
  const { say, path } = invocation;
  const channel = channelOf(invocation);
  const tell = channel === 'result' ? (text: string) => say.result(text, 3) : say[channel];
  if (before !== after) await showDiff(say, { file: path, before, after, isPlanned: false }, channel);
  for (const { entry, byHand } of machines) {
    if (byHand.length === 0) continue;
    tell(`${nameWithUrl(entry)} has settings of Docker Machine to set manually:`);
    for (const { key, advice } of byHand) tell(`- ${harmless(key, 120)}: ${advice}`);
  }
  for (const successor of successors) tell(harmless(sentenceOf(successor), 900));
}

function sentenceOf({ entries, owner, body, succession, place, others }: Successor): string {
  const { oldId, ending } = succession;
  const tags =
    body.tag_list === undefined ? 'no tags' : `tags ${String(body.tag_list).split(',').join(', ')}`;
  const old = {
    delete: `Runner ${oldId} is deleted in GitLab.`,
    pause: `Runner ${oldId} is paused in GitLab.`,
    leave: `Runner ${oldId} stays in GitLab, because ${others === 1 ? '1 other machine uses' : `${others} other machines use`} it.`,
  }[ending];
  const where = place === undefined ? '' : ` Its token is written to ${place.file} as ${place.variable}.`;
  return `${nameWithUrl(entries.first)}: a new ${owner} with ${tags} replaces runner ${oldId}.${where} ${old}`;
}

const named = (entry: RunnerEntry, trouble: Trouble): Trouble =>
  new Trouble(wordsOnTrouble(entry, trouble.message), trouble);

const single = (entry: RunnerEntry): OutputRunner => plain({ first: entry, all: [entry] });

/** What a migration came to. */
interface Migration {
  readonly plan: MigrationPlan;
  readonly replacements: readonly Replacement[];
}

/** Says how it ended with each runner, and what comes next. */
export function tellMigration(invocation: ConfigInvocation, { plan, replacements }: Migration): ExitCode {
  const { say, path } = invocation;
  const { machines, unfit } = plan;
  const failed = replacements.filter(({ outcome }) => outcome === 'failed' || outcome === 'unfinished');
  const left = replacements.some(({ outcome }) => outcome === 'skipped');
  if (say.mode.json) {
    tellNext(invocation, { plan, replacements });
    const runners = [
      ...machines.map(plainMachine),
      ...replacements.map(plainReplacement),
      ...unfit.map(plainUnfit),
    ];
    const changed = machines.length > 0 || replacements.some(({ id }) => id !== undefined);
    say.object({ action: 'migrated', changed, file: path, runners });
  } else {
    for (const { entry } of machines) say.done(`${nameWithUrl(entry)} uses docker-autoscaler in ${path}.`);
    for (const each of replacements) tellOne(invocation, each);
    for (const { entry, trouble } of isTold(invocation, plan) ? [] : unfit)
      say.trouble(named(entry, trouble));
    tellNext(invocation, { plan, replacements });
  }
  if (left && !say.mode.json) throw stopped();
  if (failed.length + unfit.length > 0) return codeOf([...failed, ...unfit]);
  return left ? exitCode.cancelled : exitCode.done;
}

const codeOf = (failed: readonly { trouble?: Trouble }[]): ExitCode =>
  failed.length === 1 ? (failed[0]!.trouble?.code ?? exitCode.failed) : exitCode.failed;

const plainMachine = ({ entry, byHand }: MachineRunner): OutputRunner => ({
  ...single(entry),
  outcome: 'migrated',
  manual: byHand,
});

const plainReplacement = ({ successor, outcome, id, trouble }: Replacement): OutputRunner => ({
  ...plain(successor.entries),
  outcome,
  ...(id !== undefined && { id }),
  replaces: successor.succession.oldId,
  ...(successor.place && { savedIn: successor.place.file }),
  ...(trouble && { error: errorOf(trouble) }),
});

const plainUnfit = ({ entry, trouble }: MigrationPlan['unfit'][number]): OutputRunner => ({
  ...single(entry),
  outcome: 'failed',
  error: errorOf(trouble),
});

function tellOne({ say, path }: ConfigInvocation, { successor, outcome, id, trouble }: Replacement): void {
  const { entries, succession, place } = successor;
  const name = nameWithUrl(entries.first);
  if (outcome === 'failed') say.trouble(named(entries.first, trouble!));
  else if (outcome === 'skipped') say.talk(`${name} was not processed and is unchanged.`);
  else {
    say.done(
      `${name} is now runner ${id ?? ''} in ${place?.file ?? path}.${outcome === 'migrated' ? ` ${endingWords(succession)}` : ''}`,
    );
    if (trouble !== undefined) say.trouble(named(entries.first, trouble));
  }
}

function tellNext({ say }: ConfigInvocation, { plan, replacements }: Migration): void {
  const made = replacements.filter(({ id }) => id !== undefined);
  tellNextStart(
    say,
    made.flatMap(({ successor: { place } }) => place ?? []),
  );
  if (plan.machines.length > 0)
    say.warn(
      'gitlab-runner reads the settings of an autoscaler only when it starts. Install its plugin (gitlab-runner fleeting install), then restart gitlab-runner.',
    );
}
