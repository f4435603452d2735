import { channelOf, dryRunCode } from '../../../app/invocation.ts';
import { enoughOf, type Free, hasLimit, isLow, type Limits } from '../../../engine/disk-usage.ts';
import { groupsOf, type Removal } from '../../../engine/removals.ts';
import { nameOf } from '../../../engine/trouble.ts';
import { type ExitCode, Trouble } from '../../../errors.ts';
import type { Output } from '../../../terminal/output-schema.ts';
import { columnsOf } from '../../../terminal/size.ts';
import { tableLines } from '../../../terminal/tables.ts';
import { formatDuration } from '../../../text/duration.ts';
import { harmless } from '../../../text/sanitize.ts';
import { sizeWords } from '../../../text/size.ts';
import { fold } from '../../../text/wrap.ts';
import type { ContainerContext } from '../context.ts';
import type { Survey } from './survey.ts';

/** Whether enough is free by the limits, so that nothing needs to go. */
export const isEnough = ({ invocation: { limits }, free }: Survey): boolean =>
  hasLimit(limits) && free !== undefined && !isLow(free, limits);

/** Shows what takes space: how many of each kind and how much, what gitlab-runner made apart, and how much of it would go. */
export function tellSpace(context: ContainerContext, found: Survey): void {
  const { say, engine, dryRun, world } = context;
  if (say.mode.json) return;
  const [print, stream] = [say[channelOf(context)], dryRun ? world.stdout : world.stderr];
  const { root, usage } = found;
  const at = usage === undefined || usage.place === root.path ? '' : ` at ${harmless(usage.place)}`;
  const free =
    found.free === undefined
      ? ''
      : `: ${freeWords(found.free, found.invocation.limits)} of ${sizeWords(found.free.size)}${at}`;
  print(fold(`${nameOf(engine)} stores its data in ${harmless(root.path)}${free}.`, columnsOf(stream), 3));
  const rows = groupsOf(found.inventory, found.removals).map(({ name, count, size, going, goingSize }) => [
    name,
    String(count),
    sizeWords(size),
    going === 0 ? '' : `${going} (${sizeWords(goingSize)})`,
  ]);
  for (const line of tableLines(spaceColumns, rows)) print(line);
  if (found.inventory.images.some(({ own, size }) => own !== undefined && own < size * 0.99))
    say.note('images share layers, so together they use less space than the sum of their sizes.');
}

const spaceColumns = [
  { title: 'TYPE', least: 12 },
  { title: 'COUNT' },
  { title: 'SIZE' },
  { title: 'REMOVABLE' },
];

/** What is free, in words: `12.5 GB free`, and the inodes where there is a limit for them: `12.5 GB and 90000 inodes free`. */
export const freeWords = ({ bytes, files }: Free, limits: Limits): string =>
  `${sizeWords(bytes)}${files === undefined || limits.files === undefined ? '' : ` and ${files} inodes`} free`;

/** Shows what would go, in its order; of a long list only the beginning, unless all is asked for. */
export function tellPlan(context: ContainerContext, { invocation, removals, free }: Survey): void {
  const { say, world, dryRun } = context;
  if (say.mode.json) warnOfLocal(context, removals);
  if (say.mode.json || removals.length === 0) return;
  const [print, stream] = [say[channelOf(context)], dryRun ? world.stdout : world.stderr];
  const end = hasLimit(invocation.limits) ? endWords(invocation.limits, removals, free!) : '';
  print(`\n${fold(`To be removed, in this order${end}:`, columnsOf(stream), 3)}`);
  const shown = dryRun || say.mode.verbose ? removals : removals.slice(0, most);
  const width = columnsOf(stream);
  for (const line of tableLines(planColumns, shown.map(planRow), width)) print(line);
  const rest = removals.length - shown.length;
  if (rest > 0) print(`and ${rest} more. To see all: --dry-run`);
  warnOfLocal(context, removals);
}

function warnOfLocal({ say }: ContainerContext, removals: readonly Removal[]): void {
  const local = removals.filter(({ isLocal }) => isLocal).map(({ name }) => harmless(name, 100));
  if (local.length > 0)
    say.warn(
      `these images may exist only on this machine: ${local.join(', ')}. To keep an image: --keep IMAGE`,
    );
}

