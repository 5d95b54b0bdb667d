import type { EpochMs } from '../time/clock.js';

/** How the gateway stands to one account at its venue (venues.md A8). */
export const ACCOUNT_STATUSES = [
  'starting',
  'reconciling',
  'trading',
  'degraded',
  'read_only',
  'banned',
  'credentials_rejected',
  'halted',
] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

/** `ip`: the venue takes nothing at all from our address. `account`: it took the session or the key away for a while. */
export type BanScope = 'ip' | 'account';

export interface Ban {
  readonly scope: BanScope;
  /** By the database's clock; at this instant the ban is over. */
  readonly until: EpochMs;
  readonly reason: string;
}

/** How far our rows were compared with the venue's since the process began to look after the account. */
export type Comparison =
  | { readonly state: 'not_begun' }
  | { readonly state: 'under_way'; readonly reason: string }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'done' };

/** Everything that decides the status; a null means that nothing is wrong with it. */
export interface AccountFacts {
  /** Why the venue refuses the key: said twice, at least 5 s apart. */
  readonly keyRejected: string | null;
  readonly ban: Ban | null;
  /** Why the account is halted: the kill switch's row. */
  readonly halted: string | null;
  readonly comparison: Comparison;
  /** Why no session at the venue can be opened. */
  readonly noSession: string | null;
  /** The venue's clock is known to 500 ms. */
  readonly isOffsetKnown: boolean;
  readonly maintenance: string | null;
  /** How the settings at the venue differ from those configured. */
  readonly settingsDiffer: string | null;
  readonly isStreamLive: boolean;
  /** Why the stream may not be asked for yet. */
  readonly streamWaitsFor?: string | null;
  /** Failed share of the calls of the last 30 s, 0..1; null for too few calls to tell. */
  readonly errorShare: number | null;
}

/** Above this share of failed calls an account is `degraded`. */
export const DEGRADED_ERROR_SHARE = 0.2;

/**
 * The status that follows from the facts, with its reason for people. What forbids most comes first, so that a status
 * never allows what one of the facts forbids.
 */
export function accountStatus(facts: AccountFacts, now: EpochMs): { status: AccountStatus; reason: string } {
  if (facts.keyRejected !== null) return { status: 'credentials_rejected', reason: facts.keyRejected };
  if (facts.ban !== null && now < facts.ban.until) return { status: 'banned', reason: facts.ban.reason };
  if (facts.halted !== null) return { status: 'halted', reason: facts.halted };
  const { comparison } = facts;
  if (comparison.state === 'not_begun') return { status: 'starting', reason: 'lease taken' };
  const blocked = whyReadOnly(facts);
  if (blocked !== null) return { status: 'read_only', reason: blocked };
  if (comparison.state === 'under_way') return { status: 'reconciling', reason: comparison.reason };
  if (!facts.isStreamLive) {
    const why = facts.streamWaitsFor ?? null;
    return { status: 'degraded', reason: `user stream down, polling${why === null ? '' : `: ${why}`}` };
  }
  if (facts.errorShare !== null && facts.errorShare > DEGRADED_ERROR_SHARE)
    return { status: 'degraded', reason: `${Math.round(facts.errorShare * 100)} % of calls failed in 30 s` };
  return { status: 'trading', reason: 'reconciled' };
}

function whyReadOnly(facts: AccountFacts): string | null {
  if (facts.noSession !== null) return facts.noSession;
  if (!facts.isOffsetKnown) return 'the venue’s clock is not known to 500 ms';
  if (facts.maintenance !== null) return facts.maintenance;
  if (facts.comparison.state === 'failed') return facts.comparison.reason;
  return facts.settingsDiffer;
}

const MAY_PLACE: Readonly<Record<AccountStatus, boolean>> = {
  starting: false,
  reconciling: false,
  trading: true,
  degraded: true,
  read_only: false,
  banned: false,
  credentials_rejected: false,
  halted: false,
};

/** Whether new orders may be sent in this status (the table of venues.md A8). */
export function mayPlace(status: AccountStatus): boolean {
  return MAY_PLACE[status];
}

/**
 * Whether cancels may be sent in this status (the table of venues.md A8).
 * @param banScope of a `banned` account; unknown counts as one of the address
 */
export function mayCancel(status: AccountStatus, banScope: BanScope | null): boolean {
  if (status === 'credentials_rejected') return false;
  return status !== 'banned' || banScope === 'account';
}
