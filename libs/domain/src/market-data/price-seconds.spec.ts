import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { price } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import { InvalidPricesError } from './price-message.js';
import { decodeHistory, encodeHistory, type HistoryFields } from './price-history-message.js';
import { PRICE_SECONDS_KEPT, PriceSeconds, rangeSince, type PriceHistory } from './price-seconds.js';

/** A whole second. */
const T0 = 1_764_000_000_000;
const at = (ms: number) => epochMs(T0 + ms);

/** A store as Redis is one: fields are replaced. */
function store(): { fields: HistoryFields; write(seconds: PriceSeconds, seq: number): void; read(): PriceHistory } {
  return {
    fields: {},
    write(seconds, seq) {
      const taken = seconds.take(seq, Infinity);
      this.fields = { ...this.fields, ...encodeHistory(seq, seconds.whole, taken) };
    },
    read() {
      return decodeHistory(this.fields) as PriceHistory;
    },
  };
}
function shown(history: PriceHistory, since: number, seen: number | null = null) {
  const { low, high, seq, until, isWhole } = rangeSince(history, at(since), seen);
  return [low?.toFixed() ?? null, high?.toFixed() ?? null, seq, until === null ? null : until - T0, isWhole];
}

describe('the seconds of a price', () => {
  it('tell where it was since a second, and nothing of a second without a price', () => {
    const [seconds, kept] = [new PriceSeconds(), store()];
    seconds.stillWhole(at(0));
    seconds.add(price('100'), at(10));
    seconds.add(price('90'), at(500));
    seconds.add(price('110'), at(999));
    seconds.add(price('101'), at(3_000));
    seconds.stillWhole(at(9_000));
    kept.write(seconds, 7);
    expect(shown(kept.read(), 0)).toEqual(['90', '110', 7, 9_000, true]);
    expect(shown(kept.read(), 999)).toEqual(['90', '110', 7, 9_000, true]);
    expect(shown(kept.read(), 1_000)).toEqual(['101', '101', 7, 9_000, true]);
    expect(shown(kept.read(), 4_000)).toEqual([null, null, 7, 9_000, true]);
    expect(shown(kept.read(), -1)).toEqual(['90', '110', 7, 9_000, false]);
    expect(seconds.isChanged).toBe(false);
  });

  it('leave out what was told until a number, and tell of a second again when anything came in it', () => {
    const [seconds, kept] = [new PriceSeconds(), store()];
    seconds.stillWhole(at(0));
    seconds.add(price('90'), at(10));
    kept.write(seconds, 1);
    seconds.add(price('95'), at(1_010));
    kept.write(seconds, 2);
    expect(shown(kept.read(), 0, 1).slice(0, 3)).toEqual(['95', '95', 2]);
    expect(shown(kept.read(), 0, 2).slice(0, 3)).toEqual([null, null, 2]);
    seconds.add(price('92'), at(20));
    seconds.add(price('95'), at(1_020));
    kept.write(seconds, 3);
    expect(shown(kept.read(), 0, 2).slice(0, 3)).toEqual(['90', '95', 3]);
    expect(shown(kept.read(), 1_000, 2).slice(0, 3)).toEqual(['95', '95', 3]);
    expect(decodeHistory(kept.fields, at(1_000), 2)?.seconds.map(({ second }) => second)).toEqual([T0 / 1_000 + 1]);
    expect(decodeHistory(kept.fields, at(0), 3)?.seconds).toEqual([]);
  });

  it('know since when none is missing', () => {
    const [seconds, kept] = [new PriceSeconds(), store()];
    const whole = () => {
      kept.write(seconds, 1);
      return kept.read().whole.map(({ from, to }) => [from - T0, to - T0]);
    };
    expect(whole()).toEqual([]);
    expect(shown(kept.read(), 0)).toEqual([null, null, 1, null, false]);
    seconds.stillWhole(at(100));
    seconds.stillWhole(at(5_000));
    seconds.lose();
    expect(whole()).toEqual([[100, 5_000]]);
    expect([shown(kept.read(), 99).at(-1), shown(kept.read(), 100).at(-1)]).toEqual([false, true]);
    seconds.stillWhole(at(8_000));
    seconds.stillWhole(at(9_000));
    expect(whole()).toEqual([
      [100, 5_000],
      [8_000, 9_000],
    ]);
    expect([shown(kept.read(), 5_000).at(-1), shown(kept.read(), 8_000).at(-1)]).toEqual([false, true]);
    seconds.lose();
    seconds.regain(at(12_000));
    expect(whole()).toEqual([
      [100, 5_000],
      [8_000, 12_000],
    ]);
    seconds.stillWhole(at(605_999));
    expect(whole()).toEqual([[8_000, 605_999]]);
    seconds.stillWhole(at(700_000));
    expect(whole()).toEqual([[101_000, 700_000]]);
  });

  it('are bounded: ten minutes, and fifty times between holes', () => {
    const [seconds, kept] = [new PriceSeconds(), store()];
    for (let second = 0; second < 2_000; second += 1) {
      seconds.lose();
      seconds.stillWhole(at(second * 1_000));
      seconds.add(price(String(second + 1)), at(second * 1_000));
      kept.write(seconds, second);
    }
    expect(Object.keys(kept.fields)).toHaveLength(PRICE_SECONDS_KEPT + 2);
    expect(kept.read().whole).toHaveLength(50);
    expect(shown(kept.read(), (2_000 - PRICE_SECONDS_KEPT) * 1_000).slice(0, 2)).toEqual([
      String(2_001 - PRICE_SECONDS_KEPT),
      '2000',
    ]);
    seconds.add(price('1'), at(0));
    expect(seconds.isChanged).toBe(false);
  });

  it('are told in parts, and again when they could not be', () => {
    const seconds = new PriceSeconds();
    for (let second = 0; second < 5; second += 1) seconds.add(price('7'), at(second * 1_000));
    const part = seconds.take(1, 3);
    expect([part.length, seconds.isChanged]).toEqual([3, true]);
    seconds.add(price('5'), at(0));
    seconds.giveBack(part);
    const all = seconds.take(2, 9);
    expect(all.map(({ second, seq }) => [second - T0 / 1_000, seq]).sort()).toEqual([0, 1, 2, 3, 4].map((n) => [n, 2]));
    expect(all.find(({ second }) => second === T0 / 1_000)?.low.toFixed()).toBe('5');
    expect(seconds.isChanged).toBe(false);
  });
});

