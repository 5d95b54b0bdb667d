import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { epochMs } from '#domain';
import { accountScopes } from './budget/account-scopes.js';
import { limitsByVenue } from './budget/limits-by-venue.js';
import { drawsOf } from './budget/venue-limits.js';
import { createFeeds, createVenues, profilesByVenue, venuesWithoutPostOnly } from './catalogue.js';
import { CLIENT_ORDER_ID_FORMS } from './client-order-id.js';
import { configuredVenues, venueConfig, type VenueConfig } from './venue-config.js';

const clock = { now: () => epochMs(0) };
const parse = (env: Readonly<Record<string, string>>) => z.object(venueConfig).safeParse(env);
const config = (env: Readonly<Record<string, string>> = {}) => z.object(venueConfig).parse(env);

const limitsOf = (venues: VenueConfig) => limitsByVenue({}, configuredVenues(venues));

describe('configuredVenues', () => {
  it('has both products of the simulated exchange and no vendor, unless told otherwise', () => {
    expect(configuredVenues(config()).map(({ id, protocol, tier, url }) => [id, protocol, tier, url])).toEqual([
      ['sim', 'binance-spot', 1, 'http://127.0.0.1:7601'],
      ['sim-usdm', 'binance-usdm', 1, 'http://127.0.0.1:7602'],
    ]);
    expect(configuredVenues(config({ SIM_USDM_URL: 'off' })).map(({ id }) => id)).toEqual(['sim']);
  });

  it('takes further simulated exchanges and vendors, at their own or another address', () => {
    const venues = configuredVenues(
      config({
        SIM_USDM_URL: 'off',
        SIM_VENUES: 'east=http://127.0.0.1:1,west-usdm=http://127.0.0.1:2',
        VENUE_BINANCE_USDM_ENABLED: 'true',
        VENUE_OKX_ENABLED: 'true',
        VENUE_OKX_URL: 'http://127.0.0.1:3',
        VENUE_BYBIT_URL: 'http://127.0.0.1:4',
      }),
    );
    expect(venues.map(({ id, protocol, tier, url }) => [id, protocol, tier, url])).toEqual([
      ['sim', 'binance-spot', 1, 'http://127.0.0.1:7601'],
      ['east', 'binance-spot', 1, 'http://127.0.0.1:1'],
      ['west-usdm', 'binance-usdm', 1, 'http://127.0.0.1:2'],
      ['binance-usdm', 'binance-usdm', 2, null],
      ['okx', 'okx', 2, 'http://127.0.0.1:3'],
    ]);
  });

  it.each([
    [{ SIM_VENUES: 'east' }],
    [{ SIM_VENUES: 'east=ftp://127.0.0.1' }],
    [{ SIM_VENUES: 'East=http://127.0.0.1' }],
    [{ SIM_VENUES: 'sim=http://127.0.0.1' }],
    [{ SIM_VENUES: 'okx=http://127.0.0.1' }],
    [{ SIM_VENUES: 'a=http://127.0.0.1,a=http://127.0.0.1' }],
    [{ SIM_USDM_URL: 'no' }],
    [{ VENUE_OKX_ENABLED: 'yes' }],
  ])('refuses %j', (env) => {
    expect(parse(env).success).toBe(false);
  });
});

it('knows where no order can be sent that only rests', async () => {
  expect(await venuesWithoutPostOnly(config({ CCXT_VENUES: 'stamp=bitstamp,zaif=zaif' }))).toEqual(new Set(['zaif']));
});

describe('the catalogue', () => {
  const vendors = Object.keys(CLIENT_ORDER_ID_FORMS).filter((protocol) => protocol !== 'ccxt');
  const all = config(
    Object.fromEntries(vendors.map((id) => [`VENUE_${id.replace('-', '_').toUpperCase()}_ENABLED`, 'true'])),
  );

  it('makes a venue, a profile and limits of each, under the same ids', async () => {
    const venues = createVenues(all, clock);
    const ids = ['sim', 'sim-usdm', ...vendors];
    expect([...venues.keys()]).toEqual(ids);
    expect([...limitsOf(all).keys()]).toEqual(ids);
    for (const [id, profile] of profilesByVenue(all)) {
      expect(venues.get(id)?.profile).toEqual(profile);
      expect(venues.get(id)?.traits).toBe(profile.traits);
      expect(limitsOf(all).get(id)?.venue).toBe(id);
    }
    await Promise.all([...venues.values()].map((venue) => venue.close()));
    await Promise.all([...createFeeds(all, clock).values()].map((feed) => feed.close()));
  });

  it('knows what every call of every venue costs', () => {
    const limits = limitsOf(all);
    const unpaid = [...profilesByVenue(all)].flatMap(([id, { calls }]) =>
      Object.values(calls).filter((call) => call !== null && limits.get(id)?.costs[call] === undefined),
    );
    expect(unpaid).toEqual([]);
  });

  it('draws on limits that are known by claims of orders with nothing but orders', () => {
    const limits = limitsOf(all);
    const drawn = [...profilesByVenue(all)].flatMap(([id, { calls }]) => {
      const known = limits.get(id);
      const orders = new Set(known?.definitions.flatMap((one) => (one.ordersOnly === true ? [one.id] : [])));
      return Object.entries(calls).flatMap(([call, name]) => {
        const costs = (name === null ? undefined : known?.costs[name]) ?? [];
        return costs.some(({ limit, cost }) => orders.has(limit) && cost !== 0) ? [`${id} ${call}`] : [];
      });
    });
    expect(drawn).toEqual(
      ['sim', 'sim-usdm', 'binance-spot', 'binance-usdm'].flatMap((id) =>
        id.endsWith('usdm') ? [`${id} place`, `${id} amend`] : [`${id} place`],
      ),
    );
  });

  it('finds whom every call of an account counts for, orders by their instrument as well', () => {
    const limits = limitsOf(all);
    const unnamed = [...profilesByVenue(all)].flatMap(([id, { calls }]) => {
      const known = limits.get(id);
      if (known === undefined) throw new Error(`No limits of ${id}`);
      return Object.entries(calls).flatMap(([call, name]) => {
        if (name === null) return [];
        const isOfOrder = ['place', 'amend', 'cancel', 'cancelMany', 'findOrder'].includes(call);
        const scopes = { ip: 'shared', ...accountScopes('account', isOfOrder ? 'BTC/USDT:USDT' : undefined) };
        const draws = drawsOf(known, name, { scopes, priority: 'query' });
        return draws.length > 0 ? [] : [`${id} ${call}`];
      });
    });
    expect(unnamed).toEqual([]);
  });
});
