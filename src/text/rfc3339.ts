/** Takes words; true when they are a date with time and zone by RFC 3339, and that moment exists. */
export function isRfc3339(words: string): boolean {
  return form.test(words) && isCalendarDate(words);
}

const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Says whether the day exists and the hour too; the parsers leave both unchecked. */
export function isCalendarDate(text: string): boolean {
  if (plain.test(text)) return true;
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)/.exec(text) ?? [];
  const [, hour, minute, second] = /(\d\d):(\d\d):(\d\d)/.exec(text) ?? [];
  if (hour !== undefined && (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)) return false;
  if (year === undefined) return hour !== undefined;
  const days = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate();
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= days;
}

// Nearly all that gitlab-runner writes: no day that a month could lack.
const plain = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
