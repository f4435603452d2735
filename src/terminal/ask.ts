import inquirer from 'inquirer';
import { exitCode, Trouble } from '../errors.ts';
import { type Kind, Unfit, type Value } from '../settings/kinds.ts';
import type { Question } from '../settings/questions.ts';
import type { World } from '../world.ts';
import { paint, type Say } from './say.ts';

/** The person at the terminal, to be asked. */
export interface Person {
  /** Asks one question until its words fit; `usual` is proposed. `undefined` when the answer was left empty. */
  answer(question: Question, usual: Value | undefined): Promise<Value | undefined>;
  agree(message: string, usual: boolean): Promise<boolean>;
  choose<T extends string>(
    message: string,
    choices: readonly { value: T; name: string; line?: string }[],
  ): Promise<T>;
}

/** The person of this world; Ctrl-C at any question throws the `Trouble` of a cancelled run. */
export function personOf(world: World, say: Say): Person {
  const prompt = inquirer.createPromptModule({ input: world.stdin, output: world.stderr });
  const theme = themeOf(world, say);
  const put = async (question: object): Promise<unknown> => {
    try {
      const answers: Record<string, unknown> = await prompt([{ ...question, name: 'it', theme }] as never);
      return answers.it;
    } catch (error) {
      throw isCancel(error) ? cancelled() : error;
    }
  };
  return {
    answer: async (question, usual) => readAnswer(question, await put(promptFor(question, usual)), usual),
    agree: async (message, usual) => (await put({ type: 'confirm', message, default: usual })) as boolean,
    choose: async (message, choices) =>
      (await put({ type: 'select', message, loop: false, choices: choices.map(choiceLine) })) as never,
  };
}

/** What is thrown when the person stops the run. */
export const cancelled = (): Trouble => new Trouble('Cancelled.', { code: exitCode.cancelled });

function promptFor(question: Question, usual: Value | undefined): object {
  const { ask: message, kind, choices, required } = question;
  if (choices) {
    return {
      type: 'select',
      message,
      loop: false,
      pageSize: 11,
      default: usual,
      choices: choices.map(choiceLine),
    };
  }
  if (kind.name === 'yes-no') return { type: 'confirm', message, default: usual ?? false };
  const validate = (words: string) => judge(kind, required && usual === undefined, words);
  // Ctrl-T would show the secret, and a mask would show its length.
  if (kind.name === 'secret') return { type: 'password', message, mask: false, toggleMask: false, validate };
  return {
    type: 'input',
    message,
    default: usual === undefined ? undefined : kind.write(usual).join(' '),
    validate,
  };
}

const choiceLine = ({ value, name, line }: { value: string; name: string; line?: string }) => ({
  value,
  name: line ? `${name.padEnd(17)} ${line}` : name,
  short: name,
});

function judge(kind: Kind, required: boolean, words: string): true | string {
  const typed = wordsOf(kind, words);
  if (typed.length === 0) return required ? 'An answer is needed here.' : true;
  try {
    kind.read(typed);
    return true;
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    return `That is not ${error.message}.`;
  }
}

function readAnswer({ kind }: Question, answer: unknown, usual: Value | undefined): Value | undefined {
  if (typeof answer === 'boolean') return answer;
  const typed = wordsOf(kind, String(answer ?? ''));
  return typed.length === 0 ? usual : kind.read(typed);
}

function wordsOf(kind: Kind, words: string): string[] {
  const typed = words.trim();
  if (typed === '') return [];
  if (kind.name === 'list' || kind.name === 'map') return /^[[{]/.test(typed) ? [typed] : typed.split(/\s+/);
  return [typed];
}

const isCancel = (error: unknown): boolean =>
  error instanceof Error && ['ExitPromptError', 'AbortPromptError', 'CancelPromptError'].includes(error.name);

function themeOf(world: World, say: Say): object {
  const pen = paint(world.stderr, world, say.manner);
  return {
    prefix: { idle: pen.cyan('?'), done: pen.green('✔') },
    style: {
      answer: (text: string) => pen.cyan(text),
      message: (text: string) => pen.bold(text),
      error: (text: string) => pen.red(`> ${text}`),
      defaultAnswer: (text: string) => pen.dim(`(${text})`),
      help: (text: string) => pen.dim(text),
      highlight: (text: string) => pen.cyan(text),
      key: (text: string) => pen.cyan(text),
      description: (text: string) => pen.cyan(text),
      disabled: (text: string) => pen.dim(text),
      keysHelpTip: (keys: [string, string][]) =>
        pen.dim(keys.map(([key, act]) => `${key} ${act}`).join(', ')),
    },
  };
}
