import { COST_COLUMNS } from '#persistence';
import { ACCOUNT_STATUSES } from '../manage/show-account-status.js';
import type { Operation } from './operation.js';
import {
  answer,
  answerOrNull,
  decimalOrNull,
  decimalText,
  list,
  time,
  timeOrNull,
  type Schema,
} from './schema-parts.js';

/** The routes of balances, markets and rate limits, and what the dashboard needs beside the dialects. */
export const MANAGE_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/balances/',
    summary: 'Balances by account',
    scope: 'read',
    query: [
      ['account_names', 'names of venue accounts'],
      ['exchange_names', 'names of exchanges'],
    ],
    answer: 'Balances',
  },
  {
    method: 'get',
    path: '/manage/v1/orders/{id}/trajectory',
    summary: 'What the plan of an order says over time, and how far it may stray; no points without a trajectory',
    scope: 'read',
    answer: 'Trajectory',
  },
  {
    method: 'get',
    path: '/manage/v1/orders/{id}/cost',
    summary:
      'What an order costs, positive is worse: as of now while it runs, as stored once it has ended. What is null has its reason in missing',
    scope: 'read',
    answer: 'OrderCost',
  },
  {
    method: 'get',
    path: '/manage/v1/instruments/',
    summary: 'Instruments that your accounts can trade',
    scope: 'read',
    answer: 'Instruments',
  },
  {
    method: 'get',
    path: '/manage/v1/accounts/',
    summary: 'Your accounts, and how the connection to their venues stands',
    scope: 'read',
    answer: 'AccountStatuses',
  },
  {
    method: 'get',
    path: '/manage/v1/market/{venue}/{symbol}',
    summary:
      'The market of an instrument now: its book as price and quantity, best first; mark and funding of a perpetual',
    scope: 'read',
    query: [['levels', '1 to 50 per side, default 10']],
    answer: 'Market',
  },
  {
    method: 'get',
    path: '/manage/v1/limits/',
    summary: 'Used share of the rate limits of venues, by address and by each of your accounts',
    scope: 'read',
    answer: 'Limits',
  },
  {
    method: 'get',
    path: '/manage/v1/limits/{id}/history',
    summary:
      'The most used of a limit in each step: steps of 10 s for 7 days, of 5 minutes for 90; none used, no point',
    scope: 'read',
    query: [
      ['from', 'ISO-8601 time, default an hour before to'],
      ['to', 'ISO-8601 time, default now'],
      ['step', 'seconds in tens, 10 to 86400, default 10; at most 2000 steps'],
    ],
    answer: 'LimitHistory',
  },
  {
    method: 'get',
    path: '/manage/v1/limits/parents/{id}',
    summary: 'How often calls of an order were granted by the rate limits, refused and why, and how long put off',
    scope: 'read',
    answer: 'ParentLimits',
  },
  {
    method: 'post',
    path: '/manage/v1/limits/simulate',
    summary: 'Whether the calls of a plan would pass the limits as they are now, and from when on. Spends nothing',
    scope: 'read',
    body: 'LimitPlan',
    answer: 'LimitForecast',
  },
  {
    method: 'get',
    path: '/manage/v1/balances/{account}',
    summary: 'Balances of an account, asked of its venue now; else as last stored, with the reason',
    scope: 'read',
    answer: 'FreshBalances',
  },
];

const number: Schema = { type: 'number' };
const numberOrNull: Schema = { type: ['number', 'null'] };
const COST_DETAIL = answer(
  { value: decimalOrNull },
  { missing: { type: 'string', description: 'why there is no value' } },
);
const level: Schema = { ...list(decimalText), minItems: 2, maxItems: 2, description: 'price and quantity' };
const levelOrNull: Schema = { ...level, type: ['array', 'null'] };
const MARKOUTS = answer({ s1: COST_DETAIL, s5: COST_DETAIL, s30: COST_DETAIL });

