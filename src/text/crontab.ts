import { inOneLine, refuseValue } from './one-line.ts';
import { quotePosix } from './shell-quote.ts';

const format = 'a crontab line';

/**
 * One word of the command in a crontab line, as cron and then sh read it back. `name` is the flag or variable that the
 * word is of; throws the `Trouble` of wrong use, with that name, for what no line can hold.
 */
export function crontabWord(word: string, name: string): string {
  // Some crons take a backslash before a backslash away, others leave it.
  if (word.includes('\\')) refuseValue(name, 'the value has a backslash', format);
  const parts = inOneLine(word, name, format).split('%');
  if (parts.length === 1) return quotePosix(word);
  // Cron would end the line at a bare percent sign; a cron that leaves the backslash needs it outside of quotes.
  return parts.map((part) => (part === '' ? '' : quotePosix(part))).join('\\%');
}
