import type { Algorithm, Decimal, MarketType, Price, Side, Sizing } from '#domain';
import type { EpochMicros, RecordedCondition, VenueAccount } from '#persistence';
import type { JsonValue } from '../json/json-body.js';
import type { PriceSources } from './price-sources.js';
import { showName } from './read-values.js';
import type { ChosenStrategy } from './strategies.js';

/** Strategy parameters that the engine knows, and what is shown again of those given. */
export interface StrategyParams {
  readonly passiveOnly: boolean;
  readonly activeLimit: boolean;
  readonly strictDuration: boolean;
  readonly oolPause: boolean;
  readonly maxClipNotional: Decimal | null;
  readonly reduceOnly: boolean;
  /** Centre of a Target Time order's window; null for other strategies. */
  readonly targetTime: EpochMicros | null;
  /** Length of that window, instead of the duration; null where not given. */
  readonly intervalMinutes: number | null;
  readonly echo: Readonly<Record<string, JsonValue>>;
}

/** What a request says of its condition; the expiry is a field of its own. */
export type RequestedCondition = Omit<RecordedCondition, 'vars' | 'expiresAt'>;

/** A request to place a single order, syntactically right; the market has not been looked at yet. */
export interface OrderRequest {
  readonly accounts: readonly VenueAccount[];
  /** As typed. */
  readonly pair: string;
  readonly marketType: MarketType;
  readonly side: Side;
  readonly chosen: ChosenStrategy;
  readonly algorithm: Algorithm;
  readonly sizing: Sizing;
  /** In the target token. */
  readonly orderQty: Decimal;
  /** Null for orders without a trajectory; of an order that keeps a share of volume the longest time, null for the default. */
  readonly durationMs: number | null;
  readonly passiveness: Decimal;
  readonly discretion: Decimal;
  readonly alphaTilt: Decimal;
  /** In (0, 1]; null: no cap. */
  readonly povLimit: Decimal | null;
  /** In (0, 1]; null: the order does not follow volume. */
  readonly povTarget: Decimal | null;
  readonly limitPrice: Price | null;
  readonly isReverseLimit: boolean;
  /** Null means at once. */
  readonly startAt: EpochMicros | null;
  /** Null means none. */
  readonly condition: RequestedCondition | null;
  /** Null means never. */
  readonly conditionExpiry: EpochMicros | null;
  readonly strategyParams: StrategyParams;
  readonly notes: string;
  readonly customOrderId: string;
  /** To be set at the venue before the first child; null: left as it is. */
  readonly updatedLeverage: number | null;
  /** A fraction, at most 1. */
  readonly maxOtc: Decimal | null;
  readonly posSide: 'long' | 'short' | null;
  /** Null unless the order is an Iceberg. */
  readonly orderSlices: number | null;
  readonly warnings: readonly string[];
}

/** What parsing needs to know beside the body. */
export interface ParseContext {
  readonly now: EpochMicros;
  readonly accounts: readonly VenueAccount[];
  /** Of conditions. */
  readonly prices: PriceSources;
}

export interface FieldSpec {
  readonly name: string;
  readonly isRequired: boolean;
  /** For people, in the API's document. */
  readonly description: string;
  /** JSON Schema of the field, for the API's document. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Reads the field into the draft, or records why it cannot. Runs in the order of the table, for absent fields too. */
  readonly read: (reading: OrderReading, raw: JsonValue | undefined) => void;
}

/** A body of 64 KiB holds thousands of names. */
const MAX_NAMED = 50;

type Draft = { -readonly [Key in keyof OrderRequest]?: OrderRequest[Key] };

/** One pass over a request body: collects values, faults and warnings. */
export class OrderReading {
  readonly draft: Draft = {};
  /** By field. Without a prototype: fields are named by clients, `constructor` among them. */
  readonly errors = Object.create(null) as Record<string, string[]>;
  readonly warnings: string[] = [];
  private ignored = 0;

  constructor(
    readonly body: Readonly<Record<string, JsonValue>>,
    readonly context: ParseContext,
  ) {}

  fail(field: string, text: string): void {
    (this.errors[field] ??= []).push(text);
  }

  warn(text: string): void {
    this.warnings.push(text);
  }

  /** Unknown fields are named, the first {@link MAX_NAMED} of them, and ignored. */
  ignore(field: string): void {
    this.ignored += 1;
    if (this.ignored <= MAX_NAMED) this.warn(`unknown field '${showName(field)}' was ignored`);
  }

  /** To be called when all fields are read. */
  countIgnored(): void {
    if (this.ignored > MAX_NAMED) this.warn(`${this.ignored - MAX_NAMED} more unknown fields were ignored`);
  }

  has(field: string): boolean {
    return Object.hasOwn(this.body, field);
  }

  /** True when the strategy is known and has a trajectory; simple ones ignore several fields altogether. */
  get isTrajectory(): boolean {
    return this.draft.chosen?.strategy.kind === 'trajectory';
  }
}
