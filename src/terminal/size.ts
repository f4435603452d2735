/** What a stream tells of a terminal. */
type Stream = Pick<NodeJS.WriteStream, 'isTTY'> & { readonly columns?: number; readonly rows?: number };

// A serial console and `docker exec -t` tell 0 for both; on less than this no menu can be drawn.
const least = { columns: 20, rows: 5 };

/** Whether a stream is a terminal where lines can be drawn again: one that tells a usable size. */
export const canRedraw = ({ isTTY, columns = 80, rows = 24 }: Stream): boolean =>
  Boolean(isTTY) && columns >= least.columns && rows >= least.rows;

/**
 * The columns that a help screen is laid out for: those of the terminal, else those that the variable `COLUMNS` says, else
 * 80; never less than 40, and never more than 100, which is as long as lines can be read well.
 */
export function pageWidth(
  { isTTY, columns = 0 }: Stream,
  { COLUMNS = '' }: { readonly COLUMNS?: string },
): number {
  const known = (isTTY && columns) || (/^\d{1,4}$/.test(COLUMNS) && Number(COLUMNS)) || 80;
  return Math.min(100, Math.max(40, known));
}

/** The columns that a text has to fit into: those of the terminal; no limit for a log or a terminal without a usable size. */
export const columnsOf = (stream: Stream): number => (canRedraw(stream) ? (stream.columns ?? 80) : Infinity);
