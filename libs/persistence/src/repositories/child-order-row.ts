import {
  epochMs,
  price,
  quantity,
  type AccountId,
  type ChildOrder,
  type ChildOrderState,
  type ChildOrderStatus,
  type ChildPurpose,
  type ChildTimeInForce,
  type ClientOrderId,
  type CloseReason,
  type EpochMs,
  type ParentOrderId,
  type Price,
  type Quantity,
  type Side,
  type TenantId,
  type VenueId,
  type VenueOrderId,
} from '#domain';

/** A change of a working child in place. */
export interface ChildAmend {
  /** The new total. */
  readonly orderQty: Quantity;
  readonly price: Price;
  readonly status: 'requested' | 'claimed' | 'unknown';
  /** Number of the attempt; rises by one with each. */
  readonly epoch: number;
  readonly claimedAt: EpochMs | null;
  readonly validUntil: EpochMs | null;
  /** Of an attempt whose outcome is unknown: when a look that counts last showed the order unchanged. */
  readonly unchangedAt: EpochMs | null;
}

/** A child order with the facts that do not change over its life. */
export interface StoredChildOrder {
  readonly tenantId: TenantId;
  readonly parentOrderId: ParentOrderId;
  readonly sequence: number;
  readonly accountId: AccountId;
  readonly venue: VenueId;
  readonly symbol: string;
  readonly side: Side;
  readonly purpose: ChildPurpose;
  readonly timeInForce: ChildTimeInForce;
  readonly price: Price;
  readonly order: ChildOrder;
  readonly cancelRequestedAt: EpochMs | null;
  /** Of the current claim; kept while the order works, for the look-ups that start from it. */
  readonly claimedAt: EpochMs | null;
  readonly validUntil: EpochMs | null;
  /** Of its last amend, or of its create where it was never amended: until when that could be sent; null: not known. */
  readonly lastValidUntil: EpochMs | null;
  /** As the venue, or a person, told it; kept in every state. */
  readonly venueOrderId: VenueOrderId | null;
  /** While its outcome is not known: since when. */
  readonly unknownSince: EpochMs | null;
  /** The machine gave up; a person decides. */
  readonly parkedAt: EpochMs | null;
  /** The wish to change it in place, and how far that is. */
  readonly amend: ChildAmend | null;
  /** What its row means; see CHILD_SCHEMA_VERSION. */
  readonly schemaVersion: number;
  readonly reduceOnly: boolean;
  readonly positionSide: 'long' | 'short' | null;
  readonly lookups: number;
  readonly absentLookups: number;
  readonly lastAbsentAt: EpochMs | null;
  /** Part of `cumQty` whose trades the venue has not told. */
  readonly inferredQty: Quantity;
  /** Since when the venue counts more than we have booked; null while it does not. */
  readonly fillsMissingSince: EpochMs | null;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
}

/** A row of `child_orders` as the driver gives it. */
export interface ChildOrderColumns {
  tenant_id: string;
  parent_order_id: string;
  sequence: number;
  account_id: string;
  venue: string;
  symbol: string;
  client_order_id: string;
  side: Side;
  purpose: ChildPurpose;
  time_in_force: ChildTimeInForce;
  price: string;
  order_qty: string;
  cum_qty: string;
  cum_notional: string;
  status: ChildOrderStatus;
  close_reason: CloseReason | null;
  close_code: string;
  epoch: number;
  claimed_at: Date | null;
  valid_until: Date | null;
  venue_order_id: string | null;
  cancel_requested_at: Date | null;
  amend_qty: string | null;
  amend_price: string | null;
  amend_status: ChildAmend['status'] | null;
  amend_epoch: number;
  amend_claimed_at: Date | null;
  amend_valid_until: Date | null;
  amend_unchanged_at: Date | null;
  amended_at: Date | null;
  amend_refused: boolean;
  unknown_since: Date | null;
  parked_at: Date | null;
  schema_version: number;
  reduce_only: boolean;
  position_side: 'long' | 'short' | null;
  lookups: number;
  absent_lookups: number;
  last_absent_at: Date | null;
  inferred_qty: string;
  fills_missing_since: Date | null;
  created_at: Date;
  updated_at: Date;
  closed_at: Date | null;
}

const time = (at: Date | null): EpochMs | null => (at === null ? null : epochMs(at.getTime()));

/** A child whose row is nothing that we can act on. */
export interface UnreadableChild {
  readonly parentOrderId: string;
  readonly sequence: number;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly why: string;
}

