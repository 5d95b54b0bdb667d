import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { price, quantity, type AccountId, type ParentOrderId, type VenueId } from '#domain';
import { createLogger, Metrics } from '#observability';
import { AccountLeaseRepository, AccountRepository, ChildOrderRepository } from '#persistence';
import { createVenues, type Budget, type RunningVenue } from '#venues';
import { AccountHealth, AddressBans } from '../../../apps/exchange-gateway/src/accounts/account-health.js';
import { AccountRunner } from '../../../apps/exchange-gateway/src/accounts/account-runner.js';
import type { AccountSession, AccountSessions } from '../../../apps/exchange-gateway/src/accounts/account-sessions.js';
import { gatewayMetrics } from '../../../apps/exchange-gateway/src/gateway-metrics.js';
import { Booking } from '../../../apps/exchange-gateway/src/orders/booking.js';
import { BudgetedSession } from '../../../apps/exchange-gateway/src/venue/budgeted-session.js';
import { InstrumentCache } from '../../../apps/exchange-gateway/src/venue/instrument-cache.js';
import { VenueOffset } from '../../../apps/exchange-gateway/src/venue/venue-offset.js';
import { decideChild } from '../../support/ledger-child.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { framesOf } from '../../support/stream-packs/pack.js';
import { okxStream } from '../../support/stream-packs/okx.js';
import { until } from '../../support/until.js';
import { recorded } from '../../support/venue-packs/pack.js';
import { VenueServer, type Answer } from '../../support/venue-server.js';

const OKX = 'okx' as VenueId;
const ORDER_ID = '312269865356374016';
const frames = framesOf(okxStream);

let ledger: LedgerWorld;
let server: VenueServer;
let venue: RunningVenue;
let runner: AccountRunner;
let parent: ParentOrderId;
/** Of a child whose row cannot be read. */
let mangled: ParentOrderId;
let clientOrderId: string;
/** Calls of which the next is refused by the budget, and what the server had been asked by then. */
const short = new Set<string>();
let refusedAt: number | null = null;
const accountId = randomUUID() as AccountId;

/** An order in the venue's list that nobody can read. */
const MANGLED = { ordId: '7', ...(recorded('okx', 'order') as { data: [object] }).data[0], sz: 'NaN' };

/** One row of an order or of a push, with the child's id and times of today. */
function row(frame: unknown, over: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [first] = (frame as { data: [Record<string, string>] }).data;
  const now = String(Date.now());
  return { ...first, clOrdId: clientOrderId, uTime: now, cTime: now, ...over };
}

/** An exchange whose REST never tells a fill: the order rests there, and nothing is filled. */
function answer(path: string): Answer {
  const ok = (data: unknown[]) => ({ status: 200, body: { code: '0', msg: '', data } });
  const resting = () =>
    ok([row(recorded('okx', 'order'), { accFillSz: '0', avgPx: '', fillSz: '0', tradeId: '', state: 'live' })]);
  const body = (name: string): Answer => ({ status: 200, body: recorded('okx', name) });
  switch (path) {
    case '/api/v5/public/time':
      return ok([{ ts: String(Date.now()) }]);
    case '/api/v5/account/config':
      return body('settings');
    case '/api/v5/account/balance':
      return body('balances');
    case '/api/v5/account/trade-fee':
      return body('fees');
    case '/api/v5/trade/order':
      return resting();
    case '/api/v5/trade/orders-pending':
      return ok([MANGLED, ...resting().body.data]);
    default:
      return ok([]);
  }
}

