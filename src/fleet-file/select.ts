/** Whether what has these hosts and labels is for a machine: one pattern fits its name, and all labels are given for it. */
export function isFor(
  { hosts, labels = [] }: { readonly hosts?: readonly string[]; readonly labels?: readonly string[] },
  host: string,
  given: readonly string[],
): boolean {
  const isHost = hosts === undefined || hosts.some((pattern) => fits(pattern, host));
  return isHost && labels.every((label) => given.includes(label));
}

// A host is known by its full name and by the part before the first dot.
function fits(pattern: string, host: string): boolean {
  const parts = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const form = new RegExp(`^${parts.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i');
  return form.test(host) || form.test(host.split('.', 1)[0]!);
}