describe('another speaker', () => {
  it('adds what it heard to what is kept, and tells only what that lacks', () => {
    const [first, kept, twin] = [new PriceSeconds(), store(), new PriceSeconds()];
    for (const one of [first, twin]) {
      one.stillWhole(at(0));
      one.add(price('100'), at(10));
      one.add(price('90'), at(1_010));
    }
    first.add(price('80'), at(20));
    first.stillWhole(at(1_500));
    kept.write(first, 1);
    twin.add(price('120'), at(1_020));
    twin.add(price('60'), at(2_010));
    twin.stillWhole(at(3_000));
    twin.merge(kept.read());
    expect(twin.take(50, 9).map(({ second, seq }) => [second - T0 / 1_000, seq])).toEqual([
      [1, 50],
      [2, 50],
    ]);
    twin.merge(kept.read());
    kept.write(twin, 51);
    expect(shown(kept.read(), 0)).toEqual(['60', '120', 51, 3_000, true]);
    expect(shown(kept.read(), 0, 1)).toEqual(['60', '120', 51, 3_000, true]);
  });

  it.each([
    ['before it has what is kept', false],
    ['afterwards', true],
  ])('joins the time that it fetched %s', (_when, mergesFirst) => {
    const [first, kept, next] = [new PriceSeconds(), store(), new PriceSeconds()];
    first.stillWhole(at(0));
    first.stillWhole(at(5_000));
    kept.write(first, 1);
    if (mergesFirst) next.merge(kept.read());
    next.regain(at(60_000));
    if (!mergesFirst) next.merge(kept.read());
    next.stillWhole(at(61_000));
    kept.write(next, 2);
    expect(kept.read().whole).toEqual([{ from: at(0), to: at(61_000) }]);
  });

  it('leaves the time open that it could not fetch', () => {
    const [first, kept, next] = [new PriceSeconds(), store(), new PriceSeconds()];
    first.stillWhole(at(0));
    kept.write(first, 1);
    next.lose();
    next.stillWhole(at(60_000));
    next.lose();
    next.regain(at(70_000));
    next.merge(kept.read());
    kept.write(next, 2);
    expect(kept.read().whole).toEqual([
      { from: at(0), to: at(0) },
      { from: at(60_000), to: at(70_000) },
    ]);
  });

  it('joins no other time to it, nor when what it fetched until is forgotten', () => {
    const past = (from: number, to: number): PriceHistory => ({
      seq: 1,
      whole: [{ from: at(from), to: at(to) }],
      seconds: [],
    });
    const times = (seconds: PriceSeconds) => seconds.whole.map(({ from, to }) => [from - T0, to - T0]);
    const next = new PriceSeconds();
    next.regain(at(60_000));
    next.merge(past(20_000, 30_000));
    next.merge(past(0, 5_000));
    expect(times(next)).toEqual([
      [0, 5_000],
      [20_000, 60_000],
    ]);
    const late = new PriceSeconds();
    late.regain(at(60_000));
    late.lose();
    late.stillWhole(at(700_000));
    late.merge(past(20_000, 30_000));
    expect(times(late)).toEqual([
      [20_000, 30_000],
      [700_000, 700_000],
    ]);
  });

  it('that finds nothing tells all it has, what was told under its number of then', () => {
    const [seconds, kept] = [new PriceSeconds(), store()];
    seconds.stillWhole(at(0));
    seconds.add(price('90'), at(10));
    seconds.add(price('95'), at(1_010));
    kept.write(seconds, 1);
    seconds.add(price('96'), at(1_020));
    kept.fields = {};
    seconds.merge({ seq: 0, whole: [], seconds: [] });
    kept.write(seconds, 9);
    expect(shown(kept.read(), 0)).toEqual(['90', '96', 9, 0, true]);
    expect(shown(kept.read(), 0, 1)).toEqual(['95', '96', 9, 0, true]);

    const heir = new PriceSeconds();
    heir.add(price('90'), at(10));
    heir.merge(kept.read());
    heir.merge({ seq: 0, whole: [], seconds: [] });
    expect(heir.take(20, 9).map(({ seq: number }) => number)).toEqual([1, 9]);
  });

  it('loses no price, however two share the speaking and whatever one of them did not hear', () => {
    const tick = fc.record({
      ms: fc.integer({ min: 0, max: 20_000 }),
      px: fc.integer({ min: 1, max: 30 }),
      hears: fc.constantFrom('both', 'first', 'second' as const),
    });
    let gaps = 0;
    fc.assert(
      fc.property(
        fc.array(tick, { minLength: 15, maxLength: 40 }),
        fc.array(fc.nat(20), { minLength: 2, maxLength: 8 }),
        fc.integer({ min: 0, max: 20_000 }),
        (drawn, turns, since) => {
          const ticks = drawn.toSorted((a, b) => a.ms - b.ms);
          const speakers = [new PriceSeconds(), new PriceSeconds()] as const;
          const kept = store();
          let [speaker, seq, seen]: [0 | 1, number, number] = [0, 0, 0];
          const told: { readonly px: number; readonly ms: number; readonly seq: number }[] = [];
          let waiting: typeof told = [];
          const tell = (): void => {
            seq += 1;
            kept.write(speakers[speaker], seq);
            told.push(...waiting.map((one) => ({ ...one, seq })));
            waiting = [];
          };
          kept.write(speakers[0], 0);
          ticks.forEach(({ ms, px, hears }, index) => {
            if (hears !== 'second') speakers[0].add(price(String(px)), at(ms));
            if (hears !== 'first') speakers[1].add(price(String(px)), at(ms));
            const own = speaker === 0 ? 'first' : 'second';
            if (hears === 'both' || hears === own) waiting.push({ px, ms, seq: 0 });
            if (turns.includes(index)) {
              speaker = speaker === 0 ? 1 : 0;
              speakers[speaker].merge(kept.read());
              // What only the other one heard, and never told, is lost with it.
              waiting = waiting.filter((one) =>
                ticks.some((t) => t.ms === one.ms && t.px === one.px && t.hears === 'both'),
              );
              gaps += 1;
            }
            if (index % 3 === 0) tell();
            if (index === 10) seen = seq;
          });
          tell();
          const must = (prices: typeof told): boolean => {
            const { low, high } = rangeSince(kept.read(), at(since), seen);
            return prices.every(({ px }) => low !== null && high !== null && low.lte(px) && high.gte(px));
          };
          expect(must(told.filter((one) => one.ms >= since && one.seq > seen))).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
    expect(gaps).toBeGreaterThan(300);
  });
});

it.each<HistoryFields>([
  { now: '{}' },
  { now: '[1]' },
  { now: '[1,[[1.5,2]]]' },
  { now: '[1,[]]', 7: '[7,1]' },
  { now: '[1,[]]', 7: 'x' },
])('refuses %j', (fields) => {
  expect(() => decodeHistory(fields)).toThrow(InvalidPricesError);
});
it('has nothing to say of a price that nobody told', () => {
  expect(decodeHistory({})).toBeNull();
});
