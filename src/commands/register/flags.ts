import { groups } from '../../settings/row.ts';
import { settingNames, table } from '../../settings/table.ts';
import type { Grammar } from '../../terminal/options.ts';

/** What `register` understands: every setting. */
export const registerGrammar: Grammar = { table, names: settingNames, topics: groups };
