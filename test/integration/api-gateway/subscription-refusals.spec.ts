import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Answer, User } from './api-harness.js';
import { StrategyWorld, SUBSCRIPTIONS } from './strategy-world.js';

const MARKET = { strategy: 'Market' };

let world: StrategyWorld;
let user: User;
let strategy: string;
beforeAll(async () => {
  world = await StrategyWorld.start();
});
afterAll(() => world.api.stop());
beforeEach(async () => {
  user = await world.api.addUser(['read', 'trade', 'admin']);
  strategy = await world.made(user);
});

const subscribe = (more: object): Promise<Answer> =>
  world.ask(user, 'POST', SUBSCRIPTIONS, { strategy_id: strategy, account: 'mock', capital: '1000', ...more });

it.each<[string, object, Record<string, string>]>([
  ['no strategy', { strategy_id: null }, { strategy_id: 'strategy_id is required' }],
  ['no account', { account: null }, { account: 'account is required' }],
  ['no capital', { capital: null }, { capital: 'capital is required' }],
  [
    'an unknown account',
    { account: 'savings' },
    { account: `account must be one of yours: unknown account 'savings'` },
  ],
  [
    'an unknown field',
    { colour: 'red' },
    {
      colour:
        'colour is not a field here, must be one of strategy_id, account, enabled, capital, max_positions, leverage, max_leverage, on_low_balance, execution',
    },
  ],
  [
    'a capital of nothing',
    { capital: '0' },
    { capital: `capital must be above 0 and below 10^20, with at most 18 decimals, was '0'` },
  ],
  [
    'a capital that is none',
    { capital: 'NaN' },
    { capital: `capital must be above 0 and below 10^20, with at most 18 decimals, was 'NaN'` },
  ],
  [
    'a capital beyond all',
    { capital: '1e308' },
    { capital: `capital must be above 0 and below 10^20, with at most 18 decimals, was '1e308'` },
  ],
  [
    'a capital of too many digits',
    { capital: '0.1234567890123456789' },
    { capital: `capital must be above 0 and below 10^20, with at most 18 decimals, was '0.1234567890123456789'` },
  ],
  [
    'no room for a position',
    { max_positions: 0 },
    { max_positions: 'max_positions must be a whole number from 1 to 10000, was 0' },
  ],
  [
    'a leverage below 1',
    { leverage: '0.5' },
    { leverage: `leverage must be from 1 to 125, with at most 18 decimals, was '0.5'` },
  ],
  [
    'a leverage beyond 125',
    { max_leverage: 126 },
    { max_leverage: 'max_leverage must be from 1 to 125, with at most 18 decimals, was 126' },
  ],
  [
    'a leverage above the most',
    { leverage: 3, max_leverage: 2 },
    { leverage: 'leverage must be at most max_leverage, which is 2, was 3' },
  ],
  [
    'another thing to do on low balance',
    { on_low_balance: 'wait' },
    { on_low_balance: `on_low_balance must be one of skip, scale, was 'wait'` },
  ],
  ['a flag that is none', { enabled: 1 }, { enabled: 'enabled must be true or false, was 1' }],
  ['an execution that is none', { execution: 'TWAP' }, { execution: `execution must be an object, was 'TWAP'` }],
  [
    'a part of the execution that is none',
    { execution: { open: MARKET } },
    { 'execution.open': 'execution.open is not a field here, must be one of entry, exit, stop' },
  ],
  [
    'an algorithm that is none',
    { execution: { entry: { strategy: 'IOC' } } },
    {
      'execution.entry.strategy': `execution.entry.strategy must be one of Market, Limit, TWAP, VWAP, POV, IS, Iceberg, Target Time, was 'IOC'`,
    },
  ],
  [
    'no algorithm',
    { execution: { entry: { duration: 60 } } },
    {
      'execution.entry.strategy':
        'execution.entry.strategy must be one of Market, Limit, TWAP, VWAP, POV, IS, Iceberg, Target Time, was missing',
    },
  ],
  [
    'an algorithm without its time',
    { execution: { entry: { strategy: 'TWAP' } } },
    { 'execution.entry.duration': 'execution.entry.duration: duration or pov_target must be provided' },
  ],
  [
    'a time that is too long',
    { execution: { exit: { strategy: 'TWAP', duration: 604_801 } } },
    { 'execution.exit.duration': 'execution.exit.duration: duration out of range, must be [1,604800], was 604801' },
  ],
  [
    'a limit without its price',
    { execution: { stop: { strategy: 'Limit' } } },
    { 'execution.stop.limit_price': 'execution.stop.limit_price: limit_price is required for Limit' },
  ],
  [
    'a share of volume that is none',
    { execution: { exit: { strategy: 'POV', pov_target: '1.5' } } },
    { 'execution.exit.pov_target': `execution.exit.pov_target: pov_target is a ratio within (0,1], was '1.5'` },
  ],
  [
    'what is traded inside of how',
    { execution: { entry: { strategy: 'Market', side: 'buy' } } },
    {
      'execution.entry.side':
        'execution.entry.side is not a field here, must be one of strategy, duration, engine_passiveness, schedule_discretion, alpha_tilt, pov_limit, pov_target, limit_price, is_reverse_limit_price, order_slices, strategy_params',
    },
  ],
  [
    'a parameter that a parent order would ignore',
    { execution: { entry: { strategy: 'Market', strategy_params: { colour: 1 } } } },
    {
      'execution.entry.strategy_params.colour':
        'execution.entry.strategy_params.colour: strategy_params.colour is not a field here, was 1',
    },
  ],
  [
    'a moment that has passed',
    {
      execution: {
        entry: { strategy: 'Target Time', duration: 60, strategy_params: { target_time: '2020-01-01T00:00:00Z' } },
      },
    },
    {
      'execution.entry.strategy_params.target_time': `execution.entry.strategy_params.target_time: target_time must be in the future, was '2020-01-01T00:00:00Z'`,
    },
  ],
])('refuses %s', async (_, more, fields) => {
  const { status, json } = await subscribe(more);
  const [message] = Object.values(fields);
  expect([status, json]).toEqual([
    400,
    {
      code: 'invalid',
      message,
      fields: Object.fromEntries(Object.entries(fields).map(([key, text]) => [key, [text]])),
    },
  ]);
  expect(await world.api.count(user, 'subscriptions')).toBe(0);
});
