import { beforeEach, describe, expect, it } from '@jest/globals';
import { LISTEN_KEY_MS, ListenKeys, type EndedListenKey } from './listen-keys.js';

let now: number;
let keys: ListenKeys;
let ended: EndedListenKey[];

beforeEach(() => {
  now = 1_700_000_000_000;
  keys = new ListenKeys(() => now);
  ended = [];
  keys.onEnd((one) => ended.push(one));
});

describe('listen keys', () => {
  it('gives a customer one key, 64 letters and digits, and each customer another', () => {
    const mine = keys.create(1);
    expect(mine).toMatch(/^[A-Za-z0-9]{64}$/);
    expect(keys.create(1)).toBe(mine);
    const other = keys.create(2);
    expect(other).not.toBe(mine);
    expect([keys.ownerOf(mine), keys.ownerOf(other), keys.ownerOf('x')]).toEqual([1, 2, null]);
  });

  it('lives for 60 minutes after it was made, asked for again or extended', () => {
    const key = keys.create(1);
    for (const again of [() => keys.create(1), () => keys.extend(1), () => keys.extend(1, key)]) {
      now += LISTEN_KEY_MS - 1;
      keys.sweep();
      expect(again()).toBe(key);
    }
    now += LISTEN_KEY_MS;
    keys.sweep();
    expect(ended).toEqual([{ listenKey: key, customerId: 1, why: 'expired' }]);
    expect(keys.ownerOf(key)).toBeNull();
    expect(keys.create(1)).not.toBe(key);
  });

  it('is over to the millisecond, also before anybody sweeps, and is told once', () => {
    const key = keys.create(1);
    now += LISTEN_KEY_MS;
    expect(keys.extend(1, key)).toBeNull();
    expect(keys.close(1, key)).toBe(false);
    keys.sweep();
    expect(ended).toHaveLength(1);
  });

  it('is closed by its owner alone', () => {
    const key = keys.create(1);
    expect(keys.close(2, key)).toBe(false);
    expect(keys.extend(2, key)).toBeNull();
    expect(keys.close(1, 'another')).toBe(false);
    expect(keys.ownerOf(key)).toBe(1);
    expect(keys.close(1)).toBe(true);
    expect(keys.ownerOf(key)).toBeNull();
    expect(ended).toEqual([{ listenKey: key, customerId: 1, why: 'closed' }]);
  });

  it('can be made to run out at once, and all of them are forgotten together', () => {
    const key = keys.create(1);
    expect(keys.expire(key)).toBe(true);
    expect(keys.expire(key)).toBe(false);
    keys.create(2);
    keys.create(3);
    keys.clear();
    expect(ended.map(({ customerId, why }) => [customerId, why])).toEqual([
      [1, 'expired'],
      [2, 'closed'],
      [3, 'closed'],
    ]);
    expect(keys.create(2)).toMatch(/^[A-Za-z0-9]{64}$/);
  });
});
