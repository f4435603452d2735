import { drainService, type System, startAgain } from '../../app/drain-service.ts';
import { interruptible, stopped } from '../../app/interrupt.ts';
import { inRoot, rootWords, runShown } from '../../app/system-commands.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { shellLine } from '../../text/shell-quote.ts';
import type { UninstallPlan, UninstallRequest } from './plan.ts';

/**
 * Removes what the plan says, each command shown before it runs: jobs finish first. When the packages cannot be removed,
 * the service is started again, and what it throws says how the machine is left. At Ctrl-C the files stay that are not
 * removed yet, config.toml above all.
 */
export async function uninstallPackage(
  system: System,
  request: UninstallRequest,
  { unit, installed, packages, files }: UninstallPlan,
): Promise<void> {
  const { root, world, say } = system;
  const run = (command: (typeof packages)[number]) => runShown(inRoot(root, command), world, say);
  await interruptible(
    world,
    say,
    1_800_000,
    async (stopping) => {
      if (unit !== undefined) await drainService(system, request, unit, stopping.first);
      try {
        for (const command of packages) {
          if (stopping.wanted) throw stopped();
          await run(command);
        }
      } catch (error) {
        if (installed === undefined) throw error;
        const { packages, version } = installed;
        throw await startAgain(system, { error, packages, unit, before: version });
      }
      for (const command of files) {
        if (stopping.wanted) throw stoppedBefore(request, root);
        await run(command);
      }
    },
    'step',
  );
}

function stoppedBefore({ removesConfig }: UninstallRequest, root: string): Trouble {
  const words = ['uninstall', ...(removesConfig ? ['--remove-config'] : []), ...rootWords(root)];
  return new Trouble('Canceled. gitlab-runner is uninstalled, but not all of its files are removed.', {
    hint: `To remove them, too: runner-setup ${shellLine(words)}`,
    code: exitCode.cancelled,
  });
}
