import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { Dec, quantity, ZERO, ZERO_QUANTITY, type Decimal, type Quantity } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import {
  countActive,
  countStopped,
  NOTHING_COUNTED,
  othersVolume,
  publicVolume,
  type OwnTrade,
  type PublicVolume,
  type VolumeCount,
  type VolumeReading,
} from './others-volume.js';

/** A feed that numbers no trades tells each print within this time. */
const LATEST_MS = 2_000;

/** A market in which some prints are ours; the feed and the private stream tell of them when they like. */
class Market {
  private readonly prints: {
    readonly qty: number;
    readonly isOurs: boolean;
    readonly wasActive: boolean;
    readonly at: number;
  }[] = [];
  private seen = 0;
  private readonly unbooked: { readonly qty: number; readonly id: number; readonly at: number }[] = [];
  private own = 0;
  private lastOwn: OwnTrade | null = null;
  /** Left at the venue; and left as far as the rows tell. */
  private atVenue = 0;
  private inRows = 0;
  private now = 0;
  isActive = true;
  isTold = true;

  /** @param isNumbered false: trades have names, and each print is told within {@link LATEST_MS}; else time tells nothing */
  constructor(private readonly isNumbered = true) {}

  other(qty: number): void {
    this.prints.push({ qty, isOurs: false, wasActive: this.isActive, at: this.now });
  }
  place(qty: number): void {
    this.atVenue += qty;
    this.inRows += qty;
  }
  fill(qty: number, withOurselves: boolean): void {
    const filled = Math.min(qty, withOurselves ? Math.floor(this.atVenue / 2) : this.atVenue);
    if (filled === 0) return;
    this.prints.push({ qty: filled, isOurs: true, wasActive: this.isActive, at: this.now });
    for (let side = 0; side < (withOurselves ? 2 : 1); side += 1) {
      this.atVenue -= filled;
      this.unbooked.push({ qty: filled, id: this.prints.length, at: this.now });
    }
  }
  book(): void {
    const fill = this.unbooked.shift();
    if (fill === undefined) return;
    this.own += fill.qty;
    this.inRows -= fill.qty;
    this.lastOwn = { tradeId: this.nameOf(fill.id), tradedAt: epochMs(fill.at) };
  }
  /** A cancel is booked after the fills that came before it. */
  cancel(): void {
    while (this.unbooked.length > 0) this.book();
    [this.atVenue, this.inRows] = [0, 0];
  }
  see(count: number): void {
    this.seen = Math.min(this.prints.length, this.seen + count);
  }
  wait(ms: number): void {
    this.now += ms;
    if (this.isNumbered) return;
    const told = this.prints.filter(({ at }) => at <= this.now - LATEST_MS).length;
    this.seen = Math.max(this.seen, told);
  }
  private nameOf(id: number): string {
    return this.isNumbered ? String(id) : `trade-${id}`;
  }
  /** The public count may have yet to see what of ours is booked. */
  get isBehind(): boolean {
    const last = this.lastOwn;
    if (last === null) return false;
    return this.isNumbered ? this.seen < Number(last.tradeId) : this.now < last.tradedAt + LATEST_MS;
  }
  get publicBase(): Decimal {
    return new Dec(this.prints.slice(0, this.seen).reduce((sum, { qty }) => sum + qty, 0));
  }
  reading(): VolumeReading {
    return {
      publicBase: this.publicBase,
      publicQuote: this.publicBase.mul(100),
      lastTradeId: this.seen === 0 ? null : this.nameOf(this.seen),
      publicAt: epochMs(this.isNumbered ? 0 : this.now),
      ownBase: new Dec(this.own),
      lastOwn: this.lastOwn,
      working: new Dec(this.inRows),
      isTold: this.isTold,
    };
  }
  trueVolume(from = 0): number {
    return this.prints
      .slice(from)
      .reduce((sum, { qty, isOurs, wasActive }) => (isOurs || !wasActive ? sum : sum + qty), 0);
  }
  get length(): number {
    return this.prints.length;
  }
}

const NOW = epochMs(10_000);
const at = (base: number): PublicVolume => ({ base: new Dec(base), quote: new Dec(base).mul(100) });

const size = fc.integer({ min: 1, max: 20 });
const events = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('other' as const), qty: size }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('place' as const), qty: size }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constantFrom('fill' as const, 'fill' as const, 'cross' as const), qty: size }),
    },
    { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('see' as const, 'book' as const), qty: size }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('look' as const), qty: size }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom('cancel' as const, 'stop' as const, 'start' as const, 'cut' as const),
        qty: size,
      }),
    },
  ),
  { minLength: 5, maxLength: 120 },
);

/** An account group that trades all the time: others, its own trades told at once, and time, which the feed needs. */
const busy = fc.array(
  fc.record({ do: fc.constantFrom('other', 'trade', 'trade', 'wait', 'see', 'look', 'look'), qty: size }),
  { minLength: 20, maxLength: 60, size: 'max' },
);

