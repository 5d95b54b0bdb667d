import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { epochMs, type AccountId, type TenantId, type VenueId } from '#domain';
import { createLogger, Metrics } from '#observability';
import type { Database } from '#persistence';
import { CredentialKeeper } from '../credentials/credential-keeper.js';
import { MasterKeys } from '../credentials/master-keys.js';
import type { Vault } from '../credentials/vault.js';
import { shippedLimits, type VenueLimits } from '#venues';
import { gatewayMetrics } from '../gateway-metrics.js';
import { LimitNotices } from '../venue/limit-notices.js';
import { AccountSessions, type VenueDesk } from './account-sessions.js';

const TENANT = 'tenant' as TenantId;
const ACCOUNT = 'account' as AccountId;
const VENUE = 'sim' as VenueId;
const KEY_LIFE_MS = 15 * 60_000;
const RENEWED_AFTER_MS = 12 * 60_000;
const REVOKED_WITHIN_MS = 5_000;

let version: number | null;
/** What the vault does before it gives away a key. */
let unwrap: () => Promise<void>;
let opened: { closed: boolean }[];
let sessions: AccountSessions;
let keeper: CredentialKeeper;
let notices: LimitNotices;
let asked: string[];
let limits: VenueLimits;

beforeEach(() => {
  jest.useFakeTimers();
  version = 1;
  unwrap = () => Promise.resolve();
  opened = [];
  asked = [];
  limits = shippedLimits('binance-spot');
  const vault = {
    open: async () => {
      const found = version;
      await unwrap();
      return found === null ? null : { version: found, credential: { apiKey: 'k', apiSecret: 's' } };
    },
    versionsInUse: () => Promise.resolve(new Map(version === null ? [] : [[ACCOUNT, version]])),
  } as unknown as Vault;
  const venue = {
    id: VENUE,
    traits: { fence: { field: 'recvWindow', widthMs: 3_000 }, absenceMarginMs: 10_000 },
    profile: { protocol: 'binance-spot', calls: { balances: 'GET balances', orderCounts: 'GET counts' } },
    connect: () => {
      const session = { closed: false };
      opened.push(session);
      return Promise.resolve({
        announcedLimits: () => Promise.resolve({ kind: 'ok', value: [] }),
        close: () => {
          session.closed = true;
          return new Promise(() => undefined); // one that hangs holds up no other
        },
      });
    },
  };
  notices = new LimitNotices();
  const desk = {
    venue,
    offset: {},
    budget: {
      reserve: (call: string) => {
        asked.push(call);
        return Promise.resolve({ granted: false, cold: [], reason: 'exhausted', retryInMs: 1 });
      },
      openUnused: (_call: string, _scopes: object, ms: number) => {
        asked.push(`unused for ${ms} ms`);
        return Promise.resolve();
      },
    },
    quietMs: () => Promise.resolve(90_000),
    measureTime: () => Promise.resolve(true),
    toldByTime: new Set(['bs.weight']),
    get limits() {
      return limits;
    },
    notices,
  } as unknown as VenueDesk;
  const logger = createLogger('test', 'silent');
  const clock = { now: () => epochMs(Date.now()) };
  const counted = { metrics: gatewayMetrics(new Metrics()), counts: {} } as never;
  sessions = new AccountSessions(vault, new Map([[VENUE, desk]]), counted, clock, logger);
  const nothing = { inSystem: () => Promise.resolve([]) } as unknown as Database;
  const parts = { venues: [], allowUnverified: false, probe: () => Promise.reject(new Error('not asked')), logger };
  keeper = new CredentialKeeper({ ...parts, keys: MasterKeys.of(Buffer.alloc(32, 1)) }, nothing, sessions);
  keeper.start();
});
afterEach(async () => {
  await keeper.stop();
  jest.useRealTimers();
});

const get = () => sessions.get(TENANT, ACCOUNT, VENUE);
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

