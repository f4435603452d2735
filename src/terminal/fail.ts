import { type ExitCode, errorOf, Trouble } from '../errors.ts';
import { secretsOfProxy } from '../settings/proxy.ts';
import { isSecretFlag } from '../text/secret-words.ts';
import type { World } from '../world.ts';
import { placeIn } from './config-flag.ts';
import { speak } from './say.ts';

/** Tells the person what went wrong, in words or as the object of `--json`, without secrets; gives the exit code. */
export async function tellFailure(error: unknown, words: readonly string[], world: World): Promise<ExitCode> {
  const json = isOn(words, 'json');
  const debug = isOn(words, 'debug') || /^(1|t|true)$/i.test(world.env.RUNNER_DEBUG ?? '');
  const say = await speak(world, { json, quiet: false, verbose: false, debug, color: colorIn(words) });
  say.hide(secretsIn(words));
  say.at(placeIn(words));
  const trouble = error instanceof Trouble ? error : unexpected(error);
  if (json) say.object({ action: 'failed', changed: false, error: errorOf(trouble) });
  else say.trouble(trouble, debug && error instanceof Error ? error.stack : undefined);
  return trouble.code;
}

/** Tells the person that standard output cannot be written; gives the exit code. */
export async function tellLostOutput(
  error: NodeJS.ErrnoException,
  words: readonly string[],
  world: World,
): Promise<ExitCode> {
  const mode = { json: false, quiet: false, verbose: false, debug: false, color: colorIn(words) };
  const say = await speak(world, mode);
  const trouble = new Trouble('Cannot write to standard output.', {
    why: reasons[error.code ?? ''] ?? error.message,
    hint: 'Redirect the output. Changes made by the command are kept.',
  });
  say.trouble(trouble);
  return trouble.code;
}

const reasons: Record<string, string> = {
  ENOSPC: 'The disk is full.',
  EDQUOT: 'The disk quota is used up.',
  EFBIG: 'The file is too large.',
  EIO: 'The device reported an error.',
};

const colorIn = (words: readonly string[]) => (words.includes('--no-color') ? false : undefined);

const isOn = (words: readonly string[], flag: string): boolean =>
  words.some((word) => new RegExp(`^--?${flag}(=(1|t|true)?)?$`, 'i').test(word));

// When the flags were not understood nobody knows which words are secrets; these are the flags that carry them.
function secretsIn(words: readonly string[]): string[] {
  return words.flatMap((word, at) => {
    const [flag = '', value] = word.split(/=(.*)/s);
    if (/^-.*proxy$/i.test(flag)) return secretsOfProxy(value ?? words[at + 1]);
    const own = value ?? (flag.startsWith('-') ? (words[at + 1] ?? '') : '');
    if (flag === '--env') return own.includes('=') ? [own.replace(/^[^=]*=/, '')] : [];
    const isSecret = /token|password|secret|-key$|^-[rt]$/i.test(flag) || isSecretFlag(flag);
    return isSecret && !/-(file|stdin)$/.test(flag) ? [own] : [];
  });
}

// What the system or Node refuses anywhere is no fault of the program.
const refused: Record<string, [message: string, hint: string]> = {
  EMFILE: ['The limit of open files for this process is reached.', 'Raise the limit: ulimit -n 1024'],
  ENFILE: ['This machine has too many open files.', 'Stop programs that have many files open.'],
  ERR_ACCESS_DENIED: [
    'Node.js runs with --permission, which blocks this command.',
    'Add permissions, such as --allow-fs-read=* and --allow-fs-write=FOLDER, or omit --permission.',
  ],
};

function unexpected(error: unknown): Trouble {
  const [words, way] = refused[(error as NodeJS.ErrnoException | undefined)?.code ?? ''] ?? [];
  if (words !== undefined)
    return new Trouble(words, { why: (error as Error).message, hint: way!, cause: error });
  const message = error instanceof Error ? error.message : String(error);
  return new Trouble(`Unexpected error: ${message}`, {
    why: 'This is a bug in runner-setup.',
    hint: 'Run the command again with --debug. Remove secrets from the output, then report it.',
    cause: error,
  });
}
