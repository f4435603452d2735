const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** A duration in Go's notation (`90s` becomes `1m30s`), or nothing when the words are none; the rules are Go's ParseDuration. */
export function duration(words: string): string | undefined {
  const sign = /^[+-]/.exec(words)?.[0] ?? '';
  const body = words.slice(sign.length);
  if (body === '0') return '0s';
  if (!/^((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined;
  let total = 0n;
  for (const [, number, unit] of body.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += nanoseconds(number!, units[unit!]!);
  }
  return (sign === '-' && total > 0n ? '-' : '') + inGoNotation(total);
}

function nanoseconds(number: string, unit: bigint): bigint {
  const [wholePart = '', fractionPart = ''] = number.split('.');
  const scale = 10n ** BigInt(fractionPart.length);
  return BigInt(wholePart || '0') * unit + (BigInt(fractionPart || '0') * unit) / scale;
}

function inGoNotation(total: bigint): string {
  if (total === 0n) return '0s';
  if (total < units.us!) return `${total}ns`;
  if (total < units.ms!) return `${decimal(total, units.us!)}µs`;
  if (total < units.s!) return `${decimal(total, units.ms!)}ms`;
  const hours = total / units.h!;
  const minutes = (total / units.m!) % 60n;
  const seconds = `${decimal(total % units.m!, units.s!)}s`;
  if (hours > 0n) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${minutes}m${seconds}` : seconds;
}

function decimal(amount: bigint, unit: bigint): string {
  const rest = String(amount % unit).padStart(String(unit).length - 1, '0');
  const digits = rest.replace(/0+$/, '');
  return `${amount / unit}${digits === '' ? '' : `.${digits}`}`;
}
