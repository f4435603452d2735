import { showDiff } from '../../app/diff.ts';
import { type ConfigInvocation, isSwitchedOn } from '../../app/invocation.ts';
import { withRollback } from '../../app/rollback.ts';
import { checkAgreed, recording } from '../../app/save.ts';
import type { Access } from '../../app/take-back.ts';
import { saveUnsaved, unsavedAt } from '../../app/unsaved.ts';
import { replaceFile } from '../../config/replace-file.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { tighten } from '../../host/config-folder.ts';
import type { Channel } from '../../terminal/say.ts';
import { quote } from '../../text/shell-quote.ts';
import type { World } from '../../world.ts';
import { type Examined, remediesIn } from './checks/file.ts';
import { accessOf } from './checks/gitlab.ts';

/**
 * Mends what can be mended without harm, after showing it and the person's yes; gives whether something was changed.
 * In scripts `--yes` is the yes.
 */
export async function mend(
  invocation: ConfigInvocation,
  { text, isLoose, left }: Examined,
): Promise<boolean> {
  const { path, world, say, dryRun } = invocation;
  const access = left === 'nothing' ? undefined : accessWithin(invocation);
  const isUnsaved = left === 'unsaved' || (left === 'question' && access !== undefined);
  const after = await mended(text, path, world);
  if (after === text && !isLoose && !isUnsaved) {
    say.talk('Nothing to fix.');
    return false;
  }
  const isAsked = invocation.mayAsk && !invocation.yes && !dryRun;
  const to = dryRun && !say.mode.json ? 'result' : isAsked ? 'propose' : 'talk';
  if (after !== text) await showDiff(say, { file: path, before: text, after, isPlanned: false }, to);
  if (isLoose) say[to](`chmod 600 ${quote(path)}`);
  if (isUnsaved) await showUnsaved(invocation, to);
  if (dryRun) return false;
  if (!invocation.yes) await agree(invocation);
  const { written } = await withRollback(world, say, async (rollback) => {
    if (isUnsaved) await saveUnsaved(invocation, access);
    const replaced = await replaceFile(
      path,
      async ({ text: now }) => {
        if (now === undefined) return undefined;
        const next = await mended(now, path, world);
        if (isAsked) await checkAgreed(path, { before: text, after }, { before: now, after: next });
        return next;
      },
      { ...recording(world, say, path), signal: rollback.signal },
    );
    if (isLoose) tighten(path);
    return replaced;
  });
  if (written) say.done(`Fixed ${path}. To undo the changes: runner-setup undo`);
  else if (isLoose) say.done(`Fixed the permissions of ${path}.`);
  return true;
}

const accessWithin = (invocation: ConfigInvocation): Access | undefined =>
  isSwitchedOn(invocation.verbFlags, 'offline') ? undefined : accessOf(invocation);

async function showUnsaved({ say, path }: ConfigInvocation, to: Channel): Promise<void> {
  for (const { words } of await unsavedAt(path)) say[to](words);
}

async function agree({ world, say, mayAsk }: ConfigInvocation): Promise<void> {
  if (!mayAsk) {
    throw new Trouble('--fix requires confirmation, and there is no terminal.', {
      hint: 'Add --yes, or --dry-run to show the changes.',
      code: exitCode.usage,
    });
  }
  const { cancelled, personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  if (!(await person.agree('Apply these fixes?', true))) throw cancelled();
}

// One remedy may be what makes the next one of a runner plain: each is found in the text that the one before left.
async function mended(text: string, path: string, world: World): Promise<string> {
  const [{ readConfig }, { editConfig }] = await Promise.all([
    import('../../config/read.ts'),
    import('../../config/edit.ts'),
  ]);
  let here = text;
  for (let round = 0; round < 50; round++) {
    if (here.replace(/^\ufeff/, '').trim() === '') break;
    const config = await readConfig(here, path).catch(() => undefined);
    const remedies = config === undefined ? [] : remediesIn(config, world);
    if (config === undefined || remedies.length === 0) break;
    const next = editConfig(config, remedies);
    if (next === here) break;
    here = next;
  }
  return here;
}
