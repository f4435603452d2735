import { below } from '../../files/below.ts';
import { textAt } from '../schedule-run.ts';
import { idsIn } from './os-release.ts';

/** Whether an os-release file names Alpine, which has a package of its own with a service for OpenRC; GitLab has none for it. */
export const isAlpine = (osRelease: string | undefined): boolean => idsIn(osRelease).includes('alpine');

/** Whether Alpine's package of gitlab-runner is installed below this root folder, by what apk has written down. */
export const hasAlpinePackage = (root: string): boolean =>
  /^P:gitlab-runner$/m.test(textAt(below(root, '/lib/apk/db/installed')) ?? '');
