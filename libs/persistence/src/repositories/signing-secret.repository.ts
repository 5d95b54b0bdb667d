import type { StrategyId, TenantId, UserId } from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { affected, rows, send } from '../sql.js';

/** What a strategy's bodies are signed with, closed by the API for itself. */
export interface SealedSecret {
  /** Names the key that it was closed with. */
  readonly sealedBy: string;
  readonly sealed: Buffer;
}

/** Signing secrets of webhooks (reliability.md S-07): more than one while one takes the place of another. */
export class SigningSecretRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** The new one is the strategy's from now on; those of before go on for so many seconds. */
  async put(
    secret: SealedSecret & { readonly id: string; readonly strategyId: StrategyId },
    graceS: number,
    by: UserId,
  ): Promise<void> {
    const { id, strategyId, sealedBy, sealed } = secret;
    await this.clear(strategyId);
    await send(
      this.tx,
      `UPDATE signing_secrets SET expires_at = LEAST(expires_at, clock_timestamp() + make_interval(secs => $2))
       WHERE strategy_id = $1`,
      [strategyId, graceS],
    );
    await send(
      this.tx,
      'INSERT INTO signing_secrets (id, tenant_id, strategy_id, sealed_by, sealed) VALUES ($1, $2, $3, $4, $5)',
      [id, this.tenantId, strategyId, sealedBy, sealed],
    );
    await this.log(strategyId, 'signing_secret_set', by);
  }

  /** Takes them all away: bodies need no signature any more. */
  async remove(strategyId: StrategyId, by: UserId): Promise<void> {
    const removed = await affected(this.tx, 'DELETE FROM signing_secrets WHERE strategy_id = $1', [strategyId]);
    if (removed > 0) await this.log(strategyId, 'signing_secret_removed', by);
  }

  /** Those that a body may be signed with, newest first; none: bodies need no signature. */
  async of(strategyId: StrategyId): Promise<SealedSecret[]> {
    const found = await rows<{ sealed_by: string; sealed: Buffer }>(
      this.tx,
      `SELECT sealed_by, sealed FROM signing_secrets
       WHERE strategy_id = $1 AND (expires_at IS NULL OR expires_at > clock_timestamp()) ORDER BY id DESC`,
      [strategyId],
    );
    return found.map(({ sealed_by: sealedBy, sealed }) => ({ sealedBy, sealed }));
  }

  /** Those of the strategies that take only signed bodies. */
  async signedAmong(strategyIds: readonly StrategyId[]): Promise<ReadonlySet<StrategyId>> {
    const found = await rows<{ id: StrategyId }>(
      this.tx,
      'SELECT DISTINCT strategy_id AS id FROM signing_secrets WHERE strategy_id = ANY($1::uuid[])',
      [strategyIds],
    );
    return new Set(found.map(({ id }) => id));
  }

  /** What has run out is of no use to anybody. */
  private clear(strategyId: StrategyId): Promise<void> {
    return send(this.tx, 'DELETE FROM signing_secrets WHERE strategy_id = $1 AND expires_at <= clock_timestamp()', [
      strategyId,
    ]);
  }

  private log(entityId: string, event: string, by: UserId): Promise<void> {
    return audit(this.tx, this.tenantId, [{ entity: 'strategy', entityId, event, data: { by } }]);
  }
}
