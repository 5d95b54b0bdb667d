import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { addMs, epochMs } from '#domain';
import { coinbasePack } from '../../../../test/support/venue-packs/coinbase.js';
import { okxPack } from '../../../../test/support/venue-packs/okx.js';
import { ID, OFFSET, T0, VENUE, recorded } from '../../../../test/support/venue-packs/pack.js';
import { VenueServer } from '../../../../test/support/venue-server.js';
import type { VenueClock, VenueSession } from '../ports.js';
import { CcxtVenue } from './ccxt-venue.js';

const clock = { now: () => epochMs(T0) };
const venueClock: VenueClock = { now: () => epochMs(T0 + OFFSET), offsetMs: () => OFFSET, errorMs: () => 5 };
const OTHER = 'f'.repeat(32);

interface Rows {
  readonly okx: { readonly data: readonly object[] };
  readonly coinbase: { readonly orders: readonly object[] };
}
const reply = <V extends keyof Rows>(venue: V): Rows[V] => recorded(venue, 'orders') as Rows[V];
/** A list of others' orders, with as many rows as the venue gives at once and no more to come; or with more. */
const okxList = (rows: number) => ({
  ...reply('okx'),
  data: Array.from({ length: rows }, (_, n) => ({ ...reply('okx').data[0], clOrdId: OTHER, ordId: String(n + 1) })),
});
const coinbaseList = (more: boolean) => ({
  ...reply('coinbase'),
  orders: reply('coinbase')
    .orders.slice(0, 1)
    .map((row) => ({ ...row, client_order_id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' })),
  has_next: more,
  cursor: more ? '789000' : '',
});
const CASES = [
  { pack: okxPack, short: okxList(99), full: okxList(100), from: { begin: String(T0 + OFFSET) } },
  {
    pack: coinbasePack,
    short: coinbaseList(false),
    full: coinbaseList(true),
    from: { start_date: new Date(T0 + OFFSET).toISOString() },
  },
] as const;

describe.each(CASES)('$pack.name', ({ pack, short, full, from }) => {
  let server: VenueServer;
  let venue: CcxtVenue;
  let session: VenueSession;
  let list: unknown;

  beforeAll(async () => {
    server = await VenueServer.start();
    venue = new CcxtVenue({ id: VENUE, protocol: pack.protocol, baseUrl: server.url, clock });
    session = await venue.connect(pack.account, venueClock);
  });
  beforeEach(() => {
    server.requests.length = 0;
    server.answer = ({ path }) =>
      path === '/api/v5/trade/order'
        ? { status: 200, body: { code: '51603', msg: 'Order does not exist', data: [] } }
        : { status: 200, body: list };
  });
  afterAll(async () => {
    await venue.close();
    await server.stop();
  });

  it('A6 takes a list that is cut off for no proof of absence, and one that ends for one', async () => {
    const look = () => session.findOrder({ symbol: pack.symbol, clientOrderId: ID });
    list = full;
    expect(await look()).toMatchObject({ kind: 'unclear', why: { code: 'LIST_CUT_OFF' } });
    list = short;
    expect(await look()).toMatchObject({ kind: 'absent' });
  });

  it('searches no further back than the order can have been created, by the venue’s clock', async () => {
    list = short;
    const created = { from: epochMs(T0), to: addMs(epochMs(T0), 3_000) };
    await session.findOrder({ symbol: pack.symbol, clientOrderId: ID, created });
    const query = Object.fromEntries(server.requests.at(-1)?.query ?? []);
    expect(query).toMatchObject(from);
    if (pack === okxPack) expect(query).toMatchObject({ end: String(T0 + OFFSET + 3_000) });
  });
});
