import { harmless, maskLine, maskWhole, secretLines } from '../config/mask.ts';
import type { Table } from '../config/model.ts';
import { exitCode, Trouble } from '../errors.ts';
import type { Env } from '../world.ts';
import { readChecked } from './config-file.ts';
import { lintIt } from './lint.ts';

// They say which runner of GitLab it is: in a preset they would make two entries of one runner.
const ofOneRunner = ['name', 'id', 'token', 'token_obtained_at', 'token_expires_at'];

/**
 * The one `[[runners]]` of a person's own preset; throws with the place for what is no TOML, for keys that
 * gitlab-runner does not know, and for those that belong to one runner only.
 */
export async function checkPreset(text: string, path: string, env: Env): Promise<Table> {
  const config = await readChecked(text, path);
  const [runner, ...more] = config?.runners ?? [];
  if (config === undefined || runner === undefined || more.length > 0) {
    throw new Trouble(
      `The preset ${path} has ${config?.runners.length ?? 0} [[runners]] sections, not one.`,
      {
        hint: 'A preset holds exactly one [[runners]] section; runner-setup preset show docker --block shows one.',
        code: exitCode.usage,
      },
    );
  }
  await refuseUnknown(text, path, env);
  const { locate } = await import('../config/locate.ts');
  const [own] = Object.keys(runner).filter((key) => ofOneRunner.includes(key.toLowerCase()));
  if (own === undefined) return { ...runner };
  const { line, column } = locate(config, [config.runnersKey, '0', own]);
  throw new Trouble(`${path}, line ${line}, column ${column}: a preset holds no ${own}.`, {
    why: 'It belongs to one runner; a preset is for many.',
    hint: 'Take the line out and try again.',
    code: exitCode.usage,
  });
}

/** The text of a person's own preset as it may be shown: secrets hidden, control characters harmless. */
export function shownText(text: string): string {
  const inside = secretLines(text);
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const masked = lines.map((line, at) =>
    inside.has(at + 1) ? maskWhole(line, cover) : maskLine(line, cover),
  );
  return masked.map(harmless).join('\n');
}

const cover = () => '[hidden]';

async function refuseUnknown(text: string, path: string, env: Env): Promise<void> {
  const { findings } = await lintIt(text, path, env);
  const [unknown] = findings.filter(({ rule }) => rule === 'unknown-key');
  if (unknown === undefined) return;
  const { line, column, message, next } = unknown;
  throw new Trouble(`${path}, line ${line}, column ${column}: ${message}`, {
    ...(next !== undefined && { hint: next }),
    code: exitCode.usage,
  });
}
