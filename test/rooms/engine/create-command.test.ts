import { expect, test } from 'vitest';
import { saidFlags, strangeFlags } from '../../../src/engine/create-command.ts';
import { uncarried } from '../../../src/engine/differences.ts';
import { readContainer } from '../../../src/engine/read-container.ts';

const made = (words: string, args: string[] = []) => ({
  Config: { Cmd: args, CreateCommand: ['podman', 'run', ...words.split(' '), ...args] },
});

test('what Podman shows only in its command is said again', () => {
  const container = made(
    '-d --name r --sysctl net.ipv4.ip_forward=1 --ip=10.89.0.7 --no-hosts -v /c:/d image',
    ['run', '--tz', 'x'],
  );
  expect(saidFlags(container)).toEqual([
    { flag: '--sysctl', value: 'net.ipv4.ip_forward=1' },
    { flag: '--ip', value: '10.89.0.7' },
    { flag: '--no-hosts' },
  ]);
  expect(strangeFlags(container)).toEqual([]);
});

test('arguments of the image are not taken for those of the command', () => {
  const container = {
    Config: { Cmd: ['run', '--user=x', '--y'], CreateCommand: 'podman run --umask 0077 i'.split(' ') },
  };
  expect(saidFlags(container)).toEqual([{ flag: '--umask', value: '0077' }]);
});

test('a flag of which nothing is known cannot be carried over', () => {
  expect(uncarried(made('--name r --hologram=3d image'))).toEqual(['--hologram']);
});

test('without that command there is nothing to say', () => {
  expect(saidFlags({ Config: {} })).toEqual([]);
});

test('the first process of --init is no part of the entry point', () => {
  const container = {
    Id: 'a'.repeat(64),
    Name: 'r',
    Path: '/run/podman-init',
    Args: ['--', '/bin/gitlab-runner', 'run'],
    Config: {
      Cmd: ['run'],
      Entrypoint: '/bin/gitlab-runner',
      Annotations: { 'io.podman.annotations.init': 'TRUE' },
    },
    HostConfig: { Init: true },
  };
  const image = { Config: { Entrypoint: ['/bin/gitlab-runner'], Cmd: ['run'] } };
  const { settings } = readContainer(container, image);
  expect(settings).not.toHaveProperty('entrypoint');
  expect(settings.others).toEqual([{ flag: '--init' }]);
});
