import { type Cell, plain } from './screen.ts';

/**
 * Draws the screen of a terminal as an SVG with its colours: fixed sizes and the reader's own monospace font, so the
 * same screen gives the same bytes. Empty rows at the end are left out.
 */
export function toSvg(terminal: { cells(): Cell[][] }): string {
  const rows = withoutEmptyEnd(terminal.cells());
  const width = Math.max(0, ...rows.map((row) => row.length)) * cell.width + 2 * margin;
  const height = rows.length * cell.height + 2 * margin;
  const body = rows.flatMap((row, at) => drawRow(row, margin + at * cell.height));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${number(width)} ${number(height)}" width="${number(width)}" height="${number(height)}" font-family="${fonts}" font-size="14">`,
    `<rect width="100%" height="100%" rx="8" fill="${plain.background}"/>`,
    ...body,
    '</svg>\n',
  ].join('\n');
}

const cell = { width: 8.4, height: 19, baseline: 14.5 };
const margin = 14;
const fonts = 'ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace';

function withoutEmptyEnd(rows: Cell[][]): Cell[][] {
  const isDrawn = (place: Cell) => place.text.trim() !== '' || place.background !== undefined;
  return rows.slice(0, rows.findLastIndex((row) => row.some(isDrawn)) + 1);
}

type Stretch = { column: number; columns: number; text: string; look: Cell };

function drawRow(row: Cell[], top: number): string[] {
  const stretches = stretchesOf(row);
  return [
    ...stretches
      .filter(({ look }) => look.background !== undefined)
      .map((stretch) => drawBackground(stretch, top)),
    ...stretches.filter(({ text }) => text.trim() !== '').map((stretch) => drawText(stretch, top)),
  ];
}

function stretchesOf(row: Cell[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const [column, place] of row.entries()) {
    const last = stretches.at(-1);
    if (last && (place.text === '' || lookOf(last.look) === lookOf(place))) {
      last.text += place.text;
      last.columns += 1;
    } else {
      stretches.push({ column, columns: 1, text: place.text, look: place });
    }
  }
  return stretches;
}

const lookOf = ({ text: _, ...look }: Cell) => JSON.stringify(look);

const drawBackground = ({ column, columns, look }: Stretch, top: number) =>
  `<rect x="${number(margin + column * cell.width)}" y="${number(top)}" width="${number(columns * cell.width)}" height="${cell.height}" fill="${look.background}"/>`;

// The length is fixed, so that columns stand under each other in a font of any width.
function drawText({ column, columns, text, look }: Stretch, top: number): string {
  const lead = text.length - text.trimStart().length;
  const shown = text.trim();
  const places = columns - (text.length - shown.length);
  const attributes = [
    `x="${number(margin + (column + lead) * cell.width)}"`,
    `y="${number(top + cell.baseline)}"`,
    `textLength="${number(places * cell.width)}"`,
    `fill="${look.colour ?? plain.colour}"`,
    look.bold && 'font-weight="bold"',
    look.dim && 'opacity="0.6"',
    look.italic && 'font-style="italic"',
    look.underline && 'text-decoration="underline"',
  ].filter(Boolean);
  return `<text xml:space="preserve" ${attributes.join(' ')}>${escaped(shown)}</text>`;
}

const number = (value: number) => String(Math.round(value * 100) / 100);

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

const escaped = (text: string) => text.replace(/[&<>]/g, (sign) => entities[sign]!);
