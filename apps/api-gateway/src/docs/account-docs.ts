import type { Operation } from './operation.js';
import { answer, decimalOrNull, decimalText, list, object, ref, time, type Schema } from './schema-parts.js';

/** The routes of what is done to whole accounts, and of what stands at them beside our own orders. */
export const ACCOUNT_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/accounts/',
    summary: 'Your accounts',
    scope: 'read',
    query: [['include_archived', '`true`: those that were put away, too']],
    answer: 'Accounts',
  },
  {
    method: 'post',
    path: '/api/accounts/',
    summary: 'Open an account with its key, which goes one way; `valid` tells later what the exchange said of it',
    scope: 'trade',
    body: 'NewAccount',
    answer: 'Account',
  },
  {
    method: 'put',
    path: '/api/accounts/',
    summary: 'Rename an account, or change its key or its settings',
    scope: 'trade',
    query: [['id', 'of the account, if it is not in the body']],
    body: 'AccountChange',
    answer: 'Account',
    refusals: [404, 409, 422],
  },
  {
    method: 'delete',
    path: '/api/accounts/',
    summary: 'Put an account away; refused while orders that have not ended use it',
    scope: 'trade',
    query: [['id', 'of the account, if it is not in the body']],
    answer: 'Account',
    refusals: [404, 409],
  },
  {
    method: 'get',
    path: '/manage/v1/accounts/{account}/shares',
    summary: 'Who else may trade on an account of yours',
    scope: 'read',
    answer: 'AccountShares',
  },
  {
    method: 'post',
    path: '/manage/v1/accounts/{account}/shares',
    summary: 'Let another user of the tenant trade on an account of yours, as `you/account`',
    scope: 'trade',
    body: 'AccountShare',
    answer: 'AccountShares',
  },
  {
    method: 'delete',
    path: '/manage/v1/accounts/{account}/shares/{username}',
    summary: 'Let them no longer',
    scope: 'trade',
    answer: 'AccountShares',
  },
  {
    method: 'post',
    path: '/api/set_leverage/',
    summary: 'Set the leverage of a pair at the venues of accounts; 422 when none took it',
    scope: 'trade',
    body: 'LeverageRequest',
    answer: 'LeverageResults',
    refusals: [422],
  },
  {
    method: 'post',
    path: '/api/close_balances/',
    summary: 'Sell tokens and close positions, each up to a notional',
    scope: 'trade',
    body: 'CloseRequest',
    answer: 'ClosedBalances',
  },
  {
    method: 'get',
    path: '/api/sor/get_cached_account_balance',
    summary: 'Balances as one list, with what each account is worth in quote',
    scope: 'read',
    query: [['account_names', 'names of venue accounts']],
    answer: 'CachedBalances',
  },
  {
    method: 'get',
    path: '/manage/v1/accounts/{account}/external-orders',
    summary: 'Orders at an account that are not ours: those that work, then the last that ended',
    scope: 'read',
    answer: 'ExternalOrders',
  },
  {
    method: 'post',
    path: '/manage/v1/accounts/{account}/external-orders/{symbol}/{order}/cancel',
    summary: 'Cancel one order that is not ours, by the exchange’s own id; nothing else ever does',
    scope: 'cancel',
    waiting: 'AccountCommand',
  },
  {
    method: 'get',
    path: '/manage/v1/accounts/{account}/positions',
    summary: 'Positions of an account that are not flat, with source and age',
    scope: 'read',
    answer: 'Positions',
  },
  {
    method: 'post',
    path: '/manage/v1/accounts/{account}/settings',
    summary: 'Change one setting at the venue: hedge_mode, or leverage or margin_type of a symbol',
    scope: 'admin',
    body: 'SettingChange',
    waiting: 'AccountCommand',
  },
  {
    method: 'get',
    path: '/manage/v1/accounts/{account}/commands/{id}',
    summary: 'What became of a command to an account; the outcome is null until it is carried out',
    scope: 'read',
    answer: 'AccountCommand',
  },
];

const text: Schema = { type: 'string' };
const number: Schema = { type: 'number' };
const numberOrNull: Schema = { type: ['number', 'null'] };
const MODES = { margin_mode: { enum: ['CROSS', 'ISOLATED'] }, hedge_mode: { type: 'boolean' } };
const KEY = { api_key: text, api_secret: text, passphrase: text };
const ACCOUNT = {
  id: { type: 'string', format: 'uuid' },
  name: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
  exchange: text,
  ...MODES,
  archived: { type: 'boolean' },
  valid: { type: ['boolean', 'null'] },
  api_key: { type: 'string', description: '****, and the last four characters of a long key' },
  api_secret: { enum: ['****'] },
  sub_objects: { type: 'array', items: { enum: ['spot', 'perp', 'unified', 'future', 'option'] } },
  created_at: { type: 'string', format: 'date-time' },
};

