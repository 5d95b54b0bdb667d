import type { FuturesExchange } from '../futures-exchange.js';
import { maintenanceMargin, maxNotional } from '../ledger/brackets.js';
import { abs, max } from '../ledger/exact.js';
import type { FuturesAccount } from '../ledger/futures-account.js';
import { MARGIN_ASSET } from '../ledger/futures-ledger.js';
import {
  availableUnits,
  crossState,
  isolatedBalance,
  liquidationPrice,
  orderMargin,
  positionMargin,
} from '../ledger/margin.js';
import type { Position } from '../ledger/position.js';
import { atLeast, entryPriceUnits, moneyText, qtyText } from '../texts.js';

type View = Record<string, unknown>;

/** A position in all the numbers that the vendor shows of it. */
interface PositionFigures {
  readonly position: Position;
  readonly leverage: number;
  readonly isolated: boolean;
  readonly markUnits: bigint;
  readonly notionalUnits: bigint;
  readonly unrealisedUnits: bigint;
  readonly maintenanceUnits: bigint;
  readonly positionMarginUnits: bigint;
  readonly orderMarginUnits: bigint;
  readonly isolatedMarginUnits: bigint;
}

/** What stands in the account of a customer at this moment. */
export class AccountFigures {
  readonly positions: readonly PositionFigures[];

