import { textAfter } from '../../app/config-file.ts';
import type { ConfigInvocation } from '../../app/invocation.ts';
import { misuse, wordOf } from '../../app/invocation.ts';
import type { Change } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import { Trouble } from '../../errors.ts';
import { autoscalerOf, type ByHand, groupOf } from '../../runner/docker-machine.ts';
import { foundAgain, nameWithUrl, type RunnerEntry } from '../../runner/select.ts';
import { text } from '../../settings/kinds.ts';

/** A runner whose executor becomes docker-autoscaler, with the group that creates its instances. */
export interface MachineRunner {
  readonly entry: RunnerEntry;
  readonly group: string;
  readonly byHand: readonly ByHand[];
}

/** A runner whose driver has no plugin. */
interface UnfitMachine {
  readonly entry: RunnerEntry;
  readonly trouble: Trouble;
}

/**
 * Plans the autoscaler of runners; the group of instances comes from `--instance-group`, or a person is asked. Throws a
 * `Trouble` where it is missing, and for one group that is given for several runners.
 */
export async function planMachines(
  invocation: ConfigInvocation,
  config: Config,
  entries: readonly RunnerEntry[],
): Promise<(MachineRunner | UnfitMachine)[]> {
  const kinds = entries.map((entry) => ({ entry, kind: kindOf(entry) }));
  const fit = kinds.filter(({ kind }) => typeof kind === 'string').length;
  const given = wordOf(invocation.verbFlags, 'instanceGroup');
  if (given !== undefined && fit > 1)
    throw misuse(
      `--instance-group ${given} was given for ${fit} runners. Each runner needs a group of its own.`,
      'Select one runner at a time by its position, such as "#1".',
    );
  const planned: (MachineRunner | UnfitMachine)[] = [];
  for (const { entry, kind } of kinds) {
    if (typeof kind !== 'string') planned.push({ entry, trouble: kind });
    else {
      const group = given ?? (await askGroup(invocation, entry, kind));
      const { byHand } = autoscalerOf(entry.runner, config.globals, group);
      planned.push({ entry, group, byHand });
    }
  }
  return planned;
}

function kindOf({ runner }: RunnerEntry): string | Trouble {
  try {
    return groupOf(runner);
  } catch (error) {
    if (error instanceof Trouble) return error;
    throw error;
  }
}

async function askGroup(
  { world, say, mayAsk }: ConfigInvocation,
  entry: RunnerEntry,
  kind: string,
): Promise<string> {
  const name = nameWithUrl(entry);
  if (!mayAsk)
    throw misuse(
      `${name} uses Docker Machine. Its autoscaler needs the name of the ${kind} that creates instances.`,
      `Add --instance-group NAME, or migrate only the tokens: --only tokens`,
    );
  say.propose(`${name} uses Docker Machine.`);
  const { personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  const question = { ask: `Name of the ${kind}`, kind: text('NAME', 'filled'), required: true };
  return String(await person.answer(question, undefined));
}

/** The text of config.toml with autoscalers in place of Docker Machine; runners that are no longer there are left out. */
export async function textWithAutoscalers(
  config: Config,
  runners: readonly MachineRunner[],
): Promise<string> {
  const changes = runners.flatMap(({ entry, group }): Change[] => {
    const [found] = foundAgain(config.runners, [entry], true);
    if (found === undefined) return [];
    const { at, runner } = found;
    const { table } = autoscalerOf(runner, config.globals, group);
    return [
      { do: 'set', at, path: ['executor'], value: 'docker-autoscaler' },
      { do: 'unset', at, path: ['machine'] },
      { do: 'set', at, path: ['autoscaler'], value: table },
    ];
  });
  return textAfter(config, changes);
}
