import {
  decimal,
  type AccountId,
  type Decimal,
  type ExecutionPart,
  type StrategyId,
  type SubscriptionId,
  type SubscriptionStatus,
  type TenantId,
  type UserId,
  type VenueId,
} from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { row, rows, send, theRow } from '../sql.js';

/** Fields of a parent order that say how it is worked, as JSON; decimals as text. */
export type AlgorithmFields = Readonly<Record<string, unknown>>;

/** What the owner of a subscription decides (signal-apis.md 5.2). */
export interface SubscriptionTerms {
  /** False: it takes part in no new position. */
  readonly enabled: boolean;
  /** Quote committed to one position of size 1, before leverage. */
  readonly capital: Decimal;
  /** Legs that have not ended, at most. */
  readonly maxPositions: number;
  /** Where a signal names none; at most `maxLeverage`. */
  readonly leverage: Decimal;
  readonly maxLeverage: Decimal;
  readonly onLowBalance: 'skip' | 'scale';
  readonly execution: Readonly<Record<ExecutionPart, AlgorithmFields>>;
}

export interface NewSubscription extends SubscriptionTerms {
  readonly id: SubscriptionId;
  readonly strategyId: StrategyId;
  /** The account that its owner sees; its routes reach the venues. */
  readonly accountId: AccountId;
}

