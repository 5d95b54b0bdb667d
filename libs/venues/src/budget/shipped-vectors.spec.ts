import { describe, expect, it } from '@jest/globals';
import { scaleOf, usageOf, type CostBasis, type LimitDraw, type Priority } from '#domain';
import { BudgetBench } from '../../../../test/support/budget-bench.js';
import { closuresOf, readingsOf } from './answer-signs.js';
import { shippedLimits } from './shipped-limits.js';
import { drawsOf, type VenueLimits } from './venue-limits.js';

const START = 1_795_219_200_000;
const SCOPES = { ip: 'ip', account: 'acc', key: 'key', session: 's', symbol: 'BTC', pair: 'BTC', address: '0x1' };

type Options = CostBasis & { readonly symbol?: string; readonly tier?: string };

/** One venue's shipped limits on the pure functions, under a clock that the test sets. */
class VenueBench {
  readonly bench = new BudgetBench(START);
  private calls = 0;

  constructor(readonly limits: VenueLimits) {}

  draws(call: string, priority: Priority, { symbol = 'BTC', ...rest }: Options = {}): LimitDraw[] {
    return drawsOf(this.limits, call, { ...rest, priority, scopes: { ...SCOPES, symbol, pair: symbol } });
  }

  /** Known and unused. */
  warm(calls: readonly string[], symbols: readonly string[] = ['BTC']): this {
    this.bench.warm(calls.flatMap((call) => symbols.flatMap((symbol) => this.draws(call, 'query', { symbol }))));
    return this;
  }

  reserve(call: string, priority: Priority, options: Options = {}) {
    this.calls += 1;
    return this.bench.reserve(`t${this.calls}`, this.draws(call, priority, options), { priority });
  }

  /** Reserves, and is answered at once. */
  make(call: string, priority: Priority, options: Options = {}): boolean {
    if (!this.reserve(call, priority, options).granted) return false;
    this.bench.settle(`t${this.calls}`, this.draws(call, priority, options));
    return true;
  }

  /** How many of such calls pass, one after another. */
  count(most: number, make: (i: number) => boolean): number {
    for (let i = 0; i < most; i += 1) if (!make(i)) return i;
    return most;
  }

  /** In the limit's own units, rounded up. */
  used(call: string, limit: string, symbol = 'BTC'): number {
    const draw = this.draws(call, 'query', { symbol }).find(({ id }) => id === limit);
    if (draw === undefined) throw new Error(`${call} must draw on ${limit}`);
    return usageOf(this.bench.state, draw, this.bench.now).used;
  }
}

describe('VE-B27 Kraken', () => {
  const [ADD, AMEND, CANCEL] = ['AddOrder', 'AmendOrder', 'CancelOrder'].map((name) => `POST /0/private/${name}`) as [
    string,
    string,
    string,
  ];
  const cost = (venue: VenueBench, call: string, options: Options = {}): number => {
    const draw = venue.draws(call, 'cancel', options).find(({ id }) => id === 'kr.trading');
    return draw === undefined ? NaN : draw.cost / scaleOf(draw.kind);
  };

  it('VE-B27 charges 1, 3 and 4: added at 0, amended at 7 s, canceled at 43 s', () => {
    const venue = new VenueBench(shippedLimits('kraken')).warm([ADD, CANCEL]);
    const charges = [
      cost(venue, ADD),
      cost(venue, AMEND, { agesMs: [7_000] }),
      cost(venue, CANCEL, { agesMs: [43_000 - 7_000] }),
    ];
    expect(charges).toEqual([1, 3, 4]);
    venue.make(ADD, 'place');
    venue.make(AMEND, 'place', { agesMs: [7_000] });
    venue.make(CANCEL, 'cancel', { agesMs: [36_000] });
    expect(venue.used(CANCEL, 'kr.trading')).toBe(8);
    expect(venue.used(CANCEL, 'kr.calls')).toBe(0);
  });

  it('VE-B27 has 26.6 left of 50 orders after 10 s for an intermediate account', () => {
    const venue = new VenueBench({ ...shippedLimits('kraken'), tier: 'intermediate' }).warm([ADD]);
    expect(venue.count(50, () => venue.make(ADD, 'place'))).toBe(50);
    venue.bench.now += 10_000;
    venue.make(ADD, 'place');
    const state = venue.bench.state.limits['kr.trading:acc/BTC'];
    expect(state?.kind === 'decaying_counter' && state.level).toBe(26_600_000 + 1_000_000);
  });

  it('VE-B28 charges 8 for a cancel 4.9 s after the create was answered, which may arrive at 5.1 s', () => {
    const venue = new VenueBench(shippedLimits('kraken')).warm([CANCEL]);
    expect(cost(venue, CANCEL, { agesMs: [4_900] })).toBe(8);
    expect(cost(venue, CANCEL, { agesMs: [5_000] })).toBe(6);
    venue.reserve(CANCEL, 'cancel', { agesMs: [4_900] });
    venue.bench.now += 200;
    expect(venue.used(CANCEL, 'kr.trading')).toBe(8);
  });

  it('keeps pairs apart, and charges the fixed part alone for what is refused', () => {
    const venue = new VenueBench(shippedLimits('kraken')).warm([ADD, AMEND], ['BTC', 'ETH']);
    venue.make(ADD, 'place');
    expect([venue.used(ADD, 'kr.trading'), venue.used(ADD, 'kr.trading', 'ETH')]).toEqual([1, 0]);
    venue.reserve(AMEND, 'place', { agesMs: [1_000] });
    venue.bench.settle('t2', venue.draws(AMEND, 'place', { agesMs: [1_000] }), { outcome: 'failure' });
    expect(venue.used(ADD, 'kr.trading')).toBe(2);
  });
});

