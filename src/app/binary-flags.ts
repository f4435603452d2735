import type { VerbOption } from '../terminal/options.ts';

/** The flags of the commands that download the binary, besides those of packages. */
export const binaryFlags = {
  checksum: {
    flag: '--checksum',
    isSwitch: false,
    hint: 'SHA256',
    doc: 'Expected SHA-256, checked instead of the signature',
  },
  tlsCaFile: {
    flag: '--tls-ca-file',
    isSwitch: false,
    hint: 'FILE',
    doc: 'CA certificate file of the server (PEM)',
    offers: 'files',
  },
} as const satisfies Record<string, VerbOption>;
