import { describe, expect, it } from '@jest/globals';
import { addMs, epochMs } from '../time/clock.js';
import {
  ACCOUNT_STATUSES,
  accountStatus,
  mayCancel,
  mayPlace,
  type AccountFacts,
  type AccountStatus,
} from './account-status.js';

const NOW = epochMs(1_700_000_000_000);
const FINE: AccountFacts = {
  keyRejected: null,
  ban: null,
  halted: null,
  comparison: { state: 'done' },
  noSession: null,
  isOffsetKnown: true,
  maintenance: null,
  settingsDiffer: null,
  isStreamLive: true,
  errorShare: null,
};
const ban = (scope: 'ip' | 'account', untilMs = 1) => ({ scope, until: addMs(NOW, untilMs), reason: `${scope} ban` });
const statusOf = (change: Partial<AccountFacts>): AccountStatus => accountStatus({ ...FINE, ...change }, NOW).status;

describe('the status of an account', () => {
  it.each<[AccountStatus, string, Partial<AccountFacts>]>([
    ['trading', 'when nothing is wrong', {}],
    ['trading', 'with one call of five failed', { errorShare: 0.2 }],
    ['trading', 'once a ban is over', { ban: ban('ip', 0) }],
    ['starting', 'before the first comparison, whatever else is not known yet', { comparison: { state: 'not_begun' } }],
    ['reconciling', 'during a comparison', { comparison: { state: 'under_way', reason: 'CONNECTED' } }],
    ['degraded', 'without a stream', { isStreamLive: false }],
    ['degraded', 'with more than one call of five failed', { errorShare: 0.21 }],
    ['read_only', 'when a comparison failed', { comparison: { state: 'failed', reason: 'timeout' } }],
    ['read_only', 'VE-A16 when settings differ', { settingsDiffer: 'hedge mode is on, configured off' }],
    ['read_only', 'without the venue’s time', { isOffsetKnown: false }],
    ['read_only', 'during maintenance', { maintenance: 'the venue trades nothing' }],
    ['read_only', 'without a session', { noSession: 'no credential' }],
    ['halted', 'by the kill switch, compared or not', { halted: 'stop', comparison: { state: 'not_begun' } }],
    ['banned', 'while a ban lasts, halted or not', { ban: ban('ip'), halted: 'stop' }],
    ['credentials_rejected', 'when the key is refused, banned or not', { keyRejected: '-2015', ban: ban('account') }],
  ])('is %s %s', (status, _, change) => {
    expect(statusOf(change)).toBe(status);
  });

  it('never allows what one of its facts forbids, in any combination', () => {
    const forbidding: Partial<AccountFacts>[] = [
      { keyRejected: 'refused' },
      { ban: ban('ip') },
      { ban: ban('account') },
      { halted: 'stop' },
      { comparison: { state: 'not_begun' } },
      { comparison: { state: 'under_way', reason: 'x' } },
      { comparison: { state: 'failed', reason: 'x' } },
      { noSession: 'x' },
      { isOffsetKnown: false },
      { maintenance: 'x' },
      { settingsDiffer: 'x' },
    ];
    const harmless: Partial<AccountFacts>[] = [{}, { isStreamLive: false }, { errorShare: 1 }];
    for (const one of forbidding)
      for (const other of [...forbidding, ...harmless]) {
        const facts = { ...FINE, ...one, ...other };
        if (Object.keys(one).some((key) => key in other)) continue;
        const { status } = accountStatus(facts, NOW);
        expect(mayPlace(status)).toBe(false);
        if (facts.keyRejected !== null || facts.ban?.scope === 'ip')
          expect(mayCancel(status, facts.ban?.scope ?? null)).toBe(false);
        else expect(mayCancel(status, facts.ban?.scope ?? null)).toBe(true);
      }
  });

  it('says why', () => {
    expect(accountStatus({ ...FINE, settingsDiffer: 'leverage of X is 5, configured 3' }, NOW).reason).toBe(
      'leverage of X is 5, configured 3',
    );
    expect(accountStatus({ ...FINE, errorShare: 0.256 }, NOW).reason).toBe('26 % of calls failed in 30 s');
  });
});

describe('what a status allows', () => {
  it('is the table of venues.md A8', () => {
    expect(ACCOUNT_STATUSES.filter(mayPlace)).toEqual(['trading', 'degraded']);
    expect(ACCOUNT_STATUSES.filter((status) => !mayCancel(status, 'account'))).toEqual(['credentials_rejected']);
    expect(ACCOUNT_STATUSES.filter((status) => !mayCancel(status, 'ip'))).toEqual(['banned', 'credentials_rejected']);
    expect(mayCancel('banned', null)).toBe(false);
  });
});

it('says what the stream waits for', () => {
  const waiting = { ...FINE, isStreamLive: false, streamWaitsFor: 'WS connect waits for the budget' };
  expect(accountStatus(waiting, NOW).reason).toBe('user stream down, polling: WS connect waits for the budget');
});