describe('VE-B29 Bybit', () => {
  const CREATE = 'POST /v5/order/create (spot)';
  const BATCH = 'POST /v5/order/create-batch (spot)';
  const CANCEL = 'POST /v5/order/cancel (spot)';

  it('VE-B29 takes a batch of 10 from the batch pool alone', () => {
    const venue = new VenueBench(shippedLimits('bybit')).warm([CREATE, BATCH]);
    expect(venue.make(BATCH, 'place', { orders: 10 })).toBe(true);
    const used = [venue.used(BATCH, 'bb.createBatch.spot'), venue.used(CREATE, 'bb.create.spot')];
    expect([...used, venue.used(CREATE, 'bb.ip')]).toEqual([10, 0, 1]);
  });

  it('VE-B29 closes only that endpoint at 10006, to the time that the venue names', () => {
    const venue = new VenueBench(shippedLimits('bybit')).warm([CREATE, BATCH, CANCEL]);
    venue.reserve(CREATE, 'place');
    const draws = venue.draws(CREATE, 'place');
    const headers = {
      'x-bapi-limit': '20',
      'x-bapi-limit-status': '0',
      'x-bapi-limit-reset-timestamp': String(START + 700),
    };
    const answer = { httpStatus: 200, venueCode: '10006', headers, venueMs: START };
    const [readings, closures] = [readingsOf(venue.limits, draws, answer), closuresOf(venue.limits, draws, answer)];
    venue.bench.settle('t1', draws, { outcome: 'failure', readings, closures });
    expect(venue.reserve(CREATE, 'place')).toMatchObject({ granted: false, limit: 'bb.create.spot' });
    expect(venue.make(BATCH, 'place', { orders: 10 })).toBe(true);
    expect(venue.make(CANCEL, 'cancel')).toBe(true);
    venue.bench.now += 700;
    expect(venue.reserve(CREATE, 'cancel').granted).toBe(false); // by up to the error of its clock later
    venue.bench.now += 1_000;
    expect(venue.make(CREATE, 'place')).toBe(true);
  });
});

describe('VE-B30 OKX', () => {
  const PLACE = 'POST /api/v5/trade/order';
  const CANCEL = 'POST /api/v5/trade/cancel-order';

  it('VE-B30 lets 57 places on each of two instruments through, and 60 that reduce', () => {
    const venue = new VenueBench(shippedLimits('okx')).warm([PLACE], ['BTC', 'ETH']);
    expect(venue.count(57, () => venue.make(PLACE, 'place'))).toBe(57);
    expect(venue.count(57, () => venue.make(PLACE, 'place', { symbol: 'ETH' }))).toBe(57);
    expect(venue.reserve(PLACE, 'place')).toMatchObject({ granted: false, reason: 'exhausted', limit: 'okx.place' });
    expect(venue.count(60, () => venue.make(PLACE, 'reduce'))).toBe(3);
    const other = new VenueBench(shippedLimits('okx')).warm([PLACE]);
    expect(other.count(61, () => other.make(PLACE, 'reduce'))).toBe(60);
  });

  it('VE-B30 denies the 951st place over 20 instruments, and grants a cancel', () => {
    const symbols = Array.from({ length: 20 }, (_, i) => `S${i}`);
    const venue = new VenueBench(shippedLimits('okx')).warm([PLACE, CANCEL], symbols);
    expect(venue.count(1_000, (i) => venue.reserve(PLACE, 'place', { symbol: `S${i % 20}` }).granted)).toBe(950);
    expect(venue.reserve(PLACE, 'place', { symbol: 'S10' })).toMatchObject({
      granted: false,
      limit: 'okx.newAndAmend',
    });
    expect(venue.reserve(CANCEL, 'cancel', { symbol: 'S10' }).granted).toBe(true);
  });
});

