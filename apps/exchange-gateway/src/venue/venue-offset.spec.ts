import { expect, it } from '@jest/globals';
import { epochMs } from '#domain';
import { VenueOffset } from './venue-offset.js';

const NOW = 1_764_000_000_000;

it.each([0, 4_102_444_800_000, NOW + 7_200_000, NOW - 7_200_000])(
  'S-13 learns nothing from a venue that says it is %d: orders would be looked for in another year',
  async (said) => {
    const offset = new VenueOffset({ now: () => epochMs(NOW) });
    const tell = (venueMs: number) => ({
      venueTime: () =>
        Promise.resolve({
          kind: 'ok' as const,
          value: { venueMs: epochMs(venueMs), rttMs: 2 },
          meta: { sentAt: epochMs(NOW), headers: {} },
        }),
    });
    expect(await offset.measure(tell(said))).toMatchObject({ kind: 'failed', why: { code: 'CLOCK_IMPLAUSIBLE' } });
    expect([offset.isKnown(), offset.offsetMs()]).toEqual([false, 0]);
    await offset.measure(tell(NOW + 90_000));
    expect(await offset.measure(tell(said))).toMatchObject({ kind: 'failed' });
    expect([offset.isKnown(), offset.offsetMs()]).toEqual([true, 90_000]);
  },
);

it.each([90_000, -90_000])(
  'tells the time of a venue whose clock is %d ms from ours, with which cancels and looks are signed',
  async (offsetMs) => {
    let now = NOW;
    const offset = new VenueOffset({ now: () => epochMs(now) });
    expect(offset.now()).toBe(NOW);
    await offset.measure({
      venueTime: () =>
        Promise.resolve({
          kind: 'ok',
          value: { venueMs: epochMs(NOW + offsetMs), rttMs: 2 },
          meta: { sentAt: epochMs(NOW), headers: {} },
        }),
    });
    now += 1_000;
    expect(offset.now()).toBe(NOW + 1_000 + offsetMs);
  },
);
