import { describe, expect, it } from '@jest/globals';
import type { Side } from '#domain';
import { Frames } from '../tape/tape.js';
import { ReplayVenue } from '../venue/replay-venue.js';
import { Timeline } from '../venue/timeline.js';
import { CappedLegs, legLots } from './capped-legs.js';
import { dealt } from './deal.js';
import { FollowTouch } from './follow-touch.js';
import { MarketSlices } from './market-slices.js';
import { OrderDesk } from './order-desk.js';
import type { Strategy, WindowOrder } from './window-order.js';

const SECOND = 1_000_000;

/** Plays a tape made by hand against one strategy, two seconds in two slices unless told otherwise. */
function play(
  make: (order: WindowOrder, desk: OrderDesk) => Strategy,
  lines: (frames: Frames) => void,
  change: { readonly lots?: number; readonly side?: Side } = {},
): OrderDesk {
  const frames = new Frames();
  lines(frames);
  const timeline = new Timeline(0);
  const venue = new ReplayVenue(timeline);
  const { lots = 10, side = 'buy' } = change;
  const order: WindowOrder = { id: 'one', side, startAt: SECOND, durationMs: 2_000, lots, slices: 2 };
  const desk = new OrderDesk(venue, side, lots);
  timeline.at(order.startAt, () => make(order, desk).start());
  timeline.at(3 * SECOND, () => desk.close());
  for (let i = 0; i < frames.count; i += 1) {
    timeline.runUntil(frames.at(i));
    venue.play(frames, i);
  }
  timeline.runUntil(4 * SECOND);
  return desk;
}

/** 100 to 101, twenty lots each, and 103 behind. */
function calm(frames: Frames): void {
  frames.begin(0);
  frames.set(true, 100, 20);
  frames.set(false, 101, 20);
  frames.set(false, 103, 20);
}

const seen = (desk: OrderDesk) =>
  desk.fills.map(({ at, ticks, lots, isMaker }) => [at, ticks, lots, isMaker ? 'maker' : 'taker']);

it('an even deal loses no lot and differs by at most one', () => {
  expect(dealt(10, 4)).toEqual([2, 3, 2, 3]);
  expect(dealt(3, 5).reduce((sum, lots) => sum + lots, 0)).toBe(3);
});

describe('R1', () => {
  it('takes an equal slice at the beginning of each interval, 30 ms later at the venue', () => {
    const desk = play((order, on) => new MarketSlices(order, on), calm);
    expect(seen(desk)).toEqual([
      [SECOND + 30_000, 101, 5, 'taker'],
      [2 * SECOND + 30_000, 101, 5, 'taker'],
    ]);
    expect(desk.actions).toBe(2);
  });

  it('sweeps deeper levels, each slice anew: its fills change no book', () => {
    const desk = play((order, on) => new MarketSlices(order, on), calm, { lots: 60 });
    expect(seen(desk).map(([, ticks, lots]) => [ticks, lots])).toEqual([
      [101, 20],
      [103, 10],
      [101, 20],
      [103, 10],
    ]);
  });
});

describe('R2', () => {
  it('takes what is left over the legs left, at most three even legs', () => {
    expect(legLots(10, 4, 10, 4)).toBe(3);
    expect(legLots(10, 1, 10, 4)).toBe(9);
    expect(legLots(0, 1, 10, 4)).toBe(0);
  });

  it('goes at most 5 bps beyond the mid, and catches up with what that left', () => {
    const desk = play(
      (order, on) => new CappedLegs(order, on),
      (frames) => {
        frames.begin(0);
        frames.set(true, 10_000, 20);
        frames.set(false, 10_001, 3);
        frames.set(false, 10_006, 20);
        frames.begin(1_500_000);
        frames.set(false, 10_001, 20);
      },
    );
    expect(seen(desk).map(([, ticks, lots]) => [ticks, lots])).toEqual([
      [10_001, 3],
      [10_001, 7],
    ]);
  });
});

describe('R3', () => {
  it('rests at the touch, adds each slice behind, and is filled as maker', () => {
    const desk = play(
      (order, on) => new FollowTouch(order, on),
      (frames) => {
        calm(frames);
        frames.trade(1_500_000, 100, 25, true);
        frames.trade(2_500_000, 100, 25, true);
      },
    );
    expect(seen(desk)).toEqual([
      [1_500_000, 100, 5, 'maker'],
      [2_500_000, 100, 5, 'maker'],
    ]);
  });

  it('follows the touch at the next 200 ms and dumps at the end what did not fill', () => {
    const desk = play(
      (order, on) => new FollowTouch(order, on),
      (frames) => {
        calm(frames);
        frames.begin(1_250_000);
        frames.set(false, 101, 0);
        frames.set(true, 102, 8);
        frames.trade(1_429_999, 102, 50, true); // the move arrives 30 ms after 1.4 s
        frames.trade(1_440_000, 102, 10, true); // eight before it
      },
    );
    expect(seen(desk)).toEqual([
      [1_440_000, 102, 2, 'maker'],
      [3 * SECOND + 30_000, 103, 8, 'taker'],
    ]);
  });

  it('is refused when it would take, and tries again with the same lots', () => {
    const desk = play(
      (order, on) => new FollowTouch(order, on),
      (frames) => {
        calm(frames);
        frames.begin(SECOND + 10_000);
        frames.set(true, 100, 0);
        frames.set(true, 98, 5);
        frames.set(false, 100, 9);
        frames.trade(1_900_000, 97, 1, true);
      },
    );
    expect(seen(desk)[0]).toEqual([1_900_000, 98, 5, 'maker']);
    expect(desk.executedLots).toBe(10);
  });
});
