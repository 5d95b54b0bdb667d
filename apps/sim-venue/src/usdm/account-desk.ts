import { Refusal } from '../floor/refusal.js';
import type { SymbolSpec } from '../matching/symbol-spec.js';
import type { FuturesCore } from './futures-core.js';
import { maxNotional } from './ledger/brackets.js';
import type { FuturesAccount } from './ledger/futures-account.js';
import { availableUnits, largestNotional, positionMargin, spendableUnits } from './ledger/margin.js';
import type { PositionSide } from './ledger/records.js';
import { maxPositionExceeded } from './order-checks.js';
import { accountUpdate, leverageUpdate } from './user-events.js';

/** What a customer sets: modes, leverage, margin of isolated positions; and money that comes and goes. */
export class AccountDesk {
  constructor(private readonly core: FuturesCore) {}

  /** @param amount 10^-8 USDT */
  deposit(account: FuturesAccount, amount: bigint): void {
    this.core.floor.transact(() => {
      this.core.record({ k: 'usdm.transfer', account: account.id, units: amount.toString(), at: this.core.now() });
      this.core.tell(account, (at) => accountUpdate(account, 'DEPOSIT', [], amount, this.core.markOf, at));
    });
  }

  /** @throws Refusal -4059, -4067 or -4068 */
  setDual(account: FuturesAccount, dual: boolean): void {
    if (account.dual === dual) throw new Refusal(-4059, 'No need to change position side.');
    if (account.openOrders.size > 0)
      throw new Refusal(-4067, 'Position side cannot be changed if there exists open orders.');
    if (account.openPositions().length > 0)
      throw new Refusal(-4068, 'Position side cannot be changed if there exists position.');
    this.#settled({ k: 'usdm.mode', account: account.id, dual, at: this.core.now() });
  }

  /** @throws Refusal -4046, -4047 or -4048 */
  setMarginType(account: FuturesAccount, { symbol }: SymbolSpec, isolated: boolean): void {
    if (account.settingsOf(symbol).isolated === isolated) throw new Refusal(-4046, 'No need to change margin type.');
    if ([...account.openOrders.values()].some(({ spec }) => spec.symbol === symbol))
      throw new Refusal(-4047, 'Margin type cannot be changed if there exists open orders.');
    if (account.positionsOf(symbol).some(({ isOpen }) => isOpen))
      throw new Refusal(-4048, 'Margin type cannot be changed if there exists position.');
    this.#settled({ k: 'usdm.marginType', account: account.id, symbol, isolated, at: this.core.now() });
  }

  /** @throws Refusal -4161, -2027 or -2028 */
  setLeverage(account: FuturesAccount, { symbol }: SymbolSpec, leverage: number): void {
    const settings = account.settingsOf(symbol);
    const positions = account.positionsOf(symbol);
    if (settings.isolated && leverage < settings.leverage && positions.some(({ isOpen }) => isOpen))
      throw new Refusal(-4161, 'Leverage reduction is not supported in Isolated Margin Mode with open positions.');
    if (positions.some((position) => largestNotional(position) > maxNotional(leverage))) throw maxPositionExceeded();
    if (leverage < settings.leverage && this.#availableAt(account, symbol, leverage) < 0n)
      throw new Refusal(-2028, 'Leverage is smaller than permitted: insufficient margin balance.');
    this.core.floor.transact(() => {
      this.core.record({ k: 'usdm.leverage', account: account.id, symbol, leverage, at: this.core.now() });
      this.core.tell(account, (at) => leverageUpdate(symbol, account.settingsOf(symbol), at));
    });
  }

  /**
   * Moves margin into an isolated position, or out of it (negative).
   *
   * @throws Refusal -4049, -4054, -4050 or -4051
   */
  movePositionMargin(account: FuturesAccount, spec: SymbolSpec, side: PositionSide, amount: bigint): void {
    const position = account.position(spec, side);
    if (!account.isIsolated(position)) throw new Refusal(-4049, 'Add margin only support for isolated position.');
    if (!position.isOpen) throw new Refusal(-4054, 'Cannot add position margin: position is 0.');
    if (amount > 0n && amount > spendableUnits(account, this.core.markOf))
      throw new Refusal(-4050, 'Cross balance insufficient.');
    const unrealised = position.unrealisedAt(this.core.markOf(spec.symbol));
    const left = position.isolatedUnits + (unrealised < 0n ? unrealised : 0n) + amount;
    if (amount < 0n && left < positionMargin(account, position))
      throw new Refusal(-4051, 'Isolated balance insufficient.');
    this.core.floor.transact(() => {
      this.core.record({
        k: 'usdm.positionMargin',
        account: account.id,
        symbol: spec.symbol,
        positionSide: side,
        units: amount.toString(),
        at: this.core.now(),
      });
      this.core.tell(account, (at) =>
        accountUpdate(account, 'MARGIN_TRANSFER', [position], -amount, this.core.markOf, at),
      );
    });
  }

  /** What would be available if the symbol had this leverage. */
  #availableAt(account: FuturesAccount, symbol: string, leverage: number): bigint {
    const before = account.settings.get(symbol);
    account.settings.set(symbol, { ...account.settingsOf(symbol), leverage });
    const available = availableUnits(account, this.core.markOf);
    if (before === undefined) account.settings.delete(symbol);
    else account.settings.set(symbol, before);
    return available;
  }

  #settled(record: Parameters<FuturesCore['record']>[0]): void {
    this.core.floor.transact(() => this.core.record(record));
  }
}