function happens(market: Market, event: { readonly do: string; readonly qty: number }): void {
  if (event.do === 'other') market.other(event.qty);
  if (event.do === 'place') market.place(event.qty);
  if (event.do === 'fill') market.fill(event.qty, false);
  if (event.do === 'cross') market.fill(event.qty, true);
  if (event.do === 'book') market.book();
  if (event.do === 'cancel') market.cancel();
  if (event.do === 'see') market.see(event.qty);
  if (event.do === 'trade') {
    market.place(event.qty);
    market.fill(event.qty, false);
    market.book();
  }
  if (event.do === 'wait') market.wait(event.qty * 100);
  if (event.do === 'cut') market.isTold = !market.isTold;
}

describe('volume of others', () => {
  it('I3 is never more than what others traded in active time, however late fills, prints and looks are', () => {
    let [looks, found, stops] = [0, 0, 0];
    fc.assert(
      fc.property(events, (all) => {
        const market = new Market();
        let count: VolumeCount = NOTHING_COUNTED;
        let stoppedAt: PublicVolume | null = null;
        for (const event of all) {
          happens(market, event);
          // A print is of the time at which the feed tells it.
          if (event.do === 'stop' || event.do === 'start') market.see(Infinity);
          if (event.do === 'stop' && market.isActive) {
            market.isActive = false;
            stoppedAt = { base: market.publicBase, quote: market.publicBase.mul(100) };
            stops += 1;
          }
          if (event.do === 'start' && !market.isActive) {
            // A pause that nobody looked at is told with its edges before anything else.
            count = countStopped(count, market.reading(), stoppedAt);
            market.isActive = true;
            stoppedAt = null;
          }
          if (event.do !== 'look') continue;
          const before = othersVolume(count, null);
          count = market.isActive
            ? countActive(count, market.reading(), NOW)
            : countStopped(count, market.reading(), stoppedAt);
          const volume = othersVolume(count, market.isActive ? market.reading() : null);
          if (!market.isTold && market.isActive) expect(volume.eq(before)).toBe(true);
          expect(volume.lte(market.trueVolume())).toBe(true);
          expect(volume.gte(before)).toBe(true);
          looks += 1;
          if (volume.gt(0)) found += 1;
        }
      }),
      { numRuns: 600 },
    );
    expect(found).toBeGreaterThan(looks / 10);
    expect(stops).toBeGreaterThan(50);
  });

  it.each([
    ['with numbers', true],
    ['with names alone', false],
  ])('I3 holds where it begins on what was booked at the first look, and trades are told %s', (_, isNumbered) => {
    let [begun, found] = [0, 0];
    fc.assert(
      fc.property(busy, (all) => {
        const market = new Market(isNumbered);
        let count: VolumeCount = NOTHING_COUNTED;
        for (const event of [{ do: 'trade', qty: 5 }, { do: 'look', qty: 1 }, ...all]) {
          // a feed that is a little behind
          happens(market, event.do === 'see' ? { do: 'see', qty: 1 } : event);
          if (event.do !== 'look') continue;
          const begins = count.from === null && count.awaited !== null && market.isBehind;
          count = countActive(count, market.reading(), NOW);
          const volume = othersVolume(count, market.reading());
          expect(volume.lte(market.trueVolume())).toBe(true);
          if (begins && count.from !== null) begun += 1;
          if (volume.gt(0)) found += 1;
        }
      }),
      { numRuns: 200 },
    );
    expect(begun).toBeGreaterThan(60);
    expect(found).toBeGreaterThan(100);
  });

  it('is all of it once nothing of ours works or waits to be booked', () => {
    fc.assert(
      fc.property(events, events, (warmUp, all) => {
        const market = new Market();
        const withoutCrosses = (list: typeof all) => list.filter((event) => event.do !== 'cross');
        for (const event of withoutCrosses(warmUp)) happens(market, event);
        market.cancel();
        market.see(Infinity);
        market.isTold = true;
        const begin = market.length;
        let count = countActive(NOTHING_COUNTED, market.reading(), NOW);
        for (const event of withoutCrosses(all)) {
          happens(market, event);
          if (event.do === 'look') count = countActive(count, market.reading(), NOW);
        }
        market.cancel();
        market.see(Infinity);
        market.isTold = true;
        expect(othersVolume(count, market.reading()).toNumber()).toBe(market.trueVolume(begin));
      }),
    );
  });

  const reading = (over: Partial<VolumeReading> = {}): VolumeReading => ({
    publicBase: new Dec(100),
    publicQuote: new Dec(10_000),
    lastTradeId: '50',
    publicAt: epochMs(10_000),
    ownBase: ZERO,
    lastOwn: null,
    working: ZERO,
    isTold: true,
    ...over,
  });

  it('begins no stretch before the public has counted what we have booked', () => {
    const ahead = { tradeId: '51', tradedAt: epochMs(9_000) };
    expect(countActive(NOTHING_COUNTED, reading({ lastOwn: ahead }), NOW)).toMatchObject({ from: null, since: NOW });
    const level = countActive(
      NOTHING_COUNTED,
      reading({ lastOwn: { ...ahead, tradeId: '50' }, ownBase: new Dec(3) }),
      NOW,
    );
    expect(level.from?.toFixed()).toBe('97');
    // Without numbers the time decides: two seconds after the fill the print is counted.
    const named = { tradeId: 'b7e1', tradedAt: epochMs(8_001) };
    expect(countActive(NOTHING_COUNTED, reading({ lastOwn: named }), NOW).from).toBeNull();
    expect(
      countActive(NOTHING_COUNTED, reading({ lastOwn: named, publicAt: epochMs(10_001) }), NOW).from,
    ).not.toBeNull();
    expect(countActive(NOTHING_COUNTED, null, NOW)).toEqual(NOTHING_COUNTED);
  });

  it('begins two seconds after the first look where another order of ours trades all the time', () => {
    let count: VolumeCount = NOTHING_COUNTED;
    const lookAt = (ms: number): Quantity => {
      // ours: 1 every half second, its print counted after 300 ms; others: 1 in the middle of each second
      const own = Math.floor(ms / 500);
      const others = Math.floor((ms + 500) / 1_000);
      const seen = reading({
        publicBase: new Dec(Math.floor((ms - 300) / 500) + others),
        lastTradeId: 'feed',
        publicAt: epochMs(ms),
        ownBase: new Dec(own),
        lastOwn: { tradeId: `fill-${own}`, tradedAt: epochMs(own * 500) },
      });
      count = countActive(count, seen, epochMs(ms));
      return othersVolume(count, seen);
    };
    for (let ms = 10_000; ms < 12_000; ms += 250) expect([lookAt(ms).toFixed(), count.from]).toEqual(['0', null]);
    lookAt(12_000);
    expect([count.from !== null, count.awaited]).toEqual([true, null]);
    // of the 20 that others trade in the next twenty seconds, all but what of ours was booked in the first two
    expect(lookAt(32_350).toNumber()).toBeGreaterThanOrEqual(20 - 4 - 1);
    expect(lookAt(32_350).toNumber()).toBeLessThanOrEqual(20);
  });

  it('takes what works for ours, and does not forget what it has found when more of ours works', () => {
    const begun = countActive(NOTHING_COUNTED, reading(), NOW);
    const later = reading({ publicBase: new Dec(130), working: new Dec(5) });
    expect(othersVolume(begun, later).toFixed()).toBe('25');
    const looked = countActive(begun, later, NOW);
    expect(othersVolume(looked, { ...later, working: new Dec(20) }).toFixed()).toBe('25');
    // A trade that the venue took back stays in both counts: it is not another's for that.
    expect(othersVolume(looked, { ...later, ownBase: new Dec(5), working: ZERO }).toFixed()).toBe('25');
  });

  it('adds nothing while a stream is broken, and all that came meanwhile once it is reconciled', () => {
    const broken = reading({ publicBase: new Dec(130), working: new Dec(5), isTold: false });
    expect(countActive(NOTHING_COUNTED, broken, NOW)).toMatchObject({ from: null, since: NOW });
    const looked = countActive(
      countActive(NOTHING_COUNTED, reading(), NOW),
      reading({ publicBase: new Dec(110) }),
      NOW,
    );
    expect(othersVolume(looked, broken).toFixed()).toBe('10');
    const kept = countActive(looked, broken, NOW);
    expect(kept).toEqual(looked);
    expect(publicVolume(kept, broken)).toMatchObject({ base: new Dec(30) });
    expect(othersVolume(kept, { ...broken, isTold: true }).toFixed()).toBe('25');
    expect(countStopped(looked, broken, at(130)).before).toEqual(quantity('10'));
  });

  it('counts no print of a pause, although nobody looked when it began', () => {
    const begun = countActive(NOTHING_COUNTED, reading(), NOW);
    const late = reading({ publicBase: new Dec(900), ownBase: new Dec(2) });
    expect(othersVolume(countStopped(begun, late, at(120)), null).toFixed()).toBe('18');
    expect(countStopped(begun, late, null).before).toEqual(ZERO_QUANTITY);
    const looked = countActive(begun, reading({ publicBase: new Dec(110) }), NOW);
    expect(countStopped(looked, late, null).before).toEqual(quantity('10'));
    expect(publicVolume(countStopped(begun, { ...late, publicQuote: new Dec(99_000) }, at(120)), null)).toEqual(at(20));
    const again = countActive(countStopped(begun, late, at(120)), late, NOW);
    expect(othersVolume(again, reading({ publicBase: new Dec(907), ownBase: new Dec(2) })).toFixed()).toBe('25');
  });
});
