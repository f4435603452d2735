import { readFileSync } from 'node:fs';
import { TextlintKernelDescriptor } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import plain from '@textlint/textlint-plugin-text';
import { parseAst } from 'rolldown/parseAst';
import { createLinter } from 'textlint';
import sentenceLength from 'textlint-rule-sentence-length';
import terminology from 'textlint-rule-terminology';

/** The words that are not used in texts for people, each as a pattern, and what to write instead. */
const terms = JSON.parse(readFileSync(new URL('../wording.json', import.meta.url), 'utf8')) as [
  string,
  string,
][];

// A sentence that a person need not read twice; the guide asks for 20 words, which no program can count in all texts.
const longest = 160;

const linterOf = (...rules: ConstructorParameters<typeof TextlintKernelDescriptor>[0]['rules']) =>
  createLinter({
    descriptor: new TextlintKernelDescriptor({
      rules,
      plugins: [
        { pluginId: 'markdown', plugin: markdown, options: {} },
        { pluginId: 'text', plugin: plain, options: {} },
      ],
      filterRules: [],
    }),
  });

const words = linterOf({
  ruleId: 'terminology',
  rule: terminology,
  options: { terms, defaultTerms: false, skip: [] },
});

const lengths = linterOf({
  ruleId: 'sentence-length',
  rule: sentenceLength,
  // A command to paste is as long as it is.
  options: { max: longest, skipPatterns: ['/(?:^|: |\\()runner-setup .*/'] },
});

/** Takes a text as Markdown or as plain lines; gives a line for each word in it that is not used, with the line it is on. */
export const wordsRefused = (text: string, as: 'md' | 'txt'): Promise<string[]> => faults(words, text, as);

/** Takes a text as Markdown or as plain lines; gives a line for each sentence of more than 160 characters. */
export const longSentences = (text: string, as: 'md' | 'txt'): Promise<string[]> => faults(lengths, text, as);

async function faults(
  linter: ReturnType<typeof createLinter>,
  text: string,
  as: 'md' | 'txt',
): Promise<string[]> {
  const { messages } = await linter.lintText(text, `text.${as}`);
  const lines = text.split('\n');
  return messages.map(({ loc, message }) => `${lines[loc.start.line - 1]!.trim()} (${message})`);
}

/** Whether a literal has words of a sentence, and is neither a list of names nor a script for a shell. */
export const isProse = (text: string): boolean =>
  / (?:the|an?|is|are|of|to|and|or|in|for) /i.test(text) && !/2>|; fi\b/.test(text);

type Node = { type: string; [key: string]: unknown };

/** Takes a source; gives its literals that read like words for a person, one line each; an expression in one is `…`. */
export function literalsIn(path: string, source: string): string[] {
  const found: string[] = [];
  collect(parseAst(source, { lang: 'ts', sourceType: 'module' }, path) as unknown as Node, found);
  return found
    .filter((text) => /[a-z]\s+\S|\s[a-z]/.test(text))
    .map((text) => text.replace(/\s+/g, ' ').trim());
}

function collect(node: Node, found: string[]): void {
  if (node.type.startsWith('Import') && node.type !== 'ImportExpression') return;
  if (node.type === 'Literal' && typeof node.value === 'string') found.push(node.value);
  if (node.type === 'TemplateLiteral')
    found.push((node.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('…'));
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) collect(child, found);
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
