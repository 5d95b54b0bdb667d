import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { figuresOf, type VenueId } from '#domain';
import { limitsByVenue } from './limits-by-venue.js';
import { LimitsFileError, parseLimitsFile } from './limits-file.js';
import { PROTOCOLS_WITH_LIMITS, shippedLimits } from './shipped-limits.js';
import { definitionOf, drawsOf } from './venue-limits.js';

const FILE = 'limits.json';
const ACCOUNT = '01890c2e-0000-7000-8000-000000000001';
const WEIGHT = {
  id: 'bs.weight',
  venue: 'sim',
  scope: ['ip'],
  kind: 'fixed_window',
  params: { limit: 3_000, windowMs: 60_000 },
  read: [{ from: 'header', name: 'x-mbx-used-weight-1m', means: 'used' }],
  breach: [{ status: 429, then: 'retry_after' }],
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'limits-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const SIM = [{ id: 'sim' as VenueId, protocol: 'binance-spot' }];
const KRAKEN = [{ id: 'kraken' as VenueId, protocol: 'kraken' }];

function withFile(content: unknown, venues = SIM): ReturnType<typeof limitsByVenue> {
  const path = join(folder, FILE);
  writeFileSync(path, JSON.stringify(content));
  return limitsByVenue({ LIMITS_FILE: path }, venues);
}

function problemsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof LimitsFileError) return error.problems;
    throw error;
  }
  return [];
}

