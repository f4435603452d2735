import { countOf, type Finding, showFindings } from '../../app/findings.ts';
import { type ConfigInvocation, dryRunCode } from '../../app/invocation.ts';
import type { ExitCode } from '../../errors.ts';
import type { Say } from '../../terminal/say.ts';
import { harmless } from '../../text/sanitize.ts';
import type { CheckResult, Step } from './checks/check.ts';

// What did not go well is told by the finding that belongs to it, and not twice.
function showSteps(say: Say, steps: readonly Step[]): void {
  for (const { about, what, words, ok } of steps)
    if (ok) say.judged('good', `${about}: ok: ${what}: ${harmless(words, 300)}`);
}

/** Tells all that the doctor tried and found: as results, or as the object of `--json`. */
export function tellAll(
  say: Say,
  found: CheckResult & { readonly file: string; readonly changed: boolean },
): void {
  const { file, steps, findings, gitlabRunners = [], changed } = found;
  if (say.mode.json) {
    const told = steps.map(({ words, ...step }) => ({ ...step, message: words }));
    const here = gitlabRunners.length > 0 && { gitlabRunners };
    say.object({ action: 'diagnosed', changed, file, findings, steps: told, ...here });
    return;
  }
  showSteps(say, steps);
  showFindings(say, findings);
  const fixable = findings.filter((one) => one.fixable).length;
  const more =
    fixable > 0
      ? ` To fix ${fixable === 1 ? 'one' : fixable} of them automatically: runner-setup doctor --fix`
      : '';
  const sum = findings.length === 0 ? 'no problems found.' : `${countOf(findings)}.${more}`;
  if (findings.some(({ severity }) => severity === 'error')) say.result(`${file}: ${sum}`, 2);
  else say.done(`${file}: ${sum}`);
}

/** Tells that `--fix --dry-run` did nothing; the changes have been shown. */
export function tellPlan(invocation: ConfigInvocation, findings: readonly Finding[]): ExitCode {
  const { say, path: file } = invocation;
  const fixable = findings.filter((one) => one.fixable);
  const changed = fixable.length > 0;
  if (say.mode.json) say.object({ action: 'planned', changed, file, findings: fixable });
  else if (changed) say.done(`Nothing was changed. This is what would change in ${file}.`);
  return dryRunCode(invocation, changed);
}
