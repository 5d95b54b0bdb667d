import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { inBps, type Measure } from './cost/measure.js';
import { trackingError } from './cost/tracking-error.js';
import { transactionCost } from './cost/transaction-cost.js';
import { takerSize } from './execution/catch-up-size.js';
import { drawNumerator } from './execution/draw.js';
import { finisherLengthMs } from './execution/finisher-length.js';
import { icebergSlice } from './execution/iceberg-slices.js';
import { imbalance, isFavourable } from './execution/imbalance.js';
import { passivePrice } from './execution/passive-price.js';
import { takerWorstPrice } from './execution/price-protection.js';
import { referenceLeg } from './execution/reference-leg.js';
import { chooseRole, passiveCostBps, takerCostBps } from './execution/role.js';
import { splitLargestRemainder } from './execution/split.js';
import type { Side } from './instrument/instrument.js';
import { exposureRamp } from './multi-order/exposure.js';
import { Dec, floorTo, price, quantity, type Decimal, type Price, type Quantity } from './numeric/decimal.js';
import { arrivalPriceCurve, urgencyOf } from './trajectory/arrival-price.js';
import { band } from './trajectory/band.js';
import { exactShare, twapCurve } from './trajectory/curve.js';
import { othersVolumeNeeded, participationHeadroom, participationTarget } from './trajectory/participation.js';
import { rebasedTarget } from './trajectory/plan.js';
import { dealLots, sliceGrid } from './trajectory/slice-grid.js';
import { targetTimeCurve } from './trajectory/target-time.js';
import { tiltedShare } from './trajectory/tilt.js';
import { profileShares } from './trajectory/volume-profile.js';
import { cumulativeVolume, liveShare, staticShare } from './trajectory/vwap.js';

type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };
type Fields = Readonly<Record<string, Value>>;
interface Group {
  readonly name: string;
  readonly section: string;
  readonly tolerance: string;
  readonly cases: readonly { readonly in: Fields; readonly out: Fields }[];
}
type Answer = Decimal | number | string | boolean | null | readonly Decimal[];
type UnderTest = (input: Reader) => Readonly<Record<string, Answer>>;

/** Inputs of one case by name; a missing one is a mistake of the test, not a zero. */
class Reader {
  constructor(private readonly fields: Fields) {}
  text(key: string): string {
    const value = this.fields[key];
    if (typeof value !== 'string') throw new TypeError(`Input ${key} must be a string, was ${JSON.stringify(value)}`);
    return value;
  }
  decimal(key: string): Decimal {
    return new Dec(this.text(key));
  }
  number(key: string): number {
    return this.decimal(key).toNumber();
  }
  price(key: string): Price {
    return price(this.text(key));
  }
  count(key: string): number {
    const value = this.fields[key];
    if (typeof value !== 'number') throw new TypeError(`Input ${key} must be a count, was ${JSON.stringify(value)}`);
    return value;
  }
  flag(key: string): boolean {
    const value = this.fields[key];
    if (typeof value !== 'boolean') throw new TypeError(`Input ${key} must be a flag, was ${JSON.stringify(value)}`);
    return value;
  }
  list(key: string): readonly Reader[] {
    const value = this.fields[key];
    if (!Array.isArray(value)) throw new TypeError(`Input ${key} must be a list, was ${JSON.stringify(value)}`);
    return value.map((each: Fields) => new Reader(each));
  }
  decimals(key: string): readonly Decimal[] {
    const value = this.fields[key];
    if (!Array.isArray(value)) throw new TypeError(`Input ${key} must be a list, was ${JSON.stringify(value)}`);
    return value.map((each: string) => new Dec(each));
  }
  numbers(key: string): readonly number[] {
    return numbersOf(this.fields[key]);
  }
  table(key: string): readonly (readonly number[])[] {
    const value = this.fields[key];
    if (!Array.isArray(value)) throw new TypeError(`Input ${key} must be a list, was ${JSON.stringify(value)}`);
    return value.map(numbersOf);
  }
  orNull<T>(key: string, read: (key: string) => T): T | null {
    return this.fields[key] === null ? null : read.call(this, key);
  }
}

function numbersOf(value: Value | undefined): readonly number[] {
  if (!Array.isArray(value)) throw new TypeError(`Numbers must be a list, was ${JSON.stringify(value)}`);
  return value.map((each: string) => new Dec(each).toNumber());
}

