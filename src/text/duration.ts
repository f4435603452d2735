import { Trouble } from '../errors.ts';

const units: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const longest = 2n ** 63n - 1n;

/** Reads a duration in Go's notation (`1h30m`, `1.5s`, `0`) as nanoseconds; Trouble when it is none. */
export function parseDuration(words: string): bigint {
  const found = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(words);
  if (!found) throw notDuration(words);
  const sign = found[1] === '-' ? -1n : 1n;
  let sum = 0n;
  for (const part of found[2]!.matchAll(/(\d*)\.?(\d*)([a-zµμ]+)/g)) {
    const unit = units[part[3]!]!;
    sum += BigInt(part[1] || '0') * unit;
    if (part[2]) sum += (BigInt(part[2]) * unit) / 10n ** BigInt(part[2].length);
  }
  if (sum > longest) throw notDuration(words);
  return sign * sum;
}

/** Writes nanoseconds as Go does: `1m30s`, `15m0s`, `1.5s`, `200ms`, `0s`. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const sign = nanoseconds < 0n ? '-' : '';
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (size < units.us!) return `${sign}${size}ns`;
  if (size < units.ms!) return `${sign}${decimal(size, units.us!)}µs`;
  if (size < units.s!) return `${sign}${decimal(size, units.ms!)}ms`;
  const hours = size / units.h!;
  const minutes = (size % units.h!) / units.m!;
  const seconds = `${decimal(size % units.m!, units.s!)}s`;
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

function decimal(size: bigint, unit: bigint): string {
  const digits = String(unit).length - 1;
  const fraction = String(size % unit)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return fraction === '' ? `${size / unit}` : `${size / unit}.${fraction}`;
}

function notDuration(words: string): Trouble {
  return new Trouble(`"${words}" is not a duration`, {
    hint: 'Use a number and a unit, such as 90s or 1h30m.',
  });
}

/** A time as people say it: 45 s, 3 min, 1 h 30 min. */
export function timeWords(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return [hours > 0 && `${hours} h`, (minutes > 0 || hours === 0) && `${minutes} min`]
    .filter(Boolean)
    .join(' ');
}

const day = 86_400_000;

/** Milliseconds from Go's notation, or from days and weeks (`7d`, `2w`); nothing for what is neither, or below zero. */
export function millisecondsIn(words: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([dw])$/.exec(words) ?? [];
  if (number !== undefined) return Math.round(Number(number) * day * (unit === 'w' ? 7 : 1));
  try {
    const milliseconds = Number(parseDuration(words) / 1_000_000n);
    return milliseconds >= 0 ? milliseconds : undefined;
  } catch (error) {
    if (error instanceof Trouble) return undefined;
    throw error;
  }
}
