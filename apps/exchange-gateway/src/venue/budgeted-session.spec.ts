import { beforeEach, expect, it } from '@jest/globals';
import { epochMs, quantity } from '#domain';
import {
  accountScopes,
  type Budget,
  type CallPriority,
  type Reservation,
  type SpendStreamCall,
  type UserEvent,
  type VenueSession,
} from '#venues';
import { until } from '../../../../test/support/until.js';
import { BudgetedSession } from './budgeted-session.js';

let asked: (readonly [string, CallPriority])[];
let settled: unknown[];
let answers: Reservation[];
let spend: SpendStreamCall;
let session: BudgetedSession;
let warmUps: number;
let credited: unknown[];
let begun: unknown[];
let cursors: (string | undefined)[];

const refused = (cold: readonly string[]): Reservation => ({
  granted: false,
  retryAt: 0,
  retryInMs: 100,
  limit: 'l',
  reason: 'exhausted',
  cold,
});
const granted: Reservation = { granted: true, token: 't', holdUntil: 0 };

beforeEach(() => {
  asked = [];
  settled = [];
  credited = [];
  begun = [];
  cursors = [];
  answers = [];
  const budget: Budget = {
    reserve: (call, _scopes, priority) => {
      asked.push([call, priority]);
      return Promise.resolve(answers.shift() ?? granted);
    },
    settle: (...args) => {
      settled.push(args);
      return Promise.resolve();
    },
    release: () => Promise.resolve(),
    beginCold: (...of) => Promise.resolve(void begun.push(of)),
    creditFill: (...fill) => Promise.resolve(void credited.push(fill)),
  };
  const inner = {
    userEvents: (_onEvent: unknown, _onGap: unknown, given?: SpendStreamCall) => {
      if (given !== undefined) spend = given;
      return { live: true, close: () => Promise.resolve() };
    },
    openOrders: (_symbol: unknown, cursor?: string) => {
      cursors.push(cursor);
      const page = Number(cursor ?? '0');
      const value = { rows: [`order ${page}`], next: page === 2 ? null : String(page + 1) };
      return Promise.resolve({ kind: 'ok', value, meta: { sentAt: epochMs(1), repliedAt: epochMs(2), headers: {} } });
    },
    close: () => Promise.resolve(),
  } as unknown as VenueSession;
  const clock = { now: () => epochMs(1_000) };
  const calls = {
    place: 'POST order',
    cancel: 'DELETE order',
    balances: 'GET balances',
    openOrdersAll: 'GET orders',
  } as ConstructorParameters<typeof BudgetedSession>[3]['calls'];
  warmUps = 0;
  const warmUp = {
    told: new Set(['l']),
    ask: () => {
      warmUps += 1;
      return Promise.resolve(true);
    },
  };
  session = new BudgetedSession(inner, budget, 'account-1', { calls }, clock, undefined, warmUp);
  session.userEvents(
    () => undefined,
    () => undefined,
  );
});

it('pays what a stream asks as a query, and settles it when it is answered', async () => {
  answers = [granted];
  const answered = await spend('WS connect');
  expect([asked, settled]).toEqual([[['WS connect', 'query']], []]);
  await answered();
  expect(settled).toEqual([['t', 'success', { sentAt: 1_000, repliedAt: 1_000 }]]);
});

it('has lost counts set again by a call that can, then pays for the connection as any other', async () => {
  answers = [refused(['l']), granted];
  const meta = { sentAt: epochMs(1), headers: {} };
  await (
    await spend('WS connect')
  )(meta);
  expect([asked, warmUps]).toEqual([
    [
      ['WS connect', 'query'],
      ['WS connect', 'query'],
    ],
    1,
  ]);
  expect(settled).toEqual([['t', 'success', meta]]);
});

it('lets a connection wait that may not be paid, says why, and turns it away when the session is closed', async () => {
  answers = Array.from({ length: 50 }, () => refused([]));
  const waiting = spend('WS connect');
  await until(() => session.streamWaitsFor !== null);
  expect(session.streamWaitsFor).toBe('WS connect waits for the budget: exhausted of l');
  await session.close();
  await expect(waiting).rejects.toThrow('nothing is paid any more');
  expect(settled).toEqual([]);
});

it('pays each page of the open orders, and goes on at the page that was refused', async () => {
  answers = [granted, refused([])];
  const soFar = { rows: [], unreadable: [], next: undefined };
  expect(await session.openOrders(undefined, 'reduce', soFar)).toMatchObject({
    kind: 'failed',
    why: { code: 'BUDGET' },
    retryAt: 1_100,
  });
  expect([asked.length, cursors]).toEqual([2, [undefined]]);
  expect(await session.openOrders(undefined, 'reduce', soFar)).toMatchObject({
    kind: 'ok',
    value: ['order 0', 'order 1', 'order 2'],
  });
  expect([asked.length, cursors, settled.length]).toEqual([4, [undefined, '1', '2'], 3]);
});

it('credits an order’s first fill alone, and only where the venue says when it took the order', async () => {
  const event = (cumQty: string, over: object = {}) =>
    ({
      kind: 'order',
      order: { symbol: 'BTCUSDT', venueOrderId: '7', cumQty: quantity(cumQty) },
      fill: { lastQty: quantity('2'), tradedAt: 9_000 },
      placedAt: 8_000,
      ...over,
    }) as unknown as UserEvent;
  await session.creditFirstFill(event('3'));
  await session.creditFirstFill(event('2', { fill: null }));
  await session.creditFirstFill(event('2', { placedAt: undefined }));
  expect(credited).toEqual([]);
  await session.creditFirstFill(event('2'));
  const fill = { orderId: 'BTCUSDT/7', placedAt: 8_000, filledAt: 9_000 };
  expect(credited).toEqual([['POST order', accountScopes('account-1', 'BTCUSDT'), fill]]);
});

it('begins the cold time of cancels with the first place of an instrument, and again when counts were lost', async () => {
  const place = (symbol: string) => session.reserve('place', 'place', { symbol });
  const down: Reservation = { ...(refused([]) as Reservation & { granted: false }), reason: 'redis_down' };
  answers = [down];
  await place('BTC');
  expect(begun).toEqual([]);
  const begins = (symbol: string) => ['DELETE order', accountScopes('account-1', symbol)];
  for (const symbol of ['BTC', 'BTC', 'ETH']) await place(symbol);
  expect(begun).toEqual([begins('BTC'), begins('ETH')]);
  answers = [refused(['l'])];
  await session.reserve('balances', 'query');
  await place('BTC');
  expect(begun).toEqual([begins('BTC'), begins('ETH'), begins('BTC')]);
});