/** A row that says something that no order can be. */
export class UnreadableChildError extends Error {
  override readonly name = 'UnreadableChildError';

  constructor(
    readonly child: UnreadableChild,
    cause: unknown,
  ) {
    super(`Row of child ${child.clientOrderId} cannot be read: ${child.why}`, { cause });
  }
}

/** @throws UnreadableChildError */
export function toStored(row: ChildOrderColumns): StoredChildOrder {
  try {
    return storedOf(row);
  } catch (error) {
    const child = {
      parentOrderId: row.parent_order_id,
      sequence: row.sequence,
      clientOrderId: row.client_order_id,
      symbol: row.symbol,
      why: error instanceof Error ? error.message : String(error),
    };
    throw new UnreadableChildError(child, error);
  }
}

/** Row by row: one that cannot be read keeps back no other. */
export function readEach(rows: readonly ChildOrderColumns[]): {
  readonly children: StoredChildOrder[];
  readonly unreadable: UnreadableChild[];
} {
  const children: StoredChildOrder[] = [];
  const unreadable: UnreadableChild[] = [];
  for (const row of rows)
    try {
      children.push(toStored(row));
    } catch (error) {
      if (!(error instanceof UnreadableChildError)) throw error;
      unreadable.push(error.child);
    }
  return { children, unreadable };
}

function storedOf(row: ChildOrderColumns): StoredChildOrder {
  return {
    tenantId: row.tenant_id as TenantId,
    parentOrderId: row.parent_order_id as ParentOrderId,
    sequence: row.sequence,
    accountId: row.account_id as AccountId,
    venue: row.venue as VenueId,
    symbol: row.symbol,
    side: row.side,
    purpose: row.purpose,
    timeInForce: row.time_in_force,
    price: price(row.price),
    order: {
      clientOrderId: row.client_order_id as ClientOrderId,
      orderQty: quantity(row.order_qty),
      cumQty: quantity(row.cum_qty),
      epoch: row.epoch,
      state: toState(row),
    },
    cancelRequestedAt: time(row.cancel_requested_at),
    claimedAt: time(row.claimed_at),
    validUntil: time(row.valid_until),
    lastValidUntil: time(row.amend_epoch > 0 ? row.amend_valid_until : row.valid_until),
    venueOrderId: row.venue_order_id as VenueOrderId | null,
    amend: toAmend(row),
    unknownSince: time(row.unknown_since),
    parkedAt: time(row.parked_at),
    schemaVersion: row.schema_version,
    reduceOnly: row.reduce_only,
    positionSide: row.position_side,
    lookups: row.lookups,
    absentLookups: row.absent_lookups,
    lastAbsentAt: time(row.last_absent_at),
    inferredQty: quantity(row.inferred_qty),
    fillsMissingSince: time(row.fills_missing_since),
    createdAt: epochMs(row.created_at.getTime()),
    updatedAt: epochMs(row.updated_at.getTime()),
  };
}

function toAmend(row: ChildOrderColumns): ChildAmend | null {
  if (row.amend_status === null) return null;
  return {
    orderQty: quantity(present(row.amend_qty)),
    price: price(present(row.amend_price)),
    status: row.amend_status,
    epoch: row.amend_epoch,
    claimedAt: time(row.amend_claimed_at),
    validUntil: time(row.amend_valid_until),
    unchangedAt: time(row.amend_unchanged_at),
  };
}

function toState(row: ChildOrderColumns): ChildOrderState {
  const venueOrderId = row.venue_order_id as VenueOrderId | null;
  switch (row.status) {
    case 'pending':
      return { status: 'pending' };
    case 'claimed':
      return { status: 'claimed', claimedAt: instant(row.claimed_at), validUntil: instant(row.valid_until) };
    case 'submitted':
      return { status: 'submitted', venueOrderId };
    case 'working':
      return { status: 'working', venueOrderId: present(venueOrderId) };
    case 'unknown':
      return {
        status: 'unknown',
        claimedAt: instant(row.claimed_at),
        validUntil: instant(row.valid_until),
        code: row.close_code,
      };
    case 'closed':
      return {
        status: 'closed',
        reason: present(row.close_reason),
        code: row.close_code,
        closedAt: instant(row.closed_at),
        venueOrderId,
      };
  }
}

/** What a constraint of the table promises to be there in this state. @throws Error when it is not */
function present<T>(value: T | null): T {
  if (value === null) throw new Error('A child order lacks what its state requires');
  return value;
}

function instant(at: Date | null): EpochMs {
  return epochMs(present(at).getTime());
}
