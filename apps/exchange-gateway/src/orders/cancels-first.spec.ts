import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { CancelsFirst } from './cancels-first.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Whether other work has begun, once the clock has moved on by so many ms. */
async function begins(first: CancelsFirst): Promise<(afterMs: number) => Promise<boolean>> {
  let begun = false;
  void first.pass().then(() => (begun = true));
  await Promise.resolve();
  return async (afterMs) => {
    await jest.advanceTimersByTimeAsync(afterMs);
    return begun;
  };
}

it('lets other work begin at once where no cancel was heard of', async () => {
  const begun = await begins(new CancelsFirst());
  expect(await begun(0)).toBe(true);
});

it('holds other work back for a moment once a cancel was heard of', async () => {
  const first = new CancelsFirst();
  first.heard();
  const begun = await begins(first);
  expect(await begun(20)).toBe(false);
  expect(await begun(10)).toBe(true);
});

it('holds it back while a cancel is being sent, and lets it begin when the last has left', async () => {
  const first = new CancelsFirst();
  const ends: (() => void)[] = [];
  const send = () => first.send(() => new Promise<void>((resolve) => ends.push(resolve)));
  const sending = [send(), send()];
  const begun = await begins(first);
  ends[0]?.();
  expect(await begun(50)).toBe(false);
  ends[1]?.();
  await Promise.all(sending);
  expect(await begun(0)).toBe(true);
});

it('holds nothing back for longer than 100 ms, however many cancels there are', async () => {
  const first = new CancelsFirst();
  void first.send(() => new Promise<void>(() => undefined));
  const begun = await begins(first);
  expect(await begun(99)).toBe(false);
  expect(await begun(1)).toBe(true);
});

it('lets other work begin when the sending of a cancel fails', async () => {
  const first = new CancelsFirst();
  const failing = first.send(() => Promise.reject(new Error('no')));
  const begun = await begins(first);
  await expect(failing).rejects.toThrow('no');
  expect(await begun(0)).toBe(true);
});

it('lets everything pass for a while once something was held back for 100 ms, and holds back again after it', async () => {
  const first = new CancelsFirst();
  void first.send(() => new Promise<void>(() => undefined));
  const held = await begins(first);
  const later = await begins(first);
  expect(await held(100)).toBe(true);
  expect(await later(0)).toBe(true);
  expect(await (await begins(first))(49)).toBe(true);
  await jest.advanceTimersByTimeAsync(2);
  expect(await (await begins(first))(0)).toBe(false);
});
