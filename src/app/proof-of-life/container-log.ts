import { quote } from '../../text/shell-quote.ts';
import type { Evidence } from './evidence.ts';
import { logOfContainer } from './log-of.ts';
import { watchLog } from './watch-log.ts';

/** The log of the container that has the file. */
export const containerLog: Evidence = {
  open: async (subject) => {
    const { container } = subject.file;
    if (container === undefined) return undefined;
    return watchLog(logOfContainer(container), subject, {
      seen: 'The container loaded the config, and its log shows no errors for the runner.',
      command: `runner-setup container status --name ${quote(container.name)}`,
    });
  },
};
