import { Secret } from '#config';
import type { Decimal, StrategyKind, StrategySettings } from '#domain';
import type { FieldReader } from './field-reader.js';

/** One setting of strategies: its name in the API, whose it is, and how it is read. */
interface SettingField<Key extends keyof StrategySettings = keyof StrategySettings> {
  readonly name: string;
  readonly key: Key;
  readonly kinds: readonly StrategyKind[];
  /** JSON Schema and what it is for, for the API's document. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Undefined where it is absent or wrong. */
  readonly read: (reader: FieldReader) => StrategySettings[Key] | undefined;
}

const ASSET = /^[A-Za-z0-9]{1,20}$/;
const SIGNALLED: readonly StrategyKind[] = ['signaler', 'mizar', 'webhook'];
const WITH_PRICES: readonly StrategyKind[] = ['signaler', 'webhook'];
const ON_OPEN = ['reject', 'replace'] as const;
const ON_NO_EXECUTION = ['cancel', 'paper'] as const;
const TRIGGER_PRICES = ['last', 'mid', 'mark'] as const;
const ENTRY_DELAY_S = [1, 3_600] as const;
/** A request is answered within 10 s (reliability.md S-11). */
const MIZAR_WAIT_MS = [0, 8_000] as const;
const MAX_LAG_S = [1, 86_400] as const;

const whole = ([minimum, maximum]: readonly [number, number]): Readonly<Record<string, unknown>> => ({
  type: 'integer',
  minimum,
  maximum,
});

/** For one key, so that what is read fits it. */
const setting = <Key extends keyof StrategySettings>(field: SettingField<Key>): SettingField => field;

/** Every setting, in the order in which they are shown; defaults are those of the domain. */
export const SETTING_FIELDS: readonly SettingField[] = [
  setting({
    name: 'on_open_while_live',
    key: 'onOpenWhileLive',
    kinds: ['signaler'],
    schema: { enum: ON_OPEN, description: 'an open while a position of the pair is live: refused, or in its place' },
    read: (reader) => reader.choice('on_open_while_live', ON_OPEN),
  }),
  setting({
    name: 'on_no_execution',
    key: 'onNoExecution',
    kinds: SIGNALLED,
    schema: { enum: ON_NO_EXECUTION, description: 'a position of which nothing was filled: ended, or kept on paper' },
    read: (reader) => reader.choice('on_no_execution', ON_NO_EXECUTION),
  }),
  setting({
    name: 'trigger_price',
    key: 'triggerPrice',
    kinds: WITH_PRICES,
    schema: { enum: TRIGGER_PRICES, description: 'what prices are compared with, at the first exchange' },
    read: (reader) => reader.choice('trigger_price', TRIGGER_PRICES),
  }),
  setting({
    name: 'max_entry_delay_s',
    key: 'maxEntryDelayS',
    kinds: SIGNALLED,
    schema: { ...whole(ENTRY_DELAY_S), description: 'entries that would be made later after acceptance are skipped' },
    read: (reader) => reader.whole('max_entry_delay_s', ENTRY_DELAY_S),
  }),
  setting({
    name: 'default_quote',
    key: 'defaultQuote',
    kinds: [...SIGNALLED, 'session'],
    schema: { type: 'string', description: 'quote of a symbol that names a base alone' },
    read: (reader) => {
      const raw = reader.raw('default_quote');
      if (raw === undefined) return undefined;
      if (typeof raw === 'string' && ASSET.test(raw)) return raw.toUpperCase();
      return reader.refuse('default_quote', 'an asset of 1 to 20 letters and digits');
    },
  }),
  setting({
    name: 'mizar_wait_ms',
    key: 'mizarWaitMs',
    kinds: ['mizar'],
    schema: { ...whole(MIZAR_WAIT_MS), description: 'how long an answer waits for fills; 0: not at all' },
    read: (reader) => reader.whole('mizar_wait_ms', MIZAR_WAIT_MS),
  }),
  setting({
    name: 'pyramiding',
    key: 'pyramiding',
    kinds: ['webhook'],
    schema: { type: 'boolean', description: 'an entry on the live side adds to it' },
    read: (reader) => reader.flag('pyramiding'),
  }),
  setting({
    name: 'full_contracts',
    key: 'fullContracts',
    kinds: ['webhook'],
    schema: {
      type: ['string', 'number', 'null'],
      description: 'contracts of the sender that are size 1; null: contracts are not looked at; "" takes it away',
    },
    read: (reader) => {
      if (reader.raw('full_contracts') === '') return null;
      return reader.decimal('full_contracts', 'above 0', (value) => value.gt(0));
    },
  }),
  setting({
    name: 'max_lag',
    key: 'maxLagS',
    kinds: ['webhook'],
    schema: { ...whole(MAX_LAG_S), description: 'seconds after which a signal has expired, unless it says otherwise' },
    read: (reader) => reader.whole('max_lag', MAX_LAG_S),
  }),
];

