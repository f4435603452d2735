import { textIn } from '../../config/model.ts';
import { isTrueIn } from './host-access.ts';
import { editing, type Risk, type Subject, speaking, type WritingRule } from './rule.ts';

function* certificates(subject: Subject): Generator<Risk> {
  const { at, runner } = subject;
  if (!isTrueIn(runner, 'docker', 'tls_verify') || textIn(runner, 'docker', 'tls_cert_path') !== '') return;
  const isRemote = /^(tcp|https?):/.test(textIn(runner, 'docker', 'host'));
  yield {
    severity: 'error',
    rule: 'tls-verify',
    at,
    path: ['docker', 'tls_verify'],
    message: isRemote
      ? 'docker.tls_verify is on, but docker.tls_cert_path is missing'
      : 'docker.tls_verify is on, but the engine is used through its socket, which has no TLS',
    why: isRemote
      ? 'gitlab-runner finds no ca.pem, cert.pem, and key.pem, so every job fails.'
      : 'Without certificates, every job fails.',
    next: isRemote
      ? editing(subject, '--set', 'docker.tls_cert_path=/etc/gitlab-runner/docker-certs')
      : editing(subject, '--set', 'docker.tls_verify=false'),
  };
}

/** The rule about TLS to the engine without certificates. */
export const engineTlsRule: WritingRule = speaking({
  id: 'tls-verify',
  keys: ['docker.tls_verify', 'docker.tls_cert_path'],
  find: certificates,
});
