/**
 * Several processes on one account and one address, with more to send than the exchange takes: answers 429, bans, how much
 * of the limit is used, and how long cancels wait while places are queued. Tranche's gateways beside ccxt's own limiter and
 * beside no limiter, against the same simulated exchange with its real limits on, in the same run.
 * `npm run bench:limits [-- --quick] [-- --seconds 300] [-- --gateways 4] [-- --only tranche,ccxt,none]`; about 8 minutes,
 * with `--quick` under two.
 */
import { parseArgs } from 'node:util';
import { runCcxt } from './limits/ccxt-programs.js';
import type { Standing } from './limits/contestant.js';
import { runTranche } from './limits/tranche.js';
import { startGuardedStores } from './pipeline/guarded-stores.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    gateways: { type: 'string', default: '4' },
    only: { type: 'string', default: 'tranche,ccxt,none' },
  },
});
const wanted = new Set(values.only.split(','));
const seconds = Number(values.seconds ?? (values.quick ? 30 : 300));
const processes = Number(values.gateways);
if (!(seconds > 0 && seconds <= 3_600) || !(Number.isInteger(processes) && processes >= 1 && processes <= 16)) {
  console.error(`--seconds must be 1 to 3600 and --gateways 1 to 16, were ${seconds} and ${processes}`);
  process.exit(1);
}
const peerSeconds = Math.min(seconds, 60);
const warmUp = values.quick ? 10 : 20;
const GOAL = { use: 0.6, cancelP99Ms: 50 };

const stores = await startGuardedStores((seconds + 2 * peerSeconds + 180) * 1_000);

const standings: Standing[] = [];
try {
  console.log(`${stores.descriptions.join(', ')}; Node ${process.version}; ${processes} processes of each kind\n`);
  if (wanted.has('tranche')) standings.push(await runTranche(stores, processes, seconds, warmUp));
  for (const [kind, name, limiter] of [
    ['ccxt', 'ccxt, its own limiter', true],
    ['none', 'ccxt, no limiter', false],
  ] as const)
    if (wanted.has(kind))
      standings.push(await runCcxt(stores.venue, { name, limiter, processes, seconds: peerSeconds }));
} finally {
  await stores.stop();
}

const row = (...cells: readonly string[]): void =>
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(24) : cell.padStart(11))).join(''));
console.log('\nexchange: 100 orders in 10 s per account, 6,000 request weight a minute per address');
row('', 'seconds', 'orders', 'of limit', '429', '(-1015)', '418', 'cancels', 'p50 ms', 'p99 ms', 'max ms');
for (const s of standings)
  row(
    s.name,
    s.seconds.toFixed(0),
    String(s.placed),
    `${(s.use * 100).toFixed(0)} %`,
    String(s.refused),
    String(s.tooManyOrders),
    String(s.banned),
    String(s.cancels.count),
    s.cancels.p50.toFixed(1),
    s.cancels.p99.toFixed(1),
    s.cancels.max.toFixed(1),
  );
const [ours] = wanted.has('tranche') ? standings : [];
if (ours !== undefined) {
  const verdict = (met: boolean): string => (met ? 'met' : 'MISSED');
  console.log(
    `\n0 answers 429: ${verdict(ours.refused === 0)}; 0 bans: ${verdict(ours.banned === 0)}; ` +
      `at least 60 % of the limit: ${verdict(ours.use >= GOAL.use)}; ` +
      `cancels within ${GOAL.cancelP99Ms} ms (p99), from the request in the database to the exchange: ${verdict(ours.cancels.p99 < GOAL.cancelP99Ms)}`,
  );
}
process.exit();
