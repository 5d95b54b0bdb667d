import {
  concernsTrade,
  decimal,
  restrictionText,
  ZERO,
  type Decimal,
  type ParentOrderId,
  type RestrictedTrade,
  type RestrictionChange,
  type RestrictionContent,
  type RestrictionRule,
  type RestrictionType,
  type TenantId,
  type UserId,
} from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { row, rows, send, theRow } from '../sql.js';
import { MICROS, type EpochMicros } from './epoch-micros.js';

/** A trade that is held against the restrictions in force. */
export interface TradeInQuestion extends RestrictedTrade {
  readonly userId: UserId;
  /** What it adds to what is open already, in quote; null while there is no price to tell it by. */
  readonly adds: Decimal | null;
  /** Trades that are stored together with it and of which nothing is open yet. */
  readonly beside?: readonly RestrictedTrade[];
}

export interface Restriction extends RestrictionContent {
  readonly id: string;
  readonly createdAt: EpochMicros;
  /** Name of the user. */
  readonly createdBy: string;
}

export type RestrictionAction = 'create' | 'update' | 'remove';

/** A change of restrictions that waits for a second person. */
export interface RestrictionRequest {
  readonly id: string;
  readonly action: RestrictionAction;
  readonly restrictionId: string | null;
  /** All of a new one, of another what shall be changed; null for a removal. */
  readonly change: RestrictionChange | null;
  readonly requestedAt: EpochMicros;
  readonly requestedById: UserId;
  readonly requestedBy: string;
}

interface Columns {
  id: string;
  restriction_type: RestrictionType;
  notional_limit: string | null;
  pair: string | null;
  venue: string | null;
  username: string | null;
  reason: string;
  created_at: string;
  created_by: string;
}

interface RequestColumns {
  id: string;
  action: RestrictionAction;
  restriction_id: string | null;
  content: StoredChange | null;
  requested_at: string;
  requested_by: string;
  requester: string;
}

/** As `content` keeps it: the decimal as text. */
type StoredChange = Omit<RestrictionChange, 'limit'> & { readonly limit?: string | null };

const COLUMNS = `r.id, r.restriction_type, r.notional_limit, r.pair, r.venue, r.username, r.reason,
  ${MICROS('r.created_at')} AS created_at, u.name AS created_by`;
/** First half of the advisory lock under which open notional is measured, so that two orders cannot both be the last. */
const OPEN_NOTIONAL_LOCK = 7_263_006;

/** SQL of what one order has still to trade, in quote. */
const OPEN_OF = `CASE p.sizing WHEN 'quote' THEN GREATEST(p.order_qty - p.cum_quote, 0)
  ELSE GREATEST(p.order_qty - p.cum_base, 0) * COALESCE(p.arrival_price, p.limit_price, 0) END`;

/** What a rule counts of the trades beside one, in quote; one whose worth cannot be told was refused before. */
function besideOf(rule: RestrictionRule, { beside = [] }: TradeInQuestion): Decimal {
  const counted = beside.filter((trade) => concernsTrade(rule, trade));
  return counted.reduce<Decimal>((sum, { notional }) => (notional === null ? sum : sum.add(notional)), ZERO);
}

