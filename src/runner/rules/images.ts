import { tablesIn, textIn } from '../../config/model.ts';
import { defaultImage, runsInContainers } from '../../settings/executors.ts';
import { checkSyntax } from '../../settings/syntax.ts';
import { isPlaceholder } from '../../text/expand.ts';
import { editing, type Risk, type Subject, speaking, type WritingRule } from './rule.ts';

/** The name of an image in the settings of a runner, and the command that puts another one in its place. */
interface Named {
  readonly path: readonly string[];
  readonly image: string;
  change(to: string): string;
}

function* imagesOf(subject: Subject): Generator<Named> {
  const { executor, runner } = subject;
  if (!runsInContainers(executor)) return;
  const table = executor === 'kubernetes' ? 'kubernetes' : 'docker';
  for (const key of ['image', 'helper_image']) {
    const image = textIn(runner, table, key);
    const change = (to: string) => editing(subject, '--set', `${table}.${key}=${to}`);
    if (image !== '') yield { path: [table, key], image, change };
  }
  for (const [at, service] of tablesIn(runner, table, 'services').entries()) {
    const change = (to: string) => editing(subject, '--set', `${table}.services.${at}.name=${to}`);
    yield { path: [table, 'services', String(at), 'name'], image: textIn(service, 'name'), change };
  }
}

function* names(subject: Subject): Generator<Risk> {
  for (const { path, image, change } of imagesOf(subject)) {
    if (image === '' || isPlaceholder(image) || checkSyntax('image', image) === undefined) continue;
    yield {
      severity: 'error',
      rule: 'image-name',
      at: subject.at,
      path,
      message: `${path.filter((key) => !/^\d+$/.test(key)).join('.')}: "${image}" ${faultIn(image)}`,
      why: 'Docker reports an "invalid reference format", and jobs with it fail.',
      next: change(repaired(image)),
    };
  }
}

function faultIn(image: string): string {
  if (/^["'`]|["'`]$/.test(image)) return 'contains quotes';
  if (/^[a-z]+:\/\//i.test(image)) return 'is a URL; the name of an image has no scheme';
  if (/\s/.test(image)) return 'contains spaces';
  if (/[:@]$/.test(image)) return 'ends without a tag';
  if (/[A-Z]/.test(image)) return 'contains uppercase letters, which image names cannot have';
  return 'is not an image name';
}

function repaired(image: string): string {
  const bare = image
    .trim()
    .replace(/^["'`]+|["'`]+$/g, '')
    .trim()
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/[/:@]+$/, '')
    .replace(/\s+/g, '');
  const [, name = '', tag = ''] = /^(.*?)((?::[\w.-]+)?(?:@.*)?)$/.exec(bare) ?? [];
  const right = `${name.toLowerCase()}${tag}`;
  return checkSyntax('image', right) === undefined ? right : defaultImage;
}

const runnerImage = /^(.*\/)?gitlab-runner(?=[:@]|$)/;

function* helpers(subject: Subject): Generator<Risk> {
  for (const { path, image, change } of imagesOf(subject)) {
    if (path.at(-1) !== 'helper_image' || !runnerImage.test(image)) continue;
    const name = path.join('.');
    yield {
      severity: 'error',
      rule: 'helper-image',
      at: subject.at,
      path,
      message: `${name} is the gitlab-runner image; the helper image is gitlab-runner-helper`,
      why: 'Jobs use it to fetch sources and caches, which it cannot do.',
      next: /registry\.gitlab\.com|^gitlab\//.test(image)
        ? `Use the default helper image: ${editing(subject, '--unset', name)}`
        : change(image.replace(runnerImage, '$1gitlab-runner-helper')),
    };
  }
}

/** The rules about the names of images, and about the helper image. */
export const imageRules: readonly WritingRule[] = [
  {
    id: 'image-name',
    keys: [
      'docker.image',
      'docker.helper_image',
      'docker.services',
      'kubernetes.image',
      'kubernetes.helper_image',
    ],
    besides: ['kubernetes.services'],
    find: names,
  },
  { id: 'helper-image', keys: ['docker.helper_image', 'kubernetes.helper_image'], find: helpers },
].map(speaking);