const functions: Readonly<Record<string, UnderTest>> = {
  twap: (input) => {
    const share = exactShare(twapCurve(input.decimal('u').toNumber()));
    return { F: share, targetLots: floorTo(input.decimal('q').mul(share), input.decimal('lot')) };
  },
  is: (input) => ({ F: new Dec(arrivalPriceCurve(input.number('k'))(input.number('u'))) }),
  isUrgency: (input) => ({
    k: new Dec(
      urgencyOf(
        input.flag('enoughData')
          ? { sigmaBps: input.number('sigmaBps'), participation: input.number('participation') }
          : null,
      ),
    ),
  }),
  targetTime: (input) => ({ F: new Dec(targetTimeCurve(input.number('u'))) }),
  vwapProfile: (input) => ({
    profile: profileShares(input.table('daysNewestFirst'), input.count('smooth')).map((share) => new Dec(share)),
  }),
  vwapStatic: (input) => ({
    F: new Dec(
      staticShare(
        cumulativeVolume(input.numbers('profile')),
        input.number('startMinute'),
        input.number('endMinute'),
        input.number('minute'),
      ),
    ),
  }),
  vwapLive: (input) => ({
    F: new Dec(
      liveShare(
        {
          u: input.number('u'),
          staticShare: input.number('staticF'),
          volumeSoFar: input.number('volumeSoFar'),
          expectedSoFar: input.number('expectedSoFar'),
          expectedRemaining: input.number('expectedRemaining'),
        },
        input.number('previousF'),
      ),
    ),
  }),
  povTarget: (input) => {
    const [orderQty, rate] = [input.decimal('q'), input.decimal('rate')];
    const target = participationTarget(orderQty, rate, input.decimal('othersVolume'));
    return { target, othersVolumeNeeded: othersVolumeNeeded(orderQty, rate, target) };
  },
  alphaTilt: (input) => ({ F: new Dec(tiltedShare(input.number('F0'), input.number('alpha'))) }),
  rebase: (input) => ({
    target: rebasedTarget(input.decimal('q'), input.decimal('x0'), input.decimal('FAtRebase'), input.decimal('FNow')),
  }),
  band: (input) => ({
    ...band(input.decimal('q'), input.decimal('target'), input.decimal('d'), input.decimal('u')),
  }),
  sliceGrid: (input) => {
    const grid = sliceGrid(
      input.decimal('duration').mul(1000).toNumber(),
      input.decimal('q'),
      input.decimal('minChild'),
    );
    return { n: grid.count, interval: new Dec(grid.intervalMs).div(1000) };
  },
  dealLots: (input) => ({
    slices: dealLots(quantity(input.text('q')), quantity(input.text('lot')), input.count('n')),
  }),
  takerSize: (input) => ({
    size: takerSize(
      {
        executed: input.decimal('filled'),
        target: input.decimal('target'),
        lower: input.decimal('lower'),
        orderQty: input.decimal('q'),
        nominalSlice: input.decimal('nominalSlice'),
        minimum: input.decimal('minChild'),
      },
      quantity(input.text('lot')),
      input.flag('finisher'),
    ),
  }),
  takerCollar: (input) => ({
    worstPrice: takerWorstPrice(
      { bid: input.price('bid'), ask: input.price('ask') },
      {
        side: input.text('side') as Side,
        tick: input.price('tick'),
        collarBps: input.decimal('collarBps'),
        limitPrice: input.orNull('limitPrice', input.price.bind(input)),
      },
    ),
  }),
  passivePrice: (input) => ({
    price: passivePrice(
      { bid: input.price('bid'), ask: input.price('ask') },
      {
        side: input.text('side') as Side,
        tick: input.price('tick'),
        sigma5Bps: input.decimal('sigma5Bps'),
        passiveness: input.decimal('passiveness'),
        atMid: input.flag('activeLimit'),
        limitPrice: null,
      },
    ),
  }),
  roleChoice: (input) => {
    const costs = {
      makerFeeBps: input.decimal('makerFeeBps'),
      takerFeeBps: input.decimal('takerFeeBps'),
      halfSpreadBps: input.decimal('halfSpreadBps'),
      sigma1Bps: input.decimal('sigma1Bps'),
      makerFills: input.count('makerFills'),
      meanMarkoutBps: input.decimal('meanMarkoutBps'),
    };
    const [passiveCost, takerCost] = [passiveCostBps(costs), takerCostBps(costs)];
    return { passiveCost, takerCost, role: chooseRole(passiveCost, takerCost, null).replace('_', '-') };
  },
  imbalance: (input) => {
    const value = imbalance(
      input.text('side') as Side,
      quantity(input.text('bidSize')),
      quantity(input.text('askSize')),
    );
    return { imbalance: value, favourable: isFavourable(value) };
  },
  splitLargestRemainder: (input) => ({
    parts: splitLargestRemainder(quantity(input.text('q')), quantity(input.text('lot')), input.decimals('weights')),
  }),
  iceberg: (input) => {
    const [count, lot] = [input.count('slices'), quantity(input.text('lot'))];
    let left = quantity(input.text('q'));
    const sizes = input.decimals('draws').map((share, index) => {
      const size = icebergSlice(left, count, index, lot, share);
      left = left.sub(size) as Quantity;
      return size;
    });
    return { sizes };
  },
  dydxLeg: (input) => ({
    childLots: referenceLeg({
      totalLots: input.decimal('totalLots'),
      legs: input.count('legs'),
      leftLots: input.decimal('leftLots'),
      legsLeft: input.count('legsLeft'),
      stepLots: input.decimal('stepLots'),
    }),
  }),
  povCap: (input) => ({
    headroom:
      participationHeadroom(
        input.decimal('limit'),
        input.decimal('othersVolume'),
        input.decimal('executed').add(input.decimal('working')),
        quantity(input.text('lot')),
      ) ?? 'unlimited',
  }),
  finisherLength: (input) => ({
    length: new Dec(finisherLengthMs(input.decimal('duration').mul(1000).toNumber())).div(1000),
  }),
  exposureRamp: (input) => ({
    ...exposureRamp({
      buyTotal: input.decimal('buyTotal'),
      sellTotal: input.decimal('sellTotal'),
      buyFilled: input.decimal('buyFilled'),
      sellFilled: input.decimal('sellFilled'),
      u: input.decimal('u'),
      tolerance: input.decimal('tolerance'),
    }),
  }),
  draw: (input) => {
    const numerator = new Dec(drawNumerator(input.text('seed'), input.text('label'), input.count('n')));
    return { numerator, draw: numerator.div(new Dec(2).pow(53)) };
  },
  tca: (input) => {
    const cost = transactionCost({
      side: input.text('side') as Side,
      sizing: 'base',
      orderQty: input.decimal('q'),
      fills: input.list('fills').map((fill) => ({
        price: fill.price('price'),
        qty: quantity(fill.text('qty')),
        role: fill.text('role') as 'maker' | 'taker',
        feeQuote: fill.decimal('fee'),
        mid: fill.price('mid'),
        halfSpread: fill.decimal('halfSpread'),
        midAfter: { 1: null, 5: null, 30: null },
      })),
      benchmarks: {
        arrival: input.price('arrival'),
        decision: input.price('decision'),
        start: input.price('start'),
        end: input.price('end'),
        marketVwap: input.price('marketVwap'),
        othersVwap: null,
        marketTwap: input.price('marketTwap'),
        othersVolume: null,
      },
    });
    const { shortfall } = cost;
    const bps = (measure: Measure) => inBps(measure, shortfall.basis).value;
    return {
      avg: cost.average.value,
      arrivalBps: cost.arrivalBps.value,
      vwapBps: cost.vwapBps.value,
      twapBps: cost.twapBps.value,
      departureBps: cost.departureBps.value,
      intervalReturnBps: cost.intervalReturnBps.value,
      feeBps: cost.feeBps.value,
      makerRatio: cost.makerRatio.value,
      spreadCapture: cost.spreadCapture.value,
      delayBps: bps(shortfall.delay),
      tradingBps: bps(shortfall.trading),
      opportunityBps: bps(shortfall.opportunity),
      feesIsBps: bps(shortfall.fees),
      shortfallBps: bps(shortfall.total),
    };
  },
  trackingError: (input) => {
    const points = input.list('points').map((point) => ({
      dt: point.decimal('dt'),
      executed: point.decimal('executed'),
      target: point.decimal('target'),
      lower: null,
      upper: null,
    }));
    const { max, rms } = trackingError(input.decimal('q'), points);
    return { max: max.value, rms: rms.value };
  },
};

