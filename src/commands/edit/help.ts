import { type ExitCode, exitCode } from '../../errors.ts';
import type { SettingName } from '../../settings/table.ts';
import { groupHelp, verbHelp } from '../../terminal/help.ts';
import type { Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { editGrammar } from './flags.ts';

/** Prints the help of `edit`: the short one, all flags (`--help-all`), or one group of settings. */
export function showHelp({ options, positionals }: Reading, world: World): ExitCode {
  const [group] = positionals;
  const names = 'helpAll' in options ? editGrammar.names : short;
  const text =
    group === undefined ? verbHelp(help, { names, verbFlags: editGrammar.verbFlags }) : groupHelp(group);
  world.stdout.write(text);
  return exitCode.done;
}

const short: readonly SettingName[] = [
  'config',
  'nonInteractive',
  'dockerPrivileged',
  'dockerVolumes',
  'dockerImage',
  'limit',
  'concurrent',
  'proxy',
  'noProxy',
  'accessTokenFile',
];

const help = {
  line: `Changes a configured runner, or the global settings; in a terminal, a menu opens
when nothing to change is named.

RUNNER is a name, a position such as "#2", the id, or the beginning of the token.
Every flag of register that ends in config.toml works here; --help-all lists them.
With an access token, what GitLab keeps is changed there: --tag-list, --paused,
--locked, --run-untagged, --access-level, --maximum-timeout, --maintenance-note.
Several changes are done in this order: flags, --unset, --set, --remove, --add.`,
  usage: 'edit [RUNNER] [flags]',
  examples: [
    "runner-setup edit '#2' --docker-privileged",
    'runner-setup edit build-1 --add docker.volumes=/srv/data:/data:ro --unset docker.memory',
    'runner-setup edit --global --set concurrent=8 --dry-run',
    'runner-setup edit --all --proxy http://proxy.example.com:3128 --no-proxy .example.com',
  ],
};
