import { ZERO } from '#domain';
import type { EpochMicros } from '#persistence';
import { isJsonObject, type JsonValue } from '../json/json-body.js';
import { readRange } from './field-readers.js';
import type { OrderReading, StrategyParams } from './order-request.js';
import { readDecimal, readTimeMicros, shown } from './read-values.js';
import { MARKET_MAKER } from './strategies.js';

const FLAGS = ['passive_only', 'active_limit', 'reduce_only', 'ool_pause', 'strict_duration'] as const;
const FLAGS_WITHOUT_EFFECT = ['dicy', 'spot_leverage', 'soft_pause', 'cleanup_on_cancel'] as const;
/** They stop or end a plan. */
const FLAGS_OF_A_PLAN = ['ool_pause', 'strict_duration'] as const;
const KNOWN_FLAGS: readonly string[] = [...FLAGS, ...FLAGS_WITHOUT_EFFECT];
const MINUTE_MS = 60_000;
export const INTERVAL_MINUTES = [1, 1440] as const;

/** JSON Schema of what a Target Time order's window is named by. */
export const WINDOW_SCHEMA = {
  target_time: { type: 'string', format: 'date-time', description: 'for Target Time: the middle of its window' },
  interval_minutes: {
    type: ['integer', 'string'],
    minimum: INTERVAL_MINUTES[0],
    maximum: INTERVAL_MINUTES[1],
    description: 'for Target Time: the length of its window, instead of the duration',
  },
} as const;

/** JSON Schema of `strategy_params`, for the API's document. */
export const STRATEGY_PARAMS_SCHEMA = {
  type: 'object',
  properties: {
    ...Object.fromEntries(
      [...FLAGS, ...FLAGS_WITHOUT_EFFECT].map((name) => [name, { type: 'boolean', default: false }]),
    ),
    max_clip_size: { type: ['number', 'string'], description: 'largest child order, in quote; above 0' },
    ...WINDOW_SCHEMA,
  },
} as const;

type Echo = Record<string, JsonValue>;
type Flags = Record<string, boolean>;
type Mutable = { -readonly [Key in keyof StrategyParams]: StrategyParams[Key] };

const NONE: StrategyParams = {
  passiveOnly: false,
  activeLimit: false,
  strictDuration: false,
  oolPause: false,
  reduceOnly: false,
  maxClipNotional: null,
  targetTime: null,
  intervalMinutes: null,
  echo: {},
};

/** `strategy_params` (order-api.md 3.5); unknown keys are dropped with a warning. */
export function readStrategyParams(reading: OrderReading, raw: JsonValue | undefined): StrategyParams {
  const given = raw ?? {};
  if (!isJsonObject(given)) {
    reading.fail('strategy_params', 'strategy_params must be a dict');
    return NONE;
  }
  const flags: Flags = {};
  const echo: Echo = {};
  const params: Mutable = { ...NONE, echo };
  const isTargetTime = reading.draft.chosen?.strategy.name === 'Target Time';
  for (const [key, value] of Object.entries(given)) {
    const field = `strategy_params.${key}`;
    if (KNOWN_FLAGS.includes(key)) {
      if (typeof value === 'boolean') flags[key] = value;
      else reading.fail(field, `${key} must be true or false, was ${shown(value)}`);
    } else if (key === 'max_clip_size') {
      const size = readDecimal(value);
      if (size === null || size.lte(ZERO)) reading.fail(field, `max_clip_size must be greater than 0`);
      params.maxClipNotional = size;
    } else if (key === 'target_time' && isTargetTime) {
      params.targetTime = readTargetTime(reading, value, field);
    } else if (key === 'interval_minutes' && isTargetTime) {
      params.intervalMinutes = readRange(reading, key, value, INTERVAL_MINUTES, field);
    } else {
      reading.ignore(field);
      continue;
    }
    echo[key] = value;
  }
  if (isTargetTime && given['target_time'] === undefined)
    reading.fail('strategy_params.target_time', 'target_time is required for Target Time');
  warnOfNoEffect(reading, flags);
  refuseCombinations(reading, flags);
  return {
    ...params,
    passiveOnly: flags['passive_only'] ?? false,
    activeLimit: flags['active_limit'] ?? false,
    strictDuration: flags['strict_duration'] ?? false,
    oolPause: flags['ool_pause'] ?? false,
    reduceOnly: flags['reduce_only'] ?? false,
  };
}

/** A time that is still to come; null when it is none, which is then recorded under `field`. */
export function readTargetTime(reading: OrderReading, raw: JsonValue, field: string): EpochMicros | null {
  const at = typeof raw === 'string' ? readTimeMicros(raw) : null;
  if (at === null) reading.fail(field, `target_time must be an ISO-8601 time, was ${shown(raw)}`);
  else if (at <= reading.context.now) reading.fail(field, 'target_time must be in the future');
  else return at as EpochMicros;
  return null;
}

/**
 * A Target Time order trades in a window round its time and begins no sooner (algorithms.md 2.4). To be called when
 * duration, start and parameters are read.
 */
export function placeWindow(reading: OrderReading): void {
  const { draft } = reading;
  const { targetTime, intervalMinutes } = draft.strategyParams ?? NONE;
  if (targetTime === null) return;
  if (intervalMinutes !== null) draft.durationMs = intervalMinutes * MINUTE_MS;
  const begins = targetTime - ((draft.durationMs ?? 0) / 2) * 1000;
  if (begins > Math.max(reading.context.now, draft.startAt ?? 0)) draft.startAt = begins as EpochMicros;
}

function warnOfNoEffect(reading: OrderReading, flags: Readonly<Flags>): void {
  for (const key of FLAGS_WITHOUT_EFFECT) if (flags[key] === true) reading.warn(`strategy_params.${key} has no effect`);
  const strategy = reading.draft.chosen?.strategy;
  if (strategy === undefined || strategy.kind === 'trajectory') return;
  for (const key of FLAGS_OF_A_PLAN)
    if (flags[key] === true)
      reading.warn(`strategy_params.${key} has no effect with ${strategy.name}, which has no plan`);
}

function refuseCombinations(reading: OrderReading, flags: Readonly<Flags>): void {
  const { chosen, marketType, accounts, povTarget } = reading.draft;
  const follows =
    chosen?.strategy.name === 'POV'
      ? 'POV'
      : chosen?.superStrategy === MARKET_MAKER
        ? MARKET_MAKER
        : (povTarget ?? null) !== null
          ? 'pov_target'
          : null;
  for (const key of FLAGS_OF_A_PLAN)
    if (flags[key] === true && follows !== null)
      reading.fail(`strategy_params.${key}`, `${key} cannot be used with ${follows}`);
  if (flags['passive_only'] === true && (chosen?.strategy.name === 'Market' || chosen?.strategy.name === 'IOC'))
    reading.fail(
      'strategy_params.passive_only',
      `passive_only cannot be used with ${chosen.strategy.name}, which only takes`,
    );
  if (flags['reduce_only'] === true && marketType === 'spot')
    for (const account of accounts ?? [])
      reading.fail(
        'strategy_params.reduce_only',
        `reduce_only is not supported by account '${account.name}' on spot pairs`,
      );
}