describe('LIMITS_FILE', () => {
  it('is not needed', () => {
    expect(limitsByVenue({}, SIM).get('sim' as VenueId)).toEqual(shippedLimits('sim', 'binance-spot'));
  });

  it('replaces a definition of the venue it names, and no other', () => {
    const both = [...SIM, { id: 'binance-spot' as VenueId, protocol: 'binance-spot' }];
    const tables = withFile({ limits: [WEIGHT] }, both);
    const [sim, real] = both.map(({ id }) => tables.get(id));
    if (sim === undefined || real === undefined) throw new Error('both venues must be there');
    expect(definitionOf(sim, 'bs.weight').params).toEqual({ limit: 3_000, windowMs: 60_000 });
    expect(definitionOf(sim, 'bs.weight').confirm).toBeUndefined();
    expect(definitionOf(real, 'bs.weight').params).toEqual({ limit: 6_000, windowMs: 60_000 });
    expect(sim.definitions).toHaveLength(real.definitions.length);
  });

  it('adds a limit and the costs that draw on it, for venues of that protocol alone', () => {
    const mine = {
      ...WEIGHT,
      id: 'mine.orders',
      scope: ['account', 'symbol'],
      kind: 'token_bucket',
      params: { rate: 2.5, burst: 5 },
    };
    const tables = withFile({
      limits: [mine],
      costs: {
        'POST /api/v3/order': [
          { limit: 'bs.weight', cost: 1, onSuccess: 0 },
          { limit: 'mine.orders', cost: { perOrder: 2 } },
        ],
      },
    });
    const sim = tables.get('sim' as VenueId);
    if (sim === undefined) throw new Error('sim must be there');
    const draws = drawsOf(sim, 'POST /api/v3/order', {
      scopes: { ip: 'a', account: 'b', symbol: 'c' },
      priority: 'place',
      orders: 3,
    });
    expect(draws.map(({ name, cost }) => [name, cost])).toEqual([
      ['bs.ban:a', 0],
      ['bs.weight:a', 1],
      ['mine.orders:b/c', 6_000_000],
    ]);
    expect(sim.costs['DELETE /api/v3/order']).toEqual(
      shippedLimits('sim', 'binance-spot').costs['DELETE /api/v3/order'],
    );
  });

  it('says which tier the accounts of a venue have', () => {
    const kraken = withFile({ tiers: { kraken: 'pro' } }, KRAKEN).get('kraken' as VenueId);
    if (kraken === undefined) throw new Error('kraken must be there');
    const request = { scopes: { key: 'k', account: 'a', pair: 'p' }, priority: 'place' } as const;
    const limits = (table: typeof kraken, tier?: string) =>
      drawsOf(table, 'POST /0/private/AddOrder', tier === undefined ? request : { ...request, tier }).map(
        ({ limit, rate }) => [limit, rate],
      );
    expect(limits(kraken)).toEqual([
      [20_000_000, 1_000],
      [180_000_000, 3_750],
    ]);
    expect(limits(kraken, 'intermediate')).toEqual([
      [20_000_000, 500],
      [125_000_000, 2_340],
    ]);
    expect(limits(shippedLimits('kraken'))).toEqual([
      [15_000_000, 330],
      [60_000_000, 1_000],
    ]);
  });

  it('takes back everything that ships, unchanged', () => {
    for (const protocol of PROTOCOLS_WITH_LIMITS) {
      const shipped = shippedLimits(protocol);
      const text = JSON.stringify({ limits: shipped.definitions, costs: shipped.costs });
      expect(parseLimitsFile(text, FILE)).toEqual({ limits: shipped.definitions, costs: shipped.costs, tiers: {} });
      for (const definition of parseLimitsFile(text, FILE).limits) expect(() => figuresOf(definition)).not.toThrow();
    }
  });

  it('lists every problem at once, with what was found and what is expected', () => {
    const text = JSON.stringify({
      limits: [
        { ...WEIGHT, params: { limit: -5, windowMs: 60_000.5 } },
        { ...WEIGHT, id: 'a b', kind: 'leaky' },
        { ...WEIGHT, scope: ['planet'], ceilings: { place: 1_200 }, colour: 'red' },
        { ...WEIGHT, kind: 'token_bucket' },
        { ...WEIGHT, breach: [{ then: 'ban_sec', sec: 0 }] },
        { ...WEIGHT, kind: 'batch_pool', params: { base: 'credits', limit: 1 } },
      ],
      costs: { 'POST /api/v3/order': [{ limit: 'bs.weight', cost: { perOrder: 0 } }], 'GET /x': [] },
      tiers: { kraken: 3 },
    });
    expect(problemsOf(() => parseLimitsFile(text, FILE))).toEqual([
      'limits[0].params.limit: must be at least 1, was -5',
      'limits[0].params.windowMs: must be a whole number, was 60000.5',
      'limits[1].kind: must be one of fixed_window, rolling_window, token_bucket, decaying_counter, credits, lifetime_budget, per_block, ban, batch_pool, was "leaky"',
      'limits[2].scope[0]: must be one of ip, account, key, session, symbol, pair, address, was "planet"',
      'limits[2].ceilings.place: must be at most 1000, was 1200',
      'limits[2].colour: must not be there, was "red"',
      'limits[3].params.rate: must be of type number, was missing',
      'limits[3].params.burst: must be of type number, was missing',
      'limits[3].params.limit: must not be there, was 3000',
      'limits[3].params.windowMs: must not be there, was 60000',
      'limits[4].breach[0].sec: must be more than 0, was 0',
      'limits[4].breach[0]: must have a status or a code, was {"then":"ban_sec","sec":0}',
      'limits[5].params.base: must be one of fixed_window, rolling_window, token_bucket, decaying_counter, was "credits"',
      'costs.POST /api/v3/order[0].cost.perOrder: must be more than 0, was 0',
      'costs.GET /x: must have at least 1, was []',
      'tiers.kraken: must be of type string, was 3',
    ]);
  });

  it('knows what it speaks of: venues, limits and tiers that are there', () => {
    const problems = problemsOf(() =>
      withFile({
        limits: [{ ...WEIGHT, venue: 'binance' }, WEIGHT, WEIGHT],
        costs: { 'GET /api/v3/time': [{ limit: 'bs.wait', cost: 1 }] },
        tiers: { kraken: 'gold', okx: 'vip', elsewhere: 'pro' },
      }),
    );
    const known =
      'binance-spot, binance-usdm, bybit, coinbase, coinbase-exchange, deribit, hyperliquid, kraken, okx, sim';
    expect(problems).toEqual([
      `limits[0].venue: must be one of ${known}, was "binance"`,
      'limits[2].id: must be there once per venue, was "bs.weight" again',
      'costs["GET /api/v3/time"]: must name limits that one venue has, was "bs.wait"',
      'tiers.kraken: must be one of intermediate, pro, was "gold"',
      'tiers.okx: must be left out, was "vip"',
      `tiers.elsewhere: must be one of ${known}, was "elsewhere"`,
    ]);
  });

  it('must be readable, and JSON', () => {
    expect(problemsOf(() => limitsByVenue({ LIMITS_FILE: join(folder, 'none.json') }, SIM))).toEqual([
      expect.stringMatching(/^file: must be readable, was not: ENOENT/),
    ]);
    expect(problemsOf(() => parseLimitsFile('{', FILE))).toEqual([
      expect.stringMatching(/^file: must be JSON, was not: /),
    ]);
    expect(problemsOf(() => parseLimitsFile('[]', FILE))).toEqual(['file: must be of type object, was []']);
  });

  it('says how accounts and strategies share, at every venue', () => {
    const sharing = {
      directShare: 0.4,
      accounts: { [ACCOUNT]: { weight: 2 } },
      strategies: { s1: { directShare: 0.1 } },
    };
    const tables = withFile({ sharing }, [...SIM, ...KRAKEN]);
    for (const limits of tables.values()) expect(limits.sharing).toEqual(sharing);
    expect(withFile({}).get('sim' as VenueId)?.sharing).toBeUndefined();
    const wrong = {
      directShare: 0,
      accounts: { desk: { weight: 2 } },
      strategies: { s1: { weight: 5 }, s2: { weight: 1.5, directShare: 1.1 }, s3: { share: 1 } },
    };
    expect(problemsOf(() => withFile({ sharing: wrong }))).toEqual([
      'sharing.directShare: must be more than 0, was 0',
      'sharing.accounts.desk: must be the id of an account, was "desk"',
      'sharing.strategies.s1.weight: must be at most 4, was 5',
      'sharing.strategies.s2.weight: must be a whole number, was 1.5',
      'sharing.strategies.s2.directShare: must be at most 1, was 1.1',
      'sharing.strategies.s3.share: must not be there, was 1',
    ]);
  });
});
