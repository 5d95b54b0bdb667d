import {
  decimal,
  DEFAULT_STRATEGY_SETTINGS,
  strategySymbol,
  type StrategyId,
  type StrategyKind,
  type StrategyMarket,
  type StrategySettings,
  type StrategySymbol,
  type TenantId,
  type UserId,
  type VenueId,
} from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { row, rows, send, theRow } from '../sql.js';

export interface NewStrategy {
  readonly id: StrategyId;
  readonly kind: StrategyKind;
  readonly name: string;
  readonly description: string;
  readonly market: StrategyMarket;
  /** As clients call them, the first is the reference; what each meant stands at its place in `venues`. */
  readonly exchanges: readonly string[];
  readonly venues: readonly VenueId[];
  readonly symbols: readonly StrategySymbol[];
  readonly settings: StrategySettings;
  /** By which a signaler is addressed; null for other kinds. */
  readonly publicId: string | null;
}

export interface Strategy extends NewStrategy {
  /** Its id in the Mizar dialect, within 31 bits. */
  readonly number: number;
  readonly userId: UserId;
  /** False: its signals are refused. */
  readonly isActive: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What can be changed of one; what is left out stays. */
export type StrategyChange = Partial<Pick<Strategy, 'name' | 'description' | 'symbols' | 'settings' | 'isActive'>>;

export interface StrategyPage {
  /** Only of this kind; null: of all. */
  readonly kind: StrategyKind | null;
  /** Ids after this one; null: from the first. */
  readonly after: string | null;
  readonly limit: number;
}

interface Columns {
  id: string;
  number: number;
  user_id: string;
  kind: StrategyKind;
  name: string;
  description: string;
  market: StrategyMarket;
  exchanges: string[];
  venues: string[];
  symbols: StoredSymbol[];
  settings: StoredSettings;
  is_active: boolean;
  public_id: string | null;
  created_at: Date;
  updated_at: Date;
}

interface StoredSymbol {
  readonly base: string;
  readonly quote: string;
}

/** The decimal as text. */
type StoredSettings = Partial<Omit<StrategySettings, 'fullContracts'>> & { readonly fullContracts?: string | null };

const COLUMNS = `id, number, user_id, kind, name, description, market, exchanges, venues, symbols, settings, is_active,
  public_id, created_at, updated_at`;

/** Strategies of a tenant that are not archived (signal-apis.md 5.1). */
export class StrategyRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /**
   * Null when the public id is another's, maybe of another tenant.
   * @throws a violation of `strategies_name` where the user has one of that name
   */
  async add(strategy: NewStrategy, userId: UserId): Promise<Strategy | null> {
    const { id, kind, name, market } = strategy;
    const added = await row<Columns>(
      this.tx,
      `INSERT INTO strategies (id, tenant_id, user_id, kind, name, description, market, exchanges, venues, symbols, settings,
                               public_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
       ON CONFLICT (public_id) DO NOTHING RETURNING ${COLUMNS}`,
      [
        id,
        this.tenantId,
        userId,
        kind,
        name,
        strategy.description,
        market,
        strategy.exchanges,
        strategy.venues,
        storedSymbols(strategy.symbols),
        storedSettings(strategy.settings),
        strategy.publicId,
      ],
    );
    if (added === null) return null;
    await this.log(id, 'strategy_added', { kind, name, market, by: userId });
    return toStrategy(added);
  }

  /** In the order in which they were made. */
  async ofUser(userId: UserId, { kind, after, limit }: StrategyPage): Promise<Strategy[]> {
    const found = await rows<Columns>(
      this.tx,
      `SELECT ${COLUMNS} FROM strategies
       WHERE user_id = $1 AND archived_at IS NULL AND ($2::text IS NULL OR kind = $2) AND ($3::uuid IS NULL OR id > $3)
       ORDER BY id LIMIT $4`,
      [userId, kind, after, limit],
    );
    return found.map(toStrategy);
  }

  /** One of the user's. */
  find(userId: UserId, id: string): Promise<Strategy | null> {
    return this.one('user_id = $1 AND id = $2', [userId, id]);
  }

  /** One of the user's, by the number that the Mizar dialect calls it. */
  findNumber(userId: UserId, number: number): Promise<Strategy | null> {
    return this.one('user_id = $1 AND number = $2', [userId, number]);
  }

