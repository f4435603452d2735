import { maskValue } from '../config/mask.ts';
import { shownWord, withoutSecret, withoutValue } from '../settings/mask.ts';
import { settingNames, table } from '../settings/table.ts';
import { isSecretFlag, isSecretName, withoutSecrets } from '../text/secret-words.ts';
import { quote } from '../text/shell-quote.ts';

const mostLetters = 1000;

/**
 * The command line of this run as it may be kept in a file and shown later: without secrets, without the values of
 * variables for jobs, and not longer than 1,000 characters.
 */
export function shownCommandLine(words: readonly string[]): string {
  const shown = words.map((word, at) => shownArgument(word, words[at - 1]));
  const line = withoutSecrets(['runner-setup', ...shown.map(quote)].join(' ').replace(/\s*\n\s*/g, ' '));
  return line.length > mostLetters ? `${line.slice(0, mostLetters)}…` : line;
}

function shownArgument(word: string, before = ''): string {
  const [, flag, value] = /^(--?[A-Za-z][^=]*)=(.*)$/s.exec(word) ?? [];
  if (flag !== undefined) return `${flag}=${shownValue(flag, value!)}`;
  return /^--?[A-Za-z][^=]*$/.test(before) && !word.startsWith('-')
    ? shownValue(before, word)
    : withoutSecret(word);
}

function shownValue(flag: string, value: string): string {
  const long = flag.replace(/^-(?=\w{2})/, '--');
  if (/^--(set|add|remove)$/.test(long)) return shownChange(value);
  const name = settingNames.find((one) => [table[one].flag, table[one].short].includes(long as '--'));
  const kind = name === undefined ? undefined : table[name].kind;
  if (kind?.name === 'secret' || (kind === undefined && isSecretFlag(long))) return '[hidden]';
  return kind === undefined ? withoutSecret(value) : shownWord(kind, value);
}

// `environment=NAME=VALUE`, `docker.image=alpine`.
function shownChange(word: string): string {
  const at = word.indexOf('=');
  const [key, value] = [word.slice(0, at), word.slice(at + 1)];
  const path = key.split('.');
  if (at < 0 || value === '') return word;
  if (path.includes('environment')) return `${key}=${withoutValue(value)}`;
  return `${key}=${isSecretName(path.at(-1)!) ? '[hidden]' : maskValue(path, withoutSecret(value))}`;
}
