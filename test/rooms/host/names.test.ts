import { createSocket } from 'node:dgram';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import {
  addressesInHostsFile,
  isLoopback,
  isPrivate,
  localName,
  lookupBy,
  type Whereabouts,
  whereaboutsOf,
} from '../../../src/host/names.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

function hostsFile(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'names-')), 'hosts');
  writeFileSync(file, text);
  return file;
}

/** A DNS server that knows the IPv4 addresses of some names, and says of all others that there are none. */
async function dns(known: Record<string, string>): Promise<string[]> {
  const socket = createSocket('udp4');
  open.push(socket);
  socket.on('message', (question, { port }) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at]!; length > 0; length = question[at]!) {
      labels.push(question.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
    const address = question.readUInt16BE(at + 1) === 1 ? known[labels.join('.').toLowerCase()] : undefined;
    const head = Buffer.from(question.subarray(0, 12));
    head.writeUInt16BE(address === undefined ? 0x8183 : 0x8180, 2);
    head.writeUInt16BE(address === undefined ? 0 : 1, 6);
    head.writeUInt32BE(0, 8);
    const answer = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, ...(address ?? '').split('.').map(Number)];
    const record = address === undefined ? [] : answer;
    socket.send(Buffer.concat([head, question.subarray(12, at + 5), Buffer.from(record)]), port, '127.0.0.1');
  });
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
  return [`127.0.0.1:${socket.address().port}`];
}

test('names of the hosts file are found, whatever stands around them', () => {
  const file = hostsFile(
    '# 10.0.0.9 gitlab.test\r\n127.0.0.1 localhost\nfd00::5 gitlab.test\n10.0.0.5\tgit GitLab.test # ours\nnonsense gitlab.test\n',
  );
  expect(addressesInHostsFile('gitlab.test', file)).toEqual(['10.0.0.5', 'fd00::5']);
  expect(addressesInHostsFile('GITLAB.test.', file)).toEqual(['10.0.0.5', 'fd00::5']);
  expect(addressesInHostsFile('gitlab', file)).toEqual([]);
  expect(addressesInHostsFile('localhost', file)).toEqual([]);
  expect(addressesInHostsFile('10.0.0.5', file)).toEqual([]);
  expect(addressesInHostsFile('gitlab.test', `${file}.none`)).toEqual([]);
});

test('what the hosts file says is compared with what DNS says', async () => {
  const file = hostsFile('10.0.0.5 gitlab.test\n127.0.0.1 self.test\n203.0.113.7 public.test\n');
  const servers = await dns({ 'other.test': '10.0.0.6', 'public.test': '203.0.113.7' });
  const ask = async (name: string) => localName(await whereaboutsOf(name, file, servers));
  expect(await ask('gitlab.test')).toEqual({
    name: 'gitlab.test',
    address: '10.0.0.5',
    isSelf: false,
    because: 'hosts-file',
  });
  expect((await ask('self.test'))!.isSelf).toBe(true);
  expect(await ask('public.test')).toBeUndefined();
  const overridden = await dns({ 'gitlab.test': '10.0.0.9' });
  expect(localName(await whereaboutsOf('gitlab.test', file, overridden))?.because).toBe('hosts-file-differs');
  const agreeing = await dns({ 'gitlab.test': '10.0.0.5' });
  expect(await whereaboutsOf('gitlab.test', file, agreeing)).toEqual({
    name: 'gitlab.test',
    inHosts: ['10.0.0.5'],
    inDns: ['10.0.0.5'],
    here: ['10.0.0.5'],
  });
  expect(localName(await whereaboutsOf('gitlab.test', file, agreeing))).toBeUndefined();
});

test('a DNS server that does not answer is not waited for long', async () => {
  const socket = createSocket('udp4');
  open.push(socket);
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
  const silent = [`127.0.0.1:${socket.address().port}`];
  const file = hostsFile('10.0.0.5 gitlab.test\n');
  expect(localName(await whereaboutsOf('gitlab.test', file, silent))?.because).toBe('hosts-file');
});

const at = (more: Partial<Whereabouts>): Whereabouts => ({
  name: 'gitlab.corp.test',
  inHosts: [],
  inDns: [],
  here: [],
  ...more,
});

test.each<[string, Whereabouts, string | undefined]>([
  ['nobody knows it', at({}), undefined],
  ['all know it', at({ inDns: ['203.0.113.7'], here: ['203.0.113.7'] }), undefined],
  ['a private address', at({ here: ['192.168.7.5'] }), 'private'],
  ['a private address of IPv6', at({ here: ['fd00::5'] }), 'private'],
  ['multicast', at({ name: 'gitlab.local', here: ['10.0.0.5'] }), 'mdns'],
  ['.local that DNS knows', at({ name: 'gitlab.local', inDns: ['10.0.0.5'], here: ['10.0.0.5'] }), 'private'],
  ['an address literal', at({ name: '10.0.0.5' }), undefined],
])('%s', (_, whereabouts, because) => {
  expect(localName(whereabouts)?.because).toBe(because);
});

test('addresses of the machine and of networks of one’s own', () => {
  for (const one of ['127.0.0.1', '127.0.1.1', '::1', '[::1]']) expect(isLoopback(one), one).toBe(true);
  for (const one of [
    '10.0.0.1',
    '172.16.0.1',
    '172.31.9.9',
    '192.168.0.1',
    '169.254.1.1',
    'fe80::1',
    'fc00::1',
  ])
    expect(isPrivate(one), one).toBe(true);
  for (const one of ['172.32.0.1', '11.0.0.1', '2001:db8::1', 'fd.example.com', 'gitlab.example.com'])
    expect(isPrivate(one) || isLoopback(one), one).toBe(false);
});

test('connections ask another hosts file first, when one is named', async () => {
  const file = hostsFile('10.0.0.5 gitlab.test\n10.0.0.6 gitlab.test\n');
  expect(lookupBy({ env: {}, platform: 'linux' })).toBeUndefined();
  const lookup = lookupBy({ env: { RUNNER_SETUP_HOSTS_FILE: file }, platform: 'linux' })!;
  const ask = (name: string, all: boolean) =>
    new Promise((done) => lookup(name, { all }, (...answer) => done(answer)));
  expect(await ask('gitlab.test', false)).toEqual([null, '10.0.0.5', 4]);
  expect(await ask('gitlab.test', true)).toEqual([
    null,
    [
      { address: '10.0.0.5', family: 4 },
      { address: '10.0.0.6', family: 4 },
    ],
  ]);
  expect(await ask('127.0.0.1', false)).toEqual([null, '127.0.0.1', 4]);
});
