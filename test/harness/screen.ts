import type xterm from '@xterm/headless';

/** One place on the screen: its character (`''` behind a wide one), colours as `#rrggbb` or none, and how it is set. */
export type Cell = {
  text: string;
  colour: string | undefined;
  background: string | undefined;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
};

/** The visible rows, the visible rows with those that were broken for width joined again, and all rows with the history. */
export function readRows(view: xterm.Terminal): { screen: string; unwrapped: string; all: string } {
  const buffer = view.buffer.active;
  const rows = Array.from({ length: buffer.length }, (_, at) => buffer.getLine(at)!);
  const visible = rows.slice(buffer.baseY, buffer.baseY + view.rows);
  const text = (lines: typeof rows) =>
    lines
      .map((line) => line.translateToString(true))
      .join('\n')
      .trimEnd();
  const joined = visible.map(
    (line, at) => (line.isWrapped && at > 0 ? '' : '\n') + line.translateToString(true),
  );
  return { screen: text(visible), unwrapped: joined.join('').slice(1).trimEnd(), all: text(rows) };
}

/** Every visible cell with its colours; reversed ones are given as they look. */
export function readCells(view: xterm.Terminal): Cell[][] {
  const buffer = view.buffer.active;
  return Array.from({ length: view.rows }, (_, row) => {
    const line = buffer.getLine(buffer.baseY + row)!;
    return Array.from({ length: view.cols }, (_, column) => cellOf(line.getCell(column)!));
  });
}

function cellOf(cell: xterm.IBufferCell): Cell {
  const own = colourOf(cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor());
  const behind = colourOf(cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor());
  const reversed = cell.isInverse() !== 0;
  return {
    text: cell.isInvisible() ? ' ' : cell.getChars() || (cell.getWidth() === 0 ? '' : ' '),
    colour: reversed ? (behind ?? plain.background) : own,
    background: reversed ? (own ?? plain.colour) : behind,
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
  };
}

/** The colours of text that asks for none. */
export const plain = { colour: '#d8dee9', background: '#1e2430' };

function colourOf(isRgb: boolean, isPalette: boolean, value: number): string | undefined {
  if (isRgb) return hex(value >> 16, (value >> 8) & 255, value & 255);
  return isPalette ? paletteColour(value) : undefined;
}

// The first sixteen as this picture wants them; then xterm's cube of 6 x 6 x 6 and its 24 greys.
function paletteColour(index: number): string {
  if (index < 16) return sixteen[index]!;
  if (index >= 232) return hex(...grey((index - 232) * 10 + 8));
  const step = (place: number) => [0, 95, 135, 175, 215, 255][Math.floor((index - 16) / place) % 6]!;
  return hex(step(36), step(6), step(1));
}

const sixteen = (
  '#3b4252 #e06c75 #98c379 #e5c07b #61afef #c678dd #56b6c2 #d8dee9 ' +
  '#7b8496 #ff8a93 #b5e29a #f2d492 #85c5ff #dea0ee #7ed3dd #ffffff'
).split(' ');

const grey = (level: number): [number, number, number] => [level, level, level];

const hex = (...parts: number[]) => `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
