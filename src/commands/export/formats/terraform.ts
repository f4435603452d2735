import { makeTable, textIn } from '../../../config/model.ts';
import { noteWithoutMarker } from '../../../fleet-file/marker.ts';
import { normaliseUrl } from '../../../text/gitlab-url.ts';
import { inHeredoc, quotedHcl } from '../../../text/hcl.ts';
import { harmless } from '../../../text/sanitize.ts';
import { cloudConfig, hostFiles } from './cloud-init.ts';
import { globalText, runnerText } from './config-toml.ts';
import {
  type AtGitlab,
  type Format,
  type Omitted,
  type Secret,
  type Source,
  type SourceRunner,
  withReferences,
} from './format.ts';

/** Runners as resources of the Terraform provider gitlabhq/gitlab, and cloud-init user data with their tokens. */
export const terraform: Format = (source) => {
  const used = new Map<string, Secret>();
  const config = configOf(source, used);
  const urls = [...new Set(source.runners.map(urlOf))];
  const text = [
    requirements,
    ...urls.map((url, at) => providerOf(url, at)),
    ...[...used.values()].map(secretVariable),
    ...source.runners.flatMap((runner) => [
      ...ownerVariables(runner),
      resourceOf(runner, urls.indexOf(urlOf(runner))),
    ]),
    userData(source, config),
  ].join('\n');
  return {
    files: [{ name: 'gitlab-runner.tf', about: 'Terraform', text }],
    omitted: [...urlsOmitted(source), ...hostFiles(source)],
  };
};

const urlOf = ({ block }: SourceRunner): string => normaliseUrl(textIn(block, 'url'));

/** A name for Terraform, of letters, digits, and underscores. */
const named = (label: string): string => {
  const name = label.replace(/-/g, '_').toLowerCase();
  return /^[a-z_]/.test(name) ? name : `runner_${name}`;
};

const requirements = `# Runners in GitLab, and user data for a machine that runs them. New runners are created; the tokens of
# the existing ones are not used. The provider takes the access token from the environment variable GITLAB_TOKEN.
terraform {
  required_providers {
    gitlab = {
      source  = "gitlabhq/gitlab"
      version = ">= 18.6.0"
    }
  }
}
`;

const providerName = (at: number): string => `gitlab_${at + 1}`;

function providerOf(url: string, at: number): string {
  const base = { base_url: quotedHcl(`${url}/api/v4/`) };
  return blockOf('provider "gitlab"', { ...(at > 0 && { alias: quotedHcl(providerName(at)) }), ...base });
}

const urlsOmitted = ({ runners }: Source): Omitted[] =>
  runners.flatMap(({ at, block }) =>
    /\$/.test(textIn(block, 'url'))
      ? [{ at, key: 'url', why: 'Terraform does not fill in the variable; set base_url.' }]
      : [],
  );

