import { Inject, Injectable } from '@nestjs/common';
import { Dec, floorTo, type AccountId, type Decimal, type Instrument } from '#domain';
import {
  findStrategy,
  readDecimal,
  shown,
  unknownAccount,
  type ChosenStrategy,
  type JsonObject,
  type JsonValue,
} from '#order-intake';
import type { TokenOwner, VenueAccount } from '#persistence';
import { AccountDirectory } from '../accounts/account-directory.js';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import { InstrumentDirectory } from '../market/instrument-directory.js';
import type { OrderView } from '../orders/order-detail-view.js';
import { PlaceClosings } from './place-closings.js';
import { ReadHoldings } from './read-holdings.js';
import { QUOTE_ASSETS, type Holdings } from './show-balances.js';

/** Seconds that a trajectory takes. */
const TRAJECTORY_SECONDS = '300';

/** What is to be closed of one asset or position. */
interface Closing {
  readonly accountId: AccountId;
  readonly accountName: string;
  /** As balances show it. */
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly size: Decimal;
  readonly instrument: Instrument | undefined;
  readonly price: Decimal | null;
  readonly isPosition: boolean;
  /** In hedge mode: which of the two positions; null in one-way mode and for tokens. */
  readonly posSide: 'long' | 'short' | null;
}

interface Request {
  readonly maxNotional: Decimal;
  readonly accounts: readonly VenueAccount[];
  readonly strategy: ChosenStrategy;
}

/**
 * Sells tokens into the quote currency and closes positions, each asset by an order of its own and up to a cap
 * (order-api.md 3.7, 4.8). What cannot be closed keeps nothing else from it.
 */
@Injectable()
export class CloseBalances {
  constructor(
    @Inject(RequestDatabase) private readonly db: RequestDatabase,
    @Inject(AccountDirectory) private readonly accounts: AccountDirectory,
    @Inject(InstrumentDirectory) private readonly instruments: InstrumentDirectory,
    @Inject(ReadHoldings) private readonly holdings: ReadHoldings,
    @Inject(PlaceClosings) private readonly placing: PlaceClosings,
  ) {}

  /** @throws ApiError naming the faulty field */
  async run(caller: TokenOwner, body: JsonObject): Promise<OrderView> {
    const instruments = await this.instruments.all();
    const { request, closings } = await this.db.inTenant(caller.tenantId, async (tx) => {
      const all = await this.accounts.reachable(tx, caller);
      const own = await this.accounts.own(tx, caller);
      const read = readRequest(
        body,
        all.filter(({ isArchived }) => !isArchived),
        own.filter(({ isArchived }) => !isArchived),
      );
      const held = await this.holdings.of(tx, caller, read.accounts, instruments);
      return {
        request: read,
        closings: [...held].flatMap(([account, all]) => all.flatMap((h) => closingsOf(account, h))),
      };
    });
    return this.placing.all(
      caller,
      closings.map((closing) => ({
        // However the holding stands by the time of a repeat, it is the same one.
        name: [closing.accountId, closing.symbol, closing.posSide ?? 'net'].join('/'),
        accountName: closing.accountName,
        symbol: closing.symbol,
        body: () => orderOf(closing, request),
      })),
    );
  }
}

function closingsOf(account: VenueAccount, holdings: Holdings): Closing[] {
  const { marketType, balances, positions, instrumentOf, midOf, marketOf } = holdings;
  const tokens = marketType === 'spot' ? (balances?.assets ?? []) : [];
  return [
    ...tokens
      .filter(({ asset, free }) => !QUOTE_ASSETS.includes(asset) && free.gt(0))
      .map(({ asset, free }): Closing => {
        const instrument = marketOf(asset);
        const price = instrument === undefined ? null : midOf(instrument.symbol);
        return {
          accountId: account.id,
          accountName: account.name,
          symbol: asset,
          side: 'sell',
          size: free,
          instrument,
          price,
          isPosition: false,
          posSide: null,
        };
      }),
    ...positions
      .filter(({ qty }) => !qty.isZero())
      .map(({ symbol, side, qty, markPx }): Closing => {
        const instrument = instrumentOf(symbol);
        return {
          accountId: account.id,
          accountName: account.name,
          symbol: instrument?.pair ?? symbol,
          side: qty.isNegative() ? 'buy' : 'sell',
          size: qty.abs(),
          instrument,
          price: midOf(symbol) ?? markPx,
          isPosition: true,
          posSide: side === 'both' ? null : side,
        };
      }),
  ];
}

