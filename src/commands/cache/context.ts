import { findConfig, hideTokens, openFile } from '../../app/config-file.ts';
import { warnOfOtherFile } from '../../app/config-in-use.ts';
import type { ConfigFile } from '../../app/container-config.ts';
import { finishInterruptedRuns } from '../../app/interrupted-run.ts';
import { type Invocation, takeInvocation, warnOfHostsFile } from '../../app/invocation.ts';
import type { Config } from '../../config/read.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { visibleSecrets } from '../../settings/rules.ts';
import { secretNames } from '../../settings/table.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { hideSecrets } from './tested.ts';

/** What a setup starts from. */
export interface SetupContext extends Invocation {
  readonly path: string;
  readonly file: ConfigFile;
  readonly config: Config;
}

/** Opens the config.toml whose cache is to be set up, and hides its secrets; throws when it has no runners. */
export async function openSetup(reading: Reading, world: World, grammar: Grammar): Promise<SetupContext> {
  const invocation = await takeInvocation(reading, world, grammar);
  const { say, known } = invocation;
  warnOfHostsFile(invocation);
  const visible = visibleSecrets(known, undefined);
  if (visible !== undefined) say.note(visible);
  const file = await findConfig(known, world, say);
  await warnOfOtherFile(file, world, say);
  await finishInterruptedRuns(invocation, file.path);
  const { path, config } = await openFile(file.path, invocation);
  hideTokens(say, config);
  hideSecrets(invocation, config?.text ?? '');
  say.hide(secretNames.flatMap((name) => (invocation.settings[name] as string | undefined) ?? []));
  if (config !== undefined) return { ...invocation, path, file, config };
  throw new Trouble(`${path} has no runners.`, {
    hint: 'Use another file with --config FILE, or register a runner: runner-setup register',
    code: exitCode.usage,
  });
}
