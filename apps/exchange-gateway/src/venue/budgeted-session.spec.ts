import { beforeEach, expect, it } from '@jest/globals';
import { epochMs } from '#domain';
import type { Budget, CallPriority, Reservation, SpendStreamCall, VenueSession } from '#venues';
import { BudgetedSession } from './budgeted-session.js';

let asked: (readonly [string, CallPriority])[];
let settled: unknown[];
let answers: Reservation[];
let spend: SpendStreamCall;

const refused = (cold: readonly string[]): Reservation => ({
  granted: false,
  retryAt: 0,
  retryInMs: 100,
  limit: 'l',
  reason: 'exhausted',
  cold,
});
const granted: Reservation = { granted: true, token: 't', holdUntil: 0 };

beforeEach(() => {
  asked = [];
  settled = [];
  const budget: Budget = {
    reserve: (call, _scopes, priority) => {
      asked.push([call, priority]);
      return Promise.resolve(answers.shift() ?? granted);
    },
    settle: (...args) => {
      settled.push(args);
      return Promise.resolve();
    },
    release: () => Promise.resolve(),
  };
  const inner = {
    userEvents: (_onEvent: unknown, _onGap: unknown, given?: SpendStreamCall) => {
      if (given !== undefined) spend = given;
      return { live: true, close: () => Promise.resolve() };
    },
  } as unknown as VenueSession;
  const clock = { now: () => epochMs(1_000) };
  const calls = {} as ConstructorParameters<typeof BudgetedSession>[3]['calls'];
  new BudgetedSession(inner, budget, 'account-1', { calls }, clock).userEvents(
    () => undefined,
    () => undefined,
  );
});

it('pays what a stream asks as a query, and settles it when it is answered', async () => {
  answers = [granted];
  const answered = await spend('WS connect');
  expect([asked, settled]).toEqual([[['WS connect', 'query']], []]);
  await answered();
  expect(settled).toEqual([['t', 'success', { sentAt: 1_000, repliedAt: 1_000 }]]);
});

it('pays from the emergency share where the counts are lost', async () => {
  answers = [refused(['l']), granted];
  const meta = { sentAt: epochMs(1), headers: {} };
  await (
    await spend('WS connect')
  )(meta);
  expect(asked).toEqual([
    ['WS connect', 'query'],
    ['WS connect', 'probe'],
  ]);
  expect(settled).toEqual([['t', 'success', meta]]);
});

it('lets nothing be asked that may not be paid', async () => {
  answers = [refused([])];
  await expect(spend('WS connect')).rejects.toThrow('no budget for WS connect: exhausted');
  expect([asked.length, settled]).toEqual([1, []]);
});
