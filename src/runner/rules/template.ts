import { isTable, type Value } from '../../config/model.ts';
import { isPlaceholder } from '../../text/expand.ts';
import type { FileRule } from './rule.ts';

/** A file that a program fills in before gitlab-runner reads it: what is left open in it is not judged. */
export const templateRule: FileRule = {
  id: 'template',
  *find({ globals, runners }) {
    const open: string[] = [];
    for (const table of [globals, ...runners]) collectOpen('', table, open);
    if (open.length === 0) return;
    const [first] = open;
    yield {
      severity: 'note',
      rule: 'template',
      at: 'global',
      path: [],
      message: `this file is a template: ${open.length === 1 ? '1 value is a placeholder' : `${open.length} values are placeholders`}, such as ${placeholderIn(first!)}`,
      why: 'Placeholders are not checked.',
      next: 'Check the finished file: runner-setup doctor --config FILE',
    };
  },
};

const isOpen = (words: string): boolean => /\{\{.*\}\}|<%.*%>/s.test(words);

const isVariable = (words: string): boolean => /^\$(\{\w+\}|\w+)$/.test(words);

const placeholderIn = (words: string): string =>
  /\{\{.*?\}\}|<%.*?%>|\$\{\w+\}|\$\w+/s.exec(words)?.[0] ?? words;

// gitlab-runner itself replaces the variables of these, and scripts those of their own.
const expanded = /^(url|token|image|helper_image|volumes|name|environment|services|.*script|.*_dir|host)$/;

function collectOpen(key: string, value: Value, found: string[]): void {
  if (typeof value === 'string') {
    if (isPlaceholder(value) && (isOpen(value) || (isVariable(value) && !expanded.test(key))))
      found.push(value);
  } else if (Array.isArray(value)) for (const item of value) collectOpen(key, item, found);
  else if (isTable(value)) for (const name in value) collectOpen(name, value[name]!, found);
}
