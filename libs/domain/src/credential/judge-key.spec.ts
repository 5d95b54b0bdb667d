import { describe, expect, it } from '@jest/globals';
import { judgeKey } from './judge-key.js';

const safe = { canTrade: true, canWithdraw: false, ipBound: true };

describe('judgeKey', () => {
  it('takes a key that trades, cannot withdraw and is bound to addresses', () => {
    expect(judgeKey(safe, false)).toEqual({ ok: true, value: [] });
  });

  it.each([true, false])('RL-S06 refuses a key that can withdraw, unverified keys allowed: %s', (allowed) => {
    expect(judgeKey({ ...safe, canWithdraw: true }, allowed)).toMatchObject({
      ok: false,
      error: { code: 'WITHDRAWAL_ENABLED' },
    });
  });

  it.each([[null], [{ ...safe, canWithdraw: null }]])(
    'refuses what cannot be read, unless allowed: %j',
    (permissions) => {
      expect(judgeKey(permissions, false)).toMatchObject({ ok: false, error: { code: 'PERMISSIONS_UNREADABLE' } });
      const allowed = judgeKey(permissions, true);
      expect(allowed.ok && allowed.value[0]).toBe('UNVERIFIED');
    },
  );

  it.each([
    [{ ...safe, ipBound: false }, ['NOT_IP_BOUND']],
    [{ ...safe, ipBound: null }, ['IP_BINDING_UNKNOWN']],
    [{ ...safe, canTrade: false }, ['CANNOT_TRADE']],
  ])('warns of %j', (permissions, warnings) => {
    expect(judgeKey(permissions, false)).toEqual({ ok: true, value: warnings });
  });
});
