import { readConfigFile } from '../../app/config-file.ts';
import { Trouble } from '../../errors.ts';
import { nameOf } from '../../runner/select.ts';
import type { Say } from '../../terminal/say.ts';
import { shellLine } from '../../text/shell-quote.ts';

/** How many runners are named before the others are only counted. */
const mostNames = 10;

/** A sentence on the runners of config.toml that stay in GitLab, with the command that removes them; nothing without runners. */
export async function leftRunners(path: string, say: Say): Promise<string | undefined> {
  try {
    const { config } = await readConfigFile(path, say);
    const names = (config?.runners ?? []).map((runner, at) => nameOf({ at, runner }));
    return names.length === 0 ? undefined : sentence(path, names);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return `The runners in ${path} stay registered in GitLab. Their names are not known: ${error.message}`;
  }
}

function sentence(path: string, names: readonly string[]): string {
  const more = names.length - mostNames;
  const shown = names.slice(0, mostNames).join(', ') + (more > 0 ? `, and ${more} more` : '');
  const command = shellLine(['runner-setup', 'unregister', '--all-runners', '--config', path]);
  return `Still registered in GitLab: ${shown}. To remove them from GitLab first: ${command}`;
}
