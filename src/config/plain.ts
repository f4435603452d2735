import { DateTime, Float } from './model.ts';
import { parseValues } from './parse.ts';

/** A value as JSON has it: dates are texts, and so are whole numbers that JSON's readers would round. */
export function plainOf(value: unknown): unknown {
  if (value instanceof Float) return value.value;
  if (value instanceof DateTime) return value.canonical;
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainOf(inner)]));
}

/** What a text says as the value of a TOML key, as JSON has it; the text itself when it is none. */
export function plainOfText(text: string): unknown {
  try {
    return plainOf(parseValues(`v = ${text}\n`).v);
  } catch {
    return text;
  }
}
