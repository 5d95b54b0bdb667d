import { describe, expect, it } from '@jest/globals';
import { epochMs, price, quantity, ZERO, type ClientOrderId, type TradeId, type VenueOrderId } from '#domain';
import type { StoredChildOrder } from '#persistence';
import { BINANCE_SPOT_TRAITS, type Lookup, type OrderView, type Read, type VenueFill } from '#venues';
import type { AccountSession } from '../accounts/account-sessions.js';
import { absenceAt, nextLookMs, searchEverywhere } from './look-up.js';

const MINE = 'a'.repeat(32) as ClientOrderId;
const OTHER = 'b'.repeat(32) as ClientOrderId;

const child = {
  symbol: 'TESTUSDT',
  claimedAt: epochMs(1_000_000),
  validUntil: epochMs(1_003_000),
  createdAt: epochMs(1_000_000),
  venueOrderId: null,
  order: { clientOrderId: MINE, cumQty: quantity('0') },
} as unknown as StoredChildOrder;

const view = (clientOrderId: ClientOrderId | null, venueOrderId: string): OrderView => ({
  clientOrderId,
  venueOrderId: venueOrderId as VenueOrderId,
  symbol: 'TESTUSDT',
  side: 'buy',
  status: 'filled',
  orderQty: quantity('1'),
  cumQty: quantity('1'),
  price: price('98'),
  updatedAt: epochMs(1_000_000),
});

const fill = (venueOrderId: string): VenueFill => ({
  symbol: 'TESTUSDT',
  clientOrderId: null,
  venueOrderId: venueOrderId as VenueOrderId,
  tradeId: `t${venueOrderId}` as TradeId,
  lastQty: quantity('1'),
  lastPx: price('98'),
  role: 'maker',
  fee: ZERO,
  feeAsset: 'USDT',
  tradedAt: epochMs(1_000_001),
});

const ok = <T>(value: T): Promise<Read<T>> =>
  Promise.resolve({ kind: 'ok', value, meta: { sentAt: epochMs(1), headers: {} } });

/** An account whose venue knows nothing of the child by its id and lists no orders, only these fills. */
function account(
  fills: readonly VenueFill[],
  byVenueId: (id: string | undefined) => Lookup,
  behindMs = 0,
  onFrom: (from: number) => void = () => undefined,
): AccountSession {
  return {
    venue: { traits: BINANCE_SPOT_TRAITS },
    offset: { offsetMs: () => behindMs, now: () => epochMs(2_000_000) },
    session: {
      findOrder: (key: { clientOrderId?: string; venueOrderId?: string }) =>
        Promise.resolve(key.clientOrderId === undefined ? byVenueId(key.venueOrderId) : { kind: 'absent' }),
      openOrders: () => ok([]),
      ordersSince: () => ok([]),
      fillsSince: (_: string, from: number) => {
        onFrom(from);
        return ok(fills);
      },
    },
  } as unknown as AccountSession;
}

