import type { ChalkInstance } from 'chalk';
import { platformOf } from '../host/platform/index.ts';
import type { World } from '../world.ts';

type Pen = Pick<ChalkInstance, 'green' | 'red' | 'yellow' | 'cyan'>;

/** What a mark says: all is well, or how bad it is. */
export type Mark = 'good' | 'error' | 'warning' | 'note';

/**
 * The mark in front of a line on a terminal, coloured where colours are; nothing in front of lines for other programs.
 * Where the locale has no UTF-8, as on a serial console, it is plain ASCII.
 */
export function markOf(mark: Mark, stream: NodeJS.WriteStream, world: World, pen: Pen): string {
  if (!stream.isTTY) return '';
  const { LC_ALL, LC_CTYPE, LANG = '', TERM } = world.env;
  const hasUtf8 = platformOf(world).isWindows || /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG);
  const signs = hasUtf8 && TERM !== 'linux' ? utf8 : ascii;
  const colour = { good: pen.green, error: pen.red, warning: pen.yellow, note: pen.cyan }[mark];
  return `${colour(signs[mark])} `;
}

const utf8: Readonly<Record<Mark, string>> = { good: '✔', error: '✖', warning: '!', note: 'i' };
const ascii: Readonly<Record<Mark, string>> = { good: '+', error: 'x', warning: '!', note: 'i' };