const { groups } = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/algorithm-vectors.json', import.meta.url), 'utf8'),
) as { readonly groups: readonly Group[] };

const VECTOR_PLACES = 18;

/** As the vectors are written: 18 places half-even, trailing zeros removed. */
const written = (value: Decimal): string => value.toDecimalPlaces(VECTOR_PLACES, Dec.ROUND_HALF_EVEN).toFixed();

function agree(actual: unknown, expected: Value, tolerance: string): void {
  if (Array.isArray(expected)) {
    expect(actual).toHaveLength(expected.length);
    expected.forEach((each: Value, index) => agree((actual as readonly unknown[])[index], each, tolerance));
  } else if (actual instanceof Dec && typeof expected === 'string') {
    if (tolerance === '0') expect(written(actual)).toBe(written(new Dec(expected)));
    else {
      const difference = actual.sub(expected).abs();
      expect({ actual: written(actual), expected, agrees: difference.lte(tolerance) }).toMatchObject({ agrees: true });
    }
  } else expect(actual).toBe(expected);
}

describe('algorithm vectors', () => {
  it('AV every group of the file is under test', () => {
    expect(Object.keys(functions).toSorted()).toEqual(groups.map(({ name }) => name).toSorted());
    expect(groups.every(({ cases }) => cases.length >= 10)).toBe(true);
  });

  for (const [name, run] of Object.entries(functions)) {
    const group = groups.find((each) => each.name === name);
    const cases = (group?.cases ?? []).map((one, index) => [index + 1, one] as const);
    describe(`AV-${name}`, () => {
      it(`AV-${name} has cases`, () => expect(cases.length).toBeGreaterThan(0));
      it.each(cases)(`AV-${name} case %i`, (_, { in: input, out }) => {
        const answer = run(new Reader(input));
        for (const [key, expected] of Object.entries(out)) {
          expect(Object.keys(answer)).toContain(key);
          agree(answer[key], expected, group?.tolerance ?? '0');
        }
      });
    });
  }
});
