import { stripVTControlCharacters } from 'node:util';
import {
  createPrompt,
  isBackspaceKey,
  isEnterKey,
  isTabKey,
  makeTheme,
  useEffect,
  useKeypress,
  usePrefix,
  useRef,
  useState,
} from '@inquirer/core';

interface Line {
  readonly message: string;
  /** What Enter alone answers. */
  readonly default?: string | undefined;
  /** Whether no value at all is an answer, which is said where nothing is proposed. */
  readonly isOptional?: boolean;
  /** Whether the proposal can be taken away for no answer at all. */
  readonly erasable?: boolean;
  /** Whether what is typed is shown as asterisks only. */
  readonly isHidden?: boolean;
  /** What Esc does, where it does something; it stands below. */
  readonly escapeWords?: string | undefined;
  /** An earlier answer that was refused: it can be corrected, and what is typed first replaces it. */
  readonly refused?: string | undefined;
  validate(words: string): true | string;
  /** Whether words that were refused are gone from the screen. */
  forgets?(words: string): boolean;
  readonly theme: Look;
  size(): { readonly columns: number };
}

type Paint = (text: string) => string;

export interface Look {
  readonly prefix: { readonly idle: string; readonly done: string };
  readonly style: Readonly<Record<'message' | 'answer' | 'error' | 'defaultAnswer' | 'help', Paint>>;
}

type Reader = Parameters<Parameters<typeof useKeypress>[0]>[1];

/**
 * One line of text or one secret. A refused answer stays on the line: the first character that is typed replaces it, and
 * Backspace or an arrow key begins to correct it. Inquirer's own one adds what is typed to it.
 */
export const line = createPrompt<string, Line>((config, done) => {
  const { style } = config.theme;
  const { isDone, proposal, value, error, isRefused } = useTyping(config, done);
  const theme = makeTheme({ prefix: config.theme.prefix });
  const prefix = usePrefix({ status: isDone ? 'done' : 'idle', theme });
  const optional = config.isOptional ? style.help('(optional)') : '';
  const note = isDone || value !== '' ? '' : proposal === '' ? optional : style.defaultAnswer(proposal);
  const head = withNote(`${prefix} ${style.message(config.message)}`, note, config.size().columns);
  const shown = config.isHidden ? hidden(value, isDone) : value;
  const below = [
    ...(error === '' ? [] : [style.error(error)]),
    ...(isRefused && !isDone ? [style.help(howToCorrect)] : []),
    ...(config.escapeWords && !isDone ? [style.help(config.escapeWords)] : []),
  ];
  return [`${head} ${isDone ? style.answer(shown) : shown}`, below.join('\n')];
});

interface Typing {
  readonly isDone: boolean;
  readonly proposal: string;
  readonly value: string;
  readonly error: string;
  /** Whether the value is one that was refused and nothing was typed since. */
  readonly isRefused: boolean;
}

function useTyping(config: Line, done: (answer: string) => void): Typing {
  const [isDone, setIsDone] = useState(false);
  const [proposal, setProposal] = useState(config.default ?? '');
  const [value, setValue] = useState('');
  const [error, setError] = useState('');
  const refused = useRef<string | undefined>(undefined);
  const put = (rl: Reader, words: string) => {
    rl.clearLine(0);
    rl.write(words);
    setValue(words);
  };
  useEffect((rl) => {
    if (config.refused === undefined) return;
    refused.current = config.refused;
    put(rl, config.refused);
  }, []);
  const submit = (rl: Reader) => {
    const answer = value || proposal;
    const verdict = config.validate(answer);
    setValue(answer);
    if (verdict === true) {
      setIsDone(true);
      return done(answer);
    }
    const kept = config.forgets?.(value) ? '' : value;
    refused.current = kept === '' ? undefined : kept;
    setError(verdict);
    put(rl, kept);
  };
  useKeypress((key, rl) => {
    if (isEnterKey(key)) return submit(rl);
    setError('');
    const isEmpty = value === '';
    if (isEmpty && (isBackspaceKey(key) || isTabKey(key))) {
      setProposal('');
      return isTabKey(key) ? put(rl, proposal) : undefined;
    }
    const typed = replacing(refused.current, rl.line);
    refused.current = undefined;
    return typed === undefined ? setValue(rl.line) : put(rl, typed);
  });
  return { isDone, proposal, value, error, isRefused: refused.current !== undefined };
}

const howToCorrect = 'Type a new value, or press ← to correct this one.';

const hidden = (value: string, isDone: boolean): string =>
  isDone ? lengthOf(value) : '*'.repeat(value.length);

/** What is shown of a secret that was entered: how long it is. */
export const lengthOf = ({ length }: string): string =>
  `(${length} ${length === 1 ? 'character' : 'characters'})`;

/** What replaces a refused answer: the character that was typed behind it; nothing for a key that moves or deletes. */
const replacing = (refused: string | undefined, typed: string): string | undefined =>
  refused !== undefined && typed.length > refused.length && typed.startsWith(refused)
    ? typed.slice(refused.length)
    : undefined;

function withNote(head: string, note: string, columns: number): string {
  if (note === '') return head;
  const last = stripVTControlCharacters(head).split('\n').at(-1) ?? '';
  const isApart = last.length + stripVTControlCharacters(note).length + 3 > columns;
  return head + (isApart ? '\n  ' : ' ') + note;
}
