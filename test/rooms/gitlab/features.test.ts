import { expect, test } from 'vitest';
import { runnerInfo } from '../../../src/gitlab/features.ts';

const given = { name: 'runner-setup', version: '0.1.0', platform: 'linux', architecture: 'x64' };

function able(more: Partial<Parameters<typeof runnerInfo>[0]>): string {
  const { features } = runnerInfo({ ...given, ...more });
  return Object.keys(features)
    .filter((name) => features[name])
    .join(' ');
}

test('without an executor only what every runner can do is told, as for POST /runners', () => {
  expect(runnerInfo(given)).toEqual({
    name: 'runner-setup',
    version: '0.1.0',
    platform: 'linux',
    architecture: 'amd64',
    features: {
      variables: false,
      image: false,
      services: false,
      artifacts: false,
      cache: false,
      fallback_cache_keys: false,
      shared: false,
      upload_multiple_artifacts: false,
      upload_raw_artifacts: false,
      session: false,
      terminal: false,
      refspecs: false,
      masking: false,
      proxy: false,
      raw_variables: false,
      artifacts_exclude: false,
      multi_build_steps: false,
      trace_reset: true,
      trace_checksum: true,
      trace_size: true,
      vault_secrets: false,
      cancelable: true,
      return_exit_code: false,
      service_variables: false,
      service_multiple_aliases: false,
      image_executor_opts: false,
      service_executor_opts: false,
      cancel_gracefully: true,
      native_steps_integration: false,
      two_phase_job_commit: true,
      job_inputs: true,
    },
    config: { gpus: '' },
  });
});

test('docker tells its own features and those of its shell', () => {
  expect(able({ executor: 'docker' })).toBe(
    'variables image services artifacts cache fallback_cache_keys upload_multiple_artifacts upload_raw_artifacts session terminal refspecs masking raw_variables artifacts_exclude multi_build_steps trace_reset trace_checksum trace_size vault_secrets cancelable return_exit_code service_variables service_multiple_aliases image_executor_opts service_executor_opts cancel_gracefully native_steps_integration two_phase_job_commit job_inputs',
  );
  expect(able({ executor: 'docker-autoscaler' })).toBe(able({ executor: 'docker' }));
  expect(able({ executor: 'docker-windows' })).toBe(
    able({ executor: 'docker' }).replace(' native_steps_integration', ''),
  );
});

test.each([
  ['shell', 'linux', 'variables shared session terminal'],
  ['shell', 'win32', 'variables shared'],
  ['ssh', 'linux', 'variables shared'],
  ['custom', 'linux', 'variables shared'],
  ['instance', 'linux', 'variables shared'],
  ['virtualbox', 'linux', 'variables'],
  ['parallels', 'darwin', 'variables'],
])('%s on %s can do: %s', (executor, platform, own) => {
  const common = able({ executor: 'unheard-of' })
    .split(' ')
    .filter((name) => name !== 'variables');
  expect(
    able({ executor, platform })
      .split(' ')
      .filter((name) => !common.includes(name))
      .join(' '),
  ).toBe(own);
});

test.each([
  ['linux', 'x64', 'shell', 'linux amd64 bash'],
  ['win32', 'ia32', 'shell', 'windows 386 pwsh'],
  ['win32', 'x64', 'docker-windows', 'windows amd64 bash'],
  ['darwin', 'arm64', 'custom', 'darwin arm64 bash'],
  ['freebsd', 'arm', 'ssh', 'freebsd arm bash'],
])('%s %s with %s is %s in the words of Go', (platform, architecture, executor, words) => {
  const info = runnerInfo({ ...given, platform, architecture, executor });
  expect(`${info.platform} ${info.architecture} ${info.shell}`).toBe(words);
});

test('shell and GPUs that are known are told', () => {
  const { executor, shell, config } = runnerInfo({ ...given, executor: 'docker', shell: 'sh', gpus: 'all' });
  expect({ executor, shell, config }).toEqual({ executor: 'docker', shell: 'sh', config: { gpus: 'all' } });
});
