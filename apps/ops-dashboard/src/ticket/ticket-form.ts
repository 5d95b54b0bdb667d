import type { Instrument, Side } from '../api/types.js';
import { Dec, readDecimal, type DecimalValue } from '../format/decimal.js';
import { readDuration } from '../format/time.js';

export const FLAGS = ['passive_only', 'active_limit', 'strict_duration', 'ool_pause'] as const;
export type Flag = (typeof FLAGS)[number];

/** The ticket as it was typed. */
export interface TicketForm {
  readonly pair: string;
  readonly side: Side;
  readonly size: string;
  readonly unit: 'base' | 'quote';
  readonly duration: string;
  readonly limitPrice: string;
  readonly discretion: string;
  readonly passiveness: string;
  readonly accounts: readonly string[];
  readonly flags: readonly Flag[];
  readonly maxClip: string;
  readonly startAt: string;
  readonly customOrderId: string;
  readonly notes: string;
}

export const EMPTY_TICKET: TicketForm = {
  pair: '',
  side: 'buy',
  size: '',
  unit: 'base',
  duration: '10m',
  limitPrice: '',
  discretion: '',
  passiveness: '',
  accounts: [],
  flags: [],
  maxClip: '',
  startAt: '',
  customOrderId: '',
  notes: '',
};

/**
 * The request for this ticket (order-api.md 3.2), as text, always the same for the same ticket. What was typed goes out
 * as it was typed, right or wrong: the server judges. Only a duration with units is turned into seconds,
 * and accounts, which have no order, are sorted.
 */
export function requestOf(form: TicketForm): string {
  const given = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim());
  const params: Record<string, unknown> = Object.fromEntries(
    FLAGS.filter((flag) => form.flags.includes(flag)).map((flag) => [flag, true]),
  );
  const maxClip = given(form.maxClip);
  if (maxClip !== undefined) params['max_clip_size'] = maxClip;
  return JSON.stringify({
    accounts: [...form.accounts].sort(),
    pair: form.pair.trim(),
    side: form.side,
    strategy: 'TWAP',
    [form.unit === 'base' ? 'base_asset_qty' : 'quote_asset_qty']: given(form.size),
    duration: readDuration(form.duration) ?? given(form.duration),
    limit_price: given(form.limitPrice),
    schedule_discretion: given(form.discretion),
    engine_passiveness: given(form.passiveness),
    start_datetime: given(form.startAt),
    notes: given(form.notes),
    custom_order_id: given(form.customOrderId),
    ...(Object.keys(params).length > 0 ? { strategy_params: params } : {}),
  });
}

/** Where on the ticket a message of the server belongs. */
export type TicketField =
  | 'accounts'
  | 'pair'
  | 'side'
  | 'size'
  | 'duration'
  | 'limitPrice'
  | 'discretion'
  | 'passiveness'
  | 'maxClip'
  | 'startAt'
  | 'customOrderId'
  | 'notes'
  | Flag;

const FIELD_OF: Readonly<Record<string, TicketField>> = {
  accounts: 'accounts',
  pair: 'pair',
  side: 'side',
  base_asset_qty: 'size',
  quote_asset_qty: 'size',
  sell_token_amount: 'size',
  duration: 'duration',
  limit_price: 'limitPrice',
  schedule_discretion: 'discretion',
  engine_passiveness: 'passiveness',
  start_datetime: 'startAt',
  custom_order_id: 'customOrderId',
  notes: 'notes',
  'strategy_params.max_clip_size': 'maxClip',
  ...Object.fromEntries(FLAGS.map((flag) => [`strategy_params.${flag}`, flag])),
};

/** Fields that stand under "More": it must be open while one of them has a message. */
export const FIELDS_UNDER_MORE: readonly TicketField[] = [...FLAGS, 'maxClip', 'startAt', 'customOrderId', 'notes'];

/** What the server said, sorted to where it belongs; nothing is left out. */
export interface TicketMessages {
  readonly fields: Readonly<Partial<Record<TicketField, readonly string[]>>>;
  /** Messages that no field of the ticket is at fault for. */
  readonly top: readonly string[];
}

export const NO_MESSAGES: TicketMessages = { fields: {}, top: [] };

/** `errors` and `error` of a refusal (order-api.md 4.11). */
export function messagesOf(error: string, errors: Readonly<Record<string, readonly string[]>>): TicketMessages {
  const fields: Partial<Record<TicketField, string[]>> = {};
  const top: string[] = [];
  for (const [name, texts] of Object.entries(errors)) {
    const field = Object.hasOwn(FIELD_OF, name) ? FIELD_OF[name] : undefined;
    if (field === undefined) top.push(...texts);
    else fields[field] = [...(fields[field] ?? []), ...texts];
  }
  const shown = new Set([...top, ...Object.values(fields).flat()]);
  return { fields, top: shown.has(error) ? top : [error, ...top] };
}

/** What a size comes to, for the eye only; null where something is missing. */
export interface TicketEstimate {
  /** The size in the other unit: quote for a size in base, base for a size in quote. */
  readonly counterpart: DecimalValue | null;
  /** In the unit of the size; the whole size when it takes less than a minute. */
  readonly perMinute: DecimalValue | null;
  readonly durationS: number | null;
}

/** At the given price, quote per base. */
export function estimateOf(form: TicketForm, price: DecimalValue | null): TicketEstimate {
  const size = readDecimal(form.size);
  const durationS = readDuration(form.duration);
  const canConvert = size !== null && price !== null && price.gt(0);
  return {
    counterpart: !canConvert ? null : form.unit === 'base' ? size.mul(price) : size.div(price),
    perMinute: size === null || durationS === null ? null : size.mul(60).div(Dec.max(durationS, 60)),
    durationS,
  };
}

/** The instrument of what was typed as pair, whatever the case. */
export function instrumentOf(instruments: readonly Instrument[], pair: string): Instrument | undefined {
  const wanted = pair.trim().toLowerCase();
  return instruments.find((instrument) => instrument.pair.toLowerCase() === wanted);
}
