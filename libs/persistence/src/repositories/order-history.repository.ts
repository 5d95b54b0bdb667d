import { decimal, type Decimal, type ParentOrderId, type UserId } from '#domain';
import type { Tx } from '../database.js';
import { rows } from '../sql.js';
import { FROM_MICROS, MICROS, type EpochMicros } from './epoch-micros.js';
import { byTime, FILL_COLUMNS, NOT_BUSTED, toFill, type FillColumns, type FillRecord } from './fill-record.js';
import {
  PLACEMENT_COLUMNS,
  toPlacement,
  type PlacementColumns,
  type PlacementRecord,
} from './order-view.repository.js';

/** A child order with what its own order says of it. */
export interface ListedPlacement extends PlacementRecord {
  readonly parentOrderId: ParentOrderId;
  readonly pair: string;
  readonly accountName: string;
  readonly exchange: string;
}

/** Fills of one order, or of one child order; cut when there are, or may be, older ones. */
export interface FoundFills {
  readonly fills: readonly FillRecord[];
  readonly isCut: boolean;
}

/** Something that went wrong with an order, or with one of its child orders. */
export interface OrderFault {
  readonly at: EpochMicros;
  readonly parentOrderId: ParentOrderId;
  readonly code: string;
  readonly message: string;
  /** Of the child order; null when the whole order is meant. */
  readonly clientOrderId: string | null;
}

/** Every field that is null does not filter. */
export interface HistoryFilter {
  readonly orderId: ParentOrderId | null;
  /** Exclusive. */
  readonly before: EpochMicros | null;
  /** Inclusive. */
  readonly after: EpochMicros | null;
  readonly limit: number;
  readonly offset: number;
}

export interface PlacementFilter extends HistoryFilter {
  /** Statuses, and reasons of those that are closed. */
  readonly statuses: readonly string[] | null;
}

/** Orders of the user in the window of all lists: the last 12 months. */
const OWN = `p.user_id = $1 AND p.id >= first_uuid_of(now() - interval '12 months')
  AND p.created_at >= now() - interval '12 months' AND ($2::uuid IS NULL OR p.id = $2)`;

/** Reads child orders, fills and faults across all orders of one user, newest first. */
export class OrderHistoryRepository {
  constructor(
    private readonly tx: Tx,
    private readonly userId: UserId,
  ) {}

  async placements(filter: PlacementFilter): Promise<ListedPlacement[]> {
    const found = await rows<
      PlacementColumns & { parent_order_id: string; pair: string; account_name: string; exchange: string }
    >(
      this.tx,
      `SELECT c.*, COALESCE(i.pair, c.order_pair) AS pair, COALESCE(c.place->>'name', a.name) AS account_name,
              COALESCE(c.place->>'exchange', a.exchange) AS exchange
       FROM (
         SELECT newest.*, p.pair AS order_pair,
                p.request->'accounts'->(array_position(p.account_ids, newest.account_id) - 1) AS place
         FROM parent_orders p
         CROSS JOIN LATERAL (
           SELECT k.parent_order_id, k.venue, k.symbol, k.created_at AS placed_at, ${PLACEMENT_COLUMNS('k')}
           FROM child_orders k WHERE k.parent_order_id = p.id
             AND ($3::text[] IS NULL OR COALESCE(k.close_reason, k.status) = ANY($3))
             AND ($4::bigint IS NULL OR k.created_at < ${FROM_MICROS('$4')})
             AND ($5::bigint IS NULL OR k.created_at >= ${FROM_MICROS('$5')})
           ORDER BY k.sequence DESC LIMIT $6::bigint + $7::bigint) newest
         WHERE ${OWN}
         ORDER BY newest.placed_at DESC, newest.parent_order_id DESC, newest.sequence DESC LIMIT $6 OFFSET $7) c
       JOIN accounts a ON a.id = c.account_id
       LEFT JOIN instruments i ON i.venue = c.venue AND i.symbol = c.symbol
       ORDER BY c.placed_at DESC, c.parent_order_id DESC, c.sequence DESC`,
      [this.userId, filter.orderId, filter.statuses, filter.before, filter.after, filter.limit, filter.offset],
    );
    return found.map((r) => ({
      ...toPlacement(r),
      parentOrderId: r.parent_order_id as ParentOrderId,
      pair: r.pair,
      accountName: r.account_name,
      exchange: r.exchange,
    }));
  }

