import { normaliseUrl } from '../../text/gitlab-url.ts';
import { position } from '../../text/shell-quote.ts';
import type { Env } from '../../world.ts';
import { sameName, spelled } from '../keys.ts';
import { locate } from '../locate.ts';
import { type Config, excerptAt } from '../read.ts';
import { typeFaults } from '../types.ts';
import { type Fault, type LintFinding, runnerName, textAt } from './finding.ts';
import { faultsOfKeys } from './keys.ts';
import { faultsOfLoading } from './load.ts';
import { faultsOfSchema } from './schema.ts';
import { readLeniently } from './syntax.ts';

interface Linted {
  /** Whether `gitlab-runner lint` would call the file valid. */
  readonly valid: boolean;
  readonly findings: LintFinding[];
  /** Absent when the text is no TOML. */
  readonly config: Config | undefined;
}

/**
 * Says of a text what `gitlab-runner lint` (commands/lint.go) refuses as errors: syntax, types, the rules of
 * loading, the schema, unknown keys; and what it passes over as warnings and notes. Sorted by place.
 */
export async function lintText(text: string, file: string, env: Env): Promise<Linted> {
  if (text.replace(/^\ufeff/, '').trim() === '') return { valid: true, findings: [], config: undefined };
  const { config, fault, note } = await readLeniently(text, file);
  if (config === undefined) return { valid: false, findings: [fault!], config };
  const types = typeFaults(config).map((one): LintFinding => {
    const { path, line, column, wrong, why, next, remedy } = one;
    const place = { path, line, column, excerpt: why! };
    return {
      severity: 'error',
      rule: 'type',
      ...place,
      message: wrong,
      next,
      ...(remedy && { fixable: true }),
    };
  });
  const others = [
    ...faultsOfLoading(config),
    ...faultsOfSchema(config, env),
    ...faultsOfKeys(config),
    ...duplicates(config),
    ...spelledTwice(config),
  ];
  const findings = [...(note ? [note] : []), ...types, ...others.map((one) => placed(config, one))];
  findings.sort((a, b) => a.line - b.line || a.column - b.column);
  return { valid: findings.every(({ severity }) => severity !== 'error'), findings, config };
}

function placed(config: Config, fault: Fault): LintFinding {
  const at = locate(config, spelled(config.root, [...fault.path]));
  return { ...fault, line: at.line, column: at.column, excerpt: excerptAt(at) };
}

// gitlab-runner reads both into one list, in an order that is left to chance.
function* spelledTwice({ root, runnersKey }: Config): Generator<Fault> {
  for (const key of Object.keys(root).filter((name) => name !== runnersKey && sameName(name, runnersKey))) {
    yield {
      severity: 'warning',
      rule: 'runners-twice',
      path: [key],
      message: `[[${key}]] and [[${runnersKey}]] are the same key for gitlab-runner; it uses only one`,
      next: `Use [[${runnersKey}]] for all runners.`,
    };
  }
}

function* duplicates(config: Config): Generator<Fault> {
  const seen = { token: new Map<string, number>(), name: new Map<string, number>() };
  for (const [at, runner] of config.runners.entries()) {
    for (const key of ['token', 'name'] as const) {
      const words = textAt(runner, key);
      if (words === '' || isMasked(words)) continue;
      const mark = key === 'token' ? `${normaliseUrl(textAt(runner, 'url'))} ${words}` : words;
      const before = seen[key].get(mark);
      if (before !== undefined) yield twice[key](config, at, before);
      else seen[key].set(mark, at);
    }
  }
}

// Files that were handed on have their tokens blotted out, all in the same way.
function isMasked(words: string): boolean {
  const body = words.startsWith('glrt-') ? words.slice('glrt-'.length) : words;
  return body[0] === (body[1] ?? body[0]) && /^(.)\1*$/.test(body);
}

const twice = {
  token: (config: Config, at: number, before: number): Fault => ({
    severity: 'warning',
    rule: 'token-twice',
    path: [config.runnersKey, String(at), 'token'],
    message: `${runnerName(config, at)} has the same token as ${runnerName(config, before)}; GitLab sees one runner`,
    next: `Remove one of them: runner-setup unregister --local ${position(at)}`,
  }),
  name: (config: Config, at: number, before: number): Fault => ({
    severity: 'note',
    rule: 'name-twice',
    path: [config.runnersKey, String(at), 'name'],
    message: `runner #${at + 1} has the same name as runner #${before + 1}, "${textAt(config.runners[at]!, 'name')}"`,
    next: `Use its position in commands: ${position(at)}`,
  }),
};
