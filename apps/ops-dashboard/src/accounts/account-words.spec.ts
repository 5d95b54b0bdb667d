import { describe, expect, it } from '@jest/globals';
import { ApiFailure, Unreachable } from '../api/api-client.js';
import type { VenueKey } from '../api/types.js';
import {
  keyState,
  noKeyText,
  permissionsText,
  positionSide,
  problemText,
  revokeConsequence,
  revokeReach,
  standingText,
  statusMeaning,
  warningText,
} from './account-words.js';

const key = (version: number, over: Partial<VenueKey> = {}): VenueKey => ({
  version,
  key_hint: 'abcd',
  can_trade: true,
  can_withdraw: false,
  ip_bound: true,
  warnings: [],
  instruments: null,
  created_at: '2026-03-02T10:15:00Z',
  revoked_at: null,
  ...over,
});
const revoked = { revoked_at: '2026-03-02T11:00:00Z' };

describe('what is said of accounts and keys', () => {
  it('has words for each warning, and shows an unknown one as it is', () => {
    expect(warningText('NOT_IP_BOUND')).toContain('any address');
    expect(warningText('UNVERIFIED')).toContain('able to withdraw');
    expect(warningText('SOON_EXPIRED')).toBe('soon expired');
  });

  it('tells a refused right from no', () => {
    expect(permissionsText(key(1))).toBe('trades · cannot withdraw · bound to addresses');
    expect(permissionsText(key(1, { can_withdraw: null, ip_bound: false }))).toBe(
      'trades · withdrawing unknown · any address',
    );
    expect(permissionsText(key(1, { can_trade: null, can_withdraw: null, ip_bound: null }))).toBe(
      'not asked of the venue',
    );
  });

  it('calls the newest key the one in use, and none when the newest is revoked', () => {
    const both = [key(2), key(1)];
    expect(both.map((one) => keyState(both, one))).toEqual(['in use', 'replaced']);
    const ended = [key(2, revoked), key(1)];
    expect(ended.map((one) => keyState(ended, one))).toEqual(['revoked', 'replaced']);
  });

  it('warns before the key in use is revoked', () => {
    const keys = [key(2), key(1)];
    expect(revokeConsequence(keys, keys[0]!)).toContain('no cancels either');
    expect(revokeConsequence(keys, keys[1]!)).toContain('nothing changes');
  });

  it('says at which venues a key is revoked, and where there is none', () => {
    const both = [
      { venue: 'sim', credentials: [key(2)] },
      { venue: 'sim-usdm', credentials: [key(5)] },
    ];
    expect(revokeReach(both, null)).toBe('The same key is revoked at sim and sim-usdm.');
    expect(revokeReach(both, 'sim-usdm')).toBe('It is revoked at sim-usdm alone.');
    expect(revokeReach(both.slice(0, 1), null)).toBe('');
    expect([noKeyText(null), noKeyText('sim-usdm')]).toEqual([
      'No key yet: nothing can be sent for this account.',
      'No key yet: nothing can be sent to sim-usdm for this account.',
    ]);
  });

  it('names the scope that is missing, and leaves other texts alone', () => {
    const forbidden = new ApiFailure('You do not have permission to perform this action.', 403, 'forbidden', {});
    expect(problemText(forbidden)).toBe('Your token may not do this: it needs the scope "admin".');
    expect(problemText(new Unreachable('The API does not answer.'))).toBe('The API does not answer.');
  });

  it('explains each status, also one that it does not know', () => {
    expect(statusMeaning('credentials_rejected')).toContain('refuses the key');
    expect(statusMeaning(null)).toBe('Not known.');
    expect(standingText('read_only', 'The account has no credential')).toBe(
      'No new orders; cancels only. Reason: The account has no credential.',
    );
    expect(standingText('ready', 'compared')).toBe('Orders go out.');
  });

  it('reads the side of a position off its sign where the venue names none', () => {
    expect([positionSide('both', '-0.5'), positionSide('both', '2'), positionSide('short', '2')]).toEqual([
      'short',
      'long',
      'short',
    ]);
  });
});
