/** Takes things and what each of them is sorted by; gives those that share it together, each group in its order. */
export function grouped<T, Mark>(things: Iterable<T>, markOf: (thing: T) => Mark): Map<Mark, T[]> {
  const groups = new Map<Mark, T[]>();
  for (const one of things) {
    const mark = markOf(one);
    const group = groups.get(mark);
    if (group === undefined) groups.set(mark, [one]);
    else group.push(one);
  }
  return groups;
}
