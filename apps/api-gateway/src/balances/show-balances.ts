import {
  Dec,
  err,
  maintenanceMargin,
  ok,
  ZERO,
  type Decimal,
  type Instrument,
  type MarginTier,
  type MarketType,
  type Result,
} from '#domain';
import type { AccountBalances, ShownPosition, VenueAccount } from '#persistence';
import { jsonNumber } from '../http/json-number.js';
import { orNull, showTime } from '../orders/show-values.js';

/** Statuses of an account in which its venue answers: by its stream, or by being asked while the stream is down. */
const LIVE_STATUSES: readonly AccountBalances['status'][] = ['trading', 'degraded', 'halted'];
/** Assets that count as the quote currency itself. */
export const QUOTE_ASSETS: readonly string[] = ['USDT', 'USDC', 'USD'];

/** What an account holds at one of the venues that it reaches. */
export interface Holdings {
  /** Of what is traded there. */
  readonly marketType: MarketType;
  readonly balances: AccountBalances | undefined;
  readonly positions: readonly ShownPosition[];
  /** Price of one unit of an asset in quote; null while no market has told. */
  readonly priceOf: (asset: string) => Decimal | null;
  readonly instrumentOf: (symbol: string) => Instrument | undefined;
  readonly midOf: (symbol: string) => Decimal | null;
  /** What the venue tells of maintenance margin there; empty where it tells nothing. */
  readonly tiersOf: (symbol: string) => readonly MarginTier[];
  /** The spot market where an asset is sold for quote. */
  readonly marketOf: (asset: string) => Instrument | undefined;
}

/** One asset or position; all figures in quote but the size. */
export interface ShownAsset {
  readonly symbol: string;
  readonly size: Decimal;
  readonly notional: Decimal;
  readonly marketType: MarketType;
  readonly assetType: 'token' | 'position';
  readonly unrealizedProfit: Decimal;
  readonly initialMargin: Decimal;
  /** 0 of tokens, and of positions at venues that do not tell it. */
  readonly maintMargin: Decimal;
  readonly marginBalance: Decimal | null;
  readonly leverage: Decimal | null;
}

type View = Readonly<Record<string, unknown>>;

/**
 * One account of `GET /api/balances/` with all that it holds at the venues it reaches (order-api.md 4.8). Pure. What has
 * no price yet shows a notional of 0. A venue that was never asked adds nothing.
 */
export function showBalances(account: VenueAccount, holdings: readonly Holdings[]): View {
  const fetched = holdings.filter(({ balances }) => (balances?.balancesAt ?? null) !== null);
  if (fetched.length === 0) return { exchange: account.exchange, assets: [], stale_since: null };
  const assets = fetched.flatMap(assetsOf);
  const since = staleSince(fetched);
  return {
    exchange: account.exchange,
    assets: assets.map((asset) => showAsset(asset, assets)),
    ...(since === null ? {} : { stale_since: showTime(since) }),
  };
}

/**
 * One account of `GET /api/sor/get_cached_account_balance`: what it holds, and its equity in quote, positions by their
 * profit. Pure.
 * @returns an entry of `errors` for an account that was never fetched
 */
export function showCachedBalance(account: VenueAccount, holdings: readonly Holdings[]): Result<View, View> {
  const fetched = holdings.filter(({ balances }) => (balances?.balancesAt ?? null) !== null);
  if (fetched.length === 0) return err({ account_name: account.name, message: 'balances were never fetched' });
  const assets = fetched.flatMap(assetsOf);
  const equity = assets.reduce<Decimal>(
    (sum, one) => sum.add(one.assetType === 'token' ? one.notional : one.unrealizedProfit),
    ZERO,
  );
  return ok({
    account_name: account.name,
    account_id: account.id,
    equity: jsonNumber(equity),
    equities: [{ total_equity: jsonNumber(equity) }],
    assets: assets.map((asset) => ({
      symbol: asset.symbol,
      amount: jsonNumber(asset.size),
      size: jsonNumber(asset.size),
      notional: jsonNumber(asset.notional),
      asset_type: asset.assetType,
      unrealized_profit: jsonNumber(asset.unrealizedProfit),
      leverage: orNull(asset.leverage, jsonNumber),
    })),
  });
}

