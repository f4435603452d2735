/** A float, kept apart from an integer: `1.0` and `1` are different values in TOML. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A date, a time or both, as it stands in the file. */
export class DateTime {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }

  /** The text in the one form that gitlab-runner writes: capital letters, no needless zeros. */
  get canonical(): string {
    const spaced = this.text.toUpperCase().replace(' ', 'T');
    return spaced
      .replace(/(\.\d*?)0+(?!\d)/, '$1')
      .replace(/\.(?!\d)/, '')
      .replace(/[+-]00:00$/, 'Z');
  }
}

/** What a key can hold; a plain number is an integer (beyond 2^53 a bigint). */
export type Value = string | number | bigint | boolean | Float | DateTime | Value[] | Table;

/** A table: keys in the order of the file, without any prototype. */
export interface Table {
  [key: string]: Value;
}

/** Makes a table without prototype from pairs or from a plain object. */
export function makeTable(entries: Iterable<readonly [string, Value]> | Record<string, Value> = []): Table {
  const table: Table = Object.create(null);
  const pairs = Symbol.iterator in entries ? entries : Object.entries(entries);
  for (const [key, value] of pairs as Iterable<readonly [string, Value]>) table[key] = value;
  return table;
}

/** Tells a table from all other values. */
export function isTable(value: Value | undefined): value is Table {
  return (
    typeof value === 'object' &&
    !Array.isArray(value) &&
    !(value instanceof Float) &&
    !(value instanceof DateTime)
  );
}

/** Tells a non-empty list of tables, which TOML can write as `[[...]]`. */
export function isTables(value: Value | undefined): value is Table[] {
  return Array.isArray(value) && value.length > 0 && value.every(isTable);
}

/** Takes a value from elsewhere: a number with decimals becomes a float, a plain object a table. */
export function adopt(value: Value): Value {
  if (typeof value === 'number' && !Number.isInteger(value)) return new Float(value);
  if (Array.isArray(value)) return value.map(adopt);
  return isTable(value) ? makeTable(Object.keys(value).map((key) => [key, adopt(value[key]!)])) : value;
}

/** Says whether two values are the same in type and content; the order of keys does not count. */
export function sameValue(left: Value | undefined, right: Value | undefined): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object') return sameInteger(left, right);
  if (Array.isArray(left)) return Array.isArray(right) && sameList(left, right);
  if (Array.isArray(right)) return false;
  if (left instanceof Float) return right instanceof Float && Object.is(left.value, right.value);
  if (left instanceof DateTime) return right instanceof DateTime && left.canonical === right.canonical;
  if (right instanceof Float || right instanceof DateTime) return false;
  return sameTable(left, right);
}

function sameInteger(left: Value | undefined, right: Value | undefined): boolean {
  const whole = (value: Value | undefined) => typeof value === 'number' || typeof value === 'bigint';
  return whole(left) && whole(right) && BigInt(left as number) === BigInt(right as number);
}

function sameList(left: Value[], right: Value[]): boolean {
  return left.length === right.length && left.every((value, at) => sameValue(value, right[at]));
}

function sameTable(left: Table, right: Table): boolean {
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && sameValue(left[key], right[key]));
}
