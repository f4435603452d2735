import type { ValueType } from './keys.ts';
import { DateTime, Float, type Value } from './model.ts';

/** The value that one of the wrong type must stand for, such as 4 for "4"; nothing where that is not plain. */
export function repaired(value: Value, type: ValueType): Value | undefined {
  if (type.endsWith('[]')) return repairedList(value, type.slice(0, -2) as ValueType);
  if (type === 'policies') return repairedList(value, 'string');
  if (Array.isArray(value)) return value.length === 1 ? same(value[0]!, type) : undefined;
  return same(value, type);
}

function repairedList(value: Value, type: ValueType): Value[] | undefined {
  const items = (Array.isArray(value) ? value : [value]).map((item) => same(item, type));
  return items.every((item) => item !== undefined) ? items : undefined;
}

function same(value: Value, type: ValueType): Value | undefined {
  const isWhole = typeof value === 'number' || typeof value === 'bigint';
  if (type === 'string') return typeof value === 'string' ? value : textOf(value);
  if (type === 'bool') return typeof value === 'string' ? booleans.get(value.toLowerCase()) : undefined;
  if (type === 'int') return isWhole ? value : wholeNumber(value);
  if (type !== 'float') return undefined;
  return value instanceof Float || Number.isSafeInteger(value) ? value : decimal(value);
}

const booleans = new Map([
  ['true', true],
  ['false', false],
]);

function textOf(value: Value): string | undefined {
  if (typeof value !== 'object') return String(value);
  return value instanceof DateTime ? value.text : undefined;
}

function wholeNumber(value: Value): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
  if (!(value instanceof Float)) return number;
  return Number.isSafeInteger(value.value) ? value.value : undefined;
}

function decimal(value: Value): Float | undefined {
  return typeof value === 'string' && /^\d{1,9}(\.\d{1,9})?$/.test(value)
    ? new Float(Number(value))
    : undefined;
}
