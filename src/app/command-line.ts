import { maskValue } from '../config/mask.ts';
import { shownWord, withoutSecret, withoutValue } from '../settings/mask.ts';
import { settingNames, table } from '../settings/table.ts';
import { isSecretFlag, isSecretName, withoutSecrets } from '../text/secret-words.ts';
import { asRoot, quote } from '../text/shell-quote.ts';
import type { World } from '../world.ts';

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

/** The command of this run as a person types it once more, with sudo where it was run by it; where it holds secrets, only that it is the same. */
export function typedAgain({ words, uid, env }: Pick<World, 'words' | 'uid' | 'env'>): string {
  const line = shownCommandLine(words);
  if (/\[hidden\]|…$/.test(line)) return 'the same command';
  return uid === 0 && env.SUDO_UID ? asRoot(line) : line;
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
