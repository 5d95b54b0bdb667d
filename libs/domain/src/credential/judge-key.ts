import type { Result } from '../errors/result.js';
import { err, ok } from '../errors/result.js';

/** What a venue says that a key may do; null where it does not say. */
export interface KeyPermissions {
  readonly canTrade: boolean | null;
  readonly canWithdraw: boolean | null;
  /** Whether the key works from named addresses only. */
  readonly ipBound: boolean | null;
}

/** Shown beside the key for as long as it is in use. */
export type KeyWarning = 'NOT_IP_BOUND' | 'IP_BINDING_UNKNOWN' | 'CANNOT_TRADE' | 'UNVERIFIED';

export interface KeyRefusal {
  readonly code: 'WITHDRAWAL_ENABLED' | 'PERMISSIONS_UNREADABLE';
  readonly text: string;
}

/**
 * Whether a venue key may be kept (venues.md A10): one that can withdraw is refused, and one whose permissions cannot be
 * read is, unless the operator allows it. What is merely unwise comes back as warnings.
 */
export function judgeKey(
  permissions: KeyPermissions | null,
  allowUnverified: boolean,
): Result<readonly KeyWarning[], KeyRefusal> {
  if (permissions?.canWithdraw === true)
    return err({
      code: 'WITHDRAWAL_ENABLED',
      text: 'the key must not be able to withdraw: make one with trading only, bound to your addresses',
    });
  const isUnverified = permissions === null || permissions.canWithdraw === null;
  if (isUnverified && !allowUnverified)
    return err({
      code: 'PERMISSIONS_UNREADABLE',
      text: 'the venue does not tell what the key may do, so it could be able to withdraw: ALLOW_UNVERIFIED_KEY lets such keys in',
    });
  const warnings: KeyWarning[] = isUnverified ? ['UNVERIFIED'] : [];
  if (permissions?.canTrade === false) warnings.push('CANNOT_TRADE');
  if (permissions?.ipBound === false) warnings.push('NOT_IP_BOUND');
  if ((permissions?.ipBound ?? null) === null) warnings.push('IP_BINDING_UNKNOWN');
  return ok(warnings);
}
