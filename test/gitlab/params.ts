import { error } from './answers.ts';

export type Params = Record<string, unknown>;

/** One declared parameter, as in an endpoint's `params` block. */
export interface Rule {
  name: string;
  kind: 'string' | 'integer' | 'boolean' | 'tags' | 'hash';
  required?: boolean;
  oneOf?: readonly string[];
}

export interface Rules {
  fields: Rule[];
  exclusive?: string[][];
  atLeastOne?: string[];
}

/**
 * Checks parameters as Grape does and gives back the declared ones in their types; all that is wrong is
 * named in one 400 `{"error": ...}`, in the order of declaration (gitlab-api.md 0.3).
 */
export function checkParams(given: Params, rules: Rules): Params {
  const values: Params = {};
  const wrong: string[] = [];
  for (const rule of rules.fields) {
    if (!(rule.name in given)) {
      if (rule.required) wrong.push(`${rule.name} is missing`);
      continue;
    }
    const read = readValue(given[rule.name], rule);
    if ('wrong' in read) wrong.push(`${rule.name} ${read.wrong}`);
    else values[rule.name] = read.value;
  }
  wrong.push(...conflicts(given, rules));
  if (wrong.length > 0) throw error(400, wrong.join(', '));
  return values;
}

/** The values that count when something is created: blank ones are dropped, `false` is not. */
export function withoutBlanks(values: Params): Params {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isBlank(value)));
}

/** One parameter as text: absent and null are undefined. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

type Read = { value: unknown } | { wrong: string };

function readValue(raw: unknown, rule: Rule): Read {
  const read = readers[rule.kind](raw);
  if ('wrong' in read || rule.oneOf === undefined) return read;
  if (read.value === null && !rule.required) return read;
  return rule.oneOf.includes(String(read.value)) ? read : { wrong: 'does not have a valid value' };
}

const invalid: Read = { wrong: 'is invalid' };

const readers: Record<Rule['kind'], (raw: unknown) => Read> = {
  string(raw) {
    if (raw === null || typeof raw === 'string') return { value: raw };
    return typeof raw === 'object' ? invalid : { value: String(raw) };
  },
  integer(raw) {
    if (raw === null || raw === '') return { value: null };
    return /^-?\d+$/.test(String(raw)) ? { value: Number(raw) } : invalid;
  },
  boolean(raw) {
    if (raw === null || raw === '') return { value: null };
    const word = String(raw).toLowerCase();
    if (['true', '1', 't', 'on'].includes(word)) return { value: true };
    return ['false', '0', 'f', 'off'].includes(word) ? { value: false } : invalid;
  },
  tags(raw) {
    if (raw === null) return { value: [] };
    if (typeof raw === 'string') return { value: splitTags([raw]) };
    return Array.isArray(raw) && raw.every((tag) => typeof tag === 'string')
      ? { value: splitTags(raw) }
      : invalid;
  },
  hash(raw) {
    return typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? { value: raw } : invalid;
  },
};

function splitTags(parts: string[]): string[] {
  const tags = parts.flatMap((part) => part.split(',')).map((tag) => tag.trim());
  return [...new Set(tags.filter((tag) => tag !== ''))];
}

function conflicts(given: Params, rules: Rules): string[] {
  const clashing = (rules.exclusive ?? [])
    .filter((names) => names.filter((name) => name in given).length > 1)
    .map((names) => `${names.join(', ')} are mutually exclusive`);
  const wanted = rules.atLeastOne;
  if (wanted === undefined || wanted.some((name) => name in given)) return clashing;
  return [...clashing, `${wanted.join(', ')} are missing, at least one parameter must be provided`];
}

function isBlank(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === 'string') return value.trim() === '';
  return Array.isArray(value) && value.length === 0;
}
