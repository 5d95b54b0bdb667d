type Schema = Readonly<Record<string, unknown>>;

/** The routes of what is done to whole accounts, and of what stands at them beside our own orders. */
export const ACCOUNT_OPERATIONS = [
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
  },
  {
    method: 'delete',
    path: '/api/accounts/',
    summary: 'Put an account away; refused while orders that have not ended use it',
    scope: 'trade',
    query: [['id', 'of the account, if it is not in the body']],
    answer: 'Account',
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
    answer: 'AccountCommand',
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
    answer: 'AccountCommand',
  },
  {
    method: 'get',
    path: '/manage/v1/accounts/{account}/commands/{id}',
    summary: 'What became of a command to an account; the outcome is null until it is carried out',
    scope: 'read',
    answer: 'AccountCommand',
  },
] as const;

/** How schemas are built on the page that these are part of. */
interface Builders {
  readonly object: (properties: Record<string, Schema>, more?: Schema) => Schema;
  readonly list: (items: Schema) => Schema;
  readonly decimalText: Schema;
  readonly time: Schema;
}

const MODES = { margin_mode: { enum: ['CROSS', 'ISOLATED'] }, hedge_mode: { type: 'boolean' } };
const KEY = { api_key: { type: 'string' }, api_secret: { type: 'string' }, passphrase: { type: 'string' } };
const ACCOUNT = {
  id: { type: 'string', format: 'uuid' },
  name: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
  exchange: { type: 'string' },
  ...MODES,
  archived: { type: 'boolean' },
  valid: { type: ['boolean', 'null'] },
  api_key: { type: 'string', description: '****, and the last four characters of a long key' },
  api_secret: { enum: ['****'] },
  sub_objects: { type: 'array', items: { enum: ['spot', 'perp', 'unified', 'future', 'option'] } },
  created_at: { type: 'string', format: 'date-time' },
};

/** What those routes take and answer. */
export const accountSchemas = ({ object, list, decimalText, time }: Builders): Record<string, Schema> => ({
  Account: object(ACCOUNT),
  Accounts: object({ accounts: list({ $ref: '#/components/schemas/Account' }) }),
  NewAccount: object(
    { name: ACCOUNT.name, exchange: ACCOUNT.exchange, ...KEY, ...MODES },
    {
      required: ['name', 'exchange', 'api_key', 'api_secret'],
    },
  ),
  AccountChange: object({ id: ACCOUNT.id, name: ACCOUNT.name, ...KEY, ...MODES }),
  AccountShare: object({ username: { type: 'string' } }, { required: ['username'] }),
  AccountShares: object({ account: { type: 'string' }, usernames: list({ type: 'string' }) }),
  LeverageRequest: object(
    {
      account_ids: list({ type: 'string', description: 'names or ids' }),
      pair: { type: 'string' },
      leverage: { type: ['integer', 'string'], minimum: 1, maximum: 200 },
      margin_mode: { enum: ['CROSS', 'ISOLATED'] },
    },
    { required: ['account_ids', 'pair', 'leverage'] },
  ),
  LeverageResults: object({
    results: list(
      object({
        account_id: { type: 'string', format: 'uuid' },
        account_name: { type: 'string' },
        pair: { type: 'string' },
        leverage: { type: 'string' },
        success: { type: 'boolean' },
        message: { type: 'string' },
      }),
    ),
    message: { type: 'string' },
  }),
  CloseRequest: object(
    {
      max_notional: { type: ['number', 'string'], description: 'above 0, in quote, for each asset' },
      account_names: list({ type: 'string' }),
      preferred_strategy: { type: 'string', description: 'default Market; trajectories take 300 s' },
    },
    { required: ['max_notional'] },
  ),
  ClosedBalances: object({
    orders: list({ $ref: '#/components/schemas/Order' }),
    errors: list(object({ account_name: { type: 'string' }, symbol: { type: 'string' }, message: { type: 'string' } })),
  }),
  CachedBalances: object({
    balances: list(
      object({
        account_name: { type: 'string' },
        account_id: { type: 'string', format: 'uuid' },
        equity: { type: 'number' },
        equities: list(object({ total_equity: { type: 'number' } })),
        assets: list(object({ symbol: { type: 'string' }, size: { type: 'number' }, notional: { type: 'number' } })),
      }),
    ),
    errors: list(object({ account_name: { type: 'string' }, message: { type: 'string' } })),
  }),
  ExternalOrders: object({
    external_orders: list(
      object({
        symbol: { type: 'string' },
        exchange_order_id: { type: 'string' },
        client_order_id: { type: ['string', 'null'] },
        side: { enum: ['buy', 'sell'] },
        status: { enum: ['working', 'filled', 'canceled', 'expired', 'rejected', 'gone'] },
        qty: decimalText,
        executed_qty: decimalText,
        price: { ...decimalText, type: ['string', 'null'] },
        exchange_time: time,
        first_seen_at: time,
        updated_at: time,
      }),
    ),
  }),
  Positions: object({
    positions: list(
      object({
        symbol: { type: 'string' },
        side: { enum: ['both', 'long', 'short'] },
        qty: decimalText,
        ...Object.fromEntries(
          ['entry_price', 'mark_price', 'unrealized_profit', 'leverage'].map((key) => [
            key,
            { ...decimalText, type: ['string', 'null'] },
          ]),
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
      symbol: { type: 'string' },
      leverage: { type: 'integer' },
      margin_type: { enum: ['cross', 'isolated'] },
    },
    { required: [] },
  ),
  AccountCommand: object({
    id: { type: 'string', format: 'uuid' },
    account: { type: 'string' },
    kind: { enum: ['cancel_external', 'set_hedge_mode', 'set_leverage', 'set_margin_type'] },
    symbol: { type: ['string', 'null'] },
    argument: { type: 'string' },
    requested_at: time,
    outcome: { enum: ['done', 'refused', null] },
    text: { type: 'string' },
  }),
});
