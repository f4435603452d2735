import { hasRunners } from '../../../app/config-file.ts';
import { dryRunCode } from '../../../app/invocation.ts';
import type { ExitCode } from '../../../errors.ts';
import { shellLine } from '../../../text/shell-quote.ts';
import { type ContainerContext, sameEngine } from '../context.ts';

/** What became of an installation. */
export interface Installed {
  readonly action: 'installed' | 'started' | 'unchanged' | 'planned';
  readonly name: string;
  readonly image: string;
  readonly id?: string;
  /** config.toml as this machine reaches it; absent when it does not. */
  readonly config: string | undefined;
  /** The commands of a plan, as a shell reads them. */
  readonly commands?: readonly string[];
}

/** Says how it ended, and what comes next. */
export function tellInstalled(context: ContainerContext, installed: Installed): ExitCode {
  const { say, engine } = context;
  const { action, name, image, id, config, commands = [] } = installed;
  const code = dryRunCode(context, action === 'planned');
  if (say.mode.json) {
    say.object({
      action,
      changed: action !== 'unchanged',
      ...(config !== undefined && { file: config }),
      container: { name, engine: engine.program, ...(id !== undefined && { id }), image },
      ...(installed.commands && { commands }),
    });
    return code;
  }
  if (action === 'planned') for (const line of commands) say.result(line);
  say.done(sentences[action](name, image));
  if (action === 'planned' || (config !== undefined && hasRunners(config))) return code;
  const words = ['--container', name, ...sameEngine(context)];
  say.talk(`To register a runner in it: runner-setup register ${shellLine(words)}`);
  return code;
}

const sentences: Readonly<Record<Installed['action'], (name: string, image: string) => string>> = {
  installed: (name, image) => `gitlab-runner is running in the new container ${name} (${image}).`,
  started: (name, image) => `Started the existing container ${name} (${image}).`,
  unchanged: (name, image) => `Nothing to do: the container ${name} (${image}) is already running.`,
  planned: () => 'Nothing was changed. These commands would be run.',
};
