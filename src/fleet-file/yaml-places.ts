import { EVENT_ID, type Event, getScalarValue } from 'js-yaml';

/** Takes the events of a YAML text; gives a function from a path to the offset of its key, or of the nearest key above. */
export function placesIn(events: readonly Event[], text: string): (path: readonly string[]) => number {
  const places = new Map<string, number>();
  const open: Frame[] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.POP) open.pop();
    else if (event.type !== EVENT_ID.DOCUMENT) take(event, open, places, text);
    else open.push({ path: [], at: undefined, isMap: false, isRoot: true });
  }
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const found = places.get(path.slice(0, length).join('\n'));
      if (found !== undefined) return found;
    }
    return 0;
  };
}

/** A collection that is open: its path, and the key or number that the next value has. */
interface Frame {
  readonly path: readonly string[];
  at: string | number | undefined;
  readonly isMap: boolean;
  readonly isRoot?: true;
}

type Node = Exclude<Event, { type: typeof EVENT_ID.POP | typeof EVENT_ID.DOCUMENT }>;

function take(event: Node, open: Frame[], places: Map<string, number>, text: string): void {
  const top = open.at(-1)!;
  const isKey = top.isMap && top.at === undefined;
  if (isKey && event.type === EVENT_ID.SCALAR) {
    top.at = getScalarValue(text, event);
    places.set([...top.path, top.at].join('\n'), event.valueStart);
    return;
  }
  const path = top.isRoot ? [] : [...top.path, String(top.at ?? '')];
  if (!top.isMap && !top.isRoot && offsetOf(event) >= 0) places.set(path.join('\n'), offsetOf(event));
  if (top.isMap) top.at = isKey ? '' : undefined;
  else if (typeof top.at === 'number') top.at++;
  if (event.type === EVENT_ID.MAPPING) open.push({ path, at: undefined, isMap: true });
  if (event.type === EVENT_ID.SEQUENCE) open.push({ path, at: 0, isMap: false });
}

const offsetOf = (event: Node): number =>
  event.type === EVENT_ID.SCALAR ? event.valueStart : event.type === EVENT_ID.ALIAS ? -1 : event.start;
