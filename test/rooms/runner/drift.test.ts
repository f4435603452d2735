import { describe, expect, it } from 'vitest';
import { DateTime, type Table } from '../../../src/config/model.ts';
import { driftNext, driftOf, driftSeverity, driftWords, standingsOf } from '../../../src/runner/drift.ts';

const runner: Table = { name: 'build', url: 'https://gitlab.example.com', id: 7, token: 'glrt-x' };
const present = {
  description: 'build',
  paused: false,
  tag_list: ['linux', 'docker'],
  run_untagged: true,
  locked: false,
  access_level: 'not_protected',
  maximum_timeout: null,
  contacted_at: '2026-11-23T15:00:00.000Z',
  status: 'online',
};

describe('what a runner in GitLab has otherwise', () => {
  it('is nothing where all is as apply last set it, tags in any order and nothing for an empty timeout', () => {
    const lastSet = {
      description: 'build',
      paused: false,
      tag_list: ['docker', 'linux'],
      maximum_timeout: 0,
    };
    expect(driftOf(runner, present, { lastSet, expiresAt: null })).toEqual([]);
  });

  it.each([
    ['paused', true, false, "runner-setup pause '#2' --access-token-file FILE"],
    [
      'tag_list',
      ['gpu'],
      ['linux', 'docker'],
      "runner-setup edit '#2' --tag-list=gpu --access-token-file FILE",
    ],
    ['run_untagged', false, true, "runner-setup edit '#2' --run-untagged=false --access-token-file FILE"],
    [
      'access_level',
      'ref_protected',
      'not_protected',
      "runner-setup edit '#2' --access-level=ref_protected --access-token-file FILE",
    ],
    ['locked', true, false, "runner-setup edit '#2' --locked=true --access-token-file FILE"],
    ['maximum_timeout', 3600, null, "runner-setup edit '#2' --maximum-timeout=3600 --access-token-file FILE"],
  ])('is %s where apply last set another', (key, wanted, there, next) => {
    const [drift, ...more] = driftOf(runner, present, { lastSet: { [key]: wanted } });
    expect(drift).toEqual({ key, wanted, present: there, by: 'apply' });
    expect(more).toEqual([]);
    expect(driftNext(drift!, 1)).toBe(next);
    expect(driftSeverity(drift!)).toBe('warning');
  });

  it('says what apply last set', () => {
    const [drift] = driftOf(runner, present, { lastSet: { paused: true } });
    expect(driftWords(drift!)).toBe('paused is false in GitLab, and apply last set true');
  });

  it('is the description where it is not the name, unless apply says which it is', () => {
    const other = { ...present, description: 'Build machine' };
    expect(driftOf(runner, other)).toMatchObject([
      { key: 'description', wanted: 'build', by: 'config.toml' },
    ]);
    expect(driftOf(runner, other, { lastSet: { description: 'Build machine' } })).toEqual([]);
    expect(driftOf(runner, { ...present, description: null })).toEqual([]);
  });

  it('is the end of the token, by the second', () => {
    const dated = { ...runner, token_expires_at: new DateTime('2027-03-01T00:00:00Z') };
    expect(driftOf(dated, present, { expiresAt: '2027-03-01T00:00:00.400Z' })).toEqual([]);
    expect(driftOf(dated, present, { expiresAt: null }).map(driftWords)).toEqual([
      'the token expires never in GitLab, and on 2027-03-01 in config.toml',
    ]);
    expect(driftOf(dated, present)).toEqual([]);
    expect(driftOf(runner, present, { expiresAt: '2027-03-01T00:00:00Z' }).map(({ key }) => key)).toEqual([
      'token_expires_at',
    ]);
  });
});

describe('how a runner stands in GitLab', () => {
  it.each([
    ['nothing for one that is online', {}, []],
    ['that it never contacted GitLab', { contacted_at: null, status: 'stale' }, ['never-contacted']],
    ['that it is stale', { status: 'stale' }, ['stale']],
    ['that it is paused', { status: 'paused', paused: true }, ['paused']],
  ])('is %s', (_, more, rules) => {
    expect(standingsOf({ ...present, ...more }, 0).map(({ rule }) => rule)).toEqual(rules);
  });

  it('is not that it is paused where apply set that: drift tells more', () => {
    expect(standingsOf({ ...present, paused: true }, 0, { paused: true })).toEqual([]);
  });
});
