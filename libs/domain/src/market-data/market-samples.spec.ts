import { describe, expect, it } from '@jest/globals';
import { notional, price, quantity } from '../numeric/decimal.js';
import { addMs, epochMs } from '../time/clock.js';
import { MarketSampler, sampleSecond, startOfChunk, type MarketSample } from './market-samples.js';

const T0 = epochMs(1_700_000_000_000); // the first second of its chunk
const sample = (bid: string): MarketSample => ({
  bid: price(bid),
  ask: price('200'),
  cumBase: quantity('1'),
  cumQuote: notional('100'),
});
const bidsOf = (sampler: MarketSampler, last = false) =>
  sampler.handOut(last).map(({ chunk, samples }) => ({
    chunk,
    bids: samples.map((one) => one?.bid?.toFixed() ?? null),
  }));

describe('MarketSampler', () => {
  it('takes the first look of each second and hands out ten at a time', () => {
    const sampler = new MarketSampler(10);
    for (const ms of [0, 100, 950, 1_000, 2_999, 9_999]) sampler.take(addMs(T0, ms), sample(String(100 + ms)));
    expect(bidsOf(sampler)).toEqual([]);
    sampler.take(addMs(T0, 10_000), sample('1'));
    const first = ['100', '1100', '3099', null, null, null, null, null, null, '10099'];
    expect(bidsOf(sampler)).toEqual([{ chunk: sampleSecond(T0) / 10, bids: first }]);
    expect(startOfChunk(sampleSecond(T0) / 10)).toBe(T0);
    expect(bidsOf(sampler)).toEqual([]);
    expect(bidsOf(sampler, true)).toMatchObject([{ chunk: sampleSecond(T0) / 10 + 1 }]);
  });

  it('takes no sample of a second that is over', () => {
    const sampler = new MarketSampler(10);
    sampler.take(addMs(T0, 5_000), sample('5'));
    sampler.take(addMs(T0, 4_000), sample('4'));
    expect(bidsOf(sampler, true)[0]?.bids.filter((bid) => bid !== null)).toEqual(['5']);
  });

  it('gives back what could not be kept, and forgets the oldest when there are too many', () => {
    const sampler = new MarketSampler(2);
    for (let chunk = 0; chunk < 4; chunk += 1) sampler.take(addMs(T0, chunk * 10_000), sample(String(chunk + 1)));
    const chunks = sampler.handOut();
    expect(chunks.map(({ samples }) => samples[0]?.bid?.toFixed())).toEqual(['2', '3']);
    sampler.take(addMs(T0, 40_000), sample('5'));
    sampler.handBack(chunks);
    expect(bidsOf(sampler).map(({ bids }) => bids[0])).toEqual(['3', '4']);
  });
});
