import type { AccountStanding } from '#persistence';
import { showTime } from '../orders/show-values.js';

/** `ready` trades; `offline` has no gateway that looks after it; the others as in venues.md A8. */
export const ACCOUNT_STATUSES = [
  'ready',
  'offline',
  'starting',
  'reconciling',
  'degraded',
  'read_only',
  'banned',
  'credentials_rejected',
  'halted',
] as const;
type ShownStatus = (typeof ACCOUNT_STATUSES)[number];

/** One account of `GET /manage/v1/accounts`. Pure. */
export function showAccountStatus(account: AccountStanding): Readonly<Record<string, unknown>> {
  return {
    name: account.name,
    venue: account.venue,
    exchange: account.exchange,
    status: statusOf(account),
    status_at: showTime(account.statusAt),
    reason: account.reason,
    external_orders: account.externalOrders,
    sub_accounts: account.subAccounts.map((sub) => ({
      venue: sub.venue,
      status: statusOf(sub),
      status_at: showTime(sub.statusAt),
      reason: sub.reason,
      external_orders: sub.externalOrders,
    })),
  };
}

function statusOf({ isTended, status }: AccountStanding): ShownStatus {
  if (!isTended) return 'offline';
  return status === 'trading' ? 'ready' : status;
}
