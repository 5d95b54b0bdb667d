import { type AccountId, type HaltLevel, type TenantId, type TradingState, type UserId, type VenueId } from '#domain';
import type { Database, Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { announceHalt } from './due-cancels.js';
import { affected, row, rows, send, theRow } from '../sql.js';

export interface NewHalt {
  readonly level: HaltLevel;
  /** Id of the account or strategy, name of the venue; empty for `global` and `tenant`. */
  readonly scope: string;
  readonly mode: Exclude<TradingState, 'ACTIVE'>;
  readonly cancelOpen: boolean;
  readonly reason: string;
}

export interface Halt extends NewHalt {
  readonly id: string;
  readonly createdAt: Date;
  readonly releaseRequestedAt: Date | null;
  readonly releasedAt: Date | null;
  /** Of its scope and the caller's tenant: open children, and those of them whose cancel is asked for. */
  readonly open: number;
  readonly canceling: number;
}

/** Whom a halt cancels for. */
export interface HaltWork {
  readonly haltId: string;
  readonly tenantId: TenantId;
}

interface HaltColumns {
  id: string;
  level: HaltLevel;
  scope: string;
  mode: 'REDUCING' | 'HALTED';
  cancel_open: boolean;
  reason: string;
  created_at: Date;
  release_requested_at: Date | null;
  released_at: Date | null;
  open: number;
  canceling: number;
}

/** A release must be confirmed within this, or asked for again (reliability.md 5.3). */
const CONFIRM_WITHIN = '5 minutes';

/** Rows of one answer at most (reliability.md S-11). Nothing that a halt does depends on it. */
const ON_ONE_PAGE = 500;
/** Halts taken in one transaction; whoever gets as many asks again at once. */
export const HALTS_AT_ONCE = 100;

/** Which open children a halt is about. $1: tenant. */
const IN_SCOPE = `c.tenant_id = $1 AND c.status <> 'closed' AND (
    h.level IN ('global', 'tenant') OR (h.level = 'venue' AND c.venue = h.scope)
    OR (h.level = 'account' AND c.account_id::text = h.scope)
    OR (h.level = 'strategy' AND EXISTS (SELECT 1 FROM parent_orders p WHERE p.id = c.parent_order_id AND p.strategy_id = h.scope)))`;

/** Halts that hold for one tenant: its own and those that hold for all. */
export class HaltRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** In force with the commit: every claim after it sees the row. Returns the halt's id. */
  async add(halt: NewHalt, userId: UserId): Promise<string> {
    const isForAll = halt.level === 'global' || halt.level === 'venue';
    const { id } = await theRow<{ id: string }>(
      this.tx,
      `INSERT INTO trading_halts (tenant_id, level, scope, mode, cancel_open, reason, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
      [isForAll ? null : this.tenantId, halt.level, halt.scope, halt.mode, halt.cancelOpen, halt.reason, userId],
    );
    if (halt.cancelOpen) {
      await send(
        this.tx,
        `INSERT INTO halt_work (halt_id, tenant_id)
         SELECT $1, t FROM (SELECT $2::uuid AS t UNION SELECT tenant_id FROM account_leases WHERE $3::boolean) AS them`,
        [id, this.tenantId, isForAll],
      );
      await announceHalt(this.tx);
    }
    await audit(this.tx, this.tenantId, [
      { entity: 'halt', entityId: id, event: 'halted', data: { ...halt, by: userId } },
    ]);
    return id;
  }

  /** Newest first, those in force before all others; without `isAll` only these. So many fit on one page. */
  list(isAll = false): Promise<Halt[]> {
    return this.read(
      '$2::boolean OR h.released_at IS NULL',
      `h.released_at IS NOT NULL, h.created_at DESC LIMIT ${ON_ONE_PAGE}`,
      isAll,
    );
  }

  /** However many there are: one that is in force can always be released. */
  async find(id: string): Promise<Halt | null> {
    const [found] = await this.read('h.id = $2::uuid', 'h.created_at', id);
    return found ?? null;
  }

  /** @param which $2 is `value` */
  private async read(which: string, order: string, value: string | boolean): Promise<Halt[]> {
    const found = await rows<HaltColumns>(
      this.tx,
      `SELECT h.id, h.level, h.scope, h.mode, h.cancel_open, h.reason, h.created_at, h.release_requested_at, h.released_at,
              (SELECT count(*)::integer FROM child_orders c WHERE h.released_at IS NULL AND ${IN_SCOPE}) AS open,
              (SELECT count(*)::integer FROM child_orders c
               WHERE h.released_at IS NULL AND c.cancel_requested_at IS NOT NULL AND ${IN_SCOPE}) AS canceling
       FROM trading_halts h WHERE ${which} ORDER BY ${order}`,
      [this.tenantId, value],
    );
    return found.map((h) => ({
      id: h.id,
      level: h.level,
      scope: h.scope,
      mode: h.mode,
      cancelOpen: h.cancel_open,
      reason: h.reason,
      createdAt: h.created_at,
      releaseRequestedAt: h.release_requested_at,
      releasedAt: h.released_at,
      open: h.open,
      canceling: h.canceling,
    }));
  }

  /** First of two steps; false when there is no such halt in force. */
  async requestRelease(id: string, userId: UserId): Promise<boolean> {
    const changed = await affected(
      this.tx,
      `UPDATE trading_halts SET release_requested_by = $2, release_requested_at = clock_timestamp()
       WHERE id = $1 AND released_at IS NULL`,
      [id, userId],
    );
    if (changed === 1) await this.note(id, 'release_requested', userId);
    return changed === 1;
  }

  /** Second step; false when no release was asked for within five minutes. */
  async confirmRelease(id: string, userId: UserId): Promise<boolean> {
    const changed = await affected(
      this.tx,
      `UPDATE trading_halts SET released_by = $2, released_at = clock_timestamp()
       WHERE id = $1 AND released_at IS NULL AND release_requested_at > clock_timestamp() - interval '${CONFIRM_WITHIN}'`,
      [id, userId],
    );
    if (changed !== 1) return false;
    await send(this.tx, 'DELETE FROM halt_work WHERE halt_id = $1', [id]);
    await this.note(id, 'released', userId);
    return true;
  }

  /** Of a halt in force that cancels: what it is about. Null once it is released. */
  async active(id: string): Promise<NewHalt | null> {
    const found = await row<HaltColumns>(
      this.tx,
      'SELECT level, scope, mode, cancel_open, reason FROM trading_halts WHERE id = $1 AND released_at IS NULL',
      [id],
    );
    return found === null ? null : { ...found, cancelOpen: found.cancel_open };
  }

  private note(id: string, event: string, userId: UserId): Promise<void> {
    return audit(this.tx, this.tenantId, [{ entity: 'halt', entityId: id, event, data: { by: userId } }]);
  }
}

/** Takes halts whose orders are to be cancelled, each for one tenant, and looks at them again after `againMs`. */
export function takeHaltWork(db: Database, againMs: number): Promise<HaltWork[]> {
  return db.inSystem(async (tx) => {
    const taken = await rows<{ halt_id: string; tenant_id: string }>(
      tx,
      `UPDATE halt_work w SET due_at = clock_timestamp() + make_interval(secs => $1::double precision / 1000)
       FROM (SELECT halt_id, tenant_id FROM halt_work WHERE due_at <= clock_timestamp()
             ORDER BY due_at LIMIT ${HALTS_AT_ONCE} FOR UPDATE SKIP LOCKED) due
       WHERE (w.halt_id, w.tenant_id) = (due.halt_id, due.tenant_id) RETURNING w.halt_id, w.tenant_id`,
      [againMs],
    );
    return taken.map((t) => ({ haltId: t.halt_id, tenantId: t.tenant_id as TenantId }));
  });
}

/** Which open children of a tenant: of one account, one venue, one strategy, or all. */
export interface CancelScope {
  readonly accountId?: AccountId;
  readonly venue?: VenueId;
  readonly symbol?: string;
  readonly strategyId?: string;
}

/** The orders that a halt cancels. */
export function cancelScopeOf(halt: Pick<NewHalt, 'level' | 'scope'>): CancelScope {
  switch (halt.level) {
    case 'account':
      return { accountId: halt.scope as AccountId };
    case 'venue':
      return { venue: halt.scope as VenueId };
    case 'strategy':
      return { strategyId: halt.scope };
    case 'global':
    case 'tenant':
      return {};
  }
}