/** Settings that are kept apart: never shown again. */
const SIGNING_FIELDS = ['signing_secret', 'signing_secret_grace_s'];
/** Shorter ones could be guessed. */
const SIGNING_CHARS = [24, 256] as const;
export const MAX_GRACE_S = 86_400;
export const SIGNING_SCHEMA: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  signing_secret: {
    type: 'string',
    writeOnly: true,
    description: `of a webhook: ${SIGNING_CHARS[0]} to ${SIGNING_CHARS[1]} characters that bodies must be signed with; "" takes it away`,
  },
  signing_secret_grace_s: {
    ...whole([0, MAX_GRACE_S]),
    writeOnly: true,
    description: 'how long the signing secret of before is taken as well; default 0',
  },
};

/** What is to become of the signing secret; null secret: it is taken away. */
export interface SigningChange {
  readonly secret: Secret | null;
  readonly graceS: number;
}

export interface ReadSettings {
  /** What was named, no more. */
  readonly settings: Partial<StrategySettings>;
  /** Undefined: it stays as it is. */
  readonly signing: SigningChange | undefined;
}

/** Reads `settings` for a strategy of this kind; a setting of other kinds is refused. */
export function readSettings(reader: FieldReader, kind: StrategyKind): ReadSettings {
  const own = SETTING_FIELDS.filter(({ kinds }) => kinds.includes(kind));
  const names = [...own.map(({ name }) => name), ...(kind === 'webhook' ? SIGNING_FIELDS : [])];
  reader.only(names);
  const settings = Object.fromEntries(
    own.flatMap(({ key, read }) => {
      const value = read(reader);
      return value === undefined ? [] : [[key, value]];
    }),
  ) as Partial<StrategySettings>;
  return { settings, signing: kind === 'webhook' ? readSigning(reader) : undefined };
}

/** No text of the faults holds anything of the secret. */
function readSigning(reader: FieldReader): SigningChange | undefined {
  const graceS = reader.whole('signing_secret_grace_s', [0, MAX_GRACE_S]) ?? 0;
  const raw = reader.raw('signing_secret');
  if (raw === undefined) {
    if (reader.has('signing_secret_grace_s')) reader.need('signing_secret');
    return undefined;
  }
  if (raw === '') return { secret: null, graceS };
  const [min, max] = SIGNING_CHARS;
  if (typeof raw === 'string' && raw.length >= min && raw.length <= max && /^[!-~]+$/.test(raw))
    return { secret: new Secret(raw), graceS };
  const path = reader.path('signing_secret');
  const was = typeof raw === 'string' ? `text of ${raw.length} characters` : 'no text';
  return reader.faults.fail(path, `${path} must be ${min} to ${max} ASCII characters without spaces, was ${was}`);
}

/** Those of the kind, by their names. */
export function showSettings(settings: StrategySettings, kind: StrategyKind): Readonly<Record<string, unknown>> {
  const show = (value: StrategySettings[keyof StrategySettings]): unknown =>
    typeof value === 'object' && value !== null ? (value satisfies Decimal).toFixed() : value;
  return Object.fromEntries(
    SETTING_FIELDS.filter(({ kinds }) => kinds.includes(kind)).map(({ name, key }) => [name, show(settings[key])]),
  );
}
