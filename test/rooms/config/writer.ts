import { replaceFile } from '../../../src/config/replace-file.ts';

// A process of its own: adds lines to a file under the lock, or holds the lock until it is killed.
const [path, name, count] = process.argv.slice(2) as [string, string, string];
const machine = { pid: process.pid, hostname: 'here', isWindows: process.platform === 'win32' };

for (let at = 0; at < Number(count); at++) {
  await replaceFile(path, ({ text }) => `${text ?? ''}${name} ${at}\n`, { machine });
}
if (count === 'forever') {
  await replaceFile(
    path,
    async () => {
      process.stdout.write('holding\n');
      await new Promise((done) => setTimeout(done, 600_000));
      return undefined;
    },
    { machine },
  );
}