const most = 15;

function endWords(limits: Limits, removals: readonly Removal[], free: Free): string {
  const count = enoughOf(removals, free, limits);
  const guess =
    count === undefined
      ? ''
      : count === 1
        ? ' (the first is probably enough)'
        : ` (the first ${count} are probably enough)`;
  return `, until ${limitWords(limits, 'expected')} is free${guess}`;
}

const planColumns = [
  { title: 'TYPE' },
  { title: 'NAME', least: 20 },
  { title: 'SIZE' },
  { title: 'LAST USE' },
];

const planRow = ({ kind, name, size, since }: Removal): string[] => [
  kind,
  harmless(name, 300),
  size === undefined ? '' : sizeWords(size),
  since?.toISOString().slice(0, 10) ?? '',
];

/** One side of the limits in words: `10 GB and 131072 inodes`. */
export const limitWords = ({ bytes, files }: Limits, side: 'low' | 'expected'): string =>
  [bytes && sizeWords(bytes[side]), files && `${files[side]} inodes`].filter(Boolean).join(' and ');

/**
 * Says that nothing was removed, and why: nothing may go, enough is free, or it was only to be shown. Throws when it is
 * too full and nothing may go.
 */
export function tellNothingDone(context: ContainerContext, found: Survey): ExitCode {
  const { say, dryRun } = context;
  const isPlan = dryRun && found.removals.length > 0 && !isEnough(found);
  if (!isPlan && hasLimit(found.invocation.limits) && !isEnough(found)) throw tooFull(found, found.free!);
  if (say.mode.json)
    say.object({
      action: isPlan ? 'planned' : 'unchanged',
      changed: isPlan,
      cleanup: plainOf(context, found),
    });
  else say.done(reasonOf(found, isPlan));
  return dryRunCode(context, isPlan);
}

/** What is thrown when the disk is under its limit, and nothing more may go. */
export const tooFull = ({ invocation: { limits } }: Survey, free: Free): Trouble =>
  new Trouble(
    `Too little free space: ${freeWords(free, limits)}, and the limit is ${limitWords(limits, 'low')}.`,
    {
      why: 'Nothing more can be removed. The rest is in use, recently used, kept, or not from gitlab-runner.',
      hint: 'To see what is kept only because it was recently used: runner-setup container cleanup --ttl 0s --dry-run',
    },
  );

function reasonOf(found: Survey, isPlan: boolean): string {
  if (isEnough(found)) {
    return `Nothing to do: ${freeWords(found.free!, found.invocation.limits)}. Cleanup starts below ${limitWords(found.invocation.limits, 'low')}.`;
  }
  const { removals, invocation } = found;
  if (isPlan) {
    const size = removals.reduce((sum, one) => sum + (one.size ?? 0), 0);
    return `Nothing was removed. This would free about ${sizeWords(size)}.`;
  }
  return `Nothing to remove. Everything is in use, was used within ${timeWords(invocation.ttl)} (--ttl), or is not from gitlab-runner.`;
}

// Go's notation without what is zero: 24h, 10m, 1h30m.
const timeWords = (ttl: number): string =>
  formatDuration(BigInt(ttl) * 1_000_000n)
    .replace(/(?<=[hm])0s$/, '')
    .replace(/(?<=h)0m$/, '');

/** What was found, for `--json`. */
export function plainOf({ engine }: ContainerContext, found: Survey): NonNullable<Output['cleanup']> {
  const { invocation, root, inventory, removals, usage, free } = found;
  const groups = groupsOf(inventory, removals).map(({ key, name: _, ...group }) => [key, group] as const);
  return {
    engine: engine.program,
    root: root.path,
    space: Object.fromEntries(groups),
    ...(usage && { measuredAt: usage.place, free }),
    limits: invocation.limits,
    plan: isEnough(found) ? [] : removals.map(plainRemoval),
  };
}

/** A removal for `--json`. */
export const plainRemoval = ({ kind, name, size, since }: Removal) => ({
  kind,
  name,
  ...(size !== undefined && { size }),
  ...(since !== undefined && { lastUse: since.toISOString() }),
});
