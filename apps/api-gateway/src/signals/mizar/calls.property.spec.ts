import fc from 'fast-check';
import { expect, it } from '@jest/globals';
import { oddBodies } from '../../../../../test/support/odd-bodies.js';
import type { Field } from '../common/field.js';
import { readSignalBody } from '../common/signal-body.js';
import { schemaAnswer, storedFault } from './answers.js';
import { readCommand } from './execute-command.js';
import {
  readAllOpenPositions,
  readCloseAll,
  readClosePosition,
  readOpenPosition,
  type CallResult,
} from './lot-calls.js';
import { readBars, readBarTypes, readSymbols } from './market-calls.js';
import { readPublish } from './publish.js';
import { bodyField, queryField } from './read-input.js';

const CALLS: readonly ((field: Field) => CallResult<unknown>)[] = [
  readOpenPosition,
  readClosePosition,
  readCloseAll,
  readAllOpenPositions,
  readPublish,
  readSymbols,
  readBarTypes,
  readBars,
  readCommand,
];
const SAMPLES = [
  {
    action: 'open-position',
    api_key: 'k',
    strategy_id: 7,
    base_asset: 'ETH',
    quote_asset: 'USDT',
    size: 0.25,
    is_long: true,
    position_id: '12',
    exchange: 'binance',
  },
  { name: 'n', description: 'd', exchanges: ['binance'], symbols: ['BTCUSDT'], market: 'SPOT' },
];
const FORMS = ['strategy_id=7', 'position_id=12', '&', 'is_long=true', 'symbols=a', 'symbols[]=b'];

it('never throws, and shows every fault in the shape of the dialect', () => {
  const seen = { taken: 0, refused: 0, noBody: 0 };
  fc.assert(
    fc.property(oddBodies(SAMPLES, FORMS), fc.constantFrom(...CALLS), (text, read) => {
      const body = readSignalBody(new TextEncoder().encode(text));
      const field = body.ok ? bodyField(body.value, { limit: '5' }) : null;
      if (field === null || !field.ok) {
        seen.noBody += 1;
        if (field !== null) expect(schemaAnswer([field.error]).status).toBe(422);
        return;
      }
      const call = read(field.value);
      seen[call.ok ? 'taken' : 'refused'] += 1;
      if (call.ok) return;
      const { detail } = schemaAnswer(call.error).body as { detail: { loc: unknown[]; msg: string; type: string }[] };
      expect(detail.length).toBeGreaterThan(0);
      for (const { loc, msg, type } of detail)
        expect([loc[0], msg !== '', /^(value_error(\.missing)?|type_error)$/.test(type)]).toEqual(['body', true, true]);
      expect(storedFault(call.error)).toMatchObject({
        reason: 'rejected_schema',
        message: expect.stringMatching(/: ./),
      });
    }),
    { numRuns: 2000 },
  );
  expect(Math.min(seen.taken, seen.refused, seen.noBody)).toBeGreaterThan(100);
});

it('never throws on any parameters of a URL', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('1e999', '-5', 'true', 'D', 'tick'),
  );
  const names = [
    'exchange',
    'market',
    'limit',
    'start_timestamp',
    'bar_type',
    'bar_subclass',
    'base_asset',
    'strategy_id',
  ];
  const query = fc.dictionary(fc.constantFrom(...names), fc.oneof(value, fc.array(value, { maxLength: 3 })));
  fc.assert(
    fc.property(query, fc.constantFrom(...CALLS), (parameters, read) => {
      const call = read(queryField(parameters));
      if (!call.ok) for (const { place } of call.error) expect(place[0]).toBe('query');
    }),
    { numRuns: 1000 },
  );
});
