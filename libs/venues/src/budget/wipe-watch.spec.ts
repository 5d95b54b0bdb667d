import { describe, expect, it } from '@jest/globals';
import { GATHER_MS, WipeWatch, type BudgetLife } from './wipe-watch.js';

/** A watch over a state whose life a test sets; counts how often the held calls were told again. */
function world() {
  const seen = { life: null as BudgetLife | null, told: 0, isHeard: true, isBusy: false, connection: 0, now: 1_000 };
  const watch = new WipeWatch(
    () => Promise.resolve(seen.life),
    () => {
      seen.told += 1;
      return Promise.resolve(seen.isHeard);
    },
    () => seen.isBusy,
    () => seen.connection,
    () => seen.now,
  );
  return { seen, watch };
}

describe('the watch over lost counts', () => {
  it('VE-B39 tells what is on its way again after a wipe, and lets counts wait until all have', async () => {
    const { seen, watch } = world();
    seen.life = { id: 'a', ageMs: 60_000 };
    await watch.check();
    expect([seen.told, watch.gatheringMs]).toEqual([0, 0]);
    seen.life = { id: 'b', ageMs: 40 };
    await watch.check();
    await watch.check();
    expect([seen.told, watch.gatheringMs]).toEqual([1, GATHER_MS - 40]);
    seen.now += GATHER_MS;
    expect(watch.gatheringMs).toBe(0);
  });

  it('tells it again until all of it was heard', async () => {
    const { seen, watch } = world();
    [seen.life, seen.isBusy, seen.isHeard] = [{ id: 'a', ageMs: 0 }, true, false];
    await watch.check();
    await watch.check();
    seen.isHeard = true;
    await watch.check();
    await watch.check();
    expect(seen.told).toBe(3);
  });

  it('waits in a life that has just begun, even as the first to look', async () => {
    const { seen, watch } = world();
    seen.isBusy = true;
    seen.life = { id: 'a', ageMs: 0 };
    await watch.check();
    expect([seen.told, watch.gatheringMs]).toEqual([1, GATHER_MS]);
  });

  it('is sure of a state only once it has looked over the connection that there is', async () => {
    const { seen, watch } = world();
    expect(watch.isSure).toBe(false);
    await watch.check();
    expect(watch.isSure).toBe(false); // Redis was down
    seen.life = { id: 'a', ageMs: 60_000 };
    await watch.check();
    expect(watch.isSure).toBe(true);
    seen.connection += 1;
    expect(watch.isSure).toBe(false);
    await watch.check();
    expect(watch.isSure).toBe(true);
  });

  it('is not sure of a connection that began while it was looking', async () => {
    const { seen, watch } = world();
    seen.life = { id: 'a', ageMs: 60_000 };
    const checking = watch.check();
    seen.connection += 1;
    await checking;
    expect(watch.isSure).toBe(false);
  });

  it('changes nothing while Redis is down', async () => {
    const { seen, watch } = world();
    seen.isBusy = true;
    await watch.check();
    expect([seen.told, watch.gatheringMs]).toEqual([0, 0]);
  });
});
