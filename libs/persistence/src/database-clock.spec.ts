import { describe, expect, it } from '@jest/globals';
import { DatabaseClock } from './database-clock.js';

describe('database clock', () => {
  it('D-10 goes by the database and the monotonic clock, whatever the worker believes the time to be', async () => {
    let mono = 5_000;
    const aDayAhead = Date.now() + 86_400_000;
    const clock = await DatabaseClock.start({ serverTimeMs: () => Promise.resolve(aDayAhead) }, () => mono);
    clock.stop();
    expect(clock.now()).toBe(aDayAhead);
    mono += 1_234;
    expect(clock.now()).toBe(aDayAhead + 1_234);
    expect(clock.skewMs()).toBeGreaterThan(86_000_000);
  });

  it('takes the quickest of its measurements, and the middle of its round trip', async () => {
    let mono = 0;
    const trips = [400, 20, 100];
    const clock = await DatabaseClock.start(
      {
        serverTimeMs: () => {
          const trip = trips.shift() ?? 0;
          mono += trip;
          return Promise.resolve(1_000_000 + mono - trip / 2);
        },
      },
      () => mono,
    );
    clock.stop();
    expect(clock.now()).toBe(1_000_000 + mono);
  });

  it('says so when the database cannot be asked', async () => {
    await expect(DatabaseClock.start({ serverTimeMs: () => Promise.reject(new Error('gone')) })).rejects.toThrow(
      'gone',
    );
  });
});