export interface Subscription extends NewSubscription {
  readonly userId: UserId;
  /** As its owner names it, `owner/name` of one that is shared. */
  readonly accountName: string;
  readonly status: SubscriptionStatus;
  readonly statusReason: string;
  readonly statusSince: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A subscription and by which row of its account each venue is reached. */
export interface SubscriptionRoute {
  readonly subscription: Subscription;
  readonly routes: readonly { readonly accountId: AccountId; readonly venue: VenueId }[];
}

export interface SubscriptionPage {
  /** Null: of all strategies. */
  readonly strategyId: string | null;
  readonly after: string | null;
  readonly limit: number;
}

interface Columns {
  id: string;
  user_id: string;
  strategy_id: string;
  account_id: string;
  account_name: string;
  enabled: boolean;
  capital: string;
  max_positions: number;
  leverage: string;
  max_leverage: string;
  on_low_balance: Subscription['onLowBalance'];
  execution: Subscription['execution'];
  status: SubscriptionStatus;
  status_reason: string;
  status_at: Date;
  created_at: Date;
  updated_at: Date;
}

const SELECT = `SELECT s.id, s.user_id, s.strategy_id, s.account_id, s.enabled, s.capital, s.max_positions, s.leverage,
  s.max_leverage, s.on_low_balance, s.execution, s.status, s.status_reason, s.status_at, s.created_at, s.updated_at,
  CASE WHEN a.user_id = s.user_id THEN a.name ELSE u.name || '/' || a.name END AS account_name
  FROM subscriptions s JOIN accounts a ON a.id = s.account_id JOIN users u ON u.id = a.user_id`;

/** Subscriptions of a tenant that have not ended. */
export class SubscriptionRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** @throws a violation of `subscriptions_account` where the account has one of the strategy */
  async add(subscription: NewSubscription, userId: UserId): Promise<Subscription> {
    const { id, strategyId, accountId } = subscription;
    await row(
      this.tx,
      `INSERT INTO subscriptions (id, tenant_id, user_id, strategy_id, account_id, enabled, capital, max_positions, leverage,
                                  max_leverage, on_low_balance, execution)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [id, this.tenantId, userId, strategyId, accountId, ...valuesOf(subscription)],
    );
    await this.log(id, 'subscription_added', {
      ...toldOf(subscription),
      strategy_id: strategyId,
      account_id: accountId,
      by: userId,
    });
    return this.stored(id);
  }

  /** In the order in which they were made. */
  async ofUser(userId: UserId, { strategyId, after, limit }: SubscriptionPage): Promise<Subscription[]> {
    const found = await rows<Columns>(
      this.tx,
      `${SELECT} WHERE s.user_id = $1 AND s.archived_at IS NULL AND ($2::uuid IS NULL OR s.strategy_id = $2)
         AND ($3::uuid IS NULL OR s.id > $3)
       ORDER BY s.id LIMIT $4`,
      [userId, strategyId, after, limit],
    );
    return found.map(toSubscription);
  }

  /** One of the user's. */
  find(userId: UserId, id: string): Promise<Subscription | null> {
    return this.one(userId, id);
  }

  /** One of the user's, locked until the transaction ends. */
  lock(userId: UserId, id: string): Promise<Subscription | null> {
    return this.one(userId, id, 'FOR UPDATE OF s');
  }

  /** Those that a position opening now gets a leg of, in the order in which they were made. */
  async enabledOf(strategyId: StrategyId): Promise<SubscriptionRoute[]> {
    const found = await rows<Columns & { routes: { id: string; venue: string }[] }>(
      this.tx,
      `SELECT e.*, (SELECT json_agg(json_build_object('id', r.id, 'venue', r.venue) ORDER BY r.main_account_id NULLS FIRST, r.venue)
                    FROM accounts r WHERE r.id = e.account_id OR r.main_account_id = e.account_id) AS routes
       FROM (${SELECT} WHERE s.strategy_id = $1 AND s.enabled AND s.archived_at IS NULL AND a.archived_at IS NULL) e
       ORDER BY e.id`,
      [strategyId],
    );
    return found.map((r) => ({
      subscription: toSubscription(r),
      routes: r.routes.map(({ id, venue }) => ({ accountId: id as AccountId, venue: venue as VenueId })),
    }));
  }

  /** Sets the terms of one that is locked; later orders follow them. */
  async change(id: SubscriptionId, terms: SubscriptionTerms, by: UserId): Promise<Subscription> {
    await send(
      this.tx,
      `UPDATE subscriptions SET enabled = $2, capital = $3, max_positions = $4, leverage = $5, max_leverage = $6,
              on_low_balance = $7, execution = $8, updated_at = clock_timestamp()
       WHERE id = $1`,
      [id, ...valuesOf(terms)],
    );
    await this.log(id, 'subscription_changed', { ...toldOf(terms), by });
    return this.stored(id);
  }

  /** Its standing from now on, unless it is that already; `by` is null for the service itself. */
  async move(id: SubscriptionId, status: SubscriptionStatus, reason: string, by: UserId | null): Promise<Subscription> {
    const moved = await row<{ id: string }>(
      this.tx,
      `UPDATE subscriptions SET status = $2, status_reason = $3, status_at = clock_timestamp(), updated_at = clock_timestamp()
       WHERE id = $1 AND status <> $2 RETURNING id`,
      [id, status, reason],
    );
    if (moved !== null) await this.log(id, 'subscription_moved', { status, reason, by });
    return this.stored(id);
  }

  /** Ends one that is locked. */
  async archive(id: SubscriptionId, legs: 'exit' | 'abandon', by: UserId): Promise<void> {
    await send(
      this.tx,
      `UPDATE subscriptions SET archived_at = clock_timestamp(), updated_at = clock_timestamp(), enabled = false WHERE id = $1`,
      [id],
    );
    await this.log(id, 'subscription_archived', { legs, by });
  }

  /** Ends those of a strategy that ends, of which no position is live. */
  async archiveOf(strategyId: StrategyId, by: UserId): Promise<void> {
    const ended = await rows<{ id: SubscriptionId }>(
      this.tx,
      `UPDATE subscriptions SET archived_at = clock_timestamp(), updated_at = clock_timestamp(), enabled = false
       WHERE strategy_id = $1 AND archived_at IS NULL RETURNING id`,
      [strategyId],
    );
    await audit(
      this.tx,
      this.tenantId,
      ended.map(({ id }) => ({ entity: 'subscription', entityId: id, event: 'subscription_archived', data: { by } })),
    );
  }

  private async one(userId: UserId, id: string, lock = ''): Promise<Subscription | null> {
    const found = await row<Columns>(
      this.tx,
      `${SELECT} WHERE s.user_id = $1 AND s.id = $2 AND s.archived_at IS NULL ${lock}`,
      [userId, id],
    );
    return found === null ? null : toSubscription(found);
  }

  private async stored(id: SubscriptionId): Promise<Subscription> {
    return toSubscription(await theRow<Columns>(this.tx, `${SELECT} WHERE s.id = $1`, [id]));
  }

  private log(entityId: string, event: string, data: Record<string, string | number | boolean | null>): Promise<void> {
    return audit(this.tx, this.tenantId, [{ entity: 'subscription', entityId, event, data }]);
  }
}

function valuesOf(terms: SubscriptionTerms): unknown[] {
  return [
    terms.enabled,
    terms.capital.toFixed(),
    terms.maxPositions,
    terms.leverage.toFixed(),
    terms.maxLeverage.toFixed(),
    terms.onLowBalance,
    JSON.stringify(terms.execution),
  ];
}

function toldOf(terms: SubscriptionTerms): Record<string, string | number | boolean> {
  return {
    enabled: terms.enabled,
    capital: terms.capital.toFixed(),
    max_positions: terms.maxPositions,
    leverage: terms.leverage.toFixed(),
    max_leverage: terms.maxLeverage.toFixed(),
    on_low_balance: terms.onLowBalance,
    execution: JSON.stringify(terms.execution),
  };
}

function toSubscription(r: Columns): Subscription {
  return {
    id: r.id as SubscriptionId,
    userId: r.user_id as UserId,
    strategyId: r.strategy_id as StrategyId,
    accountId: r.account_id as AccountId,
    accountName: r.account_name,
    enabled: r.enabled,
    capital: decimal(r.capital),
    maxPositions: r.max_positions,
    leverage: decimal(r.leverage),
    maxLeverage: decimal(r.max_leverage),
    onLowBalance: r.on_low_balance,
    execution: r.execution,
    status: r.status,
    statusReason: r.status_reason,
    statusSince: r.status_at,
    createdAt: r.created_at,
    updatedAt: r.updated_at,
  };
}
