import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { epochMs, type Result, type VenueId } from '#domain';
import { ODD_VALUES, oddIn } from '../../../../test/support/odd-values.js';
import type { Cause } from '../ports.js';
import { decode, parseJson } from './decode.js';
import * as map from './map.js';
import { readOrder } from './orders.js';
import * as usdm from './usdm-map.js';
import * as usdmWire from './usdm-wire-schemas.js';
import * as wire from './wire-schemas.js';

type Reader = (reply: unknown) => Result<unknown, Cause>;

const recorded = (product: string, name: string): unknown =>
  JSON.parse(readFileSync(`test/fixtures/binance-${product}/${name}.json`, 'utf8'));
const now = epochMs(1_764_000_000_000);
const venue = 'sim' as VenueId;
const meta = { sentAt: now, headers: {} };

/** Every reply and event that the adapters read, with a recorded one that they can read. */
const READERS: readonly (readonly [name: string, sample: unknown, read: Reader])[] = [
  ['spot order', recorded('spot', 'order'), readOrder],
  ['spot place', recorded('spot', 'place-full'), (r) => decode(wire.placedBody, map.placeAck, r)],
  ['spot cancel', recorded('spot', 'cancel'), (r) => decode(wire.canceledBody, map.canceledView, r)],
  ['spot trades', recorded('spot', 'my-trades'), (r) => decode(wire.tradesBody, (rows) => rows.map(map.venueFill), r)],
  ['spot account', recorded('spot', 'account'), (r) => decode(wire.accountBody, map.accountBalances, r)],
  ['spot fees', recorded('spot', 'account'), (r) => decode(wire.accountBody, map.feeSchedule, r)],
  ['spot counts', recorded('spot', 'rate-limit-order'), (r) => decode(wire.orderCountsBody, map.orderCounts, r)],
  [
    'spot instruments',
    recorded('spot', 'exchange-info'),
    (r) => decode(wire.exchangeInfoBody, ({ symbols }) => map.instruments(venue, symbols), r),
  ],
  [
    'spot report',
    (recorded('spot', 'execution-report-trade') as { event: unknown }).event,
    (r) => decode(wire.executionReport, (row) => map.orderEvent(row, now), r),
  ],
  [
    'spot balances',
    (recorded('spot', 'account-position') as { event: unknown }).event,
    (r) => decode(wire.accountPosition, map.positionEvent, r),
  ],
  ['time', { serverTime: now }, (r) => decode(wire.timeBody, (body) => map.venueTime(body, meta), r)],
  ['USD-M order', recorded('usdm', 'order'), readOrder],
  ['USD-M place', recorded('usdm', 'place-result'), (r) => decode(usdmWire.placedBody, usdm.bareAck, r)],
  [
    'USD-M trades',
    recorded('usdm', 'user-trades'),
    (r) => decode(usdmWire.tradesBody, (x) => x.map(usdm.venueFill), r),
  ],
  ['USD-M balances', recorded('usdm', 'balance'), (r) => decode(usdmWire.balancesBody, usdm.balances, r)],
  ['USD-M positions', recorded('usdm', 'position-risk'), (r) => decode(usdmWire.positionsBody, usdm.positions, r)],
  ['USD-M fees', recorded('usdm', 'commission-rate'), (r) => decode(usdmWire.commissionRateBody, usdm.feeSchedule, r)],
  ['USD-M config', recorded('usdm', 'symbol-config'), (r) => decode(usdmWire.symbolConfigBody, usdm.symbolSettings, r)],
  [
    'USD-M margins',
    recorded('usdm', 'leverage-bracket'),
    (r) => decode(usdmWire.leverageBracketBody, usdm.marginTiers, r),
  ],
  [
    'USD-M instruments',
    recorded('usdm', 'exchange-info'),
    (r) => decode(usdmWire.exchangeInfoBody, (body) => usdm.instruments(venue, body), r),
  ],
  [
    'USD-M report',
    recorded('usdm', 'order-trade-update'),
    (r) => decode(usdmWire.orderTradeUpdate, (row) => usdm.orderEvent(row, now), r),
  ],
  ['USD-M account', recorded('usdm', 'account-update'), (r) => decode(usdmWire.accountUpdate, usdm.positionEvents, r)],
  [
    'depth',
    { lastUpdateId: 7, bids: [['99.5', '1.25']], asks: [['100.5', '2']] },
    (r) => decode(wire.depthBody, map.depthSnapshot, r),
  ],
];

interface Leaf {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

function leaves(node: unknown, path: readonly (string | number)[] = []): Leaf[] {
  if (typeof node !== 'object' || node === null) return [{ path, value: node }];
  return Object.entries(node).flatMap(([key, one]) => leaves(one, [...path, key]));
}

function replaced(node: unknown, [key, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy = structuredClone(node) as Record<string | number, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

describe('S-13 replies of Binance', () => {
  it.each(READERS)('%s: the recorded one is read', (_, sample, read) => {
    expect(read(sample).ok).toBe(true);
  });

  it.each(READERS)('%s: no absurd number, and no time that never was, becomes one of ours', (_, sample, read) => {
    const found = leaves(sample);
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...found), fc.constantFrom(...ODD_VALUES), ({ path }, absurd) => {
        const result = read(replaced(sample, path, absurd));
        if (result.ok) expect(oddIn(result.value)).toEqual([]);
        else {
          refused += 1;
          expect(result.error.code).toBe('MALFORMED_REPLY');
        }
      }),
      { numRuns: 450 },
    );
    expect(refused).toBeGreaterThan(20);
  });

  it('text that is no JSON, or half of it, is nothing, and nothing is read from it', () => {
    for (const [, sample, read] of READERS) {
      const text = JSON.stringify(sample);
      for (const cut of [0, 1, Math.floor(text.length / 2), text.length - 1]) {
        const value = parseJson(text.slice(0, cut));
        expect(value).toBeUndefined();
        expect(read(value).ok).toBe(false);
      }
    }
    expect(parseJson('<html></html>')).toBeUndefined();
  });

  it('a reply of any shape at all is read or refused, and never throws', () => {
    fc.assert(
      fc.property(fc.constantFrom(...READERS), fc.jsonValue(), ([, , read], value) => {
        const result = read(value);
        if (!result.ok) expect(result.error.text.length).toBeGreaterThan(0);
      }),
      { numRuns: 1_500 },
    );
  });
});
