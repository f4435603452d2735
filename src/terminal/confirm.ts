import {
  createPrompt,
  isEnterKey,
  isTabKey,
  makeTheme,
  useKeypress,
  usePrefix,
  useState,
} from '@inquirer/core';
import type { Look } from './line.ts';

interface Confirm {
  readonly message: string;
  /** What Enter alone answers. */
  readonly default?: boolean;
  /** What Esc does, where it does something; it stands below. */
  readonly escapeWords?: string | undefined;
  readonly theme: Look;
}

/**
 * A question for yes or no. What is neither is gone from the screen once it is refused: it may be a secret that was pasted
 * at the wrong place. Inquirer's own one keeps it there.
 */
export const confirm = createPrompt<boolean, Confirm>((config, done) => {
  const { message, default: usual = true, escapeWords, theme } = config;
  const { style } = theme;
  const [answer, setAnswer] = useState<boolean | undefined>(undefined);
  const [value, setValue] = useState('');
  const [error, setError] = useState('');
  useKeypress((key, rl) => {
    const meant = meaning(value, usual);
    if (isTabKey(key)) {
      rl.clearLine(0);
      rl.write(wordFor(!(meant ?? usual)));
      return setValue(rl.line);
    }
    const isRefused = isEnterKey(key) && meant === undefined;
    setError(isRefused ? 'Enter y or n.' : '');
    if (!isEnterKey(key) || isRefused) return setValue(isRefused ? '' : rl.line);
    setAnswer(meant);
    done(meant!);
  });
  const isDone = answer !== undefined;
  const prefix = usePrefix({ status: isDone ? 'done' : 'idle', theme: makeTheme({ prefix: theme.prefix }) });
  const head = `${prefix} ${style.message(message)}`;
  if (isDone) return `${head} ${style.answer(wordFor(answer))}`;
  return [
    `${head} ${style.defaultAnswer(usual ? 'Y/n' : 'y/N')} ${value}`,
    [error === '' ? [] : style.error(error), escapeWords ? style.help(escapeWords) : []].flat().join('\n'),
  ];
});

const wordFor = (answer: boolean): string => (answer ? 'Yes' : 'No');

function meaning(value: string, usual: boolean): boolean | undefined {
  const words = value.trim().toLowerCase();
  if (words === '') return usual;
  return 'yes'.startsWith(words) ? true : 'no'.startsWith(words) ? false : undefined;
}