  constructor(
    private readonly exchange: FuturesExchange,
    private readonly account: FuturesAccount,
  ) {
    this.positions = shownPositions(exchange, account).map((position) => this.#figures(position));
  }

  /** Totals, in the order of `/fapi/v3/account`. */
  totals(): View {
    const { account } = this;
    const sum = (pick: (figures: PositionFigures) => bigint): bigint =>
      this.positions.reduce((total, figures) => total + pick(figures), 0n);
    const unrealised = sum(({ unrealisedUnits }) => unrealisedUnits);
    const cross = crossState(account, this.exchange.markOf);
    const positionInitial = sum(({ positionMarginUnits }) => positionMarginUnits);
    const orderInitial = sum(({ orderMarginUnits }) => orderMarginUnits);
    return {
      totalInitialMargin: moneyText(positionInitial + orderInitial),
      totalMaintMargin: moneyText(sum(({ maintenanceUnits }) => maintenanceUnits)),
      totalWalletBalance: moneyText(account.totalUnits),
      totalUnrealizedProfit: moneyText(unrealised),
      totalMarginBalance: moneyText(account.totalUnits + unrealised),
      totalPositionInitialMargin: moneyText(positionInitial),
      totalOpenOrderInitialMargin: moneyText(orderInitial),
      totalCrossWalletBalance: moneyText(account.walletUnits),
      totalCrossUnPnl: moneyText(cross.unrealisedUnits),
      availableBalance: moneyText(this.available()),
      maxWithdrawAmount: moneyText(this.#withdrawable()),
    };
  }

  asset(): View {
    const totals = this.totals();
    return {
      asset: MARGIN_ASSET,
      walletBalance: totals['totalWalletBalance'],
      unrealizedProfit: totals['totalUnrealizedProfit'],
      marginBalance: totals['totalMarginBalance'],
      maintMargin: totals['totalMaintMargin'],
      initialMargin: totals['totalInitialMargin'],
      positionInitialMargin: totals['totalPositionInitialMargin'],
      openOrderInitialMargin: totals['totalOpenOrderInitialMargin'],
      crossWalletBalance: totals['totalCrossWalletBalance'],
      crossUnPnl: totals['totalCrossUnPnl'],
      availableBalance: totals['availableBalance'],
      maxWithdrawAmount: totals['maxWithdrawAmount'],
      marginAvailable: true,
      updateTime: this.account.updatedAt,
    };
  }

  balance(): View {
    const { account } = this;
    return {
      accountAlias: `sim${account.id}`,
      asset: MARGIN_ASSET,
      balance: moneyText(account.totalUnits),
      crossWalletBalance: moneyText(account.walletUnits),
      crossUnPnl: moneyText(crossState(account, this.exchange.markOf).unrealisedUnits),
      availableBalance: moneyText(this.available()),
      maxWithdrawAmount: moneyText(this.#withdrawable()),
      marginAvailable: true,
      updateTime: account.updatedAt,
    };
  }

  available(): bigint {
    return max(0n, availableUnits(this.account, this.exchange.markOf));
  }

  /** Unrealised profit cannot be taken out. */
  #withdrawable(): bigint {
    const available = this.available();
    const wallet = max(0n, this.account.walletUnits);
    return available < wallet ? available : wallet;
  }

  #figures(position: Position): PositionFigures {
    const { account, exchange } = this;
    const { leverage, isolated } = account.settingsOf(position.spec.symbol);
    const markUnits = exchange.markOf(position.spec.symbol);
    const notionalUnits = position.valueAt(markUnits);
    return {
      position,
      leverage,
      isolated,
      markUnits,
      notionalUnits,
      unrealisedUnits: position.unrealisedAt(markUnits),
      maintenanceUnits: maintenanceMargin(abs(notionalUnits)),
      positionMarginUnits: positionMargin(account, position),
      orderMarginUnits: orderMargin(account, position),
      isolatedMarginUnits: isolated ? isolatedBalance(position, markUnits) : 0n,
    };
  }
}

/** One per symbol in one-way mode, long and short of it in hedge mode. */
function shownPositions(exchange: FuturesExchange, account: FuturesAccount): Position[] {
  const sides = account.dual ? (['LONG', 'SHORT'] as const) : (['BOTH'] as const);
  return [...exchange.markets.values()].flatMap(({ spec }) => sides.map((side) => account.position(spec, side)));
}

/** Of `/fapi/v2/account`. */
export function accountPositionV2({ position, leverage, isolated, ...figures }: PositionFigures): View {
  const { spec } = position;
  return {
    symbol: spec.symbol,
    initialMargin: moneyText(figures.positionMarginUnits + figures.orderMarginUnits),
    maintMargin: moneyText(figures.maintenanceUnits),
    unrealizedProfit: moneyText(figures.unrealisedUnits),
    positionInitialMargin: moneyText(figures.positionMarginUnits),
    openOrderInitialMargin: moneyText(figures.orderMarginUnits),
    leverage: String(leverage),
    isolated,
    entryPrice: atLeast(entryPriceUnits(position), 1),
    breakEvenPrice: atLeast(entryPriceUnits(position), 1),
    maxNotional: wholeText(maxNotional(leverage)),
    bidNotional: moneyText(position.bidUnits),
    askNotional: moneyText(position.askUnits),
    positionSide: position.side,
    positionAmt: qtyText(spec, position.lots),
    notional: moneyText(figures.notionalUnits),
    isolatedWallet: moneyText(position.isolatedUnits),
    updateTime: position.updatedAt,
  };
}

/** Of `/fapi/v3/account`. */
export function accountPositionV3({ position, ...figures }: PositionFigures): View {
  return {
    symbol: position.spec.symbol,
    positionSide: position.side,
    positionAmt: qtyText(position.spec, position.lots),
    unrealizedProfit: moneyText(figures.unrealisedUnits),
    isolatedMargin: moneyText(figures.isolatedMarginUnits),
    notional: moneyText(figures.notionalUnits),
    isolatedWallet: moneyText(position.isolatedUnits),
    initialMargin: moneyText(figures.positionMarginUnits + figures.orderMarginUnits),
    maintMargin: moneyText(figures.maintenanceUnits),
    updateTime: position.updatedAt,
  };
}

/** Of `/fapi/v2/positionRisk`. */
export function positionRiskV2(exchange: FuturesExchange, account: FuturesAccount, figures: PositionFigures): View {
  const { position, leverage, isolated } = figures;
  return {
    symbol: position.spec.symbol,
    positionAmt: qtyText(position.spec, position.lots),
    entryPrice: atLeast(entryPriceUnits(position), 1),
    breakEvenPrice: atLeast(entryPriceUnits(position), 1),
    markPrice: moneyText(figures.markUnits),
    unRealizedProfit: moneyText(figures.unrealisedUnits),
    liquidationPrice: atLeast(liquidationPrice(account, position, exchange.markOf), 0),
    leverage: String(leverage),
    maxNotionalValue: wholeText(maxNotional(leverage)),
    marginType: isolated ? 'isolated' : 'cross',
    isolatedMargin: moneyText(figures.isolatedMarginUnits),
    isAutoAddMargin: 'false',
    positionSide: position.side,
    notional: moneyText(figures.notionalUnits),
    isolatedWallet: moneyText(position.isolatedUnits),
    updateTime: position.updatedAt,
    isolated,
    adlQuantile: 0,
  };
}

/** Of `/fapi/v3/positionRisk`. */
export function positionRiskV3(exchange: FuturesExchange, account: FuturesAccount, figures: PositionFigures): View {
  const { position } = figures;
  return {
    symbol: position.spec.symbol,
    positionSide: position.side,
    positionAmt: qtyText(position.spec, position.lots),
    entryPrice: atLeast(entryPriceUnits(position), 1),
    breakEvenPrice: atLeast(entryPriceUnits(position), 1),
    markPrice: moneyText(figures.markUnits),
    unRealizedProfit: moneyText(figures.unrealisedUnits),
    liquidationPrice: atLeast(liquidationPrice(account, position, exchange.markOf), 0),
    isolatedMargin: moneyText(figures.isolatedMarginUnits),
    notional: moneyText(figures.notionalUnits),
    marginAsset: MARGIN_ASSET,
    isolatedWallet: moneyText(position.isolatedUnits),
    initialMargin: moneyText(figures.positionMarginUnits + figures.orderMarginUnits),
    maintMargin: moneyText(figures.maintenanceUnits),
    positionInitialMargin: moneyText(figures.positionMarginUnits),
    openOrderInitialMargin: moneyText(figures.orderMarginUnits),
    adl: 0,
    bidNotional: moneyText(position.bidUnits),
    askNotional: moneyText(position.askUnits),
    updateTime: position.updatedAt,
  };
}

/** Whole USDT, as the vendor prints caps of notional. */
export function wholeText(units: bigint): string {
  return String(units / 100_000_000n);
}
