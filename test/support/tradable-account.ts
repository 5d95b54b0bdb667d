import { Redis } from 'ioredis';
import { decimal } from '#domain';
import { AccountLeaseRepository, AccountStateRepository, RateUsageRepository } from '#persistence';
import { RateBudget, shippedLimits, SIM_VENUE_ID } from '#venues';
import type { LedgerWorld } from './ledger-world.js';
import { until } from './until.js';

/** The world's account as an exchange gateway would have left it: lease, status, fees, balances and known budget counts. */
export async function openTradableAccount(world: LedgerWorld): Promise<void> {
  const held = await world.db.inSystem((tx) =>
    new AccountLeaseRepository(tx).acquire('test', [SIM_VENUE_ID], 3_600_000),
  );
  const epoch = held.find(({ accountId }) => accountId === world.accountId)?.epoch ?? -1;
  await world.inTenant(async (tx) => {
    const states = new AccountStateRepository(tx, world.tenantId);
    await states.setStatus(world.accountId, 'trading', 'test');
    await states.setFees(world.accountId, { makerBps: decimal('10'), takerBps: decimal('10') }, epoch);
    const million = decimal('1000000');
    const balances = ['USDT', 'TEST'].map((asset) => ({ asset, free: million, locked: decimal('0') }));
    await states.saveBalances(world.accountId, balances, 'poll', world.clock.now(), epoch);
  });
  const redis = new Redis(world.stores.redisUrl);
  const limits = shippedLimits(SIM_VENUE_ID, 'binance-spot');
  const ledger = new RateUsageRepository(world.db, SIM_VENUE_ID);
  const budget = new RateBudget(redis, limits, { prefix: world.stores.redisPrefix, clock: world.clock, ledger });
  const scopes = { account: world.accountId };
  await until(
    async () => {
      for (const call of ['GET /api/v3/time', 'GET /api/v3/rateLimit/order']) {
        const taken = await budget.reserve(call, scopes, 'probe');
        if (!taken.granted) continue;
        const at = world.clock.now();
        const headers = { 'x-mbx-used-weight-1m': '1', 'x-mbx-order-count-10s': '0', 'x-mbx-order-count-1d': '0' };
        await budget.settle(taken.token, 'success', { sentAt: at, repliedAt: at, venueMs: at, headers });
      }
      return (await budget.freeShare('POST /api/v3/order', scopes, 'place')) > 0.5;
    },
    { everyMs: 200, what: 'the budget is known' },
  );
  redis.disconnect();
}