it('lets a revoked key go within 5 s, from a session that was renewed a moment before as well', async () => {
  const first = await get();
  await pass(RENEWED_AFTER_MS + 2_500);
  await get();
  expect(opened).toEqual([{ closed: false }, { closed: false }]); // renewed, and the one before still beside it
  version = null;
  await pass(REVOKED_WITHIN_MS);
  expect(opened).toEqual([{ closed: true }, { closed: true }]);
  expect(await get()).toBeNull();
  // Whoever holds the session still, in the middle of a round for example, calls the venue no more.
  expect(await first?.session.balances('reduce')).toMatchObject({ kind: 'failed', why: { text: 'SESSION_CLOSED' } });
});

it('keeps a session beside the one that renews it, so that its stream misses nothing', async () => {
  await get();
  await pass(RENEWED_AFTER_MS + 2_500);
  await get();
  await pass(5_000);
  expect(opened).toEqual([{ closed: false }, { closed: false }]);
  await pass(10_000);
  expect(opened).toEqual([{ closed: true }, { closed: false }]);
});

const keyServiceAway = () => Promise.reject(new Error('key service away'));

it('goes on with a session whose key cannot be opened anew, until the key was in memory for 15 min', async () => {
  const first = await get();
  unwrap = keyServiceAway;
  await pass(KEY_LIFE_MS - 1);
  expect(await get()).toBe(first);
  expect(opened).toEqual([{ closed: false }]);
  await pass(1);
  expect(opened).toEqual([{ closed: true }]);
  expect(await get()).toBeNull();
  unwrap = () => Promise.resolve();
  await pass(5_000);
  expect(await get()).not.toBeNull();
});

it('takes the successor as soon as the key service is back, and keeps the old key no longer than 15 min beside it', async () => {
  const first = await get();
  unwrap = keyServiceAway;
  await pass(KEY_LIFE_MS - 14_000);
  expect(await get()).toBe(first);
  unwrap = () => Promise.resolve();
  await pass(13_000);
  expect(await get()).not.toBe(first);
  expect(opened).toEqual([{ closed: false }, { closed: false }]);
  await pass(1_000);
  expect(opened).toEqual([{ closed: true }, { closed: false }]);
  await pass(RENEWED_AFTER_MS - 60_000); // the successor has its own time
  expect(opened).toEqual([{ closed: true }, { closed: false }]);
});

it('uses the old session while its successor is on the way, and neither once the key is revoked', async () => {
  const first = await get();
  let answer = (): void => undefined;
  unwrap = () => new Promise((resolve) => (answer = resolve));
  await pass(RENEWED_AFTER_MS + 2_500);
  expect(await get()).toBe(first);
  version = null;
  await pass(REVOKED_WITHIN_MS);
  expect(opened).toEqual([{ closed: true }]);
  answer(); // the vault has read the key before it was revoked
  await pass(0);
  expect(opened).toEqual([{ closed: true }, { closed: true }]);
});

it('drops a session that the venue has ended, logs in no sooner than its pool is full, and says why', async () => {
  await get();
  notices.say('account', { kind: 'session_killed', limit: 'de.credits', ms: 5_000 });
  await pass(0);
  expect(opened).toEqual([{ closed: true }]);
  expect(await get()).toBeNull();
  const reason = 'the venue ended the session, de.credits must refill';
  expect(sessions.banOf(ACCOUNT)).toMatchObject({ scope: 'account', reason });
  expect(sessions.whyNone(ACCOUNT)).toBe(reason);
  await pass(4_999);
  expect(await get()).toBeNull();
  await pass(1);
  expect(await get()).not.toBeNull();
  expect([sessions.banOf(ACCOUNT), opened]).toEqual([null, [{ closed: true }, { closed: false }]]);
});

it('has a limit for life read again when counts were lost, long before that is due', async () => {
  limits = shippedLimits('hyperliquid');
  const session = await get();
  expect(asked).toEqual([]);
  await session?.warmUp();
  expect(asked).toContain('POST /info (userRateLimit)');
  // what was claimed 90 s ago at the latest cannot have reached the venue in the last 75
  expect(asked.at(-1)).toBe('unused for 75000 ms');
});
