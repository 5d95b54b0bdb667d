import { epochMs, type AccountId, type EpochMs, type TenantId } from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { row, rows, send, theRow } from '../sql.js';

export type AccountCommandKind = 'cancel_external' | 'set_hedge_mode' | 'set_leverage' | 'set_margin_type';

/** What a person asked to be done at a venue account itself. */
export interface AccountCommand {
  readonly id: string;
  readonly accountId: AccountId;
  readonly kind: AccountCommandKind;
  /** Empty for what concerns the whole account. */
  readonly symbol: string;
  /** The venue's order id, `on` or `off`, a leverage, or a margin type. */
  readonly argument: string;
  readonly requestedAt: EpochMs;
  readonly outcome: 'done' | 'refused' | null;
  readonly outcomeText: string;
}

interface Columns {
  id: string;
  account_id: string;
  kind: AccountCommandKind;
  symbol: string;
  argument: string;
  requested_at: Date;
  outcome: AccountCommand['outcome'];
  outcome_text: string;
}

const COLUMNS = 'id, account_id, kind, symbol, argument, requested_at, outcome, outcome_text';

/** Commands to venue accounts: intents in rows, carried out by whoever holds the account's lease. */
export class AccountCommandRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** Asks for it; the same thing asked for while it is not done yet is the same command. */
  async add(
    accountId: AccountId,
    requestedBy: string,
    command: Pick<AccountCommand, 'kind' | 'symbol' | 'argument'>,
  ): Promise<AccountCommand> {
    const { kind, symbol, argument } = command;
    const stored = await theRow<Columns & { is_new: boolean }>(
      this.tx,
      `INSERT INTO account_commands AS c (account_id, tenant_id, requested_by, kind, symbol, argument)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (account_id, kind, symbol, argument) WHERE finished_at IS NULL
       DO UPDATE SET next_try_at = LEAST(c.next_try_at, clock_timestamp())
       RETURNING ${COLUMNS}, xmax = 0 AS is_new`,
      [accountId, this.tenantId, requestedBy, kind, symbol, argument],
    );
    if (stored.is_new)
      await audit(this.tx, this.tenantId, [
        {
          entity: 'account',
          entityId: accountId,
          event: 'COMMAND_REQUESTED',
          data: { commandId: stored.id, kind, symbol, argument, requestedBy },
        },
      ]);
    return toCommand(stored);
  }

  async find(id: string): Promise<AccountCommand | null> {
    const found = await row<Columns>(this.tx, `SELECT ${COLUMNS} FROM account_commands WHERE id = $1`, [id]);
    return found === null ? null : toCommand(found);
  }

  /** What is to be done for the account now, oldest first. */
  async due(accountId: AccountId): Promise<AccountCommand[]> {
    const found = await rows<Columns>(
      this.tx,
      `SELECT ${COLUMNS} FROM account_commands
       WHERE account_id = $1 AND finished_at IS NULL AND next_try_at <= clock_timestamp() ORDER BY requested_at, id`,
      [accountId],
    );
    return found.map(toCommand);
  }

  /** Tried in vain for now. */
  async postpone(id: string, delayMs: number, why: string): Promise<void> {
    await send(
      this.tx,
      `UPDATE account_commands SET outcome_text = $3,
              next_try_at = clock_timestamp() + make_interval(secs => $2::double precision / 1000)
       WHERE id = $1 AND finished_at IS NULL`,
      [id, delayMs, why],
    );
  }

  async finish(command: AccountCommand, outcome: 'done' | 'refused', text: string): Promise<void> {
    await send(
      this.tx,
      `UPDATE account_commands SET outcome = $2, outcome_text = $3, finished_at = clock_timestamp()
       WHERE id = $1 AND finished_at IS NULL`,
      [command.id, outcome, text],
    );
    await audit(this.tx, this.tenantId, [
      {
        entity: 'account',
        entityId: command.accountId,
        event: outcome === 'done' ? 'COMMAND_DONE' : 'COMMAND_REFUSED',
        data: { commandId: command.id, kind: command.kind, text },
      },
    ]);
  }
}

function toCommand(c: Columns): AccountCommand {
  return {
    id: c.id,
    accountId: c.account_id as AccountId,
    kind: c.kind,
    symbol: c.symbol,
    argument: c.argument,
    requestedAt: epochMs(c.requested_at.getTime()),
    outcome: c.outcome,
    outcomeText: c.outcome_text,
  };
}
