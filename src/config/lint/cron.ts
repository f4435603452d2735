const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const days = 'sun mon tue wed thu fri sat'.split(' ');
const longMonths =
  'january february march april may june july august september october november december'.split(' ');
const longDays = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly words?: readonly string[];
  /** Forms that only this field has, such as the last day of the month. */
  readonly extra?: RegExp;
}

const minute: Field = { name: 'minute', from: 0, to: 59 };
const rest: readonly Field[] = [
  minute,
  { name: 'hour', from: 0, to: 23 },
  { name: 'day', from: 1, to: 31, extra: /^(\?|l|lw|\d{1,2}w)$/ },
  { name: 'month', from: 1, to: 12, words: [...months, ...longMonths] },
  { name: 'weekday', from: 0, to: 7, words: [...days, ...longDays], extra: /^(\?|l|(\w+)l|(\w+)#[1-5])$/ },
  { name: 'year', from: 1970, to: 2099 },
];

/** Says what is wrong with a period as gitlab-runner's cron reader (gorhill/cronexpr) sees it: 5 to 7 fields; nothing when it is one. */
export function cronFault(period: string): string | undefined {
  const words = period.trim().toLowerCase();
  if (/^@(annually|yearly|monthly|weekly|daily|midnight|hourly)$/.test(words)) return undefined;
  const given = words.split(/\s+/).filter(Boolean);
  if (given.length < 5) return `it has ${given.length} fields, and needs 5 at least`;
  const fields = given.length >= 7 ? [{ ...minute, name: 'second' }, ...rest] : rest;
  for (const [at, text] of given.slice(0, 7).entries()) {
    const field = fields[at]!;
    if (!text.split(',').every((part) => isPart(part, field)))
      return `"${text}" does not fit the field ${field.name}`;
  }
  return undefined;
}

function isPart(part: string, field: Field): boolean {
  if (field.extra?.test(part)) return true;
  const [range = '', step, ...more] = part.split('/');
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false;
  if (range === '*') return true;
  const ends = range.split('-');
  return ends.length <= 2 && ends.every((end) => isEnd(end, field));
}

function isEnd(end: string, { from, to, words }: Field): boolean {
  if (words?.includes(end)) return true;
  return /^\d{1,4}$/.test(end) && Number(end) >= from && Number(end) <= to;
}
