import { afterEach, expect, it, jest } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { SimClient, startScripted } from '../../integration/sim-venue/sim-client.js';

jest.setTimeout(300_000);

const OPERATIONS = 1_000_000;
/** Enough for two start values to part. */
const FEW_OPERATIONS = 100_000;

let venue: SimVenue | null = null;
afterEach(async () => {
  await venue?.stop();
  venue = null;
});

/** What is logged of a manual crowd after so many operations, an account's orders among them, in a venue of its own. */
async function run(seed: number, operations = OPERATIONS): Promise<unknown> {
  venue = await startScripted();
  const client = new SimClient(venue);
  const key = await client.account('a', { USDT: '100000000', BTC: '1000' });
  await client.control('PUT', 'markets/BTCUSDT/source', { source: 'synthetic', time: 'manual', seed });
  for (const [i, side] of ['BUY', 'SELL', 'BUY', 'SELL'].entries()) {
    await client.control('POST', 'markets/BTCUSDT/advance', { steps: operations / 4 });
    const order = { symbol: 'BTCUSDT', side, type: 'MARKET', quantity: `0.${i + 1}` };
    expect((await client.signed(key, 'POST', '/api/v3/order', order)).body.status).toBe('FILLED');
  }
  expect(await client.control('GET', 'invariants')).toEqual({ hold: true });
  const log = await client.control('GET', 'log-hash');
  await venue.stop();
  venue = null;
  return log;
}

it('VE-C52 a manual run of 1,000,000 operations twice gives the same log, another start value another', async () => {
  const first = await run(7);
  expect(first).toMatchObject({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), events: expect.any(Number) });
  expect((first as { events: number }).events).toBeGreaterThan(OPERATIONS);
  expect(await run(7)).toEqual(first);
  expect(await run(8, FEW_OPERATIONS)).not.toEqual(await run(7, FEW_OPERATIONS));
});
