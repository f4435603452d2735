import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { misuse } from '../../app/invocation.ts';
import { readSource, type SourceRequest, sourceLines } from '../../app/package-source.ts';
import { inRoot } from '../../app/system-commands.ts';
import type { Command } from '../../host/packages/package-manager.ts';
import { unitCommands } from '../../host/services/unit.ts';
import type { Reading } from '../../terminal/options.ts';
import { quote, shellLine } from '../../text/shell-quote.ts';

/** What is to be installed, and on which system. */
export interface InstallRequest extends SourceRequest {
  /** Whether systemd runs the system. */
  readonly hasService: boolean;
}

/** Throws for a word that is no flag: a version has one. */
export function refuseStray([stray]: readonly string[]): void {
  if (stray !== undefined)
    throw misuse(`Unexpected argument: "${stray}".`, `To install a version: --version ${quote(stray)}`);
}

/** What the flags and the system say. Throws for a system that is not supported and for flags that do not fit. */
export function readRequest({ verbFlags }: Pick<Reading, 'verbFlags'>): InstallRequest {
  const request = readSource(verbFlags);
  return { ...request, hasService: existsSync(join(request.root, 'run/systemd/system')) };
}

/** The commands that install gitlab-runner and start its service, behind those of the source. */
export const installCommands = ({ packages, version, hasService }: InstallRequest): Command[] => [
  ...packages.install(version),
  ...(hasService ? [unitCommands.enable, unitCommands.check] : []),
];

/** The plan as lines for a shell, the check of the keys included. */
export const linesOf = (request: InstallRequest): string[] => [
  ...sourceLines(request),
  ...installCommands(request).map((command) => shellLine(inRoot(request.root, command))),
];
