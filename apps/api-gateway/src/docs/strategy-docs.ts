import { STRATEGY_KINDS, STRATEGY_MARKETS, DEFAULT_STRATEGY_SETTINGS } from '#domain';
import { MAX_SYMBOLS } from '../strategies/read-symbols.js';
import { MAX_GRACE_S, SETTING_FIELDS, SIGNING_SCHEMA } from '../strategies/settings-fields.js';
import { DESCRIPTION_CHARS, MAX_EXCHANGES, NAME_CHARS } from '../strategies/strategy-request.js';
import { LABEL_CHARS } from '../strategies/mizar-keys.controller.js';
import type { Operation } from './operation.js';
import { answer, list, object, ref, time, timeOrNull, type Schema } from './schema-parts.js';

const path = '/manage/v1/strategies';
const keysPath = '/manage/v1/mizar-keys';
/** Of lists that are read page by page. */
export const PAGE_QUERY: NonNullable<Operation['query']> = [
  ['limit', 'rows of a page, 1 to 500; default 100'],
  ['cursor', '`next_cursor` of the page before'],
];
const nextCursor: Schema = { type: ['string', 'null'], format: 'uuid', description: 'null: this was the last page' };

/** The routes of strategies and of what signals are known by (signal-apis.md 5.1). */
export const STRATEGY_OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path,
    summary:
      'Make a strategy; signalers and webhooks get a secret, which is shown this once. Another of the same name is refused',
    scope: 'trade',
    body: 'NewStrategy',
    created: 'CreatedStrategy',
  },
  {
    method: 'get',
    path,
    summary: 'Your strategies, oldest first',
    scope: 'read',
    query: [['kind', 'only of this kind'], ...PAGE_QUERY],
    answer: 'Strategies',
  },
  { method: 'get', path: `${path}/{id}`, summary: 'One of your strategies', scope: 'read', answer: 'Strategy' },
  {
    method: 'patch',
    path: `${path}/{id}`,
    summary:
      'Change what is named of a strategy; settings that are not named stay. Symbols with a live position cannot go',
    scope: 'trade',
    body: 'StrategyChange',
    answer: 'Strategy',
    refusals: [409],
  },
  {
    method: 'delete',
    path: `${path}/{id}`,
    summary: 'End a strategy, its secrets and its subscriptions; refused while positions are live',
    scope: 'trade',
    answer: 'Strategy',
    refusals: [409],
  },
  {
    method: 'post',
    path: `${path}/{id}/rotate-secret`,
    summary: 'A new secret, which is shown this once; the one of before goes on for `grace_s`, by default not at all',
    scope: 'trade',
    body: 'SecretRotation',
    answer: 'RotatedSecret',
  },
  {
    method: 'post',
    path: keysPath,
    summary: 'Make a key for all your Mizar strategies, which is shown this once',
    scope: 'trade',
    body: 'NewMizarKey',
    created: 'CreatedMizarKey',
  },
  {
    method: 'get',
    path: keysPath,
    summary: 'Your Mizar keys that are not revoked, oldest first; of a key no more than its end',
    scope: 'read',
    query: PAGE_QUERY,
    answer: 'MizarKeys',
  },
  {
    method: 'delete',
    path: `${keysPath}/{id}`,
    summary: 'Revoke a Mizar key',
    scope: 'trade',
    answer: 'MizarKey',
  },
];

const text: Schema = { type: 'string' };
const uuid: Schema = { type: 'string', format: 'uuid' };
const allowedIps: Schema = {
  ...list(text),
  description: 'addresses and CIDR blocks that the secret may be used from; none: from anywhere',
};
const chars = ([minLength, maxLength]: readonly [number, number]): Schema => ({ type: 'string', minLength, maxLength });

const settingsSchema = Object.fromEntries(
  SETTING_FIELDS.map(({ name, key, kinds, schema }) => [
    name,
    {
      ...schema,
      default: DEFAULT_STRATEGY_SETTINGS[key],
      description: `${String(schema['description'])} (${kinds.join(', ')})`,
    },
  ]),
);

