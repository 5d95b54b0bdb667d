import { Dec, type Decimal, type StrategyMarket } from '#domain';
import type { JsonObject } from '#order-intake';
import type { EpochMicros, Strategy, Subscription, SubscriptionTerms } from '#persistence';
import { DEFAULT_EXECUTION, readExecution } from './execution-fields.js';
import { Faults, FieldReader } from './field-reader.js';
import type { OrderToBe } from './judge-algorithm.js';

const TERMS = ['enabled', 'capital', 'max_positions', 'leverage', 'max_leverage', 'on_low_balance', 'execution'];
const NEW_FIELDS = ['strategy_id', 'account', ...TERMS];
const CHANGE_FIELDS = [...TERMS, 'status'];
/** Another strategy or account is another subscription. */
const FIXED_FIELDS = ['strategy_id', 'account'];
const ON_LOW_BALANCE = ['skip', 'scale'] as const;
/** What its owner may say of it; `limited` is the service's to say. */
const OWN_STATUSES = ['active', 'paused'] as const;
export const MAX_POSITIONS = 10_000;
export const DEFAULT_MAX_POSITIONS = 10;
export const MAX_LEVERAGE = 125;

/** Where a subscription trades. */
export interface SubscribedStrategy {
  readonly strategy: Pick<Strategy, 'market' | 'symbols'>;
  readonly accountName: string;
  readonly now: EpochMicros;
}

export interface SubscriptionChange {
  readonly terms: SubscriptionTerms;
  /** Undefined: as it is. */
  readonly status: (typeof OWN_STATUSES)[number] | undefined;
}

/** Names the strategy and the account of `POST /manage/v1/subscriptions`, which decide how the rest is read. Pure. */
export function readSubscribed(body: JsonObject): { readonly strategyId: string; readonly account: string } {
  const faults = new Faults();
  const reader = new FieldReader(body, faults).only(NEW_FIELDS).need('strategy_id', 'account', 'capital');
  const strategyId = reader.text('strategy_id', [1, 64]);
  const account = reader.text('account', [1, 200]);
  if (strategyId === undefined || account === undefined) throw faults.toError();
  return { strategyId, account };
}

/** The terms of a new subscription (signal-apis.md 5.2). Pure. @throws ApiError naming every fault */
export function readNewTerms(body: JsonObject, of: SubscribedStrategy): SubscriptionTerms {
  const faults = new Faults();
  const reader = new FieldReader(body, faults).only(NEW_FIELDS).need('capital');
  const one = new Dec(1);
  const terms = readTerms(reader, of, {
    enabled: true,
    capital: one,
    maxPositions: DEFAULT_MAX_POSITIONS,
    leverage: one,
    maxLeverage: null,
    onLowBalance: 'skip',
    execution: DEFAULT_EXECUTION,
  });
  if (faults.any) throw faults.toError();
  return terms;
}

/** What is named is changed, the rest stays. Pure. @throws ApiError naming every fault */
export function readSubscriptionChange(
  body: JsonObject,
  before: Subscription,
  of: SubscribedStrategy,
): SubscriptionChange {
  const faults = new Faults();
  const reader = new FieldReader(body, faults).only([...CHANGE_FIELDS, ...FIXED_FIELDS]);
  for (const field of FIXED_FIELDS)
    if (reader.has(field)) faults.fail(field, `${field} cannot be changed, make another subscription`);
  if (!CHANGE_FIELDS.some((field) => reader.has(field)) && !faults.any)
    faults.fail('subscription', `a change must name one of ${CHANGE_FIELDS.join(', ')}`);
  const status = reader.choice('status', OWN_STATUSES);
  const terms = readTerms(reader, of, before);
  if (faults.any) throw faults.toError();
  return { terms, status };
}

/** The order that a subscription's algorithms are judged for. Pure. */
export function orderToBe({ strategy, accountName, now }: SubscribedStrategy): OrderToBe {
  const [first] = strategy.symbols;
  if (first === undefined) throw new RangeError('A strategy must have a symbol');
  const pair = `${first.base}${PERPETUAL[strategy.market]}-${first.quote}`;
  return { pair, accountName, now };
}

/** In the order API's names of pairs. */
const PERPETUAL: Readonly<Record<StrategyMarket, string>> = { SPOT: '', FUTURES: ':PERP' };

/** `maxLeverage` null: what the leverage is. */
type Before = Omit<SubscriptionTerms, 'maxLeverage'> & {
  readonly maxLeverage: SubscriptionTerms['maxLeverage'] | null;
};

function readTerms(reader: FieldReader, of: SubscribedStrategy, before: Before): SubscriptionTerms {
  const isSpot = of.strategy.market === 'SPOT';
  const leverageOf = (name: string): Decimal | undefined =>
    reader.decimal(name, isSpot ? '1 for a SPOT strategy' : `from 1 to ${MAX_LEVERAGE}`, (value) =>
      isSpot ? value.eq(1) : value.gte(1) && value.lte(MAX_LEVERAGE),
    );
  const leverage = leverageOf('leverage') ?? before.leverage;
  const maxLeverage = leverageOf('max_leverage') ?? before.maxLeverage ?? leverage;
  if (leverage.gt(maxLeverage) && reader.has('leverage'))
    reader.refuse('leverage', `at most max_leverage, which is ${maxLeverage.toFixed()}`);
  else if (leverage.gt(maxLeverage)) reader.refuse('max_leverage', `at least leverage, which is ${leverage.toFixed()}`);
  return {
    enabled: reader.flag('enabled') ?? before.enabled,
    capital: reader.decimal('capital', 'above 0 and below 10^20', (value) => value.gt(0)) ?? before.capital,
    maxPositions: reader.whole('max_positions', [1, MAX_POSITIONS]) ?? before.maxPositions,
    leverage,
    maxLeverage,
    onLowBalance: reader.choice('on_low_balance', ON_LOW_BALANCE) ?? before.onLowBalance,
    execution: readExecution(reader.object('execution'), before.execution, orderToBe(of)),
  };
}
