import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addMs, epochMs } from '#domain';
import { coinbasePack } from '../../../../test/support/venue-packs/coinbase.js';
import { hyperliquidPack } from '../../../../test/support/venue-packs/hyperliquid.js';
import { okxPack } from '../../../../test/support/venue-packs/okx.js';
import { ID, OFFSET, T0, recorded } from '../../../../test/support/venue-packs/pack.js';
import { openPackWorld, type PackWorld } from '../../../../test/support/venue-packs/pack-world.js';
import type { VenueSession } from '../ports.js';

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
  let world: PackWorld;
  let session: VenueSession;
  let list: unknown;

  beforeAll(async () => {
    world = await openPackWorld();
    session = await world.connect(pack.protocol, pack.account);
    world.server.answer = ({ path }) =>
      path === '/api/v5/trade/order'
        ? { status: 200, body: { code: '51603', msg: 'Order does not exist', data: [] } }
        : { status: 200, body: list };
  });
  afterAll(() => world.close());

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
    const query = Object.fromEntries(world.server.requests.at(-1)?.query ?? []);
    expect(query).toMatchObject(from);
    if (pack === okxPack) expect(query).toMatchObject({ end: String(T0 + OFFSET + 3_000) });
  });
});

it('A7 takes no list for whole that ends before the time that was asked for', async () => {
  const world = await openPackWorld();
  const session = await world.connect(hyperliquidPack.protocol, hyperliquidPack.account);
  const [row] = recorded('hyperliquid', hyperliquidPack.ordersSince.reply) as object[];
  const list = (rows: number) => Array.from({ length: rows }, (_, n) => ({ ...row, statusTimestamp: T0 + 1_000 + n }));
  const since = async (rows: readonly object[]) => {
    world.server.answer = () => ({ status: 200, body: rows });
    return session.ordersSince(hyperliquidPack.symbol, epochMs(T0));
  };
  expect((await since(list(1_999))).kind).toBe('ok');
  expect(await since(list(2_000))).toMatchObject({ kind: 'failed', why: { code: 'MALFORMED_REPLY' } });
  expect((await since([...list(1_999), { ...row, statusTimestamp: T0 - 1 }])).kind).toBe('ok');
  await world.close();
});
