import type { FuturesCore } from './futures-core.js';
import { maintenanceMargin } from './ledger/brackets.js';
import { abs } from './ledger/exact.js';
import type { FuturesAccount } from './ledger/futures-account.js';
import { crossState, isolatedBalance } from './ledger/margin.js';
import type { Position } from './ledger/position.js';
import type { OrderDesk } from './order-desk.js';
import { marginCall } from './user-events.js';

/** A margin call comes when the balance is within this share of the maintenance margin. */
const CALL_PERCENT = 120n;

type State = 'sound' | 'called' | 'liquidate';

/**
 * Watches positions against their maintenance margin: warns, then closes them. An isolated position answers for itself,
 * crossed ones stand together.
 */
export class RiskDesk {
  /** Who was warned and has not recovered since: account and position, or account alone for crossed ones. */
  readonly #called = new Set<string>();

  constructor(
    private readonly core: FuturesCore,
    private readonly orders: OrderDesk,
  ) {}

  /** Looks at every open position. Its changes are one operation. */
  check(): void {
    this.core.floor.transact(() => {
      for (const account of this.core.ledger.accounts.values()) {
        const open = account.openPositions();
        if (open.length === 0) continue;
        for (const position of open) if (account.isIsolated(position)) this.#checkIsolated(account, position);
        if (open.some((position) => !account.isIsolated(position))) this.#checkCrossed(account);
      }
    });
  }

  clear(): void {
    this.#called.clear();
  }

  #checkIsolated(account: FuturesAccount, position: Position): void {
    const mark = this.core.markOf(position.spec.symbol);
    if (mark === 0n) return;
    const maintenance = maintenanceMargin(abs(position.valueAt(mark)));
    const key = `${account.id} ${position.spec.symbol} ${position.side}`;
    const state = this.#state(key, isolatedBalance(position, mark), maintenance);
    if (state === 'called') this.#call(account, [position], false);
    if (state !== 'liquidate') return;
    this.orders.cancelAll([...account.openOrders.values()].filter(({ spec }) => spec === position.spec));
    this.orders.liquidate(account, position);
  }

  /** Closes the largest position first, until what is left is covered again. */
  #checkCrossed(account: FuturesAccount): void {
    const { markOf } = this.core;
    const state = this.#stateOfCrossed(account);
    if (state === 'called') this.#call(account, crossState(account, markOf).positions, true);
    if (state !== 'liquidate') return;
    this.orders.cancelAll(account.openOrders.values());
    for (;;) {
      const { balanceUnits, maintenanceUnits, positions } = crossState(account, markOf);
      const [first, ...others] = positions;
      if (first === undefined || balanceUnits > maintenanceUnits) return;
      const sizeOf = (position: Position): bigint => abs(position.valueAt(markOf(position.spec.symbol)));
      this.orders.liquidate(
        account,
        others.reduce((largest, position) => (sizeOf(position) > sizeOf(largest) ? position : largest), first),
      );
    }
  }

  #stateOfCrossed(account: FuturesAccount): State {
    const { balanceUnits, maintenanceUnits, positions } = crossState(account, this.core.markOf);
    if (positions.some(({ spec }) => this.core.markOf(spec.symbol) === 0n)) return 'sound';
    return this.#state(String(account.id), balanceUnits, maintenanceUnits);
  }

  /** `called` only once, until the balance has recovered. */
  #state(key: string, balance: bigint, maintenance: bigint): State {
    if (balance <= maintenance) {
      this.#called.delete(key);
      return 'liquidate';
    }
    if (balance * 100n > maintenance * CALL_PERCENT) {
      this.#called.delete(key);
      return 'sound';
    }
    if (this.#called.has(key)) return 'sound';
    this.#called.add(key);
    return 'called';
  }

  #call(account: FuturesAccount, positions: readonly Position[], crossed: boolean): void {
    this.core.tell(account, (at) => marginCall(account, positions, crossed, this.core.markOf, at));
  }
}
