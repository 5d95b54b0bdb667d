import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { price, quantity, type VenueOrderId } from '#domain';
import { VENUE_PACKS } from '../../../test/support/venue-packs/index.js';
import { ID, order } from '../../../test/support/venue-packs/pack.js';
import { fenceAtT0, openPackWorld, type PackWorld } from '../../../test/support/venue-packs/pack-world.js';
import { BinanceSpotVenue } from './binance/spot-venue.js';
import { BinanceUsdmVenue } from './binance/usdm-venue.js';
import { AnyVenue } from './ccxt/generic/venue.js';
import { UNSUPPORTED, type Sent, type SettingChange, type Venue, type VenueSession } from './ports.js';

const VENUE_ORDER_ID = '7' as VenueOrderId;
let world: PackWorld;
const adapters: { readonly name: string; readonly symbol: string; readonly session: VenueSession }[] = [];
const venues: Venue[] = [];
/** All that was said. */
const heard: string[] = [];

beforeAll(async () => {
  world = await openPackWorld();
  world.server.answer = () => ({ status: 404, body: {} });
  for (const { protocol, account, symbol } of VENUE_PACKS)
    adapters.push({ name: protocol.id, symbol, session: await world.connect(protocol, account) });
  const { clock, venueClock } = world;
  const at = { baseUrl: world.server.url, clock };
  const account = { accountId: 'a', apiKey: 'key', apiSecret: 'secret', passphrase: 'third' };
  const paidFor = (): number => 1;
  for (const [name, venue] of [
    ['spot', new BinanceSpotVenue({ id: 'spot' as Venue['id'], ...at })],
    ['usdm', new BinanceUsdmVenue({ id: 'usdm' as Venue['id'], ...at })],
    [
      'bitstamp',
      new AnyVenue({ id: 'any' as Venue['id'], place: { exchange: 'bitstamp', product: 'spot' }, ...at, paidFor }),
    ],
  ] as const) {
    venues.push(venue);
    adapters.push({ name, symbol: 'BTCUSDT', session: await venue.connect(account, venueClock) });
  }
});
afterAll(async () => {
  await world.close();
  for (const { session } of adapters) await session.close();
});

const fence = fenceAtT0();
const placed = (symbol: string) => ({ ...order(symbol), venueOrderId: VENUE_ORDER_ID, current: order(symbol) });
const settings = (symbol: string): SettingChange[] => [
  { kind: 'hedge_mode', on: true },
  { kind: 'leverage', symbol, leverage: 3 },
  { kind: 'margin_type', symbol, marginType: 'isolated' },
];

/** Whatever some venue cannot do. */
const OPERATIONS: readonly (readonly [
  name: string,
  run: (session: VenueSession, symbol: string) => Promise<Sent<unknown>> | undefined,
])[] = [
  ['a reduce-only order', (s, symbol) => s.place(order(symbol, { reduceOnly: true }), fence)],
  ['an order in hedge mode', (s, symbol) => s.place(order(symbol, { positionSide: 'long' }), fence)],
  ['post-only', (s, symbol) => s.place(order(symbol, { timeInForce: 'gtx' }), fence)],
  ['immediate or cancel', (s, symbol) => s.place(order(symbol, { timeInForce: 'ioc' }), fence)],
  ['amend: less', (s, symbol) => s.amend({ ...placed(symbol), orderQty: quantity('0.05') }, fence)],
  ['amend: more', (s, symbol) => s.amend({ ...placed(symbol), orderQty: quantity('0.2') }, fence)],
  ['amend: price', (s, symbol) => s.amend({ ...placed(symbol), price: price('60000.2') }, fence)],
  [
    'amend: both',
    (s, symbol) => s.amend({ ...placed(symbol), orderQty: quantity('0.2'), price: price('60000.2') }, fence),
  ],
  [
    'amend without an id of the venue',
    (s, symbol) => s.amend({ ...placed(symbol), venueOrderId: null, price: price('60000.2') }, fence),
  ],
  ['cancel without an id of the venue', (s, symbol) => s.cancel({ symbol, clientOrderId: ID, venueOrderId: null })],
  ['cancel all', (s) => s.cancelAll()],
  ['cancel all of a symbol', (s, symbol) => s.cancelAll(symbol)],
  ['the timer', (s, symbol) => s.setDeadMan?.(60_000, symbol)],
  ['one timer for all', (s) => s.setDeadMan?.(60_000)],
  ...[0, 1, 2].map(
    (at) => [`setting ${at}`, (s: VenueSession, symbol: string) => s.apply(settings(symbol)[at]!)] as const,
  ),
];

it.each(OPERATIONS)(
  '%s: a venue that cannot says who cannot do what, and what it can, and is asked nothing',
  async (_name, run) => {
    const said: string[] = [];
    for (const { name, symbol, session } of adapters) {
      world.server.requests.length = 0;
      const sent = await run(session, symbol);
      if (sent?.kind !== 'not_sent' || sent.why.code !== UNSUPPORTED) continue;
      said.push(sent.why.text);
      expect(sent.why.text).toMatch(new RegExp(`^${name} (cannot|does not support) \\S.{8,}: \\S.{8,}`));
      expect(world.server.requests).toEqual([]);
    }
    heard.push(...said);
  },
);

it('was said at every kind of adapter', () => {
  const who = (name: string) => heard.filter((text) => text.startsWith(`${name} `)).length;
  for (const { name } of adapters) expect([name, who(name) > 0]).toEqual([name, true]);
  expect(heard.length).toBeGreaterThan(30);
});
