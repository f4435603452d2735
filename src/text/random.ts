/**
 * Takes a number of digits; gives as many hexadecimal digits that differ from call to call. For names and request IDs, not
 * for secrets: node:crypto would cost every run a millisecond.
 */
export const randomHex = (digits: number): string =>
  Array.from({ length: digits }, () => Math.floor(Math.random() * 16).toString(16)).join('');
