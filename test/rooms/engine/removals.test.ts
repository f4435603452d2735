import { describe, expect, test } from 'vitest';
import {
  type Container,
  type Image,
  type Inventory,
  isOfRunner,
  isRunnerImage,
  jobOf,
  type Volume,
} from '../../../src/engine/inventory.ts';
import { isKept, neededByRunner, planRemovals, type RemovalRequest } from '../../../src/engine/removals.ts';

const now = new Date('2026-03-10T12:00:00Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
const wishes: RemovalRequest = { now, ttl: 3_600_000, keep: [] };

const image = (id: string, hours: number, more: Partial<Image> = {}): Image => ({
  id: `sha256:${id.padEnd(64, '0')}`,
  names: [`${id}:1`],
  isDangling: false,
  isRunners: false,
  isLocal: false,
  created: hoursAgo(hours),
  size: 100,
  ...more,
});

const container = (name: string, of: Image, more: Partial<Container> = {}): Container => ({
  id: `${name}-id`,
  name,
  image: of.id,
  imageName: of.names[0] ?? of.id,
  isStopped: true,
  isRunners: true,
  created: hoursAgo(5),
  size: 10,
  volumes: [],
  ...more,
});

const volume = (name: string, hours: number, more: Partial<Volume> = {}): Volume => ({
  name,
  isRunners: true,
  created: hoursAgo(hours),
  size: 50,
  ...more,
});

const inventory = (some: Partial<Inventory>): Inventory => ({
  images: [],
  containers: [],
  volumes: [],
  buildCache: { count: 0, size: 0, unused: 0 },
  ...some,
});

const namesOf = (some: Partial<Inventory>, other: Partial<RemovalRequest> = {}) =>
  planRemovals(inventory(some), { ...wishes, ...other }).map(({ kind, name }) => `${kind} ${name}`);

describe('what would be removed', () => {
  test('containers, nameless images, caches, the build cache, images: of each the oldest first', () => {
    const [ruby, node] = [image('ruby', 20), image('node', 30)];
    expect(
      namesOf({
        images: [ruby, node, image('abc', 2, { names: [], isDangling: true })],
        containers: [
          container('late', ruby, { created: hoursAgo(3) }),
          container('early', ruby, { created: hoursAgo(4) }),
        ],
        volumes: [volume('v-late', 2), volume('v-early', 9)],
        buildCache: { count: 2, size: 70, unused: 60 },
      }),
    ).toEqual([
      'container early',
      'container late',
      'image abc000000000',
      'volume v-early',
      'volume v-late',
      'build cache what no build uses',
      'image node:1',
      'image ruby:1',
    ]);
  });

  test('the last use of an image is when it was fetched or a container of it lived, not when it was built', () => {
    const [used, fetched, old] = [
      image('used', 900),
      image('fetched', 900, { stored: hoursAgo(4) }),
      image('old', 100),
    ];
    const job = container('job', used, { created: hoursAgo(3), ended: hoursAgo(2) });
    expect(namesOf({ images: [used, fetched, old], containers: [job] })).toEqual([
      'container job',
      'image old:1',
      'image fetched:1',
      'image used:1',
    ]);
  });

  test('nothing younger than the time to live', () => {
    const young = image('young', 900, { stored: hoursAgo(0.5) });
    const given = {
      images: [young, image('new', 0.5)],
      containers: [container('job', young, { created: hoursAgo(9), ended: hoursAgo(0.1) })],
      volumes: [volume('fresh', 0.2)],
    };
    expect(namesOf(given)).toEqual([]);
    expect(namesOf(given, { ttl: 0 })).toHaveLength(4);
  });

  test('an image goes by all of its names, and says what it frees when that is known', () => {
    const twice = image('a', 9, { names: ['a:1', 'b:1'], own: 7 });
    expect(planRemovals(inventory({ images: [twice] }), wishes)).toEqual([
      { kind: 'image', name: 'a:1, b:1', words: ['a:1', 'b:1'], size: 7, since: hoursAgo(9) },
    ]);
  });
});

describe('what stays', () => {
  test('containers that run, and all of a job of which one runs or has just ended', () => {
    const ruby = image('ruby', 20);
    const given = [
      container('a-helper', ruby, { job: '1' }),
      container('a-build', ruby, { job: '1', isStopped: false }),
      container('b-helper', ruby, { job: '2' }),
      container('b-build', ruby, { job: '2', ended: hoursAgo(0.1) }),
      container('c-helper', ruby, { job: '3' }),
    ];
    expect(namesOf({ images: [ruby], containers: given })).toEqual(['container c-helper']);
  });

  test('containers and volumes that gitlab-runner did not make, and what they use', () => {
    const [mine, base] = [image('mine', 50), image('base', 50)];
    const own = container('database', mine, { isRunners: false, volumes: ['data', 'runner-cache'] });
    expect(
      namesOf({
        images: [mine, base],
        containers: [own],
        volumes: [volume('data', 99, { isRunners: false }), volume('runner-cache', 99)],
      }),
    ).toEqual(['image base:1']);
  });

  test('a cache of a job that is running', () => {
    const ruby = image('ruby', 50);
    const job = container('job', ruby, { isStopped: false, volumes: ['in-use'] });
    expect(
      namesOf({ images: [ruby], containers: [job], volumes: [volume('in-use', 9), volume('free', 9)] }),
    ).toEqual(['volume free']);
  });

  test('the helper of the runner that is there, and the newest of its images', () => {
    const helper = (tag: string, hours: number) =>
      image(`h${hours}`, hours, {
        names: [`registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:${tag}`],
        isRunners: true,
      });
    const runner = (tag: string, hours: number) =>
      image(`r${hours}`, hours, { names: [`gitlab/gitlab-runner:${tag}`], isRunners: true });
    const images = [
      helper('x86_64-v17.0.0', 90),
      helper('x86_64-v18.0.0', 60),
      helper('alpine3.21-x86_64-v18.0.0', 61),
      helper('x86_64-v18.5.0', 30),
      helper('arm64-v18.5.0', 31),
      runner('v17.0.0', 91),
      runner('v18.0.0', 62),
      runner('v18.5.0', 32),
    ];
    const running = container('gitlab-runner', images[6]!, { isRunners: false, isStopped: false });
    expect(namesOf({ images, containers: [running] })).toEqual([
      'image gitlab/gitlab-runner:v17.0.0',
      'image registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:x86_64-v17.0.0',
    ]);
    expect(neededByRunner(inventory({ images: images.slice(0, 5) })).size).toBe(2);
  });

  test('a build cache that builds use', () => {
    expect(namesOf({ buildCache: { count: 3, size: 90, unused: 0 } })).toEqual([]);
  });
});

test.each([
  ['ruby', true],
  ['ruby:3.3', true],
  ['ruby:*', true],
  ['rub?:3.3', true],
  ['library/ruby:3.3', true],
  ['docker.io/library/*', true],
  ['*', true],
  ['abcdef123456', true],
  ['sha256:abcdef', true],
  ['ruby:3', false],
  ['rub', false],
  ['node:*', false],
  ['3.3', false],
  ['rubyx3.3', false],
])('the keep pattern %s', (pattern, fits) => {
  const ruby = { id: `sha256:${'abcdef123456'.padEnd(64, '0')}`, names: ['docker.io/library/ruby:3.3'] };
  expect(isKept(ruby, [pattern])).toBe(fits);
});

test.each([
  ['ruby:3.3', 'docker.io/ruby:3.3', true],
  ['registry.example.com:5000/group/app:1', 'registry.example.com:5000/group/app', true],
  ['registry.example.com:5000/group/app:1', 'registry.example.com:5000/*', true],
  ['registry.example.com:5000/group/app@sha256:12', 'registry.example.com:5000/group/app', true],
  ['registry.example.com:5000/group/app:1', 'registry.example.com', false],
  ['localhost/ruby:3.3', 'ruby:*', true],
  ['localhost/ruby:3.3', 'ruby', true],
  ['registry.example.com/ruby:3.3', 'ruby:*', false],
  ['ruby:3.3', 'docker.io/library/ruby:*', true],
  ['ruby:3.3', 'library/ruby', true],
  ['docker.io/library/ruby:3.3', 'docker.io/ruby', true],
  ['group/app:1', 'docker.io/group/*', true],
  ['registry.example.com/ruby:3.3', 'docker.io/*', false],
  ['localhost/ruby:3.3', 'docker.io/*', false],
])('%s is kept by %s: %s', (name, pattern, fits) => {
  expect(isKept({ id: 'f00', names: [name] }, [pattern])).toBe(fits);
});

test('Podman finds an image by each end of its name', () => {
  const app = { id: 'f00', names: ['registry.example.com/group/app:1'] };
  for (const pattern of ['app', 'app:1', 'group/app:*']) expect(isKept(app, [pattern], true)).toBe(true);
  for (const pattern of ['pp', 'group', 'example.com/group/app'])
    expect(isKept(app, [pattern], true)).toBe(false);
});

test.each([
  ['runner-t1-project-1-concurrent-0-cache-3c3f060a0374fc8bc39395164f415a70', true],
  ['runner-0558e6a41bfb19b22a086fc2330d186c-cache-3c3f060a0374fc8bc39395164f415a70', true],
  ['runner-0558e6a41bfb19b22a086fc2330d186c-cache-3c3f060a0374fc8bc39395164f415a70-protected', true],
  ['runner-yd6eca4h-project-100-concurrent-0-1234abcd-build', true],
  ['runner-data', false],
  ['runner-cache-of-mine', false],
  ['my-runner-t1-project-1-concurrent-0-build', false],
])('whether gitlab-runner made %s', (name, made) => {
  expect(isOfRunner(name, {})).toBe(made);
  expect(isOfRunner(name, { 'com.gitlab.gitlab-runner.managed': 'true' })).toBe(true);
});

test('the job of a container', () => {
  expect(jobOf('x', { 'com.gitlab.gitlab-runner.job.id': '7' })).toBe('7');
  expect(jobOf('runner-a-project-1-concurrent-0-1234-build', {})).toBe('runner-a-project-1-concurrent-0');
  expect(jobOf('database', {})).toBeUndefined();
});

test.each([
  ['gitlab/gitlab-runner:v19.4.0', true],
  ['docker.io/gitlab/gitlab-runner:alpine', true],
  ['registry.gitlab.com/gitlab-org/gitlab-runner:v19.4.0', true],
  ['registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:x86_64-v19.4.0', true],
  ['mirror.example.com/gitlab-runner-helper:x86_64-v19.4.0', true],
  ['gitlab/gitlab-ce:latest', false],
  ['me/not-gitlab/gitlab-runner-tests:1', false],
])('whether %s is an image of gitlab-runner', (name, is) => {
  expect(isRunnerImage([name])).toBe(is);
});
