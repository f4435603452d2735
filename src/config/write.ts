import { DateTime, Float, type Table, type Value } from './model.ts';

const escapes: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};

/** Writes one value on one line as gitlab-runner's TOML writer does; a table becomes an inline table. */
export function writeValue(value: Value): string {
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'number') return Number.isInteger(value) ? String(BigInt(value)) : writeFloat(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Float) return writeFloat(value.value);
  if (value instanceof DateTime) return value.canonical;
  if (Array.isArray(value)) return `[${value.map(writeValue).join(', ')}]`;
  return writeInline(value);
}

/** Writes a key, quoted where TOML wants it quoted. */
export function writeKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : writeString(key);
}

/**
 * Writes one value as a person would put it into a file: a variable that holds JSON, such as `DOCKER_AUTH_CONFIG={…}`,
 * as a literal string, in which quotes need no backslash.
 */
export function writeByHand(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(writeByHand).join(', ')}]`;
  const isPlain = typeof value === 'string' && /^\w+=\{.*"/.test(value) && !unfit.test(value);
  return isPlain ? `'${value}'` : writeValue(value);
}

// What a literal string cannot hold.
const unfit = /['\u0000-\u0008\u000a-\u001f\u007f]/;

/** Writes a basic string on one line. */
function writeString(text: string): string {
  return `"${text.replace(/["\\\u0000-\u001f\u007f]/g, escapeOne)}"`;
}

function escapeOne(character: string): string {
  return escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function writeInline(table: Table): string {
  const pairs = Object.keys(table).map((key) => `${writeKey(key)} = ${writeValue(table[key]!)}`);
  return pairs.length === 0 ? '{}' : `{${pairs.join(', ')}}`;
}

// Go's %g with the shortest digits: an exponent below 1e-4 and from 1e6 on, with at least two digits.
function writeFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  const digits = String(value);
  return digits.includes('.') ? digits : `${digits}.0`;
}