describe('VE-B31 Hyperliquid', () => {
  const ORDER = 'POST /exchange (order)';
  const CANCEL = 'POST /exchange (cancel)';
  const RATE_LIMIT = 'POST /info (userRateLimit)';

  /** What the venue answered to the question after the address's actions. */
  function told(used: number, cap: number): VenueBench {
    const venue = new VenueBench(shippedLimits('hyperliquid')).warm([ORDER, RATE_LIMIT]);
    venue.reserve(RATE_LIMIT, 'query');
    const draws = venue.draws(RATE_LIMIT, 'query');
    const readings = readingsOf(venue.limits, draws, { told: { nRequestsUsed: used, nRequestsCap: cap } });
    venue.bench.settle('t1', draws, { readings });
    return venue;
  }

  it('VE-B31 takes 2 of the address of the network and 41 of the trading address for a batch of 41', () => {
    const venue = new VenueBench(shippedLimits('hyperliquid')).warm([ORDER]);
    expect(venue.make(ORDER, 'place', { orders: 41 })).toBe(true);
    expect([venue.used(ORDER, 'hl.weight'), venue.used(ORDER, 'hl.actions')]).toEqual([2, 41]);
  });

  it('VE-B31 stops cancels at 20,000 of a life of 10,000: nine tenths of them here, the rest in an emergency', () => {
    expect(told(17_998, 10_000).reserve(CANCEL, 'cancel', { orders: 2 }).granted).toBe(true);
    expect(told(17_999, 10_000).reserve(CANCEL, 'cancel', { orders: 2 }).granted).toBe(false);
    const whole = shippedLimits('hyperliquid');
    const definitions = whole.definitions.map((d) =>
      d.id === 'hl.actions' ? { ...d, ceilings: { cancel: 1_000 } } : d,
    );
    const undivided = (used: number) => {
      const venue = new VenueBench({ ...whole, definitions }).warm([ORDER]);
      const state = venue.bench.state.limits['hl.actions:0x1'];
      if (state?.kind !== 'lifetime_budget') throw new Error('the address has a budget for life');
      Object.assign(state, { used, cap: 10_000 });
      return venue.reserve(CANCEL, 'cancel', { orders: 2 }).granted;
    };
    expect([undivided(19_998), undivided(19_999)]).toEqual([true, false]);
  });

  it('VE-B31 believes the cap that the venue tells, for places as well', () => {
    expect(told(10_000, 10_000).reserve(ORDER, 'place', { orders: 2 }).granted).toBe(false);
    expect(told(10_000, 2_864_574).reserve(ORDER, 'place', { orders: 2 }).granted).toBe(true);
  });
});

describe('VE-B32 Deribit', () => {
  const OPEN_ORDERS = 'GET /api/v2/private/get_open_orders';
  const BUY = 'GET /api/v2/private/buy';

  it.each(['query', 'reduce', 'cancel'] as const)(
    'VE-B32 grants 90 calls at once and denies the 91st (%s)',
    (priority) => {
      const venue = new VenueBench(shippedLimits('deribit')).warm([OPEN_ORDERS]);
      expect(venue.count(100, () => venue.reserve(OPEN_ORDERS, priority).granted)).toBe(90);
      expect(venue.reserve(OPEN_ORDERS, priority)).toMatchObject({
        granted: false,
        reason: 'exhausted',
        limit: 'de.credits',
      });
    },
  );

  it('VE-B32 closes everything of the account when the session was killed, until the pool is full', () => {
    const venue = new VenueBench(shippedLimits('deribit')).warm([OPEN_ORDERS, BUY]);
    venue.reserve(OPEN_ORDERS, 'query');
    const draws = venue.draws(OPEN_ORDERS, 'query');
    const closures = closuresOf(venue.limits, draws, { httpStatus: 429, venueCode: '10028' });
    venue.bench.settle('t1', draws, { outcome: 'failure', closures });
    expect(venue.reserve(BUY, 'cancel')).toMatchObject({ granted: false });
    venue.bench.now += 5_000;
    expect(venue.make(BUY, 'cancel')).toBe(true);
  });
});
