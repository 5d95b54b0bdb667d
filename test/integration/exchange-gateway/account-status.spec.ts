import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { VenueId } from '#domain';
import { createLogger, Metrics } from '#observability';
import { AccountLeaseRepository, HaltRepository } from '#persistence';
import { BINANCE_SPOT_TRAITS, type Read } from '#venues';
import { AccountHealth, AddressBans } from '../../../apps/exchange-gateway/src/accounts/account-health.js';
import { AccountRunner } from '../../../apps/exchange-gateway/src/accounts/account-runner.js';
import type { AccountSession, AccountSessions } from '../../../apps/exchange-gateway/src/accounts/account-sessions.js';
import { gatewayMetrics } from '../../../apps/exchange-gateway/src/gateway-metrics.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { until } from '../../support/until.js';

const VENUE = 'sim' as VenueId;
let ledger: LedgerWorld;

beforeAll(async () => {
  ledger = await openLedgerWorld('gateway');
});
afterAll(async () => {
  ledger.clock.stop();
  await ledger.close();
});

it('says each transition as one row and one broadcast while a round still waits for its venue', async () => {
  const { db, clock, tenantId, accountId, userId } = ledger;
  const said: string[] = [];
  let answer = (_: Read<never>): void => undefined;
  const hanging = new Promise<Read<never>>((resolve) => (answer = resolve));
  let asked = false;
  const health = new AccountHealth(VENUE, 'binance-spot', new AddressBans(), clock);
  const session = {
    venue: { traits: BINANCE_SPOT_TRAITS },
    offset: { isKnown: () => true, errorMs: () => 0, offsetMs: () => 0 },
    health,
    session: {
      userEvents: () => ({ live: true, close: () => Promise.resolve() }),
      accountSettings: () => {
        asked = true;
        return hanging;
      },
    },
    placeShare: () => Promise.resolve(1),
    askLimits: () => undefined,
  } as unknown as AccountSession;
  const [account] = await db.inSystem((tx) => new AccountLeaseRepository(tx).acquire('test', [VENUE], 60_000));
  if (account === undefined) throw new Error('the account must be there to be held');
  const runner = new AccountRunner(account, {
    db,
    clock,
    sessions: {
      get: () => Promise.resolve(session),
      desk: () => undefined,
      banOf: () => null,
    } as unknown as AccountSessions,
    booking: {} as never,
    instruments: { isVenueHalted: () => false },
    broadcasts: { say: (_, message) => Promise.resolve(void said.push((message as { status: string }).status)) },
    deadMan: new Set(),
    periods: { doubtsMs: 60_000, openOrdersMs: 60_000, everythingMs: 60_000 },
    metrics: gatewayMetrics(new Metrics()),
    logger: createLogger('test', 'silent'),
  });
  const halts = <T>(work: (halts: HaltRepository) => Promise<T>) =>
    ledger.inTenant((tx) => work(new HaltRepository(tx, tenantId)));
  const heard = (status: string) => until(() => said.at(-1) === status, { what: `says ${status}` });
  await runner.begin();
  runner.start();
  try {
    await until(() => asked, { what: 'the venue is asked' });
    await heard('reconciling');
    const id = await halts((h) =>
      h.add({ level: 'account', scope: accountId, mode: 'HALTED', cancelOpen: false, reason: 'test' }, userId as never),
    );
    await heard('halted');
    const now = clock.now();
    health.note({
      kind: 'failed',
      why: { code: '-1003', text: 'banned' },
      retryAt: (now + 60_000) as typeof now,
      meta: { sentAt: now, repliedAt: now, httpStatus: 418, venueCode: '-1003', headers: {} },
    } as never);
    await heard('banned');
    await halts((h) => h.requestRelease(id, userId as never));
    const log = await ledger.inTenant((tx) =>
      tx.query<{ to_status: string }[]>('SELECT to_status FROM account_status_log WHERE account_id = $1 ORDER BY id', [
        accountId,
      ]),
    );
    expect(log.map((row) => row.to_status)).toEqual(said);
    expect(said.slice(-3)).toEqual(['reconciling', 'halted', 'banned']);
  } finally {
    answer({ kind: 'failed', why: { code: 'TEST', text: 'over' } });
    await runner.stop();
  }
});