/** What those routes take and answer. */
export const ACCOUNT_SCHEMAS: Readonly<Record<string, Schema>> = {
  Account: answer(ACCOUNT),
  Accounts: answer({ accounts: list(ref('Account')) }),
  NewAccount: object(
    { name: ACCOUNT.name, exchange: ACCOUNT.exchange, ...KEY, ...MODES },
    {
      required: ['name', 'exchange', 'api_key', 'api_secret'],
    },
  ),
  AccountChange: object({ id: ACCOUNT.id, name: ACCOUNT.name, ...KEY, ...MODES }),
  AccountShare: object({ username: text }, { required: ['username'] }),
  AccountShares: answer({ account: text, usernames: list(text) }),
  LeverageRequest: object(
    {
      account_ids: list({ type: 'string', description: 'names or ids' }),
      pair: text,
      leverage: { type: ['integer', 'string'], minimum: 1, maximum: 200 },
      margin_mode: { enum: ['CROSS', 'ISOLATED'] },
    },
    { required: ['account_ids', 'pair', 'leverage'] },
  ),
  LeverageResult: answer({
    account_id: { type: 'string', format: 'uuid' },
    account_name: text,
    pair: text,
    leverage: text,
    success: { type: 'boolean' },
    message: text,
  }),
  LeverageResults: answer({ results: list(ref('LeverageResult')), message: text }),
  CloseRequest: object(
    {
      max_notional: { type: ['number', 'string'], description: 'above 0, in quote, for each asset' },
      account_names: list(text),
      preferred_strategy: { type: 'string', description: 'default Market; trajectories take 300 s' },
    },
    { required: ['max_notional'] },
  ),
  ClosedBalances: answer({
    orders: list(ref('Order')),
    errors: list(answer({ account_name: text, symbol: text, message: text })),
  }),
  CachedBalances: answer({
    balances: list(
      answer({
        account_name: text,
        account_id: { type: 'string', format: 'uuid' },
        equity: number,
        equities: list(answer({ total_equity: number })),
        assets: list(
          answer({
            symbol: text,
            amount: number,
            size: number,
            notional: number,
            asset_type: { enum: ['token', 'position'] },
            unrealized_profit: number,
            leverage: numberOrNull,
          }),
        ),
      }),
    ),
    errors: list(answer({ account_name: text, message: text })),
  }),
  ExternalOrders: answer({
    external_orders: list(
      answer({
        symbol: text,
        exchange_order_id: text,
        client_order_id: { type: ['string', 'null'] },
        side: { enum: ['buy', 'sell'] },
        status: { enum: ['working', 'filled', 'canceled', 'expired', 'rejected', 'gone'] },
        qty: decimalText,
        executed_qty: decimalText,
        price: decimalOrNull,
        exchange_time: time,
        first_seen_at: time,
        updated_at: time,
      }),
    ),
  }),
  Positions: answer({
    positions: list(
      answer({
        symbol: text,
        side: { enum: ['both', 'long', 'short'] },
        qty: decimalText,
        ...Object.fromEntries(
          ['entry_price', 'mark_price', 'unrealized_profit', 'leverage'].map((key) => [key, decimalOrNull]),
        ),
        margin_type: { enum: ['cross', 'isolated', null] },
        source: { enum: ['stream', 'poll'] },
        age_ms: { type: 'integer' },
        is_stale: { type: 'boolean' },
      }),
    ),
  }),
  SettingChange: object(
    {
      hedge_mode: { type: 'boolean' },
      symbol: text,
      leverage: { type: 'integer' },
      margin_type: { enum: ['cross', 'isolated'] },
    },
    { required: [] },
  ),
  AccountCommand: answer({
    id: { type: 'string', format: 'uuid' },
    account: text,
    kind: { enum: ['cancel_external', 'set_hedge_mode', 'set_leverage', 'set_margin_type'] },
    symbol: { type: ['string', 'null'] },
    argument: text,
    requested_at: time,
    outcome: { enum: ['done', 'refused', null] },
    text,
  }),
};
