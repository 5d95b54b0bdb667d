import fc from 'fast-check';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { epochMs } from '#domain';
import { mangle, placesIn } from '../../../../test/support/mangle.js';
import { ODD_VALUES, oddIn } from '../../../../test/support/odd-values.js';
import { VENUE_PACKS } from '../../../../test/support/venue-packs/index.js';
import { ID, OFFSET, T0, VENUE, order, recorded, twoCancels } from '../../../../test/support/venue-packs/pack.js';
import { HttpClient } from '../transport/http-client.js';
import { newExchange } from './ccxt-venue.js';
import { guarded } from './outcome.js';
import { NOWHERE } from './point-at.js';
import { readJson } from './read-json.js';
import type { Ask, Moment, OrderKey } from './protocol.js';

const KINDS = ['place', 'amend', 'cancel', 'cancelMany'] as const;
const HEARD = { repliedAt: epochMs(T0 + 100) };

describe.each(VENUE_PACKS)('S-13 replies of $name', (pack) => {
  const { protocol, symbol } = pack;
  let at: Moment;
  beforeAll(async () => {
    const http = new HttpClient({ now: () => epochMs(T0) });
    const keys = protocol.keysOf(pack.account);
    const exchange = await newExchange({ protocol, baseUrl: NOWHERE }, http, keys);
    http.close();
    let nonce = 0;
    at = {
      signedAtMs: T0 + OFFSET,
      deadlineMs: T0 + OFFSET + 3_000,
      nonce: () => (nonce += 1),
      exchange,
      assets: new Map([[symbol, '0']]),
    };
  });
  const key: OrderKey = { symbol, created: { fromMs: T0, toMs: null }, clientOrderId: ID, venueOrderId: null };
  const cancel = { symbol, clientOrderId: ID, venueOrderId: pack.venueOrderId };
  const change = {
    ...{ ...order(symbol), venueOrderId: pack.venueOrderId },
    ...{ current: order(symbol), ...pack.amendable },
  };
  const from = epochMs(T0);

  /** Every reply that is read, with a recorded one. */
  const reads: (readonly [name: string, reply: string, ask: () => Ask<unknown> | null | undefined])[] = [
    ['place', pack.place.reply, () => protocol.place(order(symbol), at)],
    ['amend', pack.amend?.reply ?? '', () => protocol.amend?.(change, at)],
    ['cancel', pack.cancel.reply, () => protocol.cancel(cancel, at)],
    [
      'cancelMany',
      pack.cancelMany === undefined ? '' : 'cancelMany',
      () => protocol.cancelMany?.(twoCancels(pack), at),
    ],
    ['cancelAll', pack.cancelAll?.symbol?.reply ?? '', () => protocol.cancelAll?.(symbol, at)],
    ...pack.finds.map(
      ({ reply }, step) => [`findOrder ${step}`, reply, () => protocol.findOrder(key, at)[step]] as const,
    ),
    ['openOrders', pack.openOrders.reply, () => protocol.openOrders(symbol, null, at)],
    ['ordersSince', pack.ordersSince.reply, () => protocol.ordersSince(symbol, from, pack.cursor, at)],
    ['fillsSince', pack.fillsSince.reply, () => protocol.fillsSince(symbol, from, pack.cursor, at)],
    ['balances', pack.balances.reply, () => protocol.balances(at)],
    ['fees', pack.fees.reply, () => protocol.fees(symbol, at)],
    ['positions', pack.positions?.reply ?? '', () => protocol.positions?.(at)],
    ['accountSettings', pack.settings.reply, () => protocol.accountSettings(at)],
    ['venueTime', pack.time.reply, () => protocol.venueTime],
    ['instruments', pack.instruments.reply, () => protocol.instruments(VENUE)],
    ['book', pack.book.reply, () => protocol.book(symbol)],
    ['trades', pack.trades.reply, () => protocol.trades(symbol)],
  ];
  const told = reads.filter(([, reply]) => reply !== '');

  it.each(told)('%s: no odd number, and no time that never was, becomes one of ours', (name, reply, make) => {
    const kind = KINDS.find((one) => name === one) ?? 'read';
    const ask = make();
    if (ask === null || ask === undefined) throw new Error(`${pack.name} must ask`);
    const good = recorded(pack.fixtures, reply);
    const read = (body: unknown) => guarded(() => ask.read(readJson(JSON.stringify(body)), HEARD));
    const right = read(good);
    expect([right.ok, right.ok ? oddIn(right.value) : right.error]).toEqual([true, []]);
    let refused = 0;
    fc.assert(
      fc.property(fc.nat(placesIn(good) - 1), fc.constantFrom(...ODD_VALUES), (where, odd) => {
        const spoiled = mangle(good, where, odd);
        const error = guarded(() => protocol.errorIn(readJson(JSON.stringify(spoiled)), kind));
        const found = read(spoiled);
        if (!error.ok || error.value !== null) refused += 1;
        else if (found.ok) expect(oddIn(found.value)).toEqual([]);
        else refused += 1;
      }),
      { numRuns: 24 },
    );
    expect(refused).toBeGreaterThan(0);
  });
});
