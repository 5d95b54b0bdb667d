import { jest } from '@jest/globals';

/**
 * Holds timers and the monotonic clock of the code under test, while sockets, servers and `until` go on in real time:
 * what may happen within some ms is then certain to, however slow the machine is. To be let go by `letTimeGo`.
 * @returns lets so many ms pass, and timers go off that are due by then
 */
export function holdTime(): (ms: number) => void {
  jest.useFakeTimers({
    doNotFake: ['Date', 'hrtime', 'nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'],
  });
  return (ms) => {
    jest.advanceTimersByTime(ms);
  };
}

export function letTimeGo(): void {
  jest.useRealTimers();
}
