import { toDecimalString, type AccountId, type Clock, type TenantId } from '#domain';
import type { HeldAccount } from '#persistence';
import { QueryRefusedError, SILENT, type AnswerOf, type accountBalancesQuery, type QuestionOf } from '#queues';
import type { AccountSessions } from './account-sessions.js';

type Balances = AnswerOf<typeof accountBalancesQuery>;

/** However many ask, a venue is asked at most this often for one account. */
const FRESH_FOR_MS = 1_000;

/** Balances of accounts that this process looks after, asked of their venues. */
export class AnswerBalances {
  private readonly recent = new Map<AccountId, { readonly since: number; readonly balances: Promise<Balances> }>();

  constructor(
    private readonly sessions: Pick<AccountSessions, 'get'>,
    private readonly heldAccount: (accountId: AccountId) => HeldAccount | null,
    private readonly clock: Clock,
  ) {}

  /**
   * Silent for an account that another process looks after.
   * @throws QueryRefusedError when the venue does not tell
   */
  async run(question: QuestionOf<typeof accountBalancesQuery>): Promise<Balances | typeof SILENT> {
    const accountId = question.accountId as AccountId;
    const account = this.heldAccount(accountId);
    if (account === null || account.tenantId !== (question.tenantId as TenantId)) return SILENT;
    const known = this.recent.get(accountId);
    if (known !== undefined && performance.now() - known.since < FRESH_FOR_MS) return known.balances;
    const balances = this.read(account);
    this.recent.set(accountId, { since: performance.now(), balances });
    balances.catch(() => this.recent.delete(accountId));
    return balances;
  }

  private async read({ accountId, tenantId, venue }: HeldAccount): Promise<Balances> {
    const session = await this.sessions.get(tenantId, accountId, venue);
    if (session === null) throw new QueryRefusedError('venue_failed', 'no session at the venue');
    const at = this.clock.now();
    const told = await session.session.balances('query');
    if (told.kind === 'failed')
      throw new QueryRefusedError(told.why.code === 'BUDGET' ? 'no_budget' : 'venue_failed', told.why.text);
    return {
      at,
      balances: told.value.map(({ asset, free, locked }) => ({
        asset,
        free: toDecimalString(free),
        locked: toDecimalString(locked),
      })),
    };
  }
}
