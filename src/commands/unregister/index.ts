import { openFile } from '../../app/config-file.ts';
import {
  accessTokenOf,
  helpIfAsked,
  isSwitchedOn,
  misuse,
  type Order,
  takeOrder,
} from '../../app/invocation.ts';
import { hideTokens } from '../../app/read-config.ts';
import { eachMeant } from '../../app/select-runner.ts';
import type { ExitCode } from '../../errors.ts';
import { type Departure, departureOf } from '../../runner/removal.ts';
import { tokenOf } from '../../runner/selectors.ts';
import type { Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { help, unregisterGrammar } from './flags.ts';
import { agreeTo, tellPlan } from './output.ts';

/** The verb `unregister`: shows what is going to happen, then removes runners at GitLab and, after its yes, from the file. */
export async function unregister(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, unregisterGrammar, help);
  if (helped !== undefined) return helped;
  const order = withTokenVariable(await takeOrder(reading, world, unregisterGrammar));
  const [all, local, whole] = ['allRunners', 'local', 'runner'].map((name) => isSwitchedOn(order.own, name));
  if (local && whole) throw misuse('--local and --runner contradict each other.', 'Give one of them.');
  const file = await openFile(order.path, order.say);
  hideTokens(order.say, file.config);
  const entries = await eachMeant(order, file.config, { all: all!, oneEntry: local! });
  const departures = entries.map((each) =>
    departureOf(each, tokenOf(each.first.runner, world.env), { local: local!, whole: whole! }),
  );
  const accessToken = accessTokenOf(order);
  refuseWithoutAccess(departures, accessToken);
  if (order.dryRun || departures.length === 0) return tellPlan(order, departures);
  await agreeTo(order, departures);
  const { part } = await import('./apply.ts');
  return part(order, departures, accessToken);
}

// gitlab-runner takes the token to select by from this variable, too; the address of the same kind it never compares.
function withTokenVariable(order: Order): Order {
  const token = order.world.env.CI_SERVER_TOKEN;
  const isOtherwise = order.words.length > 0 || isSwitchedOn(order.own, 'allRunners');
  if (!token || isOtherwise || order.selectors.token !== undefined) return order;
  return { ...order, selectors: { ...order.selectors, token } };
}

function refuseWithoutAccess(departures: readonly Departure[], accessToken: string | undefined): void {
  if (accessToken !== undefined || departures.every(({ way }) => way !== 'id')) return;
  throw misuse(
    '--runner needs an access token: the runner is deleted for all machines that use it.',
    'Give --access-token-file FILE or $RUNNER_SETUP_ACCESS_TOKEN, with the scope manage_runner (or api).',
  );
}
