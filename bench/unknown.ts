/**
 * What becomes of orders whose fate is not told: replies lost, late, false, doubled events and 5xx for nearly a third of
 * all placements, at an exchange under each rule for client ids and acceptance, with gateways killed and paused meanwhile.
 * Prints duplicates and losses (both must be 0), how many outcomes were unknown and how long they stayed so.
 * `npm run bench:unknown [-- --orders 20000] [-- --gateways 3] [-- --seed 1] [-- --only V1,V5] [-- --quick]`; about 20
 * minutes, with `--quick` (1,800 orders) about 9.
 */
import { parseArgs } from 'node:util';
import { startGuardedStores } from './pipeline/guarded-stores.js';
import { RULE_SETS } from './unknown/rule-sets.js';
import { runRuleSet, type RuleSetResult } from './unknown/run-rule-set.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    orders: { type: 'string' },
    gateways: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const orders = Number(values.orders ?? (values.quick ? 1_800 : 20_000));
const gateways = Number(values.gateways);
const seed = Number(values.seed);
if (![orders, gateways, seed].every((n) => Number.isInteger(n) && n >= 1)) {
  console.error('--orders, --gateways and --seed must be whole numbers of at least 1');
  process.exit(1);
}
const names = values.only?.split(',');
const sets = RULE_SETS.filter(({ name }) => names === undefined || names.some((wanted) => name.startsWith(wanted)));
if (sets.length === 0) {
  console.error(`--only must name some of ${RULE_SETS.map(({ name }) => name).join(', ')}`);
  process.exit(1);
}
const perSet = Math.ceil(orders / sets.length);

const stores = await startGuardedStores(sets.length * (perSet * 50 + 240_000));

const row = (...cells: readonly string[]): void =>
  console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(20) : cell.padStart(11))).join(''));
const results: RuleSetResult[] = [];
try {
  console.log(`${stores.descriptions.join(', ')}; Node ${process.version}; ${gateways + 1} gateways, seed ${seed}\n`);
  row(
    'exchange',
    'orders',
    'unknown',
    'absent',
    'p50 s',
    'p99 s',
    'max s',
    'parked',
    'kills',
    'pauses',
    'duplicates',
    'lost',
  );
  for (const rules of sets) {
    const result = await runRuleSet(stores, rules, { orders: perSet, gateways, seed });
    results.push(result);
    const { resolved } = result;
    row(
      rules.name,
      String(result.orders),
      String(result.unknowns),
      String(result.neverArrived),
      ...[resolved.p50, resolved.p99, resolved.max].map((s) => s.toFixed(1)),
      String(result.parked),
      String(result.kills),
      String(result.pauses),
      String(result.duplicates),
      String(result.lost.length),
    );
    for (const text of result.lost.slice(0, 5)) console.log(`  ${text}`);
  }
} finally {
  await stores.stop();
}
const sum = (of: (result: RuleSetResult) => number): number => results.reduce((total, r) => total + of(r), 0);
const [duplicates, lost] = [sum((r) => r.duplicates), sum((r) => r.lost.length)];
console.log(
  `\n${sum((r) => r.orders)} orders, ${sum((r) => r.unknowns)} unknown outcomes, ${sum((r) => r.kills)} kills, ${sum((r) => r.pauses)} pauses: ` +
    `${duplicates} duplicates, ${lost} lost`,
);
process.exit(duplicates + lost === 0 ? 0 : 1);
