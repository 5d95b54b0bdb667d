import { until } from '../../test/support/until.js';
import { Worker } from '../pipeline/worker.js';
import type { CcxtStart } from './ccxt-process.js';
import { controlOf, Observation, type Standing } from './contestant.js';
import { breathe, openAccount } from './tranche.js';

/** Programs on ccxt, as many processes as gateways, on one account and one address. */
export async function runCcxt(
  venue: { readonly spotUrl: string; readonly controlUrl: string },
  how: { readonly name: string; readonly limiter: boolean; readonly processes: number; readonly seconds: number },
): Promise<Standing> {
  const control = controlOf(venue.controlUrl);
  await fetch(`${venue.controlUrl}/control/reset`, { method: 'POST', body: '{}' });
  const key = await openAccount(venue.controlUrl);
  const stopBook = await breathe(venue.controlUrl);
  const workers = Array.from({ length: how.processes }, () => Worker.start('../limits/ccxt-process.ts'));
  try {
    const observation = await Observation.begin(control);
    for (const worker of workers)
      await worker.call('start', {
        url: venue.spotUrl,
        key,
        limiter: how.limiter,
        queued: 50,
        attemptsPerSecond: 25,
        restMs: 8_000,
      } satisfies CcxtStart);
    const endsAt = performance.now() + how.seconds * 1_000;
    await until(() => performance.now() >= endsAt, { timeoutMs: how.seconds * 1_000 + 10_000, everyMs: 50 });
    const taken = await Promise.all(workers.map((worker) => worker.call<number[]>('takeCancels')));
    return await observation.end(how.name, () => taken.flat());
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    stopBook();
  }
}
