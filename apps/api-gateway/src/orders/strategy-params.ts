import { ZERO, type Decimal } from '#domain';
import { isJsonObject, type JsonValue } from '../http/json-body.js';
import type { OrderReading, StrategyParams } from './order-request.js';
import { readDecimal, shown } from './read-values.js';

const FLAGS = ['passive_only', 'active_limit', 'reduce_only', 'ool_pause', 'strict_duration'] as const;
const FLAGS_WITHOUT_EFFECT = ['dicy', 'spot_leverage', 'soft_pause', 'cleanup_on_cancel'] as const;
const KNOWN: readonly string[] = [...FLAGS, ...FLAGS_WITHOUT_EFFECT, 'max_clip_size'];

/** JSON Schema of `strategy_params`, for the API's document. */
export const STRATEGY_PARAMS_SCHEMA = {
  type: 'object',
  properties: {
    ...Object.fromEntries(
      [...FLAGS, ...FLAGS_WITHOUT_EFFECT].map((name) => [name, { type: 'boolean', default: false }]),
    ),
    max_clip_size: { type: ['number', 'string'], description: 'largest child order, in quote; above 0' },
  },
} as const;

/** `strategy_params` (order-api.md 3.5); unknown keys are dropped with a warning. */
export function readStrategyParams(reading: OrderReading, raw: JsonValue | undefined): StrategyParams {
  const given = raw ?? {};
  if (!isJsonObject(given)) {
    reading.fail('strategy_params', 'strategy_params must be a dict');
    return toParams({}, {}, null);
  }
  const echo: Record<string, JsonValue> = {};
  const flags: Record<string, boolean> = {};
  let maxClip: Decimal | null = null;
  for (const [key, value] of Object.entries(given)) {
    const field = `strategy_params.${key}`;
    if (!KNOWN.includes(key)) {
      reading.ignore(field);
    } else if (key === 'max_clip_size') {
      maxClip = readDecimal(value);
      if (maxClip === null || maxClip.lte(ZERO)) reading.fail(field, `max_clip_size must be greater than 0`);
      echo[key] = value;
    } else if (typeof value !== 'boolean') {
      reading.fail(field, `${key} must be true or false, was ${shown(value)}`);
    } else {
      flags[key] = value;
      echo[key] = value;
    }
  }
  warnOfNoEffect(reading, flags);
  refuseCombinations(reading, flags);
  return toParams(flags, echo, maxClip);
}

function warnOfNoEffect(reading: OrderReading, flags: Readonly<Record<string, boolean>>): void {
  for (const key of FLAGS_WITHOUT_EFFECT) if (flags[key] === true) reading.warn(`strategy_params.${key} has no effect`);
}

function refuseCombinations(reading: OrderReading, flags: Readonly<Record<string, boolean>>): void {
  const { chosen, marketType, accounts } = reading.draft;
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

function toParams(
  flags: Readonly<Record<string, boolean>>,
  echo: Readonly<Record<string, JsonValue>>,
  maxClipNotional: Decimal | null,
): StrategyParams {
  return {
    passiveOnly: flags['passive_only'] ?? false,
    activeLimit: flags['active_limit'] ?? false,
    strictDuration: flags['strict_duration'] ?? false,
    oolPause: flags['ool_pause'] ?? false,
    maxClipNotional,
    echo,
  };
}
