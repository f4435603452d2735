import { describe, expect, test } from 'vitest';
import {
  choice,
  choices,
  fraction,
  hostAliases,
  type Kind,
  list,
  listMap,
  text,
  textMap,
  Unfit,
  type Value,
  whole,
  wholeMap,
  yesNo,
  yesNoMap,
} from '../../../src/settings/kinds.ts';
import { nearest } from '../../../src/text/closest.ts';

const given = (kind: Kind, ...words: string[]): Value | string => {
  try {
    return kind.read(words);
  } catch (error) {
    if (error instanceof Unfit) return `not ${error.message}`;
    throw error;
  }
};

const volume = list('VOLUME', 'volume');
const host = list('HOST:IP', 'host-ip');
const wrongVolume = 'not a volume: /in/container, /host:/in/container[:ro] or name:/in/container';
const wrongHost = 'not host:IP such as gitlab.local:10.0.0.5, or host:host-gateway';

describe('words become a value, or are told what would be right', () => {
  test.each<[string, Kind, string[], unknown]>([
    ['the last text wins', text(), ['a', 'b'], 'b'],
    ['a bare switch is true', yesNo(), [''], true],
    ['gitlab-runner’s words for no', yesNo(), ['F'], false],
    ['yes is no word of Go', yesNo(), ['yes'], 'not true or false'],
    ['decimal digits', whole(), ['-500'], -500],
    ['no hexadecimal', whole(), ['0x10'], 'not a whole number'],
    ['no fraction', whole(), ['1.5'], 'not a whole number'],
    ['no number at all', whole(), [''], 'not a whole number'],
    [
      'a number beyond what is exact',
      whole(),
      ['9007199254740993'],
      'not a whole number up to 9007199254740991',
    ],
    ['below the least', whole('N', 1), ['0'], 'not a whole number of 1 or more'],
    ['a fraction', fraction(), ['.5'], 0.5],
    ['an old word for a choice', choice(['instance'], { shared: 'instance' }), ['shared'], 'instance'],
    [
      'a near miss',
      choice(['docker', 'shell']),
      ['dokcer'],
      'not one of docker, shell (did you mean docker?)',
    ],
    ['each occurrence is one element', list('TEXT'), ['a,b', 'c'], ['a,b', 'c']],
    ['a JSON array in one word', list('TEXT'), ['["a","b"]'], ['a', 'b']],
    ['an empty list', list('TEXT'), ['[]'], []],
    ['brackets that are no JSON', list('TEXT'), ['[a-z]*'], ['[a-z]*']],
    ['policies are cut at commas', choices(['always', 'never']), ['always, never'], ['always', 'never']],
    [
      'a map with colons',
      textMap(),
      ['/tmp:rw,noexec', '/run:size=1m'],
      { '/tmp': 'rw,noexec', '/run': 'size=1m' },
    ],
    ['a map with equals signs', textMap(), ['net.core.x=1'], { 'net.core.x': '1' }],
    ['a map as JSON', textMap(), ['{"a":"b:c=d"}'], { a: 'b:c=d' }],
    ['a key alone', textMap(), ['a'], { a: '' }],
    ['a pair without a key', textMap(), ['=a'], 'not KEY=VALUE'],
    [
      'tolerations keep their equals sign',
      textMap('K', /:/),
      ['dedicated=ci:NoSchedule'],
      { 'dedicated=ci': 'NoSchedule' },
    ],
    ['feature flags', yesNoMap('F'), ['FF_A', 'FF_B=false'], { FF_A: true, FF_B: false }],
    ['a map of numbers', wholeMap('N'), ['refused:5'], { refused: 5 }],
    [
      'a key given twice gains an element',
      listMap('I'),
      ['docker*:/dev/a', 'docker*:/dev/b'],
      { 'docker*': ['/dev/a', '/dev/b'] },
    ],
    ['host aliases', hostAliases(), ['[{"ip":"::1","hostnames":["a"]}]'], [{ ip: '::1', hostnames: ['a'] }]],
    [
      'host aliases that are none',
      hostAliases(),
      ['{"ip":1}'],
      'not JSON such as [{"ip":"10.0.0.1","hostnames":["gitlab.local"]}]',
    ],
    ['a duration as it was given', text('D', 'duration'), ['90s'], '90s'],
    ['a duration of several units', text('D', 'duration'), ['1h1.5m2us'], '1h1.5m2us'],
    ['a duration below a second', text('D', 'duration'), ['1500us'], '1500us'],
    ['a negative duration', text('D', 'duration'), ['-1h'], '-1h'],
    [
      'a duration without a unit',
      text('D', 'duration'),
      ['90'],
      'not a duration with units, such as 90s or 1h30m',
    ],
    ['a size', text('S', 'docker-size'), ['512m'], '512m'],
    ['a size that is none', text('S', 'docker-size'), ['lots'], 'not a size such as 512m or 2g'],
    ['a quantity', text('Q', 'quantity'), ['1.5Gi'], '1.5Gi'],
    ['a quantity that is none', text('Q', 'quantity'), ['1GB'], 'not a quantity such as 500m, 2 or 1Gi'],
    ['a volume in the container', volume, ['/cache'], ['/cache']],
    ['a volume with modes', volume, ['/a:/b:ro,z'], ['/a:/b:ro,z']],
    ['a named volume', volume, ['data:/data'], ['data:/data']],
    ['a volume with a variable', volume, ['/c/$CI_PROJECT_ID:/c'], ['/c/$CI_PROJECT_ID:/c']],
    ['Windows paths', volume, ['c:\\a:c:\\b:ro'], ['c:\\a:c:\\b:ro']],
    ['two volumes in one', volume, ['/a:/a,/b:/b'], wrongVolume],
    ['a relative target', volume, ['/a:b'], wrongVolume],
    ['a host with an IPv6 address', host, ['git.local:fd00::1', 'h:[::1]'], ['git.local:fd00::1', 'h:[::1]']],
    ['the gateway', host, ['git.local:host-gateway'], ['git.local:host-gateway']],
    ['a host without an address', host, ['git.local'], wrongHost],
    ['a host with a name for an address', host, ['git.local:other'], wrongHost],
  ])('%s', (_, kind, words, value) => expect(given(kind, ...words)).toEqual(value));
});

describe('a value becomes words that give it back', () => {
  test.each<[Kind, Value]>([
    [list('T'), []],
    [list('T'), ['["a"]']],
    [list('T'), ['a b', 'c']],
    [textMap(), { a: 'b=c', d: '' }],
    [yesNoMap('F'), { FF_A: false }],
    [listMap('I'), { a: ['x', 'y'] }],
    [hostAliases(), [{ ip: '::1', hostnames: ['a'] }]],
  ])('%#', (kind, value) => expect(kind.read(kind.write(value))).toEqual(value));
});

test('the nearest word is found, and none when none is near', () => {
  expect(nearest('--docker-imgae', ['--docker-image', '--docker-images', '--url'])).toBe('--docker-image');
  expect(nearest('zzz', ['docker', 'shell'])).toBeUndefined();
});
