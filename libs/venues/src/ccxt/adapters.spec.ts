import { expect, it } from '@jest/globals';
import { epochMs } from '#domain';
import { T0, VENUE, recorded } from '../../../../test/support/venue-packs/pack.js';
import { VenueServer } from '../../../../test/support/venue-server.js';
import { CLIENT_ORDER_ID_FORMS } from '../client-order-id.js';
import { CCXT_ADAPTERS } from './adapters.js';

const clock = { now: () => epochMs(T0) };

it('has an adapter for every protocol that is not spoken natively, each with its own profile', () => {
  const others = Object.keys(CLIENT_ORDER_ID_FORMS).filter((protocol) => !/^binance|^ccxt$/.test(protocol));
  expect(Object.keys(CCXT_ADAPTERS).sort()).toEqual(others.sort());
  for (const [protocol, adapter] of Object.entries(CCXT_ADAPTERS)) {
    expect(adapter.profile()).toMatchObject({ protocol, tier: 2 });
    expect(adapter.createVenue({ id: VENUE, url: null }, clock).profile).toEqual(adapter.profile());
  }
});

it('makes venues and feeds of one address', async () => {
  const server = await VenueServer.start();
  server.answer = ({ path }) => ({
    status: 200,
    body: recorded('okx', path.endsWith('/time') ? 'time' : 'instruments'),
  });
  const place = { id: VENUE, url: server.url };
  const venue = CCXT_ADAPTERS.okx.createVenue(place, clock);
  const feed = CCXT_ADAPTERS.okx.createFeed(place, clock);
  expect(await venue.venueTime()).toMatchObject({ kind: 'ok', value: { venueMs: T0 + 250, rttMs: 0 } });
  expect(await feed.instruments()).toMatchObject({ kind: 'ok', value: [{ venue: VENUE }, { venue: VENUE }] });
  await Promise.all([venue.close(), feed.close()]);
  await server.stop();
});