/** What those routes take and answer. */
export const MANAGE_SCHEMAS: Readonly<Record<string, Schema>> = {
  Balances: {
    type: 'object',
    additionalProperties: answer(
      {
        exchange: { type: 'string' },
        assets: list(
          answer({
            symbol: { type: 'string' },
            size: number,
            notional: number,
            market_type: { enum: ['spot', 'perp', 'future', 'option'] },
            asset_type: { enum: ['token', 'position'] },
            unrealized_profit: number,
            initial_margin: number,
            maint_margin: number,
            margin_balance: numberOrNull,
            leverage: numberOrNull,
            notional_pct_total: { ...number, minimum: 0, maximum: 1 },
          }),
        ),
      },
      { stale_since: { ...timeOrNull, description: 'when the venue last told them; null: never. Fresh ones lack it' } },
    ),
  },
  Trajectory: answer({
    order_id: { type: 'string', format: 'uuid' },
    as_of: time,
    time_start: time,
    time_end: timeOrNull,
    target_token: { type: 'string' },
    target_order_qty: decimalText,
    finisher_from: timeOrNull,
    status: { type: 'string' },
    points: list(answer({ at: time, target: decimalText, lower: decimalText, upper: decimalText })),
  }),
  OrderCost: answer({
    order_id: { type: 'string', format: 'uuid' },
    state: { enum: ['not_begun', 'running', 'ended'] },
    as_of: time,
    active_seconds: { type: 'number' },
    ...Object.fromEntries(['executed_base', 'executed_quote', 'maker_quote'].map((name) => [name, decimalText])),
    ...Object.fromEntries(COST_COLUMNS.map((name) => [name, decimalOrNull])),
    markout_bps: answer({ maker: MARKOUTS, taker: MARKOUTS }),
    lateness_ms: answer({ mean: COST_DETAIL, max: COST_DETAIL }),
    held_ms: answer(Object.fromEntries(['budget', 'feed', 'cap'].map((name) => [name, number]))),
    missing: { type: 'object', additionalProperties: { type: 'string' } },
  }),
  Instruments: answer({
    instruments: list(
      answer({
        ...Object.fromEntries(
          ['pair', 'venue', 'exchange', 'market_type', 'symbol', 'base', 'quote'].map((key) => [
            key,
            { type: 'string' },
          ]),
        ),
        tick: decimalText,
        lot: decimalText,
        min_qty: decimalText,
        min_notional: decimalText,
      }),
    ),
  }),
  AccountStatuses: answer({
    accounts: list(
      answer({
        name: { type: 'string' },
        venue: { type: 'string' },
        exchange: { type: 'string' },
        status: { enum: ACCOUNT_STATUSES },
        status_at: time,
        reason: { type: 'string' },
        external_orders: { type: 'integer' },
        sub_accounts: list(
          answer({
            venue: { type: 'string' },
            status: { enum: ACCOUNT_STATUSES },
            status_at: time,
            reason: { type: 'string' },
            external_orders: { type: 'integer' },
          }),
        ),
      }),
    ),
  }),
  Market: answer({
    venue: { type: 'string' },
    symbol: { type: 'string' },
    status: { enum: ['connecting', 'syncing', 'live', 'stale', 'resyncing', 'down'] },
    reason: { type: ['string', 'null'] },
    at: timeOrNull,
    bids: list(level),
    asks: list(level),
    last: decimalOrNull,
    bbo: {
      ...answerOrNull({ bid: levelOrNull, ask: levelOrNull, at: time }),
      description: 'Best quotes, where the venue tells them apart from its book',
    },
    mark: {
      ...answerOrNull({
        price: decimalText,
        funding_rate: decimalOrNull,
        next_funding_at: timeOrNull,
        at: time,
      }),
      description: 'Of a perpetual: price that margins are counted with, and funding',
    },
  }),
  FreshBalances: answer({
    account: { type: 'string' },
    exchange: { type: 'string' },
    source: { enum: ['venue', 'stored'] },
    at: timeOrNull,
    reason: { type: ['string', 'null'] },
    age_ms: { type: ['integer', 'null'] },
    is_stale: { type: 'boolean' },
    balances: list(answer({ asset: { type: 'string' }, free: decimalText, locked: decimalText, total: decimalText })),
  }),
};