beforeAll(async () => {
  ledger = await openLedgerWorld('gateway');
  const { db, tenantId, userId } = ledger;
  server = await VenueServer.start();
  server.answer = ({ path }) => answer(path);
  server.onSocket = (ws) =>
    ws.on('message', (data: Buffer) => {
      const said = data.toString();
      if (said === 'ping') return ws.send('pong');
      for (const name of okxStream.answers(JSON.parse(said) as never)) ws.send(JSON.stringify(frames[name]));
    });
  await db.inSystem((tx) =>
    tx.query(`INSERT INTO instruments (venue, symbol, pair, market_type, base, quote, tick, lot, min_qty, min_notional, status)
      VALUES ('okx', 'BTC-USDT', 'BTC-USDT', 'spot', 'BTC', 'USDT', 0.1, 0.00000001, 0.00001, 0, 'trading')`),
  );
  await ledger.inTenant((tx) =>
    new AccountRepository(tx).add({
      id: accountId,
      tenantId,
      userId: userId as never,
      name: 'okx',
      venue: OKX,
      exchange: 'OKX',
    }),
  );
  parent = await ledger.addParent();
  clientOrderId = await restingChild(parent);
  mangled = await ledger.addParent();
  await restingChild(mangled);
  await ledger.inTenant((tx) =>
    tx.query('UPDATE child_orders SET venue_order_id = NULL WHERE parent_order_id = $1', [mangled]),
  );
  runner = await openRunner();
});
afterAll(async () => {
  await runner.stop();
  await venue.close();
  await server.stop();
  await ledger.close();
});

/** The account's runner as the gateway has it, with limits that refuse nothing. */
async function openRunner(): Promise<AccountRunner> {
  const { db, clock } = ledger;
  const held = await db.inSystem((tx) => new AccountLeaseRepository(tx).acquire('holder', [OKX], 600_000));
  const account = held.find((one) => one.accountId === accountId);
  const made = createVenues(
    { SIM_VENUE_URL: 'http://127.0.0.1:1', VENUE_OKX_ENABLED: true, VENUE_OKX_URL: server.url },
    clock,
  ).get(OKX);
  if (account === undefined || made === undefined) throw new Error('the account must be held, and its venue known');
  venue = made;
  const offset = new VenueOffset(clock);
  await offset.measure(venue);
  const budget: Budget = {
    reserve: (call, _scopes, priority) => {
      if (!short.delete(`${call} ${priority}`)) return Promise.resolve({ granted: true, token: 't', holdUntil: 0 });
      refusedAt = server.requests.length;
      return Promise.resolve({ granted: false, retryAt: 0, retryInMs: 1, limit: 'l', reason: 'exhausted', cold: [] });
    },
    settle: () => Promise.resolve(),
    release: () => Promise.resolve(),
  };
  const key = { accountId, apiKey: 'the-key', apiSecret: 'the-secret:the-passphrase' };
  const session: AccountSession = {
    venue,
    offset,
    session: new BudgetedSession(await venue.connect(key, offset), budget, accountId, venue.profile, clock),
    health: new AccountHealth(OKX, 'okx', new AddressBans(), clock),
    credentialVersion: 1,
    warmUp: () => Promise.resolve(),
    askLimits: () => undefined,
    placeShare: () => Promise.resolve(1),
    room: { cap: () => Promise.resolve(null), foundFull: () => null, held: () => 0 },
  };
  const sessions = {
    get: () => Promise.resolve(session),
    banOf: () => null,
    whyNone: () => '',
    desk: () => undefined,
    hasNewerKey: () => Promise.resolve(false),
    forget: () => Promise.resolve(),
  } as unknown as AccountSessions;
  const logger = createLogger('test', process.env.TEST_LOG_LEVEL ?? 'silent');
  const metrics = gatewayMetrics(new Metrics());
  const instruments = new InstrumentCache(db);
  const one = new AccountRunner(account, {
    db,
    clock,
    sessions,
    booking: new Booking(db, clock, instruments, metrics, logger),
    instruments: { isVenueHalted: () => false },
    broadcasts: { say: () => Promise.resolve() },
    deadMan: new Set(),
    periods: { doubtsMs: 60_000, openOrdersMs: 60_000, everythingMs: 60_000 },
    metrics,
    logger,
  });
  await one.begin();
  return one.start();
}

