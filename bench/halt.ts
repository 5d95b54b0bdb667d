/**
 * How long a halt takes to get the cancels of all open orders to the exchange, with the part of the budget that places may
 * use used up: from the halt's row in the database to the exchange's own time of each cancel. Each gateway, the exchange and
 * the stores are processes of their own.
 * `npm run bench:halt [-- --orders 1000] [-- --accounts 5] [-- --gateways 1,4] [-- --rounds 3]`; about 3 minutes.
 */
import { parseArgs } from 'node:util';
import { measureHalt, type HaltStanding } from './halt/measure-halt.js';
import { startGuardedStores } from './pipeline/guarded-stores.js';

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '1000' },
    accounts: { type: 'string', default: '5' },
    gateways: { type: 'string', default: '1,4' },
    rounds: { type: 'string', default: '3' },
  },
});
const [orders, accounts, rounds] = [Number(values.orders), Number(values.accounts), Number(values.rounds)];
const gateways = values.gateways.split(',').map(Number);
const perAccount = orders / accounts;
if (![perAccount, rounds, ...gateways].every((n) => Number.isInteger(n) && n >= 1) || perAccount > 200) {
  console.error(
    `--gateways and --rounds must be whole numbers of at least 1 and --orders up to 200 for each of --accounts, ` +
      `were ${values.gateways}, ${rounds} and ${orders} for ${accounts}`,
  );
  process.exit(1);
}
const GOAL = { firstMs: 250, lastMs: 5_000 };

const stores = await startGuardedStores(gateways.length * rounds * 150_000);

const row = (...cells: readonly string[]): void => console.log(cells.map((cell) => cell.padStart(12)).join(''));
const standings: HaltStanding[] = [];
try {
  console.log(`${stores.descriptions.join(', ')}; Node ${process.version}\n`);
  row('gateways', 'accounts', 'cancels', 'first ms', 'p50 ms', 'p99 ms', 'last ms', '429', '418', 'sent again');
  for (const count of gateways)
    for (let round = 0; round < rounds; round += 1) {
      const s = await measureHalt(stores, { gateways: count, accounts, perAccount });
      standings.push(s);
      row(
        String(count),
        String(accounts),
        String(s.cancels.count),
        ...[s.firstMs, s.cancels.p50, s.cancels.p99, s.cancels.max].map((ms) => ms.toFixed(0)),
        ...[s.refused, s.banned, s.sentAgain].map(String),
      );
    }
} finally {
  await stores.stop();
}
const met = (of: (s: HaltStanding) => boolean): string => `${standings.filter(of).length} of ${standings.length}`;
console.log(
  `\nthe first within ${GOAL.firstMs} ms: ${met((s) => s.firstMs <= GOAL.firstMs)}; ` +
    `all within ${GOAL.lastMs} ms: ${met((s) => s.cancels.max <= GOAL.lastMs)}`,
);
process.exit();
