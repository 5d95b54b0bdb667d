import { beforeEach, expect, it } from '@jest/globals';
import { epochMs, type VenueId } from '#domain';
import { createLogger } from '#observability';
import { accountScopes, shippedLimits, type AnnouncedLimit, type VenueSession } from '#venues';
import { until } from '../../../../test/support/until.js';
import { AccountLimits } from './account-limits.js';

const told: Readonly<Record<string, readonly AnnouncedLimit[]>> = {
  hyperliquid: [
    { select: 'nRequestsCap', limit: 20_000, used: 700, told: { nRequestsCap: 20_000, nRequestsUsed: 700 } },
  ],
  okx: [{ select: 'accRateLimit', limit: 500 }],
};
let log: unknown[];
let answers: number;

beforeEach(() => {
  log = [];
  answers = 0;
});

function limitsAt(venue: 'okx' | 'hyperliquid', session?: Pick<VenueSession, 'announcedLimits'>): AccountLimits {
  const meta = { sentAt: epochMs(1), repliedAt: epochMs(2), headers: {} };
  return new AccountLimits({
    accountId: 'a',
    venue: { id: venue as VenueId },
    limits: shippedLimits(venue),
    session: session ?? {
      announcedLimits: () => Promise.resolve({ kind: 'ok', value: told[venue] ?? [], meta }),
    },
    budget: {
      reserve: (call, scopes, priority) => {
        log.push([call, scopes, priority]);
        return Promise.resolve({ granted: true, token: 't', holdUntil: 0 });
      },
      settle: (_token, outcome, answer) => {
        answers += 1;
        log.push([outcome, answer?.told]);
        return Promise.resolve();
      },
      announce: (figures, scopes) => {
        log.push([figures, scopes?.account]);
        return Promise.resolve([
          { limit: 'okx.newAndAmend', scope: 'a', what: 'limit', told: 500, before: 1_000, after: 500 },
        ]);
      },
    },
    audit: {
      addAnnounced: (changes) => Promise.resolve(void log.push(changes)),
      noteConfigured: () => Promise.reject(new Error('the venue’s own are noted elsewhere')),
    },
    logger: createLogger('test', 'silent'),
  });
}

it('takes what a venue tells the account alone into force for it alone, and writes the change down', async () => {
  limitsAt('okx').ask();
  await until(() => log.length === 4);
  expect(log).toEqual([
    ['GET /api/v5/trade/account-rate-limit', accountScopes('a'), 'query'],
    ['success', {}],
    [{ 'okx.newAndAmend': { select: 'accRateLimit', limit: 500 } }, 'a'],
    [{ limit: 'okx.newAndAmend', scope: 'a', before: { limit: 1_000 }, after: { limit: 500 } }].map((one) =>
      expect.objectContaining(one),
    ),
  ]);
});

it('reads a lifetime’s count at the start, not again before it is due, and at once when a reading is due', async () => {
  const limits = limitsAt('hyperliquid');
  limits.ask();
  limits.ask(); // under way
  await until(() => answers === 1);
  const read = ['success', { nRequestsCap: 20_000, nRequestsUsed: 700 }];
  expect(log.slice(0, 3)).toEqual([['POST /info (userRateLimit)', accountScopes('a'), 'query'], read, [{}, 'a']]);
  await until(() => log.length >= 4);
  limits.ask();
  expect(answers).toBe(1);
  await until(() => {
    limits.askSoon();
    return answers === 2;
  });
});

it('asks before it is due when counts are lost, where the answer tells one, and nowhere else', async () => {
  const limits = limitsAt('hyperliquid');
  limits.ask();
  await until(() => answers === 1);
  await until(() => {
    limits.askLostCounts();
    return answers === 2;
  });
  log = [];
  limitsAt('okx').askLostCounts();
  expect(log).toEqual([]);
});

it('asks nothing of a venue that tells nothing, and goes on after one that breaks', async () => {
  limitsAt('okx', {}).askSoon();
  expect(log).toEqual([]);
  const limits = limitsAt('okx', { announcedLimits: () => Promise.reject(new Error('broken')) });
  limits.ask();
  await until(() => log.length === 1);
  await until(() => {
    limits.askSoon();
    return log.length >= 2;
  });
});