/** Trading restrictions of a tenant and their four-eyes review (order-api.md 3.7, 4.10). */
export class RestrictionRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** Those in force, newest first. */
  async all(): Promise<Restriction[]> {
    const found = await rows<Columns>(
      this.tx,
      `SELECT ${COLUMNS} FROM trading_restrictions r JOIN users u ON u.id = r.created_by
       WHERE r.removed_at IS NULL ORDER BY r.created_at DESC, r.id`,
    );
    return found.map(toRestriction);
  }

  /** One in force. */
  async find(id: string): Promise<Restriction | null> {
    const found = await row<Columns>(
      this.tx,
      `SELECT ${COLUMNS} FROM trading_restrictions r JOIN users u ON u.id = r.created_by
       WHERE r.id = $1 AND r.removed_at IS NULL`,
      [id],
    );
    return found === null ? null : toRestriction(found);
  }

  /** One in force, locked until the transaction ends, so that what is changed of it is what was read. */
  async lock(id: string): Promise<Restriction | null> {
    const held = await row(
      this.tx,
      'SELECT 1 FROM trading_restrictions WHERE id = $1 AND removed_at IS NULL FOR UPDATE',
      [id],
    );
    return held === null ? null : this.find(id);
  }

  /** Whether the tenant has a user of that name. */
  async isUser(name: string): Promise<boolean> {
    return (
      (await row(this.tx, 'SELECT 1 FROM users WHERE tenant_id = $1 AND name = $2', [this.tenantId, name])) !== null
    );
  }

  /** Ids of the venues, and names of the exchanges, at which the tenant has accounts. */
  async places(): Promise<string[]> {
    const found = await rows<{ place: string }>(
      this.tx,
      'SELECT venue AS place FROM accounts UNION SELECT exchange FROM accounts ORDER BY place',
    );
    return found.map(({ place }) => place);
  }

  /** Those in force that could concern an order of this user. */
  async ofUser(userId: UserId): Promise<Restriction[]> {
    const found = await rows<Columns>(
      this.tx,
      `SELECT ${COLUMNS} FROM trading_restrictions r JOIN users u ON u.id = r.created_by
       WHERE r.removed_at IS NULL
         AND (r.username IS NULL OR r.username = (SELECT name FROM users WHERE id = $1)) ORDER BY r.created_at, r.id`,
      [userId],
    );
    return found.map(toRestriction);
  }

  /** The first of the restrictions in force that forbids a trade, and why; null when none does. */
  async refusal(trade: TradeInQuestion): Promise<{ readonly text: string; readonly reason: string } | null> {
    for (const restriction of await this.ofUser(trade.userId)) {
      if (!concernsTrade(restriction, trade)) continue;
      const openAfter =
        restriction.type === 'MAX_OPEN_NOTIONAL' && trade.adds !== null
          ? besideOf(restriction, trade)
              .add(await this.openNotional(restriction))
              .add(trade.adds)
          : null;
      const text = restrictionText(restriction, trade, openAfter);
      if (text !== null) return { text, reason: restriction.reason };
    }
    return null;
  }

  /**
   * The same for an order that has waited for its turn, of which what is open counts already what it was worth when it
   * was taken in; one that did not wait was held against them then. @param notional what it is worth now, in quote
   */
  async refusalAtTurn(
    id: ParentOrderId,
    notional: Decimal,
  ): Promise<{ readonly text: string; readonly reason: string } | null> {
    const found = await theRow<{ user_id: string; pair: string; places: string[]; open: string; waited: boolean }>(
      this.tx,
      `SELECT p.user_id, p.pair, ${OPEN_OF} AS open, p.start_at > p.created_at AS waited,
              COALESCE(p.venues, ARRAY[p.venue]) || ARRAY(SELECT exchange FROM accounts WHERE id = ANY(p.account_ids)) AS places
       FROM parent_orders p WHERE p.id = $1`,
      [id],
    );
    const { pair, places, waited } = found;
    if (!waited) return null;
    const adds = notional.sub(decimal(found.open));
    return this.refusal({ userId: found.user_id as UserId, pair, places, notional, adds });
  }

  /** @param author who asked for it, if it is not who agreed to it */
  async add(content: RestrictionContent, by: UserId, author: UserId = by): Promise<Restriction> {
    const stored = await theRow<{ id: string }>(
      this.tx,
      `INSERT INTO trading_restrictions (tenant_id, restriction_type, notional_limit, pair, venue, username, reason, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
      [this.tenantId, ...valuesOf(content), author],
    );
    return this.changed('restriction_added', stored.id, by, content);
  }

  /** Null when it is not in force any more. */
  async update(id: string, content: RestrictionContent, by: UserId): Promise<Restriction | null> {
    const found = await row(
      this.tx,
      `UPDATE trading_restrictions SET restriction_type = $2, notional_limit = $3, pair = $4, venue = $5, username = $6, reason = $7
       WHERE id = $1 AND removed_at IS NULL RETURNING id`,
      [id, ...valuesOf(content)],
    );
    return found === null ? null : this.changed('restriction_changed', id, by, content);
  }

  /** What was removed; null when it was not in force any more. */
  async remove(id: string, by: UserId): Promise<Restriction | null> {
    const before = await this.find(id);
    if (before === null) return null;
    const removed = await row(
      this.tx,
      'UPDATE trading_restrictions SET removed_at = clock_timestamp() WHERE id = $1 AND removed_at IS NULL RETURNING id',
      [id],
    );
    if (removed === null) return null;
    await this.log('restriction_removed', id, by, before);
    return before;
  }

  /** Puts a change before a second person. @returns the id of the request */
  async request(
    asked: {
      readonly action: RestrictionAction;
      readonly restrictionId: string | null;
      readonly change: RestrictionChange | null;
    },
    by: UserId,
  ): Promise<string> {
    const { action, restrictionId, change } = asked;
    const stored = await theRow<{ id: string }>(
      this.tx,
      `INSERT INTO restriction_requests (tenant_id, action, restriction_id, content, requested_by)
       VALUES ($1, $2, $3, $4, $5) RETURNING id`,
      [this.tenantId, action, restrictionId, change === null ? null : JSON.stringify(toStored(change)), by],
    );
    await this.log(`restriction_${action}_requested`, stored.id, by, change);
    return stored.id;
  }

  /** Requests that nobody has reviewed and that can still be carried out, oldest first. */
  async openRequests(): Promise<RestrictionRequest[]> {
    const found = await rows<RequestColumns>(
      this.tx,
      `${REQUESTS} LEFT JOIN trading_restrictions r ON r.id = q.restriction_id
       WHERE q.reviewed_at IS NULL AND r.removed_at IS NULL ORDER BY q.requested_at, q.id`,
    );
    return found.map(toRequest);
  }

  /** One that nobody has reviewed, locked until the transaction ends. */
  async lockRequest(id: string): Promise<RestrictionRequest | null> {
    const found = await row<RequestColumns>(
      this.tx,
      `${REQUESTS} WHERE q.id = $1 AND q.reviewed_at IS NULL FOR UPDATE OF q`,
      [id],
    );
    return found === null ? null : toRequest(found);
  }

  async review(id: string, by: UserId, isApproved: boolean): Promise<void> {
    await send(
      this.tx,
      'UPDATE restriction_requests SET reviewed_at = clock_timestamp(), reviewed_by = $2, approved = $3 WHERE id = $1',
      [id, by, isApproved],
    );
    await this.log(isApproved ? 'restriction_approved' : 'restriction_refused', id, by, null);
  }

  /**
   * What open orders within a restriction's reach have still to trade, in quote; nobody else measures it until the
   * transaction ends. What has no price counts nothing.
   */
  async openNotional(of: Pick<Restriction, 'pair' | 'venue' | 'username'>): Promise<Decimal> {
    await send(this.tx, 'SELECT pg_advisory_xact_lock($1, hashtext($2))', [OPEN_NOTIONAL_LOCK, this.tenantId]);
    const found = await theRow<{ open: string }>(
      this.tx,
      `SELECT COALESCE(sum(${OPEN_OF}), 0) AS open
       FROM parent_orders p JOIN users u ON u.id = p.user_id
       WHERE p.status IN ('SCHEDULED', 'ACTIVE', 'PAUSED', 'FINISHER')
         AND ($1::text IS NULL OR upper(p.pair) = upper($1)) AND ($2::text IS NULL OR u.name = $2)
         AND ($3::text IS NULL OR EXISTS (
           SELECT 1 FROM accounts a WHERE a.id = ANY(p.account_ids)
             AND (lower(a.venue) = lower($3) OR lower(a.exchange) = lower($3))))`,
      [of.pair, of.username, of.venue],
    );
    return decimal(found.open);
  }

  private async changed(event: string, id: string, by: UserId, content: RestrictionContent): Promise<Restriction> {
    await this.log(event, id, by, content);
    const found = await this.find(id);
    if (found === null) throw new Error('A restriction that was just stored must be there');
    return found;
  }

  private log(event: string, entityId: string, by: UserId, change: RestrictionChange | null): Promise<void> {
    const data = { by, ...(change === null ? {} : toStored(change)) };
    return audit(this.tx, this.tenantId, [{ entity: 'risk_limit', entityId, event, data }]);
  }
}

const REQUESTS = `SELECT q.id, q.action, q.restriction_id, q.content, ${MICROS('q.requested_at')} AS requested_at,
  q.requested_by, u.name AS requester FROM restriction_requests q JOIN users u ON u.id = q.requested_by`;

function valuesOf({ type, limit, pair, venue, username, reason }: RestrictionContent): unknown[] {
  return [type, limit?.toFixed() ?? null, pair, venue, username, reason];
}

/** Of a restriction no more than its content. */
function toStored({ type, limit, pair, venue, username, reason }: RestrictionChange): StoredChange {
  return {
    ...(type === undefined ? {} : { type }),
    ...(limit === undefined ? {} : { limit: limit?.toFixed() ?? null }),
    ...(pair === undefined ? {} : { pair }),
    ...(venue === undefined ? {} : { venue }),
    ...(username === undefined ? {} : { username }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function fromStored({ limit, ...rest }: StoredChange): RestrictionChange {
  if (limit === undefined) return rest;
  return { ...rest, limit: limit === null ? null : decimal(limit) };
}

function toRestriction(r: Columns): Restriction {
  return {
    id: r.id,
    type: r.restriction_type,
    limit: r.notional_limit === null ? null : decimal(r.notional_limit),
    pair: r.pair,
    venue: r.venue,
    username: r.username,
    reason: r.reason,
    createdAt: Number(r.created_at) as EpochMicros,
    createdBy: r.created_by,
  };
}

function toRequest(r: RequestColumns): RestrictionRequest {
  const { content } = r;
  return {
    id: r.id,
    action: r.action,
    restrictionId: r.restriction_id,
    change: content === null ? null : fromStored(content),
    requestedAt: Number(r.requested_at) as EpochMicros,
    requestedById: r.requested_by as UserId,
    requestedBy: r.requester,
  };
}
