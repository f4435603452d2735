/** Why a period of Docker Machine cannot be one of the autoscaler. */
interface Unfit {
  readonly why: string;
}

const named: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/**
 * A period of Docker Machine (gorhill/cronexpr: five fields, with a year behind them, and with seconds before them) as the
 * autoscaler reads it: minute, hour, day, month, weekday. It looks once a minute, so seconds are dropped. Gives the reason
 * for one that the five fields cannot say.
 */
export function periodFor(written: string): string | Unfit {
  const words = written.trim().toLowerCase();
  if (Object.hasOwn(named, words)) return named[words]!;
  const given = words.split(/\s+/);
  if (given.length < 5 || given.length > 7)
    return { why: 'It is not a period, so add a policy with the right one.' };
  const [minute, hour, day, month, weekday, year = '*'] = given.length === 7 ? given.slice(1) : given;
  if (!/^[*?]$/.test(year))
    return { why: 'Policies have no year. Add a policy, and remove it after that year.' };
  const fields = [minute!, hour!, day!, shortNames(month!), sundays(shortNames(weekday!))];
  if (fields.some((field) => /[lw#]/.test(field.replace(/[a-z]{3}/g, ''))))
    return { why: 'Policies have no last days, nearest weekdays, or weeks of a month.' };
  return fields.map((field) => (field === '?' ? '*' : field)).join(' ');
}

// The reader of the autoscaler knows names of three letters only.
const shortNames = (field: string): string => field.replace(/[a-z]{3,}/g, (name) => name.slice(0, 3));

// And Sunday as 0 only.
const sundays = (field: string): string =>
  field
    .split(',')
    .map((part) =>
      part.replace(/^0?([0-6])-0?7$/, (_, from: string) => toSunday(Number(from))).replace(/^0?7$/, '0'),
    )
    .join(',');

const toSunday = (from: number): string => (from <= 1 ? '*' : from === 6 ? '6,0' : `${from}-6,0`);
