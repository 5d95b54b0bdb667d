import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { CancelsFirst } from './cancels-first.js';
import { LaterBookings } from './later-bookings.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const unexpected = (error: unknown): never => {
  throw error as Error;
};

it('books all that was answered although cancels go on being sent', async () => {
  const first = new CancelsFirst();
  void first.send(() => new Promise<void>(() => undefined));
  const bookings = new LaterBookings(first, unexpected);
  const booked: number[] = [];
  for (let n = 0; n < 50; n += 1) bookings.add(async () => void booked.push(await Promise.resolve(n)));
  await jest.advanceTimersByTimeAsync(150);
  expect(booked).toEqual([]);
  await jest.advanceTimersByTimeAsync(50);
  expect(booked).toHaveLength(50);
});

it('tells of a booking that fails, and books the others', async () => {
  const failed: unknown[] = [];
  const booked: string[] = [];
  const bookings = new LaterBookings(new CancelsFirst(), (error) => failed.push(error));
  bookings.add(() => Promise.reject(new Error('no')));
  bookings.add(() => Promise.resolve(void booked.push('other')));
  await jest.advanceTimersByTimeAsync(100);
  expect(failed).toEqual([new Error('no')]);
  expect(booked).toEqual(['other']);
});

it('books at its end what was answered, whatever it waits for, and nothing twice', async () => {
  const first = new CancelsFirst();
  const bookings = new LaterBookings(first, unexpected);
  const booked: string[] = [];
  bookings.add(() => Promise.resolve(void booked.push('waits for cancels')));
  void first.send(() => new Promise<void>(() => undefined));
  await jest.advanceTimersByTimeAsync(120);
  for (let n = 0; n < 9; n += 1) bookings.add(() => Promise.resolve(void booked.push('waits for the stream')));
  await bookings.stop();
  expect(booked).toHaveLength(10);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(booked).toHaveLength(10);
});