describe('the look behind a conclusion of absence', () => {
  it.each(['openOrders', 'ordersSince', 'fillsSince'])(
    'is unclear where a row of %s cannot be read: it may be the one',
    async (list) => {
      const at = account([], () => ({ kind: 'absent' }));
      const lost = { code: 'MALFORMED_REPLY', text: 'data.0.sz: must be a number' };
      Object.assign(at.session, { [list]: async () => ({ ...(await ok([])), unreadable: [lost] }) });
      expect(await searchEverywhere(child, at, 'reduce')).toEqual({
        kind: 'unclear',
        why: '1 row(s) cannot be read: data.0.sz: must be a number',
      });
    },
  );

  it('finds nothing where nothing is', async () => {
    expect(
      await searchEverywhere(
        child,
        account([], () => ({ kind: 'absent' })),
        'reduce',
      ),
    ).toEqual({ kind: 'absent' });
  });

  it.each([
    ['another of our orders', OTHER],
    ['an order of others', null],
  ])('is not held up by the fill of %s, placed long before the claim', async (_, owner) => {
    const search = await searchEverywhere(
      child,
      account([fill('7')], (id) => ({ kind: 'found', order: view(owner, String(id)) })),
      'reduce',
    );
    expect(search).toEqual({ kind: 'absent' });
  });

  it('takes a fill for the child’s when the venue says so', async () => {
    const search = await searchEverywhere(
      child,
      account([fill('7'), fill('8')], (id) => ({
        kind: 'found',
        order: view(id === '8' ? MINE : OTHER, String(id)),
      })),
      'reduce',
    );
    expect(search).toMatchObject({ kind: 'found', facts: { view: { venueOrderId: '8' }, fills: [{ tradeId: 't8' }] } });
  });

  it.each([
    ['ahead', 5_000, 940_000],
    ['behind', -90_000, 850_000],
  ])(
    'asks for fills from a minute before the claim, by the venue’s clock when that is %s',
    async (_, offsetMs, from) => {
      const asked: number[] = [];
      const at = account(
        [],
        () => ({ kind: 'absent' }),
        offsetMs,
        (since) => asked.push(since),
      );
      await searchEverywhere(child, at, 'reduce');
      expect(asked).toEqual([from]);
    },
  );

  it('S-13 is unclear where a fill is dated far ahead: it cannot be true as it stands', async () => {
    const ahead = { ...fill('8'), tradedAt: epochMs(2_060_001) };
    const at = account([ahead], () => ({ kind: 'found', order: view(MINE, '8') }));
    expect(await searchEverywhere(child, at, 'reduce')).toEqual({
      kind: 'unclear',
      why: '1 row(s) cannot be read: fill t8 is dated 60001 ms ahead',
    });
  });

  it.each<Lookup>([{ kind: 'absent' }, { kind: 'unclear', why: { code: 'BUDGET', text: 'exhausted' } }])(
    'counts for nothing while the owner of a fill is not known: %j',
    async (owner) => {
      expect(
        await searchEverywhere(
          child,
          account([fill('7')], () => owner),
          'reduce',
        ),
      ).toMatchObject({
        kind: 'unclear',
      });
    },
  );
});

describe('when absence counts', () => {
  const claimedAt = epochMs(1_000_000);
  const sent = { claimedAt, validUntil: epochMs(1_003_000), lastAbsentAt: null };
  const at = (now: number, over: { traits?: object; known?: boolean; offsetMs?: number; lastAbsentAt?: number } = {}) =>
    absenceAt(
      { ...sent, lastAbsentAt: over.lastAbsentAt === undefined ? null : epochMs(over.lastAbsentAt) },
      {
        venue: { traits: { ...BINANCE_SPOT_TRAITS, ...over.traits } },
        offset: { offsetMs: () => over.offsetMs ?? 0, errorMs: () => 0, isKnown: () => over.known ?? true },
      } as unknown as AccountSession,
      epochMs(now),
    );

  it('VE-A7 not before claim + 3,000 + 10,000 ms on spot, wherever the venue’s clock is, and 1,500 ms after the look before', () => {
    expect(at(1_012_999)).toEqual({ kind: 'later', waitMs: 1 });
    expect(at(1_013_000)).toEqual({ kind: 'now' });
    // The fence travels by the venue's clock and comes back by ours: how far they are apart changes nothing.
    for (const offsetMs of [-60_000, 60_000]) {
      expect(at(1_012_999, { offsetMs })).toEqual({ kind: 'later', waitMs: 1 });
      expect(at(1_013_000, { offsetMs })).toEqual({ kind: 'now' });
    }
    expect(at(1_014_499, { lastAbsentAt: 1_013_000 })).toEqual({ kind: 'later', waitMs: 1 });
    expect(at(1_014_500, { lastAbsentAt: 1_013_000 })).toEqual({ kind: 'now' });
  });

  it('not while the venue’s clock is not known to 500 ms', () => {
    expect(at(1_020_000, { known: false })).toEqual({ kind: 'later', waitMs: 1_000 });
  });

  it('without a fence 60 s after the connection was destroyed, where look-ups last', () => {
    const traits = { fence: null, absenceMarginMs: 0, lookup: 'lasting' };
    expect(at(1_067_499, { traits })).toEqual({ kind: 'later', waitMs: 1 });
    expect(at(1_067_500, { traits })).toEqual({ kind: 'now' });
  });

  it.each(['expiring', 'none'])('without a fence and with look-ups that are %s: never', (lookup) => {
    const traits = { fence: null, absenceMarginMs: 0, lookup };
    expect(at(1_067_499, { traits }).kind).toBe('later');
    expect(at(1_067_500, { traits })).toEqual({ kind: 'never' });
  });

  it('looks at 0.5, 1, 2 and 4 s, then every 5 s', () => {
    expect([0, 1, 2, 3, 4, 5, 50].map(nextLookMs)).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  });
});
