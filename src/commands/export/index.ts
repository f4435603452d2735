import { readConfigFile } from '../../app/config-file.ts';
import {
  accessFlags,
  accessTokenOf,
  dryRunCode,
  helpIfAsked,
  misuse,
  openInvocation,
  quietFlag,
  reachNames,
} from '../../app/invocation.ts';
import { allNamed } from '../../app/select-runner.ts';
import { type ExitCode, Trouble } from '../../errors.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import { nearest } from '../../text/closest.ts';
import type { World } from '../../world.ts';
import type { Source } from './formats/format.ts';
import { formats } from './formats/index.ts';
import { readAtGitlab } from './gitlab.ts';
import { tellExport, warnOfOmitted } from './output.ts';
import { sourceOf } from './source.ts';
import { writeFiles } from './write-files.ts';

/** The verb `export`: writes config.toml, without its secrets, as a fleet file or in the form that another program reads. */
export async function exportRunners(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, exportGrammar, 'export', help);
  if (helped !== undefined) return helped;
  const format = formatOf(reading.verbFlags.format?.at(-1));
  const invocation = await openInvocation(reading, world, exportGrammar);
  const { say, path } = invocation;
  const { config } = await readConfigFile(path, say);
  const entries = allNamed(invocation, config);
  const accessToken = accessTokenOf(invocation);
  const atGitlab =
    accessToken === undefined ? new Map() : await readAtGitlab(invocation, entries, accessToken);
  const { isFleet = false } = format;
  const how = { showEnvironment: say.mode.environment ?? false, asSpelled: isFleet };
  const source = sourceOf(config, entries, atGitlab, how);
  const exported = (await format.load())(isFleet ? await fleetSource(invocation, config, source) : source);
  if (exported.files.length === 0) {
    warnOfOmitted(say, source, exported);
    throw new Trouble('No runner can be exported in this format.', {
      hint: 'Select other runners. To show them: runner-setup list',
    });
  }
  const output = invocation.verbFlags.output?.at(-1);
  const written = output === undefined ? undefined : await writeFiles(invocation, output, exported.files);
  tellExport(invocation, source, exported, written);
  return dryRunCode(invocation, written?.some(({ isChanged }) => isChanged) ?? false);
}

// Other formats need nothing of it.
async function fleetSource(
  ...given: Parameters<typeof import('./fleet-source.ts').withFleet>
): Promise<Source> {
  const { withFleet } = await import('./fleet-source.ts');
  return withFleet(...given);
}

function formatOf(word = 'toml'): (typeof formats)[string] {
  if (Object.hasOwn(formats, word)) return formats[word]!;
  const names = Object.keys(formats);
  const guess = nearest(word, names);
  throw misuse(
    `--format: "${word}" is not a format.${guess ? ` Did you mean ${guess}?` : ''}`,
    `Use one of ${names.join(', ')}.`,
  );
}

/** What `export` understands. */
export const exportGrammar: Grammar = {
  names: ['config', 'container', 'engine', 'showEnvironment', ...reachNames],
  verbFlags: {
    format: {
      flag: '--format',
      short: '-f',
      isSwitch: false,
      hint: 'FORMAT',
      doc: `${Object.keys(formats).join(', ')} (default: toml)`,
      offers: Object.keys(formats),
    },
    output: {
      flag: '--output',
      short: '-o',
      isSwitch: false,
      hint: 'PATH',
      doc: 'Write to this file, or to this folder if there are several files',
      offers: 'files',
    },
    force: { flag: '--force', isSwitch: true, doc: 'Replace files that exist' },
    ...accessFlags,
    nonInteractive: { ...quietFlag.nonInteractive, short: '-n', doc: 'Do not ask questions' },
  },
  next: () => 'runners',
};

const help: Help = {
  usage: ['export [RUNNER…] [flags]'],
  about:
    'Write config.toml as a fleet file for apply, or in the format of another program. Secrets are not exported. Warnings name settings that the format does not support.',
  more: [
    'A fleet file (toml, yaml, json) changes nothing when it is applied to the same config.toml: apply keeps the secrets. For other programs, variables or secrets of that program take the place of secrets.',
    'With an access token, tags, owner, and other settings in GitLab are also exported, if the format supports them.',
  ],
  flags: {
    Flags: [
      'format',
      'output',
      'force',
      'dryRun',
      'json',
      'accessTokenFile',
      'showEnvironment',
      'config',
      'container',
    ],
  },
  examples: {
    'A fleet file for apply': 'runner-setup export > runners.toml',
    'Values for the Helm chart, a file for each runner': 'runner-setup export --format helm --output values/',
    'Resources for Terraform, with tags and owner from GitLab':
      'runner-setup export --format terraform --access-token-file token.txt > gitlab-runner.tf',
  },
};
