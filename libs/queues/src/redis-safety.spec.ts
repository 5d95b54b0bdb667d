import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { warnUntilStopped } from './redis-safety.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

it('B-10 warns at once and every minute of a Redis that may lose work, until it is let go', () => {
  const warn = jest.fn();
  const stop = warnUntilStopped(warn);
  expect(warn).toHaveBeenCalledTimes(1);
  jest.advanceTimersByTime(59_999);
  expect(warn).toHaveBeenCalledTimes(1);
  jest.advanceTimersByTime(120_001);
  expect(warn).toHaveBeenCalledTimes(4);
  stop();
  jest.advanceTimersByTime(600_000);
  expect(warn).toHaveBeenCalledTimes(4);
});
