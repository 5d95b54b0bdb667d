import { ApiFailure } from '../api/api-client.js';
import type { VenueKey, VenueKeys } from '../api/types.js';

/** What the server calls a state of an account, said in full. */
const STATUSES: Readonly<Record<string, string>> = {
  ready: 'Orders go out.',
  offline: 'No gateway looks after it: nothing is sent and nothing is read.',
  starting: 'The gateway takes it over; no orders yet.',
  reconciling: 'Compared with the venue; no new orders until both agree.',
  degraded: 'Works with less than it should have, such as a live stream.',
  read_only: 'No new orders; cancels only.',
  banned: 'The venue wants no requests for now.',
  credentials_rejected: 'The venue refuses the key: enter another.',
  halted: 'Stopped by a person.',
};

export function statusMeaning(status: string | null): string {
  return STATUSES[status ?? ''] ?? 'Not known.';
}

/** What the status means, and why it is so unless all is well. */
export function standingText(status: string | null, reason: string): string {
  const why = status === 'ready' || reason === '' ? '' : ` Reason: ${reason}.`;
  return `${statusMeaning(status)}${why}`;
}

const WARNINGS: Readonly<Record<string, string>> = {
  NOT_IP_BOUND: 'Works from any address: whoever has it can trade with it. Bind it to your addresses at the venue.',
  IP_BINDING_UNKNOWN: 'The venue does not say whether it is bound to addresses: look there.',
  CANNOT_TRADE: 'Cannot trade: orders of this account will be refused by the venue.',
  UNVERIFIED: 'The venue does not say what it may do, so it may be able to withdraw: look there.',
};

/** One that came after this page is shown as the server writes it. */
export function warningText(warning: string): string {
  return WARNINGS[warning] ?? warning.replaceAll('_', ' ').toLowerCase();
}

/** What the venue said of a key when it was entered. */
export function permissionsText({ can_trade, can_withdraw, ip_bound }: VenueKey): string {
  if (can_trade === null && can_withdraw === null && ip_bound === null) return 'not asked of the venue';
  const word = (value: boolean | null, yes: string, no: string, unknown: string): string =>
    value === null ? unknown : value ? yes : no;
  return [
    word(can_trade, 'trades', 'cannot trade', 'trading unknown'),
    word(can_withdraw, 'CAN WITHDRAW', 'cannot withdraw', 'withdrawing unknown'),
    word(ip_bound, 'bound to addresses', 'any address', 'addresses unknown'),
  ].join(' · ');
}

/** `long` or `short`: where an account has one position per instrument, its sign tells. */
export function positionSide(side: string, qty: string): string {
  return side === 'both' ? (qty.startsWith('-') ? 'short' : 'long') : side;
}

export type KeyState = 'in use' | 'replaced' | 'revoked';

/** The newest key is the one in use; when it is revoked, none is. */
export function keyState(keys: readonly VenueKey[], key: VenueKey): KeyState {
  if (key.revoked_at !== null) return 'revoked';
  return keys.some(({ version }) => version > key.version) ? 'replaced' : 'in use';
}

/** @param venue null: the only one of the account */
export function noKeyText(venue: string | null): string {
  return venue === null
    ? 'No key yet: nothing can be sent for this account.'
    : `No key yet: nothing can be sent to ${venue} for this account.`;
}

/** At which venues a key ends when it is revoked: that of a further venue there alone. */
export function revokeReach(venues: readonly VenueKeys[], only: string | null): string {
  if (only !== null) return `It is revoked at ${only} alone.`;
  return venues.length < 2 ? '' : `The same key is revoked at ${venues.map(({ venue }) => venue).join(' and ')}.`;
}

/** What revoking a key comes to, said before it is done. */
export function revokeConsequence(keys: readonly VenueKey[], key: VenueKey): string {
  return keyState(keys, key) === 'in use'
    ? 'It is the key in use. Within 5 s nothing more is sent with it: no orders, and no cancels either. An older key does not come back. What works at the venue goes on working there.'
    : 'A newer key is there already, so nothing changes for orders.';
}

/** A refusal in words for whoever sits in front of the page. */
export function problemText(error: unknown): string {
  if (error instanceof ApiFailure && error.status === 403)
    return 'Your token may not do this: it needs the scope "admin".';
  return error instanceof Error ? error.message : String(error);
}
