import { accessFlags, reachNames } from '../../app/invocation.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar } from '../../terminal/options.ts';

/** What `apply` understands. */
export const applyGrammar = {
  names: ['config', 'container', 'engine', 'nonInteractive', ...reachNames],
  variables: ['config', 'container', 'engine', 'nonInteractive'],
  command: 'apply',
  verbFlags: {
    file: {
      flag: '--file',
      short: '-f',
      isSwitch: false,
      hint: 'FILE',
      doc: 'Fleet file in TOML, YAML, or JSON, or - for standard input; repeatable',
      offers: 'files',
    },
    host: {
      flag: '--host',
      isSwitch: false,
      hint: 'NAME',
      doc: 'Name of this machine for `hosts` (default: host name)',
    },
    label: {
      flag: '--label',
      isSwitch: false,
      hint: 'LABEL',
      doc: 'Label of this machine, also from RUNNER_SETUP_LABELS (comma-separated); repeatable',
    },
    prune: {
      flag: '--prune',
      isSwitch: true,
      doc: 'Also remove the runners that apply added and that are no longer in the file',
    },
    failFast: { flag: '--fail-fast', isSwitch: true, doc: 'Stop at the first runner that fails' },
    schema: { flag: '--schema', isSwitch: true, doc: 'Print the JSON schema of the fleet file' },
    ...accessFlags,
  },
} as const satisfies Grammar;

/** What the help of `apply` says. */
export const help: Help = {
  usage: ['apply -f FILE [flags]'],
  about:
    'Apply a fleet file to config.toml and GitLab: global settings and any number of runners. Shows the plan first. A second run changes nothing.',
  more: [
    'A runner is known by its key, so renaming it does not create another one. The keys that apply set are kept beside config.toml. Keys that are not in the file are unchanged.',
    'A secret is written in the file as ${VAR}, env:VAR, or file:PATH.',
  ],
  flags: {
    Fleet: ['file', 'host', 'label', 'prune'],
    'How to apply': ['dryRun', 'exitCode', 'yes', 'failFast', 'nonInteractive', 'json'],
    'Other flags': ['schema', 'config', 'container', 'accessTokenFile'],
  },
  examples: {
    'Show what would change on this machine': 'runner-setup apply -f runners.toml --dry-run',
    'In a provisioning script': 'runner-setup apply -f runners.toml --label linux --yes',
    'Remove what is no longer in the file, too': 'runner-setup apply -f runners.toml --prune',
  },
};
