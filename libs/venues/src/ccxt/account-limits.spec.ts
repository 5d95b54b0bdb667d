import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { epochMs, type VenueId } from '#domain';
import { VENUE_PACKS } from '../../../../test/support/venue-packs/index.js';
import { VenueServer } from '../../../../test/support/venue-server.js';
import { CcxtVenue } from './ccxt-venue.js';

let server: VenueServer;
let venue: CcxtVenue;
const clock = { now: () => epochMs(1_764_000_000_000) };

beforeEach(async () => {
  server = await VenueServer.start();
});
afterEach(async () => {
  await venue.close();
  await server.stop();
});

const sessionAt = (name: string) => {
  const pack = VENUE_PACKS.find(({ protocol }) => protocol.id === name);
  if (pack === undefined) throw new Error(`no pack of ${name}`);
  venue = new CcxtVenue({ id: name as VenueId, protocol: pack.protocol, baseUrl: server.url, clock });
  return venue.connect(pack.account, { now: clock.now, offsetMs: () => 0, errorMs: () => 1 });
};

it.each([
  ['okx', 'account-rate-limit', 'GET /api/v5/trade/account-rate-limit', [{ select: 'accRateLimit', limit: 2_000 }]],
  [
    'deribit',
    'account-summary-limits',
    'GET /api/v2/private/get_account_summary',
    [
      { select: 'non_matching_engine', limit: 750_000, rate: 500_000 },
      { select: 'matching_engine/trading/total', limit: 250, rate: 200 },
    ],
  ],
  [
    'hyperliquid',
    'user-rate-limit',
    'POST /info',
    [
      {
        select: 'nRequestsCap',
        limit: 2_864_574,
        used: 2_890,
        told: { nRequestsCap: 2_864_574, nRequestsUsed: 2_890 },
      },
    ],
  ],
] as const)('%s tells an account its limits in one call', async (name, fixture, asked, told) => {
  const body: unknown = JSON.parse(readFileSync(`test/fixtures/${name}/${fixture}.json`, 'utf8'));
  server.answer = () => ({ status: 200, body });
  const session = await sessionAt(name);
  const read = await session.announcedLimits?.();
  expect(read).toMatchObject({ kind: 'ok', value: told });
  expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([asked]);
});

it('asks nothing where the venue tells an account no limits', async () => {
  expect((await sessionAt('kraken')).announcedLimits).toBeUndefined();
});
