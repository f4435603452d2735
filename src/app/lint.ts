import type { Config } from '../config/read.ts';
import type { Env } from '../world.ts';
import type { Finding } from './findings.ts';

/** What the text of a config.toml has wrong, as findings with places; `config` is absent when it cannot be read. */
export async function lintIt(
  text: string,
  file: string,
  env: Env,
): Promise<{ valid: boolean; findings: Finding[]; config: Config | undefined }> {
  const { lintText } = await import('../config/lint/index.ts');
  const linted = await lintText(text, file, env);
  const findings = linted.findings.map(
    ({ severity, rule, path, line, column, message, excerpt, next }): Finding => ({
      severity,
      rule,
      place: `${file}:${line}:${column}`,
      line,
      column,
      path: path.join('.'),
      message,
      ...(excerpt !== undefined && { excerpt }),
      ...(next !== undefined && { next }),
    }),
  );
  return { ...linted, findings };
}