/** A child that works at the exchange, with nothing left to do about it. */
function restingChild(of: ParentOrderId): Promise<string> {
  return ledger.inTenant(async (tx) => {
    const children = new ChildOrderRepository(tx, ledger.tenantId);
    const over = { timeInForce: 'gtc', price: price('60000.1'), orderQty: quantity('0.1') } as const;
    await decideChild(tx, { ...ledger, accountId }, of, { venue: OKX, symbol: 'BTC-USDT', ...over });
    await tx.query('DELETE FROM due_work WHERE parent_order_id = $1', [of]);
    await tx.query(
      `UPDATE child_orders SET status = 'working', epoch = 1, venue_order_id = $2 WHERE parent_order_id = $1`,
      [of, ORDER_ID],
    );
    const child = await children.find(of, 0);
    if (child === null) throw new Error('the child must be there');
    return child.order.clientOrderId;
  });
}

const status = async (): Promise<string | undefined> => {
  const [found] = await ledger.inTenant((tx) =>
    tx.query<{ status: string }[]>('SELECT status FROM account_states WHERE account_id = $1', [accountId]),
  );
  return found?.status;
};
const fills = () =>
  ledger.inTenant((tx) =>
    tx.query<{ trade_id: string; last_qty: string }[]>(
      'SELECT trade_id, last_qty FROM fills WHERE parent_order_id = $1',
      [parent],
    ),
  );

it('a fill reaches the ledger by the stream before any poll has told it, and without the stream the account is degraded', async () => {
  await until(async () => (await status()) === 'trading', { what: 'the account trades, its stream stands' });
  // A row of ours and one of the venue's that cannot be read kept nothing else back, and each was told once.
  const [told, { order: broken }] = await ledger.inTenant(async (tx) => [
    await tx.query<{ data: Record<string, string> }[]>(
      `SELECT data FROM audit_log WHERE event = 'RECONCILE_MISMATCH' AND data::text LIKE '%cannot be read%' ORDER BY id`,
    ),
    (
      await tx.query<{ order: string }[]>(
        'SELECT client_order_id AS order FROM child_orders WHERE parent_order_id = $1',
        [mangled],
      )
    )[0]!,
  ]);
  const differs = { kind: 'order', venue: OKX, ours: '', theirs: '' };
  expect(told.map(({ data }) => data)).toEqual([
    expect.objectContaining({ ...differs, subject: 'open orders', theirs: expect.stringContaining('data.0.sz: ') }),
    expect.objectContaining({
      ...differs,
      subject: broken,
      ours: 'cannot be read: A child order lacks what its state requires',
    }),
  ]);
  const fill = row(frames.fill, { fillTime: String(Date.now()) });
  const push = JSON.stringify({ ...(frames.fill as object), data: [fill] });
  // Twice, then one from before: booked once, and nothing is taken back (VE-A13).
  for (const ws of server.sockets) {
    ws.send(push);
    ws.send(push);
    ws.send(JSON.stringify({ ...(frames.order as object), data: [row(frames.order)] }));
  }
  await until(async () => (await fills()).length > 0, { what: 'the fill is booked' });
  expect(await fills()).toEqual([{ trade_id: '107601752', last_qty: '0.040000000000000000' }]);
  const child = await ledger.inTenant((tx) => new ChildOrderRepository(tx, ledger.tenantId).find(parent, 0));
  expect(child?.order.state.status).toBe('working');
  expect(child?.order.cumQty.toFixed()).toBe('0.04');

  // What is missed calls for a comparison; one that its budget cuts off goes on where it was.
  short.add('GET /api/v5/account/balance reduce');
  for (const ws of server.sockets) ws.terminate();
  const sinceRefused = () => (refusedAt === null ? [] : server.requests.slice(refusedAt).map(({ path }) => path));
  await until(() => sinceRefused().length >= 2, { what: 'the comparison goes on' });
  expect(sinceRefused().slice(0, 2)).toEqual(['/api/v5/account/balance', '/api/v5/account/trade-fee']);

  server.onSocket = (ws) => ws.terminate();
  for (const ws of server.sockets) ws.terminate();
  await until(async () => (await status()) === 'degraded', { what: 'the account goes on without its stream' });
});
