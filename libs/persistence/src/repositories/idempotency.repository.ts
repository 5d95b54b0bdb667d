import type { TenantId, UserId } from '#domain';
import type { Tx } from '../database.js';
import { affected, row, rows, send } from '../sql.js';

/** An answer that was committed under a key. */
export interface StoredAnswer {
  readonly bodyHashHex: string;
  readonly status: number;
  /** The JSON text as it was sent. */
  readonly response: string;
}

export interface IdempotencyScope {
  readonly tenantId: TenantId;
  readonly userId: UserId;
  readonly route: string;
  readonly key: string;
}

/** First half of the advisory lock that makes one request of a key wait for the other. */
const KEY_LOCK = 7_263_003;
/** The status of a row that holds a key for a request which has not answered yet. */
const RUNNING = 0;
/** A request that holds a key for longer died with its process. */
const RUNS_AT_MOST = `interval '60 seconds'`;
/** More than one, so that what is old goes faster than new keys come. */
const CLEARED_AT_ONCE = 10;
const KEPT = `interval '72 hours'`;

/** Answers by (user, route, key), kept for 72 hours. */
export class IdempotencyRepository {
  constructor(private readonly tx: Tx) {}

  /** Waits until no other transaction holds the key; held until this one ends. */
  async lock({ userId, route, key }: IdempotencyScope): Promise<void> {
    await rows(this.tx, 'SELECT pg_advisory_xact_lock($1, hashtext($2))', [KEY_LOCK, `${userId} ${key} ${route}`]);
  }

  async find(scope: IdempotencyScope): Promise<StoredAnswer | null> {
    const found = await row<{ hash: string; status: number; response: string }>(
      this.tx,
      `SELECT encode(body_hash, 'hex') AS hash, status, response FROM idempotency_keys
       WHERE user_id = $1 AND route = $2 AND key = $3 AND status <> ${RUNNING}
         AND created_at > clock_timestamp() - ${KEPT}`,
      [scope.userId, scope.route, scope.key],
    );
    return found === null ? null : { bodyHashHex: found.hash, status: found.status, response: found.response };
  }

  /**
   * Takes the key for the running transaction. A twin that took it first is waited for; when that one commits, the
   * result is false and `find` gives its answer. Each new key also clears away a few that have outlived their time.
   */
  async take(scope: IdempotencyScope, answer: StoredAnswer): Promise<boolean> {
    await send(
      this.tx,
      `DELETE FROM idempotency_keys
       WHERE user_id = $1 AND route = $2 AND key = $3 AND created_at <= clock_timestamp() - ${KEPT}`,
      [scope.userId, scope.route, scope.key],
    );
    const inserted = await affected(
      this.tx,
      `INSERT INTO idempotency_keys (user_id, route, key, tenant_id, body_hash, status, response)
       VALUES ($1, $2, $3, $4, decode($5, 'hex'), $6, $7) ON CONFLICT (user_id, route, key) DO NOTHING`,
      [scope.userId, scope.route, scope.key, scope.tenantId, answer.bodyHashHex, answer.status, answer.response],
    );
    if (inserted === 1) await this.clear(scope.userId);
    return inserted === 1;
  }

  /**
   * Takes a locked key for a request that is about to run in transactions of its own. `running` when another one has it;
   * `find` comes first.
   */
  async claim(scope: IdempotencyScope, bodyHashHex: string): Promise<'mine' | 'running'> {
    const running = await row(
      this.tx,
      `SELECT 1 FROM idempotency_keys WHERE user_id = $1 AND route = $2 AND key = $3 AND status = ${RUNNING}
         AND created_at > clock_timestamp() - ${RUNS_AT_MOST}`,
      [scope.userId, scope.route, scope.key],
    );
    if (running !== null) return 'running';
    await this.release(scope);
    const claim = { bodyHashHex, status: RUNNING, response: '' };
    return (await this.take(scope, claim)) ? 'mine' : 'running';
  }

  /** Lets a claim run anew; whoever does a step of the request does so in the step's transaction. */
  async renew(scope: IdempotencyScope, bodyHashHex: string): Promise<void> {
    await this.release(scope);
    await this.take(scope, { bodyHashHex, status: RUNNING, response: '' });
  }

  /** The answers under the same key whose route begins so, oldest first. */
  async findBelow(
    { userId, key }: IdempotencyScope,
    routePrefix: string,
  ): Promise<(StoredAnswer & { readonly route: string })[]> {
    const found = await rows<{ route: string; hash: string; status: number; response: string }>(
      this.tx,
      `SELECT route, encode(body_hash, 'hex') AS hash, status, response FROM idempotency_keys
       WHERE user_id = $1 AND starts_with(route, $2) AND key = $3 AND status <> ${RUNNING}
         AND created_at > clock_timestamp() - ${KEPT}
       ORDER BY created_at`,
      [userId, routePrefix, key],
    );
    return found.map(({ route, hash, status, response }) => ({ route, bodyHashHex: hash, status, response }));
  }

  /** Gives a claimed key back: its request failed, or its answer is about to take the key. */
  async release(scope: IdempotencyScope): Promise<void> {
    await send(
      this.tx,
      `DELETE FROM idempotency_keys WHERE user_id = $1 AND route = $2 AND key = $3 AND status = ${RUNNING}`,
      [scope.userId, scope.route, scope.key],
    );
  }

  private async clear(userId: UserId): Promise<void> {
    await send(
      this.tx,
      `DELETE FROM idempotency_keys WHERE (user_id, route, key) IN (
         SELECT user_id, route, key FROM idempotency_keys
         WHERE user_id = $1 AND created_at <= now() - ${KEPT} LIMIT ${CLEARED_AT_ONCE})`,
      [userId],
    );
  }
}
