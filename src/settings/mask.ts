const tokens =
  /\b([\w.-]*-)?(glrtr?|glpat|gloas|gldt|glcbt|glptt|glft|glimt|glagent|glsoat|glffct|gltok)-[\w.-]{4,}|\bGR1348941[\w-]{8,}/g;

/** Gives a function that hides the given secrets, and whatever looks like a GitLab token, in any text. */
export function masker(secrets: readonly string[]): (text: string) => string {
  // The longer ones first: a secret may be the beginning of another.
  const known = secrets.filter((one) => one.length >= 4).sort((a, b) => b.length - a.length);
  return (text) =>
    known.reduce((rest, one) => rest.replaceAll(one, '[hidden]'), text).replace(tokens, '[hidden]');
}
