import { expect, it } from '@jest/globals';
import { epochMs, type AccountFacts } from '#domain';
import { createLogger, Metrics } from '#observability';
import type { Database, DatabaseClock, HeldAccount } from '#persistence';
import { gatewayMetrics } from '../gateway-metrics.js';
import { AccountStatusReport } from './account-status-report.js';

const FACTS: AccountFacts = {
  keyRejected: null,
  ban: null,
  halted: null,
  comparison: { state: 'done' },
  noSession: null,
} as unknown as AccountFacts;
const HALTED = { ...FACTS, halted: 'test' } as unknown as AccountFacts;

/** A report on a database whose transactions do what `next` says, in turn; then they commit. */
function report(next: (() => Promise<string>)[]) {
  const said: string[] = [];
  let writes = 0;
  const one = new AccountStatusReport(
    { accountId: 'a', tenantId: 't', epoch: 1, venue: 'sim' } as unknown as HeldAccount,
    {
      db: {
        inTenant: () => {
          writes += 1;
          return next.shift()?.() ?? Promise.resolve('changed');
        },
      } as unknown as Database,
      clock: { now: () => epochMs(0) } as DatabaseClock,
      broadcasts: {
        say: (_, message) => {
          said.push((message as { status: string }).status);
          return Promise.resolve();
        },
      },
      metrics: gatewayMetrics(new Metrics()),
      logger: createLogger('test', 'silent'),
    },
  );
  return { one, said, writes: () => writes };
}

it('D-08 writes a status again after a commit whose answer was lost, also that of before', async () => {
  const lost = () => Promise.reject(new Error('connection lost'));
  const { one, writes } = report([() => Promise.resolve('changed'), lost]);
  await one.say(FACTS);
  await expect(one.say(HALTED)).rejects.toThrow('connection lost');
  // The row may say "halted" now. What was said last must not count as standing there.
  await one.say(FACTS);
  expect(writes()).toBe(3);
});

it('tells everybody who says the same meanwhile that it was not written', async () => {
  let fail = (_: Error): void => undefined;
  const { one } = report([() => new Promise((_, reject) => (fail = reject))]);
  const [first, second] = [one.say(HALTED), one.say(HALTED)];
  const both = Promise.allSettled([first, second]);
  await Promise.resolve();
  fail(new Error('connection lost'));
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