/** When the oldest of what is not kept fresh was told; null when all of it is fresh. Pure. */
export function staleSince(fetched: readonly Pick<Holdings, 'balances'>[]): AccountBalances['balancesAt'] {
  const stale = fetched.flatMap(({ balances }) =>
    balances === undefined || (balances.isTended && LIVE_STATUSES.includes(balances.status))
      ? []
      : (balances.balancesAt ?? []),
  );
  return stale.reduce<AccountBalances['balancesAt']>((least, at) => (least === null || at < least ? at : least), null);
}

/** Tokens and positions at one venue that are not zero. Pure. */
export function assetsOf(holdings: Holdings): ShownAsset[] {
  const { marketType, balances, positions, priceOf } = holdings;
  const held = positions.filter(({ qty }) => !qty.isZero()).map((position) => positionOf(position, holdings));
  const tokens = (balances?.assets ?? [])
    .map(({ asset, free, locked }) => ({ asset, size: free.add(locked) }))
    .filter(({ size }) => !size.isZero())
    .map(({ asset, size }): ShownAsset => {
      const profit = QUOTE_ASSETS.includes(asset)
        ? held.reduce((sum, one) => (one.quote === asset ? sum.add(one.unrealizedProfit) : sum), ZERO)
        : ZERO;
      return {
        symbol: asset,
        size,
        notional: notionalOf(asset, size, priceOf),
        marketType,
        assetType: 'token',
        unrealizedProfit: ZERO,
        initialMargin: ZERO,
        maintMargin: ZERO,
        marginBalance: size.add(profit),
        leverage: null,
      };
    });
  return [...tokens, ...held];
}

function positionOf(
  position: ShownPosition,
  { marketType, instrumentOf, midOf, tiersOf }: Holdings,
): ShownAsset & { readonly quote: string } {
  const { symbol, qty, leverage } = position;
  const instrument = instrumentOf(symbol);
  const price = position.markPx ?? midOf(symbol) ?? position.entryPx ?? ZERO;
  const notional = cut(qty.mul(price));
  const unrealizedProfit = position.unrealizedPnl ?? ZERO;
  const initialMargin = leverage === null || leverage.isZero() ? ZERO : cut(notional.abs().div(leverage));
  return {
    symbol: instrument?.pair ?? symbol,
    quote: instrument?.quote ?? '',
    size: qty,
    notional,
    marketType: instrument?.marketType ?? marketType,
    assetType: 'position',
    unrealizedProfit,
    initialMargin,
    maintMargin: maintenanceMargin(tiersOf(symbol), notional) ?? ZERO,
    marginBalance: leverage === null ? null : initialMargin.add(unrealizedProfit),
    leverage,
  };
}

function showAsset(asset: ShownAsset, all: readonly ShownAsset[]): View {
  const total = all
    .filter(({ marketType }) => marketType === asset.marketType)
    .reduce<Decimal>((sum, { notional }) => sum.add(notional.abs()), ZERO);
  const part = total.isZero() ? ZERO : asset.notional.abs().div(total).toDecimalPlaces(6, Dec.ROUND_HALF_EVEN);
  return {
    symbol: asset.symbol,
    size: jsonNumber(asset.size),
    notional: jsonNumber(asset.notional),
    market_type: asset.marketType,
    asset_type: asset.assetType,
    unrealized_profit: jsonNumber(asset.unrealizedProfit),
    initial_margin: jsonNumber(asset.initialMargin),
    maint_margin: jsonNumber(asset.maintMargin),
    margin_balance: orNull(asset.marginBalance, jsonNumber),
    leverage: orNull(asset.leverage, jsonNumber),
    notional_pct_total: jsonNumber(part),
  };
}

function notionalOf(asset: string, size: Decimal, priceOf: Holdings['priceOf']): Decimal {
  if (QUOTE_ASSETS.includes(asset)) return size;
  return cut(size.mul(priceOf(asset) ?? ZERO));
}

function cut(value: Decimal): Decimal {
  return value.toDecimalPlaces(18, Dec.ROUND_DOWN);
}
