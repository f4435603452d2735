import { isTable, type Value } from '../../config/model.ts';
import type { FileRule } from './rule.ts';

/** A file that a program fills in before gitlab-runner reads it: what is left open in it is not judged. */
export const templateRule: FileRule = {
  id: 'template',
  *find({ globals, runners }) {
    const open = [globals, ...runners].flatMap((table) => openIn('', table));
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

function openIn(key: string, value: Value): string[] {
  if (typeof value === 'string')
    return isOpen(value) || (isVariable(value) && !expanded.test(key)) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => openIn(key, item));
  return isTable(value) ? Object.entries(value).flatMap(([name, inner]) => openIn(name, inner)) : [];
}
