import { isTable, makeTable, type Table, type Value } from '../config/model.ts';
import { exitCode, Trouble } from '../errors.ts';
import { isSecretName } from '../text/secret-words.ts';

/** Where the secrets are that a fleet file names. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The content of a file; its path may be relative to the fleet file. Throws a `Trouble`. */
  readFile(path: string): string;
}

/**
 * The secret that a text names: `${VAR}` or `env:VAR` a variable, `file:PATH` a file, without the blanks at its ends; any
 * other text is the secret itself. `place` begins the sentence of the `Trouble` for what is not there or empty.
 */
export function secretOf(text: string, sources: Sources, place: string): string {
  const [, braced, named, path] = /^(?:\$\{(\w+)\}|env:(\w+)|file:(.+))$/.exec(text) ?? [];
  const name = braced ?? named;
  if (name === undefined && path === undefined) return text;
  const found = name === undefined ? contentOf(path!, sources, place) : sources.env[name]?.trim();
  if (found) return found;
  throw name === undefined
    ? new Trouble(`${place}: the file ${path} is empty.`, {
        hint: 'Write the secret into the file.',
        code: exitCode.usage,
      })
    : new Trouble(`${place}: the variable ${name} is not set.`, {
        hint: `Set ${name} before you run the command, or name a file: file:PATH`,
        code: exitCode.usage,
      });
}

function contentOf(path: string, sources: Sources, place: string): string {
  try {
    return sources.readFile(path).trim();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const { message, why, hint } = error;
    throw new Trouble(`${place}: ${message.replace(/^The/, 'the')}`, {
      ...(why !== undefined && { why }),
      ...(hint !== undefined && { hint }),
      code: exitCode.usage,
      cause: error,
    });
  }
}

/** Whether a text says where a secret is, and not the secret itself. */
export const isSecretReference = (text: string): boolean => /^(?:\$\{\w+\}|env:\w+|file:.+)$/.test(text);

/** Keys of config.toml with the secrets that are named in them in place: values of secret keys, and items of `environment`. */
export function withSecrets(table: Table, sources: Sources, place: string): Table {
  return makeTable(
    Object.entries(table).map(([key, value]) => [key, filledIn(key, value, sources, `${place}.${key}`)]),
  );
}

function filledIn(key: string, value: Value, sources: Sources, place: string): Value {
  if (typeof value === 'string') return isSecretName(key) ? secretOf(value, sources, place) : value;
  if (isTable(value)) return withSecrets(value, sources, place);
  if (!Array.isArray(value)) return value;
  const isEnvironment = key.toLowerCase() === 'environment';
  return value.map((item) => {
    if (isTable(item)) return withSecrets(item, sources, place);
    return isEnvironment && typeof item === 'string' ? variableOf(item, sources, place) : item;
  });
}

// What is `${VAR}` there is filled in where the job runs.
function variableOf(item: string, sources: Sources, place: string): string {
  const [, name, value] = /^(\w+)=((?:env|file):.+)$/s.exec(item) ?? [];
  return name === undefined ? item : `${name}=${secretOf(value!, sources, `${place}, ${name}`)}`;
}
