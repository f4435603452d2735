import { readDrainTimeout } from '../../app/drain.ts';
import {
  type DrainRequest,
  drainLines,
  drainScript,
  findService,
  ifRunning,
  type System,
} from '../../app/drain-service.ts';
import { findExisting, notAsPackage } from '../../app/existing-runner.ts';
import { isSwitchedOn, misuse } from '../../app/invocation.ts';
import { readSource, type SourceRequest, sourceLines } from '../../app/package-source.ts';
import { posixScript } from '../../app/print-script.ts';
import { inRoot, rootWords } from '../../app/system-commands.ts';
import { Trouble } from '../../errors.ts';
import { below } from '../../files/below.ts';
import type { Command } from '../../host/packages/package-manager.ts';
import { textAt } from '../../host/schedule-run.ts';
import { type UnitState, unitCommands } from '../../host/services/unit.ts';
import type { Reading } from '../../terminal/options.ts';
import { quote, shellLine } from '../../text/shell-quote.ts';

/** What an upgrade was asked to be. */
export interface UpgradeRequest extends SourceRequest, DrainRequest {
  /** Whether the repository and its keys are to be written anew. */
  readonly changesSource: boolean;
}

/** What is upgraded: the installed version, and its service where that is to run. */
export interface Installed {
  readonly version: string;
  readonly unit: UnitState | undefined;
}

/** What the flags and the system say. Throws for a system that is not supported and for flags that do not fit. */
export function readRequest({ verbFlags, positionals: [stray] }: Reading): UpgradeRequest {
  if (stray !== undefined)
    throw misuse(`Unexpected argument: "${stray}".`, `To upgrade to a version: --version ${quote(stray)}`);
  const source = readSource(verbFlags);
  const now = baseNow(source);
  const renews = isSwitchedOn(verbFlags, 'renewKeys');
  return {
    ...source,
    ...{ drainTimeout: readDrainTimeout(verbFlags), command: 'upgrade' },
    base: verbFlags.mirror === undefined ? (now ?? source.base) : source.base,
    changesSource: renews || (verbFlags.mirror !== undefined && now !== source.base),
  };
}

// The address of the server that the repository is from.
const baseNow = ({ root, packages }: SourceRequest): string | undefined =>
  /(https?:\/\/\S+)\/runner\/gitlab-runner\//.exec(textAt(below(root, packages.sourceFile)) ?? '')?.[1];

/** Looks at what is there. Throws where there is no gitlab-runner, or one that is no package, or one outside the service. */
export async function findInstalled(system: System): Promise<Installed> {
  const existing = await findExisting(system.root, system.world, system.say);
  if (existing === undefined)
    throw new Trouble('gitlab-runner is not installed.', {
      hint: `runner-setup ${shellLine(['install', ...rootWords(system.root)])}`,
    });
  if (existing.kind !== 'package') throw notAsPackage(existing, 'upgrade');
  const unit = await findService(system);
  return { version: existing.version, unit: unit?.isWanted ? unit : undefined };
}

/** The whole plan as lines for a shell. */
export function linesOf(request: UpgradeRequest, { unit, version: installed }: Installed): string[] {
  const { root, packages, version, changesSource } = request;
  const { download, change } = packages.upgrade(version, installed);
  const shown = (commands: readonly Command[]) => commands.map((one) => shellLine(inRoot(root, one)));
  return [
    ...(changesSource ? sourceLines(request) : shown(packages.refresh)),
    ...shown(download),
    ...(unit === undefined ? [] : drainLines(root, request, unit.pid?.toString())),
    ...shown(change),
    ...(unit === undefined ? [] : shown([unitCommands.start, unitCommands.check])),
  ];
}

/** The plan as a script that looks itself whether the service runs; the installed version, where there is one. */
export function scriptOf(request: UpgradeRequest, installed: string | undefined): string[] {
  const { root, packages, version, changesSource } = request;
  const { download, change } = packages.upgrade(version, installed);
  const shown = (...commands: readonly Command[]) => commands.map((one) => shellLine(inRoot(root, one)));
  return posixScript([
    ...(changesSource ? sourceLines(request) : shown(...packages.refresh)),
    ...shown(...download),
    ...drainScript(root, request),
    ...shown(...change),
    ...ifRunning(shown(unitCommands.start, unitCommands.check)),
  ]);
}
