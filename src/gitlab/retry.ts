/** Takes a status; true when the same request may succeed a little later (the list of gitlab-runner's retry_requester.go). */
export function isPassing(status: number): boolean {
  return [408, 429, 500, 502, 503, 504].includes(status) || status >= 512;
}

/** Takes a status; true when it does not tell whether the request was carried out: a gateway may have given up on GitLab. */
export function isUnsure(status: number): boolean {
  return status === 408 || status >= 500;
}

/** Longest pause a server can ask for, in seconds; beyond it the person is told instead. */
export const longestPause = 600;

/**
 * Takes the headers (names in lower case) of a passing refusal and the number of the attempt that failed (from 1); gives
 * the seconds to wait: RateLimit-ResetTime, else Retry-After, else RateLimit-Reset, else 0.1 doubling up to 60 with jitter.
 */
export function pauseAfter(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  failed: number,
  now: number = Date.now(),
): number {
  return askedFor(headers, now) ?? backOff(failed);
}

function askedFor(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  now: number,
): number | undefined {
  const read = (name: string) => [headers[name]].flat()[0]?.trim() ?? '';
  const asked = [
    (Date.parse(read('ratelimit-resettime')) - now) / 1000,
    /^\d+$/.test(read('retry-after'))
      ? Number(read('retry-after'))
      : (Date.parse(read('retry-after')) - now) / 1000,
    /^\d+$/.test(read('ratelimit-reset')) ? Number(read('ratelimit-reset')) - now / 1000 : Number.NaN,
  ].find((seconds) => !Number.isNaN(seconds));
  // A moment that is over (or clocks that differ) is no answer: the back-off still holds.
  return asked === undefined || asked <= 0 ? undefined : asked;
}

/** Takes the number of the attempt that failed (from 1); gives the seconds to wait when the server named none. */
export function backOff(failed: number): number {
  const whole = Math.min(60, 0.1 * 2 ** (failed - 1));
  return whole * (0.75 + Math.random() / 4);
}

/** Waits; rejects with the signal's reason as soon as it aborts. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
