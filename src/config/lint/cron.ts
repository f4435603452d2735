interface Field {
  readonly name: string;
  /** What one value looks like. */
  readonly value: string;
  /** The longest step, as in `*` + `/59`. */
  readonly max: number;
  /** Forms that only this field has, such as the last day of the month. */
  readonly extra?: string;
}

const minute: Field = { name: 'minute', value: '0?[0-9]|[1-5][0-9]', max: 59 };
const day = '0?[1-9]|[12][0-9]|3[01]';
const month =
  '0?[1-9]|1[012]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|january|february|march|april|june|july|august|september|october|november|december';
const weekday =
  '0?[0-7]|sun|mon|tue|wed|thu|fri|sat|sunday|monday|tuesday|wednesday|thursday|friday|saturday';
const fields: readonly Field[] = [
  minute,
  { name: 'hour', value: '0?[0-9]|1[0-9]|2[0-3]', max: 23 },
  { name: 'day', value: day, max: 31, extra: `l|lw|(?:${day})w` },
  { name: 'month', value: month, max: 12 },
  { name: 'weekday', value: weekday, max: 6, extra: `(?:${weekday})l|(?:${weekday})#[1-5]` },
  { name: 'year', value: '19[789][0-9]|20[0-9]{2}', max: 2099 },
];

const named = /@(?:annually|yearly|monthly|weekly|daily|hourly)/g;

/** Says what is wrong with a period as gitlab-runner's cron reader (gorhill/cronexpr) sees it: 5 to 7 fields; nothing when it is one. */
export function cronFault(period: string): string | undefined {
  const given = period.replace(named, '0 0 0 1 1 * *').match(/[^\t\n\f\r ]+/g) ?? [];
  if (given.length < 5) return `it has ${given.length} fields, but requires at least 5`;
  const known = given.length >= 7 ? [{ ...minute, name: 'second' }, ...fields] : fields;
  for (const [at, text] of given.slice(0, 7).entries())
    if (!fits(text.toLowerCase(), known[at]!)) return `"${text}" does not fit the field ${known[at]!.name}`;
  return undefined;
}

function fits(text: string, field: Field): boolean {
  const parts = text.split(',').filter(Boolean);
  const found = parts.map((part) => partIn(part, field));
  // Of what comes behind an asterisk the reader looks at the steps only, but for days.
  const all = field.extra === undefined ? parts.findIndex((part) => part === '*' || part === '?') : -1;
  return (
    parts.length > 0 && found.every((one, at) => one === 'right' || (one === 'other' && all >= 0 && at > all))
  );
}

function partIn(part: string, { value, max, extra }: Field): 'right' | 'wrong step' | 'other' {
  if (part === '*' || part === '?') return 'right';
  if (extra !== undefined && new RegExp(`^(?:${extra})$`).test(part)) return 'right';
  const found = new RegExp(`^(?:\\*(?=/)|(?:${value})(?:-(?:${value}))?)(?:/(\\d+))?$`).exec(part);
  if (found === null) return 'other';
  return found[1] === undefined || isStep(found[1], max) ? 'right' : 'wrong step';
}

// The reader knows a step of at most two digits, and years.
const isStep = (digits: string, max: number): boolean =>
  /^(?:[0-5]?\d|19[789]\d|20\d\d)$/.test(digits) && Number(digits) >= 1 && Number(digits) <= max;
