import type { Env } from '../world.ts';

/** Replaces `$NAME` and `${NAME}` as Go's os.ExpandEnv does for `token` and `url`: an unset variable is empty. */
export function expand(text: string, env: Env): string {
  if (!text.includes('$')) return text;
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced: string | undefined, bare: string | undefined) => {
    return env[braced ?? bare ?? ''] ?? '';
  });
}

/** Whether a text holds what something else fills in: `$NAME`, `${NAME}`, `{{ … }}` or `<% … %>`. */
export const isPlaceholder = (text: string): boolean => placeholder.test(text);

const placeholder = /\$|\{\{|<%/;
