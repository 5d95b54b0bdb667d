import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { epochMs, type CostBasis, type LimitDraw, type Priority, type ReserveResult } from '#domain';
import { accountScopes, RateBudget, shippedLimits } from '#venues';
import { Redis } from 'ioredis';
import { closuresOf } from '../../../libs/venues/src/budget/answer-signs.js';
import { BudgetStore } from '../../../libs/venues/src/budget/budget-store.js';
import { drawsOf } from '../../../libs/venues/src/budget/venue-limits.js';
import { testRedisUrl } from './test-redis.js';

const T0 = 1_795_219_200_000;
/** Longer than any limit of these tests counts as full after its state was lost. */
const COLD_MS = 20_000;

let redis: Redis;
let store: BudgetStore;
let now: number;

beforeAll(() => {
  redis = new Redis(testRedisUrl());
});
afterAll(() => redis.disconnect());
beforeEach(() => {
  now = T0;
  store = new BudgetStore(redis, `test-${randomUUID()}`, 'v', () => now);
});

function draws(
  protocol: string,
  call: string,
  priority: Priority,
  { symbol = 'BTC', ...basis }: CostBasis & { symbol?: string } = {},
): LimitDraw[] {
  return drawsOf(shippedLimits(protocol), call, { ...basis, priority, scopes: { ip: 'ip', account: 'a', symbol } });
}

/** Every limit known and unused. */
async function warm(all: readonly LimitDraw[]): Promise<void> {
  for (const draw of all.filter(({ kind }) => kind !== 'ban')) await store.rebuild({ draw, booked: [] });
  now += COLD_MS;
}

function reserve(token: string, of: readonly LimitDraw[], priority: Priority): Promise<ReserveResult> {
  return store.reserve({ token, priority, holdMs: 15_000, mode: 'normal', at: 0, draws: of });
}

async function countPlaces(
  most: number,
  symbolOf: (i: number) => string,
  priority: Priority = 'place',
): Promise<number> {
  for (let i = 0; i < most; i += 1) {
    const of = draws('okx', 'POST /api/v5/trade/order', priority, { symbol: symbolOf(i) });
    if (!(await reserve(randomUUID(), of, priority)).granted) return i;
  }
  return most;
}

describe('shipped limits in the script', () => {
  it('VE-B29 Bybit: a batch of 10 is of the batch pool alone, and 10006 closes one endpoint alone', async () => {
    const create = draws('bybit', 'POST /v5/order/create (spot)', 'place');
    const batch = draws('bybit', 'POST /v5/order/create-batch (spot)', 'place', { orders: 10 });
    await warm([...create, ...batch]);
    expect((await reserve('batch', batch, 'place')).granted).toBe(true);
    const { state } = await store.read(['bb.createBatch.spot:a', 'bb.create.spot:a', 'bb.ip:ip']);
    const inFlight = Object.values(state.limits).map((limit) => 'inFlight' in limit && limit.inFlight);
    expect(inFlight).toEqual([10, 0, 1]);

    expect((await reserve('single', create, 'place')).granted).toBe(true);
    const headers = { 'x-bapi-limit-reset-timestamp': String(now + 60_000) };
    const closures = closuresOf(shippedLimits('bybit'), create, { venueCode: '10006', headers, venueMs: now });
    const answered = { sentAt: now, repliedAt: now, venueMs: now, venueSlackMs: 0, readings: [] };
    await store.settle({ token: 'single', outcome: 'failure', ...answered, draws: create, closures });
    await store.settle({ token: 'batch', outcome: 'success', ...answered, draws: batch, closures: [] });
    now += 2_000;
    expect(await reserve('again', create, 'place')).toMatchObject({ granted: false, limit: 'bb.create.spot' });
    expect((await reserve('batch-again', batch, 'place')).granted).toBe(true);
    now += 62_000;
    expect((await reserve('after', create, 'place')).granted).toBe(true);
  });

  it('VE-B30 OKX: 57 places on each of two instruments, 60 that reduce', async () => {
    await warm(['BTC', 'ETH'].flatMap((symbol) => draws('okx', 'POST /api/v5/trade/order', 'place', { symbol })));
    expect(await countPlaces(60, () => 'BTC')).toBe(57);
    expect(await countPlaces(60, () => 'ETH')).toBe(57);
    expect(await countPlaces(60, () => 'BTC', 'reduce')).toBe(3);
  });

  it('VE-B30 OKX: the 951st place over 20 instruments is denied, and a cancel granted', async () => {
    const symbols = Array.from({ length: 20 }, (_, i) => `S${i}`);
    const cancel = draws('okx', 'POST /api/v5/trade/cancel-order', 'cancel', { symbol: 'S10' });
    await warm([
      ...symbols.flatMap((symbol) => draws('okx', 'POST /api/v5/trade/order', 'place', { symbol })),
      ...cancel,
    ]);
    expect(await countPlaces(1_000, (i) => `S${i % 20}`)).toBe(950);
    const refused = await reserve(
      '951st',
      draws('okx', 'POST /api/v5/trade/order', 'place', { symbol: 'S10' }),
      'place',
    );
    expect(refused).toMatchObject({ granted: false, reason: 'exhausted', limit: 'okx.newAndAmend' });
    expect((await reserve('cancel', cancel, 'cancel')).granted).toBe(true);
  });
});

it.each([
  ['okx', 'POST /api/v5/trade/order', 'POST /api/v5/trade/cancel-order'],
  ['bybit', 'POST /v5/order/create (spot)', 'POST /v5/order/cancel (spot)'],
])(
  '%s: knows the budget of cancels as soon as that of places, where nothing was cancelled before',
  async (venue, ...calls) => {
    const [place, cancel] = calls;
    const prefix = `test-${randomUUID()}`;
    const scopes = accountScopes('a', 'BTC');
    const budget = new RateBudget(redis, shippedLimits(venue), { prefix, clock: { now: () => epochMs(Date.now()) } });
    expect(await budget.reserve(place, scopes, 'place')).toMatchObject({ granted: false, reason: 'cold' });
    await budget.beginCold(cancel, scopes);
    const later = new BudgetStore(redis, prefix, venue, () => Date.now() + COLD_MS);
    const granted = async (call: string, priority: Priority): Promise<boolean> => {
      const of = drawsOf(shippedLimits(venue), call, { priority, scopes: { ip: 'shared', ...scopes } });
      return (await later.reserve({ token: randomUUID(), priority, holdMs: 15_000, mode: 'normal', at: 0, draws: of }))
        .granted;
    };
    expect([await granted(place, 'place'), await granted(cancel, 'cancel')]).toEqual([true, true]);
  },
);
