import type { Row } from './row.ts';
import { registerRows } from './rows/register.ts';
import { setupRows } from './rows/setup.ts';

const rows = { ...registerRows, ...setupRows };

/** The settings of a call, such as where config.toml is and how GitLab is reached, beside those of executors. */
export type CallName = keyof typeof rows;

/** Their rows of the table. Most commands do with them: the whole table, with those of executors, takes longer to load. */
export const callTable: Readonly<Record<CallName, Row>> = rows;
