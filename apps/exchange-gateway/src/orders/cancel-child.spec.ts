import { expect, it } from '@jest/globals';
import { epochMs } from '#domain';
import { createLogger, Metrics } from '#observability';
import type { Database, DatabaseClock, StoredChildOrder } from '#persistence';
import { CCXT_ADAPTERS } from '#venues';
import type { AccountSessions } from '../accounts/account-sessions.js';
import { gatewayMetrics } from '../gateway-metrics.js';
import type { CallAbout } from '../venue/budgeted-session.js';
import type { Booking } from './booking.js';
import { CancelChild } from './cancel-child.js';

const NOW = 1_795_219_200_000;

it('VE-B27 tells the budget how old the order is, as a cancel’s cost may depend on it', async () => {
  const { traits } = CCXT_ADAPTERS.kraken.profile();
  const asked: CallAbout[] = [];
  const account = {
    venue: { traits },
    offset: { isKnown: () => true, errorMs: () => 100 },
    session: {
      reserve: (_call: string, _priority: string, about: CallAbout) => {
        asked.push(about);
        return Promise.resolve({ granted: false, retryInMs: 1, comeInMs: 1, reason: 'exhausted', cold: false });
      },
    },
  };
  const sessions = { get: () => Promise.resolve(account) } as unknown as AccountSessions;
  const clock = { now: () => epochMs(NOW) } as DatabaseClock;
  const metrics = gatewayMetrics(new Metrics());
  const logger = createLogger('test', 'silent');
  const cancel = new CancelChild({} as Database, clock, sessions, {} as Booking, metrics, logger);
  const child = { symbol: 'XBTUSD', parentOrderId: 'parent' };
  const lastValidUntil = epochMs(NOW - traits.absenceMarginMs - 100 - 43_000);
  await cancel.send({ ...child, lastValidUntil } as StoredChildOrder, '');
  await cancel.send({ ...child, lastValidUntil: null } as StoredChildOrder, '');
  expect(asked).toEqual([
    { symbol: 'XBTUSD', parentId: 'parent', agesMs: [43_000] },
    { symbol: 'XBTUSD', parentId: 'parent', agesMs: [0] },
  ]);
});
