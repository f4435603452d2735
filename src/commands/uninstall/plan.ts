import { existsSync } from 'node:fs';
import {
  type DrainRequest,
  drainLines,
  drainScript,
  findService,
  type System,
} from '../../app/drain-service.ts';
import { type Existing, findExisting, notAsPackage } from '../../app/existing-runner.ts';
import { posixScript } from '../../app/print-script.ts';
import { inRoot, packagesBelow } from '../../app/system-commands.ts';
import { below } from '../../files/below.ts';
import { keysIn } from '../../host/openpgp/keys.ts';
import type { Command } from '../../host/packages/package-manager.ts';
import { runSystem } from '../../host/schedule-run.ts';
import { namesIn, textOf } from '../../host/services/files.ts';
import { type UnitState, unitCommands } from '../../host/services/unit.ts';
import { shellLine } from '../../text/shell-quote.ts';

/** The folder of config.toml, certificates, and the system ID. */
export const configFolder = '/etc/gitlab-runner';

/** What an uninstallation was asked to be. */
export interface UninstallRequest extends DrainRequest {
  readonly removesConfig: boolean;
}

/** What is there, and the commands that remove it. */
export interface UninstallPlan {
  readonly installed: Extract<Existing, { kind: 'package' }> | undefined;
  /** The service; nothing where there is none. */
  readonly unit: UnitState | undefined;
  /** What removes the packages; the service is stopped by then. */
  readonly packages: readonly Command[];
  readonly files: readonly Command[];
}

/** Looks at the system, and says what is to be removed. Throws where gitlab-runner is there, but not as a package. */
export async function planUninstall(
  system: System,
  { removesConfig }: UninstallRequest,
): Promise<UninstallPlan> {
  const { root, world, say } = system;
  const existing = await findExisting(root, world, say);
  if (existing !== undefined && existing.kind !== 'package') throw notAsPackage(existing, 'uninstall');
  const found = await findService(system);
  const unit = existing !== undefined && found?.isThere ? found : undefined;
  const isThere = (file: string) => existsSync(below(root, file));
  const files = packagesBelow(root)?.sourceFiles.filter(isThere) ?? [];
  return {
    ...{ installed: existing, unit },
    packages: [
      ...(unit ? [unitCommands.disable] : []),
      ...(existing?.packages.remove(existing.version) ?? []),
    ],
    files: [
      ...(files.length > 0 ? [['rm', ...files] as const] : []),
      ...(removesConfig && isThere(configFolder) ? [['rm', '-r', configFolder] as const] : []),
      ...(await keyCommands(system, files)),
    ],
  };
}

// Those that are in the files of the repository; another one of GitLab may be signed with the same keys.
async function keyCommands({ root, world }: System, files: readonly string[]): Promise<Command[]> {
  const { keyring } = packagesBelow(root) ?? {};
  const own = files
    .flatMap((file) => keysIn(textOf(below(root, file))))
    .map(({ fingerprint }) => fingerprint);
  if (keyring === undefined || own.length === 0) return [];
  const { folder, ask, removeIn } = keyring;
  const others = namesIn(below(root, folder)).filter((name) => !files.includes(`${folder}/${name}`));
  if (others.some((name) => /gitlab/i.test(textOf(below(root, `${folder}/${name}`))))) return [];
  const ran = await runSystem(inRoot(root, ask), world.env);
  const command = removeIn(ran?.words ?? '', own);
  return command === undefined ? [] : [command];
}

/** The plan as lines for a shell. */
export const linesOf = (root: string, request: UninstallRequest, plan: UninstallPlan): string[] => [
  ...(plan.unit ? drainLines(root, request, plan.unit.pid?.toString()) : []),
  ...removalLines(root, plan),
];

/** The plan as a script that looks itself whether the service runs. */
export const scriptOf = (root: string, request: UninstallRequest, plan: UninstallPlan): string[] =>
  posixScript([...(plan.unit ? drainScript(root, request) : []), ...removalLines(root, plan)]);

const removalLines = (root: string, { packages, files }: UninstallPlan): string[] =>
  [...packages, ...files].map((command) => shellLine(inRoot(root, command)));
