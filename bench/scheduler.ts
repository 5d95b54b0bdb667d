/**
 * How many active orders the scheduler carries on two cores: decisions per second, cost of `decide`, lateness of wake-ups,
 * memory per active order, rows and commits per child order, recovery after kill -9.
 * `npm run bench:scheduler [-- --parents 1000,10000,100000] [-- --only scale,children,recovery] [-- --quick] [-- --profile]`;
 * whole it takes some ten minutes, with `--quick` two.
 */
import { parseArgs } from 'node:util';
import { startGuardedStores } from './pipeline/guarded-stores.js';
import { measureChildren } from './scheduler/measure-children.js';
import { measureRecovery, measureScale } from './scheduler/measure-scale.js';
import { showChildren, showRecovery, showScale } from './scheduler/report.js';

const { values } = parseArgs({
  options: {
    parents: { type: 'string' },
    only: { type: 'string', default: 'scale,children,recovery' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  },
});
const only = values.only.split(',');
const parents = (values.parents ?? (values.quick ? '1000' : '1000,10000,100000')).split(',').map(Number);
const seconds = values.quick ? 15 : 60;
const LIMIT_MS = values.quick ? 300_000 : 1_200_000;

const startedAt = performance.now();
const stores = await startGuardedStores(LIMIT_MS);
try {
  console.log(`${stores.descriptions.join(', ')}; Node ${process.version}; one scheduler process`);
  if (only.includes('scale'))
    for (const count of parents) showScale(await measureScale(stores, count, seconds), values.profile);
  if (only.includes('children')) showChildren(await measureChildren(stores, values.quick ? 10 : 30));
  if (only.includes('recovery')) showRecovery(await measureRecovery(stores, values.quick ? 1_000 : 10_000));
  console.log(`\nmeasured in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
} finally {
  await stores.stop();
}
process.exit();
