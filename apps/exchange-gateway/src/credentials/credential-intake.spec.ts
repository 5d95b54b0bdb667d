import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { epochMs, type AccountId, type TenantId, type VenueId } from '#domain';
import { createLogger } from '#observability';
import { CredentialIntakeRepository, type Database, type Tx } from '#persistence';
import { closeIntakeBox, deriveIntakeKey, type Reservation } from '#venues';
import type { VenueDesk } from '../accounts/account-sessions.js';
import { CredentialIntake, type Probe } from './credential-intake.js';
import { MasterKeys } from './master-keys.js';
import { probeKey } from './probe-key.js';

const MASTER = Buffer.alloc(32, 1);
const ACCOUNT = 'account' as AccountId;
const TENANT = 'tenant' as TenantId;
const VENUE = 'sim' as VenueId;
const SUBMISSION = 'submission';

let intake: CredentialIntake;
let next: () => Probe;
let asked: number;
let decided: string[];

beforeEach(() => {
  jest.useFakeTimers();
  asked = 0;
  decided = [];
  const { keyId, publicKey } = deriveIntakeKey(MASTER);
  const content = JSON.stringify({ apiKey: 'k', apiSecret: 's' });
  const box = closeIntakeBox(publicKey, `${TENANT}|${ACCOUNT}|${SUBMISSION}`, content);
  const submission = { id: SUBMISSION, accountId: ACCOUNT, venue: VENUE, keyId, box, instruments: null };
  const repository = CredentialIntakeRepository.prototype;
  jest.spyOn(repository, 'offerKey').mockResolvedValue(undefined);
  jest.spyOn(repository, 'giveBack').mockResolvedValue(undefined);
  jest
    .spyOn(repository, 'take')
    .mockImplementation(() =>
      Promise.resolve(decided.length > 0 ? [] : [{ submissionId: SUBMISSION, tenantId: TENANT }]),
    );
  jest.spyOn(repository, 'undecided').mockResolvedValue(submission);
  jest.spyOn(repository, 'decide').mockImplementation((_id, { code }) => Promise.resolve(void decided.push(code)));
  const tx = { query: () => Promise.resolve([]) } as unknown as Tx;
  const db = {
    inSystem: (work: (tx: Tx) => unknown) => work(tx),
    inTenant: (_tenant: TenantId, work: (tx: Tx) => unknown) => work(tx),
  } as unknown as Database;
  intake = new CredentialIntake({
    db,
    keys: MasterKeys.of(MASTER),
    venues: [VENUE],
    allowUnverified: false,
    probe: () => {
      asked += 1;
      return Promise.resolve(next());
    },
    logger: createLogger('test', 'silent'),
  }).start();
});
afterEach(async () => {
  await intake.stop();
  jest.useRealTimers();
  jest.restoreAllMocks();
});

it('keeps a key for as long as the budget of a new account is not known, and counts that as no try', async () => {
  next = () => (asked <= 20 ? { kind: 'waits' } : { kind: 'key_refused', text: 'no' });
  await jest.advanceTimersByTimeAsync(15_000);
  expect([asked > 3, decided]).toEqual([true, []]);
  await jest.advanceTimersByTimeAsync(15_000);
  expect(decided).toEqual(['KEY_REFUSED']);
});

it('refuses a key whose venue was asked three times and did not answer, however long the budget let it wait', async () => {
  const answers: Probe[] = [{ kind: 'waits' }, { kind: 'failed', text: '1' }, { kind: 'waits' }];
  next = () => answers[asked - 1] ?? { kind: 'failed', text: 'later' };
  await jest.advanceTimersByTimeAsync(20_000);
  expect([asked, decided]).toEqual([5, ['VENUE_SILENT']]);
});

it('asks a venue nothing that the budget refuses, and says that the key waits', async () => {
  const cold: Reservation = {
    granted: false,
    retryAt: 0,
    retryInMs: 1_000,
    limit: 'l',
    reason: 'cold',
    cold: ['l'],
  };
  let closed = false;
  const desk = {
    venue: {
      profile: { protocol: 'okx', calls: { accountSettings: 'GET settings' } },
      connect: () =>
        Promise.resolve({
          accountSettings: () => Promise.reject(new Error('not paid for')),
          close: () => Promise.resolve(void (closed = true)),
        }),
    },
    offset: { isKnown: () => true },
    budget: { reserve: () => Promise.resolve(cold) },
  } as unknown as VenueDesk;
  const probe = probeKey(new Map([[VENUE, desk]]), { now: () => epochMs(0) });
  expect(await probe(VENUE, ACCOUNT, { apiKey: 'k', apiSecret: 's' })).toEqual({ kind: 'waits' });
  expect(closed).toBe(true);
});
