import { expect, it } from '@jest/globals';
import { readSignalBody } from '../common/signal-body.js';
import { schemaAnswer, submitted } from './answers.js';
import { readApiKey, readCommand } from './execute-command.js';
import { bodyField } from './read-input.js';

function fieldOf(value: unknown) {
  const body = readSignalBody(new TextEncoder().encode(JSON.stringify(value)));
  const field = body.ok ? bodyField(body.value) : null;
  if (field?.ok !== true) throw new Error('no body');
  return field.value;
}
const command = (value: unknown) => JSON.parse(JSON.stringify(readCommand(fieldOf(value)))) as unknown;
const KEY = { api_key: 'mk', strategy_id: '7' };

it('SA-41 reads an open of texts only', () => {
  const open = { ...KEY, action: 'open-position', base_asset: 'ETH', quote_asset: 'USDT', is_long: 'true', size: '1' };
  expect(command(open)).toEqual({
    ok: true,
    value: {
      action: 'open-position',
      strategyNumber: 7,
      call: { strategyNumber: 7, base: 'ETH', quote: 'USDT', size: '1', side: 'long' },
    },
  });
});

it('reads closes', () => {
  expect(command({ ...KEY, action: 'close-position', position_id: '31' })).toEqual({
    ok: true,
    value: { action: 'close-position', strategyNumber: 7, call: { positionNumber: 31, strategyNumber: 7 } },
  });
  expect(command({ ...KEY, action: 'close-all-positions', base_asset: 'ETH', quote_asset: 'USDT' })).toEqual({
    ok: true,
    value: { action: 'close-all-positions', strategyNumber: 7, call: { strategyNumber: 7, pair: 'ETH-USDT' } },
  });
});

it.each([
  [{}, ['action', 'strategy_id'], 'field required'],
  [{ action: 'close-all-positions' }, ['strategy_id'], 'field required'],
  [{ ...KEY, action: 'open_position' }, ['action'], 'must be open-position, close-position or close-all-positions'],
  [{ ...KEY, action: 'close-position' }, ['position_id'], 'field required'],
  [{ ...KEY, action: 'close-all-positions', quote_asset: 'USDT' }, ['base_asset'], 'field required'],
])('refuses %j', (value, names, msg) => {
  const read = readCommand(fieldOf(value));
  expect(!read.ok && schemaAnswer(read.error).body['detail']).toMatchObject(
    names.map((name) => ({ loc: ['body', name], msg })),
  );
});

it('finds the key in the body', () => {
  expect(
    [{ api_key: 'mk' }, {}, { api_key: '' }, { api_key: 5 }, { api_key: 'x'.repeat(201) }].map((value) =>
      readApiKey(fieldOf(value)),
    ),
  ).toEqual(['mk', undefined, undefined, undefined, undefined]);
});

it('answers as Mizar does', () => {
  expect(submitted('open-position', 7)).toEqual({
    status: 200,
    body: { detail: 'Request with action open-position has been successfully submitted to strategy 7.' },
  });
});