/** The body of an order that closes as much as the cap allows. @throws ApiError where that is nothing */
function orderOf(closing: Closing, { maxNotional, strategy }: Request): JsonObject {
  const { instrument, price, size, side, accountName, symbol } = closing;
  if (instrument === undefined) throw new ApiError('pair_not_available', `${symbol} is sold nowhere on the venue`);
  if (price === null || price.isZero()) throw new ApiError('no_market_data', `no market data for ${instrument.pair}`);
  const qty = floorTo(Dec.min(size, maxNotional.div(price)), instrument.lot);
  if (qty.isZero() || qty.lt(instrument.minQty) || qty.mul(price).lt(instrument.minNotional))
    throw new ApiError('below_minimum', "below the venue's minimum");
  return {
    accounts: [accountName],
    pair: instrument.pair,
    side,
    strategy: strategy.superStrategy === 'Standard' ? strategy.strategy.name : strategy.superStrategy,
    base_asset_qty: qty.toFixed(),
    notes: 'close_balances',
    ...(strategy.strategy.kind === 'trajectory' ? { duration: TRAJECTORY_SECONDS } : {}),
    ...(closing.isPosition ? { strategy_params: { reduce_only: true } } : {}),
    ...(closing.posSide === null ? {} : { pos_side: closing.posSide }),
  };
}

function readRequest(body: JsonObject, reachable: readonly VenueAccount[], own: readonly VenueAccount[]): Request {
  const errors: Record<string, string[]> = {};
  const cap = body['max_notional'] === undefined ? null : readDecimal(body['max_notional']);
  if (cap?.gt(0) !== true)
    errors['max_notional'] = [
      `max_notional must be greater than 0${body['max_notional'] === undefined ? '' : `, was ${shown(body['max_notional'])}`}`,
    ];
  const accounts = readAccounts(body['account_names'], reachable, own, errors);
  const named = body['preferred_strategy'] ?? 'Market';
  const strategy = typeof named === 'string' ? findStrategy(named) : null;
  if (strategy === null)
    errors['preferred_strategy'] = [
      `unexpected strategy ${typeof named === 'string' ? named.slice(0, 80) : shown(named)}`,
    ];
  else if (['Limit', 'IOC', 'Target Time', 'POV'].includes(strategy.strategy.name))
    errors['preferred_strategy'] = [`preferred_strategy ${strategy.strategy.name} needs more than a quantity`];
  if (Object.keys(errors).length > 0 || cap === null || strategy === null) throw ApiError.ofFields(errors);
  return { maxNotional: cap, accounts, strategy };
}

/** All of the caller's own, unless some are named; one that is shared goes by `owner/name`. */
function readAccounts(
  raw: JsonValue | undefined,
  reachable: readonly VenueAccount[],
  own: readonly VenueAccount[],
  errors: Record<string, string[]>,
): readonly VenueAccount[] {
  if (raw === undefined) return own;
  if (!Array.isArray(raw)) {
    errors['account_names'] = [`account_names must be a list, was ${shown(raw)}`];
    return [];
  }
  const names = raw as readonly JsonValue[];
  if (names.length === 0) return own;
  const unknown = names.find((name) => !reachable.some((account) => account.name === name));
  if (unknown !== undefined) errors['account_names'] = [unknownAccount(unknown)];
  return reachable.filter(({ name }) => names.includes(name));
}
