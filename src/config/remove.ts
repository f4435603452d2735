import { innerTo, isComment, ownedFrom } from './comments.ts';
import { contentEnd } from './insert.ts';
import { indentAt, isBlankLine, lineEnd, lineStart, removeLines } from './lines.ts';
import { scanComments } from './scan.ts';
import { type Node, type Outline, type Placed, sectionsBelow, statementsBelow } from './tree.ts';

/** Takes a node out of the text: its sections, its statements, and the comments that belong to them. */
export function removeNode(whole: Outline, node: Node): string {
  let text = whole.text;
  for (const { from, to } of cutsFor(whole, node).sort((left, right) => right.from - left.from))
    text = removeLines(text, from, to);
  return text;
}

/** Whether no comment goes with a node that is taken out of the text. */
export const isBare = (whole: Outline, node: Node): boolean =>
  cutsFor(whole, node).every(({ from, to }) => scanComments(whole.text.slice(from, to)).length === 0);

const cutsFor = (whole: Outline, node: Node): Cut[] => [
  ...statementsBelow(node).map(({ statement, section }) =>
    statementCut(whole.text, statement.start, section),
  ),
  ...runsOf(whole, sectionsBelow(node)).map((run) => sectionCut(whole, run)),
];

interface Cut {
  readonly from: number;
  readonly to: number;
}

function statementCut(text: string, start: number, section: Placed): Cut {
  const at = section.statements.findIndex((statement) => statement.start === start);
  const previous = section.statements[at - 1];
  const floor = previous
    ? lineEnd(text, previous.end)
    : section.header
      ? lineEnd(text, section.header.end)
      : 0;
  const from = ownedFrom(text, start, floor, 'key');
  const to = lineEnd(text, section.statements[at]!.end);
  // Nothing is left above the blank line that parted it from the first table.
  const isAll = from === 0 && section.statements.length === 1 && to < section.end;
  return { from, to: isAll && isBlankLine(text, to) ? lineEnd(text, to) : to };
}

/** Neighbouring sections go in one piece, with all that stands between them. */
function runsOf({ sections }: Outline, gone: Placed[]): Placed[][] {
  const runs: Placed[][] = [];
  for (const section of gone) {
    const run = runs.at(-1);
    const isNext = run && sections.indexOf(section) === sections.indexOf(run.at(-1)!) + 1;
    if (isNext && run.at(-1)!.end === section.start) run.push(section);
    else runs.push([section]);
  }
  return runs;
}

function sectionCut({ text, sections }: Outline, run: Placed[]): Cut {
  const [first, last] = [run[0]!, run.at(-1)!];
  const previous = sections[sections.indexOf(first) - 1];
  const floor = previous && previous.end === first.start ? contentEnd(text, previous) : 0;
  const top = ownedFrom(text, first.start, floor, 'header');
  const end = contentEnd(text, last);
  const hasNext = last.end < text.length;
  const ceiling = hasNext ? ownedFrom(text, last.end, end, 'header') : text.length;
  const to = innerTo(text, end, ceiling, shapeOf(text, first, last));
  if (top === 0) return { from: top, to: skipBlankLines(text, to) };
  const above = lineStart(text, top - 1);
  // A blank line parts a comment that stays from what is above.
  const isSpare = isBlankLine(text, above) && !isComment(text.slice(to, lineEnd(text, to)));
  return { from: isSpare ? above : top, to };
}

function shapeOf(text: string, first: Placed, { statements }: Placed): { indent: string; isFlat: boolean } {
  const indent = indentAt(text, first.start);
  const isFlat = statements.length > 0 && statements.every(({ start }) => indentAt(text, start) === indent);
  return { indent, isFlat };
}

function skipBlankLines(text: string, start: number): number {
  let at = start;
  while (at < text.length && isBlankLine(text, at)) at = lineEnd(text, at);
  return at;
}