  /** Those of secrets and subscriptions, whoever's of the tenant. */
  async byId(ids: readonly StrategyId[]): Promise<ReadonlyMap<StrategyId, Strategy>> {
    const found = await rows<Columns>(
      this.tx,
      `SELECT ${COLUMNS} FROM strategies WHERE id = ANY($1::uuid[]) AND archived_at IS NULL`,
      [ids],
    );
    return new Map(found.map(toStrategy).map((strategy) => [strategy.id, strategy]));
  }

  /** One of the user's, locked until the transaction ends. */
  lock(userId: UserId, id: string): Promise<Strategy | null> {
    return this.one('user_id = $1 AND id = $2', [userId, id], 'FOR UPDATE');
  }

  /** One of the user's that cannot be changed or archived until the transaction ends; others may hold it as well. */
  hold(userId: UserId, id: string): Promise<Strategy | null> {
    return this.one('user_id = $1 AND id = $2', [userId, id], 'FOR SHARE');
  }

  /** Of one that is locked. @throws a violation of `strategies_name` */
  async change(id: StrategyId, change: StrategyChange, by: UserId): Promise<Strategy> {
    const { name = null, description = null, symbols, settings, isActive = null } = change;
    const changed = await theRow<Columns>(
      this.tx,
      `UPDATE strategies SET name = COALESCE($2, name), description = COALESCE($3, description),
              symbols = COALESCE($4::jsonb, symbols), settings = COALESCE($5::jsonb, settings),
              is_active = COALESCE($6, is_active), updated_at = clock_timestamp()
       WHERE id = $1 RETURNING ${COLUMNS}`,
      [
        id,
        name,
        description,
        symbols === undefined ? null : storedSymbols(symbols),
        settings === undefined ? null : storedSettings(settings),
        isActive,
      ],
    );
    await this.log(id, 'strategy_changed', {
      by,
      ...(name === null ? {} : { name }),
      ...(description === null ? {} : { description }),
      ...(symbols === undefined ? {} : { symbols: symbols.map(({ symbol }) => symbol).join(' ') }),
      ...(settings === undefined ? {} : { settings: storedSettings(settings) }),
      ...(isActive === null ? {} : { is_active: isActive }),
    });
    return toStrategy(changed);
  }

  /** Ends one that is locked; its positions and their history stay. */
  async archive(id: StrategyId, by: UserId): Promise<void> {
    await send(
      this.tx,
      'UPDATE strategies SET archived_at = clock_timestamp(), updated_at = clock_timestamp(), is_active = false WHERE id = $1',
      [id],
    );
    await this.log(id, 'strategy_archived', { by });
  }

  private async one(which: string, values: readonly unknown[], lock = ''): Promise<Strategy | null> {
    const found = await row<Columns>(
      this.tx,
      `SELECT ${COLUMNS} FROM strategies WHERE ${which} AND archived_at IS NULL ${lock}`,
      values,
    );
    return found === null ? null : toStrategy(found);
  }

  private log(entityId: string, event: string, data: Record<string, string | boolean>): Promise<void> {
    return audit(this.tx, this.tenantId, [{ entity: 'strategy', entityId, event, data }]);
  }
}

const storedSymbols = (symbols: readonly StrategySymbol[]): string =>
  JSON.stringify(symbols.map(({ base, quote }): StoredSymbol => ({ base, quote })));

/** All of them, so that a strategy stays as it was made when defaults change. */
const storedSettings = (settings: StrategySettings): string =>
  JSON.stringify({ ...settings, fullContracts: settings.fullContracts?.toFixed() ?? null } satisfies StoredSettings);

function toStrategy(r: Columns): Strategy {
  const { fullContracts = null, ...settings } = r.settings;
  return {
    id: r.id as StrategyId,
    number: r.number,
    userId: r.user_id as UserId,
    kind: r.kind,
    name: r.name,
    description: r.description,
    market: r.market,
    exchanges: r.exchanges,
    venues: r.venues as VenueId[],
    symbols: r.symbols.map(({ base, quote }) => strategySymbol(base, quote)),
    settings: {
      ...DEFAULT_STRATEGY_SETTINGS,
      ...settings,
      fullContracts: fullContracts === null ? null : decimal(fullContracts),
    },
    isActive: r.is_active,
    publicId: r.public_id,
    createdAt: r.created_at,
    updatedAt: r.updated_at,
  };
}