const CHANGEABLE: Record<string, Schema> = {
  name: chars(NAME_CHARS),
  description: chars(DESCRIPTION_CHARS),
  symbols: {
    ...list({ type: 'string', examples: ['SOLUSDT'] }),
    minItems: 1,
    maxItems: MAX_SYMBOLS,
    description: 'each must exist on each exchange',
  },
  settings: object({ ...settingsSchema, ...SIGNING_SCHEMA }),
  allowed_ips: allowedIps,
};

const callExample: Schema = {
  type: ['string', 'null'],
  description: 'a call that opens a position, to be given host and secret; null where there are no signals',
};
const signalerId: Schema = { type: ['string', 'null'], description: 'of a signaler, for its address' };
const number: Schema = { type: 'integer', minimum: 1, maximum: 2_147_483_647 };
const STRATEGY = answer({
  id: uuid,
  number: { ...number, description: '`strategy_id` in the Mizar dialect' },
  kind: { enum: STRATEGY_KINDS },
  name: text,
  description: text,
  market: { enum: STRATEGY_MARKETS },
  exchanges: list(text),
  symbols: list(text),
  settings: { ...object(settingsSchema), required: [], description: 'those of its kind' },
  is_active: { type: 'boolean', description: 'false: its signals are refused' },
  signaler_id: signalerId,
  has_signing_secret: { type: 'boolean', description: 'bodies of its webhook must be signed' },
  allowed_ips: allowedIps,
  secrets: {
    ...list(answer({ hint: text, created_at: time, expires_at: timeOrNull, last_used_at: timeOrNull })),
    description: 'those that are taken at the moment, newest first; `hint` is the end of the secret',
  },
  signal_api_call_example: callExample,
  created_at: time,
  updated_at: time,
});
const MIZAR_KEY: Record<string, Schema> = {
  id: uuid,
  label: text,
  hint: { type: 'string', description: 'its end' },
  allowed_ips: allowedIps,
  created_at: time,
  last_used_at: timeOrNull,
};

/** What those routes take and answer. */
export const STRATEGY_SCHEMAS: Readonly<Record<string, Schema>> = {
  NewStrategy: object(
    {
      kind: { enum: STRATEGY_KINDS.filter((kind) => kind !== 'dca') },
      market: { enum: STRATEGY_MARKETS },
      exchanges: { ...list(text), minItems: 1, maxItems: MAX_EXCHANGES, description: 'the first one tells prices' },
      ...CHANGEABLE,
    },
    { required: ['kind', 'name', 'market', 'exchanges', 'symbols'], additionalProperties: false },
  ),
  StrategyChange: object({ ...CHANGEABLE, is_active: { type: 'boolean' } }, { additionalProperties: false }),
  CreatedStrategy: answer({
    id: uuid,
    number,
    signaler_id: signalerId,
    secret: { type: ['string', 'null'], description: 'shown this once; null for kinds without one' },
    is_active: { type: 'boolean' },
    signal_api_call_example: callExample,
  }),
  Strategy: STRATEGY,
  Strategies: answer({ strategies: list(ref('Strategy')), next_cursor: nextCursor }),
  SecretRotation: object(
    { grace_s: { type: 'integer', minimum: 0, maximum: MAX_GRACE_S, default: 0 } },
    { additionalProperties: false },
  ),
  RotatedSecret: answer({
    id: uuid,
    signaler_id: signalerId,
    secret: { type: 'string', description: 'shown this once' },
    previous_expires_at: { ...timeOrNull, description: 'when the last secret of before runs out' },
    signal_api_call_example: callExample,
  }),
  NewMizarKey: object({ label: chars(LABEL_CHARS), allowed_ips: allowedIps }, { additionalProperties: false }),
  MizarKey: answer(MIZAR_KEY),
  CreatedMizarKey: answer({ ...MIZAR_KEY, secret: { type: 'string', description: 'the key, shown this once' } }),
  MizarKeys: answer({ mizar_keys: list(ref('MizarKey')), next_cursor: nextCursor }),
};
