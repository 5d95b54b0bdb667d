import { Dec, decimal, epochMs, notional, price, type Decimal, type ExecutionParams } from '#domain';

/** The part of {@link ExecutionParams} that has no column of its own; decimals as strings. */
export interface StoredParams {
  readonly passiveness: string;
  readonly discretion: string;
  readonly passiveOnly: boolean;
  readonly activeLimit: boolean;
  readonly strictDuration: boolean;
  readonly oolPause: boolean;
  readonly maxClipNotional: string | null;
  /** Absent from orders of older versions, like all that follow. */
  readonly alphaTilt?: string;
  readonly povLimit?: string | null;
  readonly povTarget?: string | null;
  readonly isReverseLimit?: boolean;
  readonly reduceOnly?: boolean;
  readonly orderSlices?: number | null;
  /** Milliseconds since the epoch. */
  readonly targetTime?: number | null;
}

/** The columns of a parent order that hold its parameters. */
export interface ParamColumns {
  readonly duration_ms: string | null;
  readonly limit_price: string | null;
  readonly params: StoredParams;
}

/** What an order's row says of how it is to be worked. */
export function paramsOf(parent: ParamColumns): ExecutionParams {
  const { params } = parent;
  return {
    durationMs: parent.duration_ms === null ? null : Number(parent.duration_ms),
    passiveness: decimal(params.passiveness),
    discretion: Dec.max(decimal(params.discretion), '0.02'),
    limitPrice: parent.limit_price === null ? null : price(parent.limit_price),
    maxClipNotional: params.maxClipNotional === null ? null : notional(params.maxClipNotional),
    passiveOnly: params.passiveOnly,
    activeLimit: params.activeLimit,
    strictDuration: params.strictDuration,
    oolPause: params.oolPause,
    alphaTilt: decimal(params.alphaTilt ?? '0'),
    povLimit: share(params.povLimit),
    povTarget: share(params.povTarget),
    isReverseLimit: params.isReverseLimit ?? false,
    reduceOnly: params.reduceOnly ?? false,
    orderSlices: params.orderSlices ?? null,
    targetTime: typeof params.targetTime === 'number' ? epochMs(params.targetTime) : null,
  };
}

const share = (value: string | null | undefined): Decimal | null => (typeof value === 'string' ? decimal(value) : null);
