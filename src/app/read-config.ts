import { textIn } from '../config/model.ts';
import type { Config } from '../config/read.ts';
import { readFound } from '../config/read-file.ts';
import { shownToken } from '../runner/select.ts';
import type { Say } from '../terminal/say.ts';
import { type OpenFile, readChecked } from './config-file.ts';

/** config.toml for those who only read it: it need not be writable. Throws when it cannot be read, or when gitlab-runner would refuse it. */
export async function lookAt(path: string, say: Say): Promise<OpenFile & { readonly isThere: boolean }> {
  const { text, warnings } = readFound(path);
  for (const warning of warnings) say.warn(warning);
  const config = text === undefined ? undefined : await readChecked(text, path);
  return { path, config, isThere: text !== undefined };
}

/** Hides the tokens of the file wherever they appear whole; their beginnings, by which people tell them apart, stay. */
export function hideTokens(say: Say, config: Config | undefined): void {
  const tokens = (config?.runners ?? [])
    .map((runner) => textIn(runner, 'token'))
    .filter((token) => token.length >= 4 && token !== shownToken(token))
    .sort((a, b) => b.length - a.length);
  say.hide((text) => tokens.reduce((rest, token) => rest.replaceAll(token, '[hidden]'), text));
}
