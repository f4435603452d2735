import { followedVersion } from '../../text/gitlab-runner.ts';
import { tooDeepIn } from '../nesting.ts';
import { SyntaxFault } from '../parse.ts';
import { placesValues } from '../places.ts';
import {
  type Config,
  excerptAt,
  placeOf,
  readConfig,
  readConfigWith,
  strayReturn,
  TooManyRunners,
} from '../read.ts';
import { valuesInGo } from '../redefined.ts';
import type { LintFinding } from './finding.ts';

interface Readable {
  readonly config?: Config;
  /** Why the text is no TOML at all. */
  readonly fault?: LintFinding;
  /** What only the newer TOML allows. */
  readonly note?: LintFinding;
}

/**
 * Reads a config.toml as gitlab-runner does, which takes TOML 1.1 as well (BurntSushi/toml 1.6.0); gives the
 * fault with its place when the text is neither.
 */
export async function readLeniently(text: string, file: string): Promise<Readable> {
  const plain = text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
  try {
    const config = await readConfig(text, file);
    const { redefined } = config;
    return { config, ...(redefined && { note: warning('toml-redefined', redefined, plain) }) };
  } catch (error) {
    if (error instanceof TooManyRunners) throw error;
    const plainFault = strayReturn(plain) ?? tooDeepIn(plain);
    const fault = plainFault ?? faultIn(plain);
    if (fault === undefined) throw error;
    const root = plainFault === undefined ? valuesInGo(plain, '1.1') : undefined;
    if (root === undefined) return { fault: syntaxError(fault, plain) };
    return { config: readConfigWith(() => ({ root }), text, file), note: warning('toml-1.1', fault, plain) };
  }
}

function faultIn(plain: string): SyntaxFault | undefined {
  try {
    placesValues(plain);
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxFault) return error;
    throw error;
  }
}

function syntaxError(fault: SyntaxFault, text: string): LintFinding {
  return {
    severity: 'error',
    rule: 'syntax',
    ...placed(fault, text),
    message: `not valid TOML: ${wordsOf(fault)}`,
    next: wayOut(text, fault.line),
  };
}

function warning(rule: keyof typeof forbidden, fault: SyntaxFault, text: string): LintFinding {
  const { words, next } = forbidden[rule];
  return { severity: 'warning', rule, ...placed(fault, text), message: `${words}: ${wordsOf(fault)}`, next };
}

const forbidden = {
  'toml-1.1': {
    words: 'only TOML 1.1 allows this',
    next: `gitlab-runner ${followedVersion} reads it; older versions and edit of runner-setup do not.`,
  },
  'toml-redefined': {
    words: 'TOML forbids this',
    next: `Put all keys of the table in one place. gitlab-runner ${followedVersion} reads it; other programs do not.`,
  },
} as const;

const placed = (
  fault: SyntaxFault,
  text: string,
): Pick<LintFinding, 'path' | 'line' | 'column' | 'excerpt'> => ({
  path: [],
  line: fault.line,
  column: fault.column,
  excerpt: excerptAt(placeOf(text, fault)),
});

const wordsOf = ({ message }: SyntaxFault): string =>
  `${message.charAt(0).toLowerCase()}${message.slice(1)}`.replace(/\.$/, '');

function wayOut(text: string, line: number): string {
  const words = text.split('\n')[line - 1] ?? '';
  if (/\{\{|\{%|<%|%\{|^\s*\$\{/.test(words))
    return 'This looks like a template. Fill it in first, then lint the result.';
  return 'Correct this line. gitlab-runner cannot load the file.';
}
