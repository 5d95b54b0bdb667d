import { expect, it } from '@jest/globals';
import { Frames } from '../tape/tape.js';
import { ReplayVenue } from '../venue/replay-venue.js';
import { Timeline } from '../venue/timeline.js';
import { OneClip } from './one-clip.js';
import { OrderDesk } from './order-desk.js';

const SECOND = 1_000_000;

/** Ten lots in two slices from one second on, for six seconds. */
function play(lines: (frames: Frames) => void): OrderDesk {
  const frames = new Frames();
  lines(frames);
  const timeline = new Timeline(0);
  const venue = new ReplayVenue(timeline);
  const desk = new OrderDesk(venue, 'buy', 10);
  const order = { id: 'one', side: 'buy' as const, startAt: SECOND, durationMs: 6_000, lots: 10, slices: 2 };
  timeline.at(SECOND, () => new OneClip(order, desk).start());
  timeline.at(7 * SECOND, () => desk.close());
  for (let i = 0; i < frames.count; i += 1) {
    timeline.runUntil(frames.at(i));
    venue.play(frames, i);
  }
  timeline.runUntil(8 * SECOND);
  return desk;
}

function quote(frames: Frames, at: number, [bid, before]: [number, number], shown: number): void {
  frames.begin(at);
  frames.set(true, before, 0);
  frames.set(true, bid, shown);
  frames.set(false, 103, 50);
}

const seen = (desk: OrderDesk) =>
  desk.fills.map(({ at, ticks, lots, isMaker }) => [at / SECOND, ticks, lots, isMaker ? 'maker' : 'taker']);

it('rests one slice at a time, the next as soon as it hears of the fill, and takes the rest at the end', () => {
  const desk = play((frames) => {
    quote(frames, 0, [100, 99], 40);
    frames.trade(2 * SECOND, 100, 45, true); // forty before it, and the slice of five
    frames.trade(2.5 * SECOND, 100, 43, true); // three lots of the next one
  });
  expect(seen(desk)).toEqual([
    [2, 100, 5, 'maker'],
    [2.5, 100, 3, 'maker'],
    [7.03, 103, 2, 'taker'],
  ]);
});

it('is no larger than a quarter of what is displayed, and moves after two seconds at the earliest', () => {
  const desk = play((frames) => {
    quote(frames, 0, [100, 99], 8);
    quote(frames, 1.5 * SECOND, [101, 100], 8);
    frames.trade(3.05 * SECOND, 101, 100, true); // not yet there
    frames.trade(3.2 * SECOND, 101, 100, true); // it left at three seconds, and was placed again by 3.07
  });
  expect(seen(desk)).toEqual([
    [3.2, 101, 2, 'maker'],
    [7.03, 103, 8, 'taker'],
  ]);
});
