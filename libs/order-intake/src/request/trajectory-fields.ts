import { Dec, decimal, ZERO, type Decimal } from '#domain';
import { isJsonObject, type JsonValue } from '../json/json-body.js';
import { NUMBER_SCHEMA, readNumber, readRange, readRatio } from './field-readers.js';
import type { FieldSpec, OrderReading } from './order-request.js';

/** Settings that an order has when it names none (order-api.md 3.2). */
export const DEFAULT_PASSIVENESS = decimal('0.02');
export const DEFAULT_DISCRETION = decimal('0.08');
/** Execution never keeps closer to the plan than this. */
export const MIN_DISCRETION = decimal('0.02');
const MAX_USUAL_DISCRETION = decimal('0.5');

const MAX_DURATION_S = 604_800;
const ONE = new Dec(1);

/** Fields that only orders with a trajectory have; simple ones ignore them. In the order of order-api.md 3.2. */
export const TRAJECTORY_FIELDS: readonly FieldSpec[] = [
  {
    name: 'duration',
    isRequired: false,
    description:
      'planned time in seconds; required for orders with a trajectory, unless pov_target or interval_minutes is given, ignored by the others',
    schema: { type: ['integer', 'string'], minimum: 1, maximum: MAX_DURATION_S },
    read: readDuration,
  },
  {
    name: 'engine_passiveness',
    isRequired: false,
    description: 'how much rather to wait than to pay, [0,1]',
    schema: { ...NUMBER_SCHEMA, default: DEFAULT_PASSIVENESS.toFixed() },
    read: (reading, raw) => {
      reading.draft.passiveness = DEFAULT_PASSIVENESS;
      if (raw !== undefined && reading.isTrajectory)
        reading.draft.passiveness = readRatio(reading, 'engine_passiveness', raw, ZERO) ?? DEFAULT_PASSIVENESS;
    },
  },
  {
    name: 'schedule_discretion',
    isRequired: false,
    description: 'how far execution may stray from the plan, [0,1]; below 0.02 it works as 0.02',
    schema: { ...NUMBER_SCHEMA, default: DEFAULT_DISCRETION.toFixed() },
    read: readDiscretion,
  },
  {
    name: 'alpha_tilt',
    isRequired: false,
    description: 'earlier (above 0) or later (below 0) than planned, [-1,1]',
    schema: { ...NUMBER_SCHEMA, default: 0 },
    read: (reading, raw) => {
      reading.draft.alphaTilt = ZERO;
      if (raw !== undefined && reading.isTrajectory)
        reading.draft.alphaTilt = readRatio(reading, 'alpha_tilt', raw, ONE.neg()) ?? ZERO;
    },
  },
  {
    name: 'pov_limit',
    isRequired: false,
    description: 'hard cap on the share of public volume, (0,1]',
    schema: NUMBER_SCHEMA,
    read: (reading, raw) => {
      reading.draft.povLimit = readVolumeShare(reading, 'pov_limit', raw);
    },
  },
  {
    name: 'pov_target',
    isRequired: false,
    description: 'share of public volume to keep, (0,1]; the duration follows from it, a given one is its ceiling',
    schema: NUMBER_SCHEMA,
    read: readPovTarget,
  },
];

/** What the window of a Target Time order is given by, if at all; its value is judged with the other parameters. */
function hasInterval(body: OrderReading['body']): boolean {
  const params = body['strategy_params'];
  return params !== undefined && isJsonObject(params) && params['interval_minutes'] !== undefined;
}

function readDuration(reading: OrderReading, raw: JsonValue | undefined): void {
  reading.draft.durationMs = null;
  if (!reading.isTrajectory) return;
  if (raw === undefined) {
    const name = reading.draft.chosen?.strategy.name;
    const isDerived = name === 'POV' || (name === 'Target Time' && hasInterval(reading.body));
    const other = name === 'Target Time' ? 'interval_minutes' : 'pov_target';
    if (!isDerived && !reading.has('pov_target')) reading.fail('duration', `duration or ${other} must be provided`);
    return;
  }
  const seconds = readRange(reading, 'duration', raw, [1, MAX_DURATION_S]);
  if (seconds !== null) reading.draft.durationMs = seconds * 1000;
}

function readDiscretion(reading: OrderReading, raw: JsonValue | undefined): void {
  reading.draft.discretion = DEFAULT_DISCRETION;
  if (raw === undefined || !reading.isTrajectory) return;
  const value = readRatio(reading, 'schedule_discretion', raw, ZERO);
  if (value === null) return;
  reading.draft.discretion = value;
  if (value.lt(MIN_DISCRETION))
    reading.warn(`schedule_discretion below ${MIN_DISCRETION.toFixed()} works as ${MIN_DISCRETION.toFixed()}`);
  else if (value.gt(MAX_USUAL_DISCRETION))
    reading.warn(`schedule_discretion above ${MAX_USUAL_DISCRETION.toFixed()} leaves the schedule little meaning`);
}

function readVolumeShare(
  reading: OrderReading,
  name: 'pov_limit' | 'pov_target',
  raw: JsonValue | undefined,
): Decimal | null {
  if (raw === undefined || !reading.isTrajectory) return null;
  const value = readNumber(reading, name, raw);
  if (value === null) return null;
  if (value.gt(ZERO) && value.lte(ONE)) return value;
  reading.fail(name, `${name} is a ratio within (0,1]`);
  return null;
}

function readPovTarget(reading: OrderReading, raw: JsonValue | undefined): void {
  const { draft } = reading;
  const name = draft.chosen?.strategy.name;
  draft.povTarget = readVolumeShare(reading, 'pov_target', raw);
  if (raw === undefined) {
    if (name === 'POV') reading.fail('pov_target', 'pov_target is required for POV');
    return;
  }
  if (name === 'Target Time') reading.fail('pov_target', 'pov_target cannot be used with Target Time');
  if (draft.povTarget === null) return;
  if (draft.povLimit?.lt(draft.povTarget) === true) reading.fail('pov_limit', 'pov_limit must be at least pov_target');
  if (draft.alphaTilt?.isZero() === false) reading.warn('alpha_tilt has no effect with pov_target');
}