  /**
   * Fills that count of these child orders: of all at most so many, those of the first ones, and of the last of them its
   * newest. @returns for each, oldest first
   */
  async fillsOfPlacements(
    of: readonly { readonly parentOrderId: ParentOrderId; readonly sequence: number }[],
    inAll: number,
  ): Promise<readonly FoundFills[]> {
    const found = await rows<FillColumns & { place: number }>(
      this.tx,
      `SELECT n.place::integer, ${FILL_COLUMNS}
       FROM unnest($1::uuid[], $2::integer[]) WITH ORDINALITY AS n(id, sequence, place)
       JOIN parent_orders p ON p.id = n.id AND p.user_id = $3
       CROSS JOIN LATERAL (
         SELECT f.* FROM fills f WHERE f.parent_order_id = n.id AND f.sequence = n.sequence AND ${NOT_BUSTED}
         ORDER BY f.traded_at DESC, f.id DESC LIMIT $4) f
       ORDER BY n.place, f.traded_at DESC, f.id DESC LIMIT $4`,
      [of.map(({ parentOrderId }) => parentOrderId), of.map(({ sequence }) => sequence), this.userId, inAll + 1],
    );
    const fills = of.map((): FillRecord[] => []);
    for (const r of found.slice(0, inAll)) fills[r.place - 1]?.push(toFill(r));
    // Of the child order at which the reading ended, and of those after it, there may be more.
    const end = found.length > inAll ? (found.at(-1)?.place ?? 1) - 1 : of.length;
    return fills.map((newest, i) => ({ fills: newest.sort(byTime), isCut: i >= end }));
  }

  /**
   * Fills that count of these orders: of each at most so many, of its newest placements, and of all at most so many, those
   * of the first orders. @returns for each order, oldest first
   */
  async fillsOf(
    ids: readonly ParentOrderId[],
    { perOrder, inAll }: { readonly perOrder: number; readonly inAll: number },
  ): Promise<ReadonlyMap<ParentOrderId, FoundFills>> {
    const found = await rows<FillColumns & { parent_order_id: string }>(
      this.tx,
      `SELECT f.parent_order_id, ${FILL_COLUMNS}
       FROM unnest($1::uuid[]) WITH ORDINALITY AS n(id, place)
       JOIN parent_orders p ON p.id = n.id AND p.user_id = $2
       CROSS JOIN LATERAL (
         SELECT f.* FROM fills f WHERE f.parent_order_id = n.id AND ${NOT_BUSTED}
         ORDER BY f.sequence DESC, f.traded_at DESC, f.id DESC LIMIT $3) f
       ORDER BY n.place, f.sequence DESC, f.traded_at DESC, f.id DESC LIMIT $4`,
      [ids, this.userId, perOrder + 1, inAll + 1],
    );
    const newest = new Map(ids.map((id) => [id, [] as FillRecord[]]));
    for (const r of found.slice(0, inAll)) newest.get(r.parent_order_id as ParentOrderId)?.push(toFill(r));
    // Of the order at which the reading ended, and of those after it, there may be more.
    const end = found.length > inAll ? ids.indexOf(found.at(-1)?.parent_order_id as ParentOrderId) : ids.length;
    return new Map(
      ids.map((id, i) => {
        const fills = newest.get(id) ?? [];
        return [id, { fills: fills.slice(0, perOrder).sort(byTime), isCut: fills.length > perOrder || i >= end }];
      }),
    );
  }

  /** Messages of level error, and child orders that the venue rejected or we denied. */
  async faults(filter: HistoryFilter): Promise<OrderFault[]> {
    const found = await rows<{
      at: string;
      parent_order_id: string;
      code: string;
      message: string;
      client_order_id: string | null;
    }>(
      this.tx,
      `SELECT ${MICROS('e.at')} AS at, e.parent_order_id, e.code, e.message, e.client_order_id
       FROM parent_orders p
       CROSS JOIN LATERAL (
         SELECT m.at, m.parent_order_id, m.type AS code, m.message, NULL AS client_order_id, m.id AS place
         FROM order_messages m WHERE m.parent_order_id = p.id AND m.level = 'error'
         UNION ALL
         SELECT k.closed_at, k.parent_order_id, COALESCE(NULLIF(k.close_code, ''), k.close_reason),
                COALESCE(NULLIF(k.close_text, ''), k.close_reason), k.client_order_id, k.sequence
         FROM child_orders k WHERE k.parent_order_id = p.id AND k.close_reason IN ('rejected', 'denied')) e
       WHERE ${OWN}
         AND ($3::bigint IS NULL OR e.at < ${FROM_MICROS('$3')}) AND ($4::bigint IS NULL OR e.at >= ${FROM_MICROS('$4')})
       ORDER BY e.at DESC, e.parent_order_id DESC, e.place DESC LIMIT $5 OFFSET $6`,
      [this.userId, filter.orderId, filter.before, filter.after, filter.limit, filter.offset],
    );
    return found.map((r) => ({
      at: Number(r.at) as EpochMicros,
      parentOrderId: r.parent_order_id as ParentOrderId,
      code: r.code,
      message: r.message,
      clientOrderId: r.client_order_id,
    }));
  }

  /** The mid at the end of each order that has one: its departure price. */
  async endPrices(ids: readonly ParentOrderId[]): Promise<ReadonlyMap<ParentOrderId, Decimal>> {
    const found = await rows<{ id: string; end_price: string }>(
      this.tx,
      'SELECT id, end_price FROM parent_orders WHERE id = ANY($1::uuid[]) AND user_id = $2 AND end_price IS NOT NULL',
      [ids, this.userId],
    );
    return new Map(found.map((r) => [r.id as ParentOrderId, decimal(r.end_price)]));
  }
}
