import { expect, test } from 'vitest';
import { imageAfter, readImageName, versionIn } from '../../../src/engine/image-name.ts';

test.each([
  ['gitlab/gitlab-runner', 'gitlab/gitlab-runner', undefined, undefined],
  ['gitlab/gitlab-runner:v19.4.0', 'gitlab/gitlab-runner', 'v19.4.0', undefined],
  ['localhost:5000/gitlab-runner', 'localhost:5000/gitlab-runner', undefined, undefined],
  ['localhost:5000/gitlab-runner:own', 'localhost:5000/gitlab-runner', 'own', undefined],
  ['gitlab/gitlab-runner:v19.4.0@sha256:ab', 'gitlab/gitlab-runner', 'v19.4.0', 'sha256:ab'],
])('%s is taken apart', (image, repository, tag, digest) => {
  expect(readImageName(image)).toEqual({ repository, tag, digest });
});

test('the id of an image is no name', () => {
  expect(readImageName(`sha256:${'0a'.repeat(32)}`)).toBeUndefined();
});

test.each([
  ['gitlab/gitlab-runner:v19.3.0', undefined, 'gitlab/gitlab-runner:v19.3.0'],
  ['gitlab/gitlab-runner', undefined, 'gitlab/gitlab-runner:latest'],
  ['gitlab/gitlab-runner:v19.3.0', 'v19.4.0', 'gitlab/gitlab-runner:v19.4.0'],
  ['gitlab/gitlab-runner:v19.3.0', '19.4.0', 'gitlab/gitlab-runner:v19.4.0'],
  ['gitlab/gitlab-runner:alpine-v19.3.0', '19.4.0', 'gitlab/gitlab-runner:alpine-v19.4.0'],
  ['gitlab/gitlab-runner:alpine3.21-v19.3.0', '19.4.0', 'gitlab/gitlab-runner:alpine3.21-v19.4.0'],
  ['gitlab/gitlab-runner:alpine', '19.4.0', 'gitlab/gitlab-runner:alpine-v19.4.0'],
  ['gitlab/gitlab-runner:alpine-v19.3.0', 'v19.4.0', 'gitlab/gitlab-runner:v19.4.0'],
  ['localhost:5000/gitlab-runner:own', 'next', 'localhost:5000/gitlab-runner:next'],
  ['gitlab/gitlab-runner:v19.3.0', 'registry.example.com/runner:1', 'registry.example.com/runner:1'],
  ['gitlab/gitlab-runner@sha256:ab', 'v19.4.0', 'gitlab/gitlab-runner:v19.4.0'],
])('from %s by --to %s to %s', (image, to, after) => {
  expect(imageAfter(image, to)).toBe(after);
});

test.each([
  ['v19.4.0', [19, 4, 0]],
  ['alpine3.21-v19.4.2', [19, 4, 2]],
  ['19.4', [19, 4, 0]],
  ['19.4.0-ee', [19, 4, 0]],
  ['latest', undefined],
  ['own-20260101', undefined],
])('the version in %s', (text, version) => {
  expect(versionIn(text)).toEqual(version);
});
