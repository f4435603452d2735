import { caEditsOf } from '../../app/ca-for-jobs.ts';
import type { PlannedEdit } from '../../app/edit-save.ts';
import { isAboutProxy, proxyEdits } from '../../app/proxy.ts';
import { editTargets } from '../../app/select-runner.ts';
import { withWholePaths } from '../../app/whole-paths.ts';
import type { Table } from '../../config/model.ts';
import { exitCode, Trouble } from '../../errors.ts';
import type { Edit } from '../../runner/edit-request.ts';
import type { Snippet } from '../../runner/proxy.ts';
import type { RunnerEntry } from '../../runner/select.ts';
import { checkTogether } from '../../settings/rules.ts';
import type { Settings } from '../../settings/table.ts';
import { type EditContext, personFor } from './context.ts';
import { flagsAtGitlab, isSet } from './flags.ts';
import { missingAtGitlab } from './gitlab.ts';
import { planEdit } from './plan.ts';
import { type AppliedPreset, askForNeeds, presetToApply } from './preset.ts';

/** Everything that one edit is made of. */
export interface EditRequest extends PlannedEdit {
  /** What GitLab keeps and is changed there, by the position of the runner, from 0. */
  readonly atGitlab: readonly { readonly at: number; readonly body: object }[];
  readonly accessToken: string;
  /** Pieces of files of other programs that were asked for. */
  readonly snippets?: readonly Snippet[] | undefined;
  /** The keys that flags set as a whole, which loses what a list had. */
  readonly replaced?: readonly (readonly string[])[];
  /** The preset that was asked for. */
  readonly preset?: string | undefined;
  /** The runners that a proxy was named for, from 0; absent when none was. */
  readonly proxied?: readonly number[];
}

/** Whether it was said how jobs reach GitLab, which is put together with what a runner has already. */
export const isAboutJobNetwork = (settings: Settings): boolean =>
  isAboutProxy(settings) || settings.caForJobs !== undefined;

/** Plans what flags ask for: which runners, what changes in the file, what at GitLab. Throws for what cannot be. */
export async function requestFor(
  context: EditContext,
  flagged: readonly Edit[],
  body: object,
): Promise<EditRequest> {
  const { config, settings, verbFlags, words, dryRun } = context;
  const isAtGitlab = Object.keys(body).length > 0;
  if (isAtGitlab) checkGitlabSettings(settings);
  const word = verbFlags.preset?.at(-1);
  const preset = word === undefined ? undefined : await presetToApply(word, context);
  const isOfRunner =
    isAtGitlab ||
    preset !== undefined ||
    isAboutJobNetwork(settings) ||
    flagged.some((edit) => edit.level === 'runner');
  const needsRunner = isOfRunner || words.length > 0;
  const isAll = isSet(context, 'all');
  const places = needsRunner ? await editTargets(config, words, isAll, personFor(context)) : [];
  const answers = await answersFor(context, preset, places, flagged);
  const edits = [...flagged, ...answers].map((edit) => withWholePaths(edit, context));
  const proxied = await proxyEdits(settings, config.runners, edits, { ...context, isOffline: dryRun });
  const meant = places.map(({ runner }) => runner);
  const trusted = caEditsOf(settings.caForJobs, meant, edits, { ...context, path: config.file });
  const last = (runner: Table) => [...(trusted?.(runner) ?? []), ...(proxied?.(runner) ?? [])];
  const how = { isAll, forced: isSet(context, 'force'), preset, last };
  const runners = places.map(({ at }) => at);
  const plan = await planEdit(config, edits, { runners, ...how });
  const accessToken = settings.accessToken ?? '';
  const kept = isAtGitlab
    ? await missingAtGitlab(context, config, runners, { accessToken, body })
    : undefined;
  return {
    plan: { ...plan, nothing: [...plan.nothing, ...(kept?.nothing ?? [])] },
    atGitlab: kept?.missing ?? [],
    accessToken,
    preset: preset?.preset.name,
    isAgreed: false,
    replaced: flagged.flatMap((edit) => (edit.do === 'set' ? [edit.path] : [])),
    ...(proxied && { proxied: runners }),
    again: (now, positions) => planEdit(now, edits, { runners: runners.map(positions), ...how }),
  };
}

async function answersFor(
  context: EditContext,
  preset: AppliedPreset | undefined,
  places: readonly RunnerEntry[],
  edits: readonly Edit[],
) {
  const person = personFor(context);
  const [place, ...more] = places;
  if (preset === undefined || person === undefined || place === undefined || more.length > 0) return [];
  return askForNeeds(preset, place.runner, edits, person, context.world);
}

/** Refuses settings that GitLab keeps when nobody said how to get there, or that it would not take. */
function checkGitlabSettings(settings: Settings): void {
  const flags = flagsAtGitlab(settings);
  if (settings.accessToken === undefined) {
    throw new Trouble(`Not in config.toml: ${flags.join(', ')}.`, {
      why: 'GitLab stores these settings.',
      hint: 'To change them in GitLab, add --access-token-file FILE, or set RUNNER_SETUP_ACCESS_TOKEN.',
      code: exitCode.usage,
    });
  }
  checkTogether({ settings, sources: new Map() }, undefined);
}