/** A block with its attributes, aligned as `terraform fmt` does. */
function blockOf(head: string, attributes: Readonly<Record<string, string>>): string {
  const width = Math.max(0, ...Object.keys(attributes).map((key) => key.length));
  const lines = Object.entries(attributes).map(([key, value]) => `  ${key.padEnd(width)} = ${value}`);
  return `${[`${head} {`, ...lines, '}'].join('\n')}\n`;
}

const secretVariable = ({ name }: Secret): string =>
  blockOf(`variable "${named(name)}"`, { type: 'string', sensitive: 'true' });

// Without GitLab's answer only a person knows them.
function ownerVariables({ label, name, gitlab }: SourceRunner): string[] {
  if (gitlab !== undefined) return [];
  const of = harmless(name, 100);
  const variable = (what: string, description: string, more: Readonly<Record<string, string>>) =>
    blockOf(`variable "${named(label)}_${what}"`, { description: quotedHcl(description), ...more });
  return [
    variable('runner_type', `Type of ${of}: instance_type, group_type, or project_type`, { type: 'string' }),
    variable('group_id', `Group of ${of}, if its type is group_type`, { type: 'number', default: 'null' }),
    variable('project_id', `Project of ${of}, if its type is project_type`, {
      type: 'number',
      default: 'null',
    }),
  ];
}

function resourceOf(runner: SourceRunner, provider: number): string {
  const { label, name, gitlab } = runner;
  return blockOf(`resource "gitlab_user_runner" "${named(label)}"`, {
    ...(provider > 0 && { provider: `gitlab.${providerName(provider)}` }),
    ...(gitlab === undefined ? unknownOwner(label) : {}),
    ...(gitlab === undefined || gitlab.description === undefined ? { description: quotedHcl(name) } : {}),
    ...(gitlab === undefined ? {} : knownAttributes(gitlab)),
  });
}

const unknownOwner = (label: string): Record<string, string> => ({
  runner_type: `var.${named(label)}_runner_type`,
  group_id: `var.${named(label)}_group_id`,
  project_id: `var.${named(label)}_project_id`,
});

function knownAttributes({
  run_untagged,
  tag_list = [],
  maintenance_note,
  ...gitlab
}: AtGitlab): Record<string, string> {
  // The runner is another one than that which apply has marked.
  const note = noteWithoutMarker(maintenance_note ?? '') || undefined;
  const attributes = {
    ...gitlab,
    maintenance_note: note,
    ...(tag_list.length > 0 && { tag_list }),
    untagged: run_untagged,
  };
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, attribute(value)] as const],
    ),
  );
}

const attribute = (value: string | number | boolean | readonly string[]): string => {
  if (typeof value === 'string') return quotedHcl(value);
  return typeof value === 'object' ? `[${value.map(quotedHcl).join(', ')}]` : String(value);
};

/** config.toml as the inside of a heredoc, with the tokens of the resources; notes the secrets that it uses. */
function configOf(source: Source, used: Map<string, Secret>): string {
  const reference = (secret: Secret): string => {
    used.set(secret.name, secret);
    return `\${trimsuffix(trimprefix(jsonencode(var.${named(secret.name)}), "\\""), "\\"")}`;
  };
  const written = (text: string) => withReferences(source, text, reference, inHeredoc);
  const runners = source.runners.map(({ label, block }) => {
    const kept = Object.entries(block).filter(([key]) => !madeByGitlab.includes(key));
    const [head = '', ...rest] = runnerText(makeTable(kept)).split('\n');
    const token = `  token = "\${gitlab_user_runner.${named(label)}.token}"`;
    return `${head}\n${token}\n${written(rest.join('\n'))}`;
  });
  return [written(globalText(source.globals)), ...runners].filter((part) => part !== '').join('\n');
}

const madeByGitlab: readonly string[] = ['token', 'id', 'token_obtained_at', 'token_expires_at'];

function userData(source: Source, config: string): string {
  const { runcmd } = cloudConfig('', source);
  const commands = (runcmd as readonly string[][]).map(
    ([, , line = '']) => `["sh", "-c", ${quotedHcl(line)}],`,
  );
  const lines = [
    'locals {',
    '  gitlab_runner_config = <<EOT',
    `${config}EOT`,
    '',
    '  gitlab_runner_user_data = "#cloud-config\\n${yamlencode({',
    '    write_files = [{',
    '      path        = "/etc/gitlab-runner/config.toml"',
    '      owner       = "root:root"',
    '      permissions = "0600"',
    '      content     = local.gitlab_runner_config',
    '    }]',
    '    runcmd = [',
    ...commands.map((line) => `      ${line}`),
    '    ]',
    '  })}"',
    '}',
    '',
  ];
  const output = blockOf('output "gitlab_runner_user_data"', {
    description: quotedHcl('User data for cloud-init'),
    value: 'local.gitlab_runner_user_data',
    sensitive: 'true',
  });
  return `${lines.join('\n')}\n${output}`;
}
