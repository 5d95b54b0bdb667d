import { describe, expect, it } from '@jest/globals';
import { readSignalBody } from '../common/signal-body.js';
import { refuse, schemaAnswer, storedFault } from './answers.js';
import { canExist } from './ids.js';
import {
  openLot,
  readAllOpenPositions,
  readCloseAll,
  readClosePosition,
  readOpenPosition,
  type CallResult,
} from './lot-calls.js';
import { bodyField, queryField, type UrlParameters } from './read-input.js';
import type { Field } from '../common/field.js';

function post<T>(read: (body: Field) => CallResult<T>, text: string, query: UrlParameters = {}): CallResult<T> {
  const body = readSignalBody(new TextEncoder().encode(text));
  if (!body.ok) throw new Error(body.error.message);
  const field = bodyField(body.value, query);
  return field.ok ? read(field.value) : { ok: false, error: [field.error] };
}
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;
const OPEN = { strategy_id: 7, base_asset: 'ETH', quote_asset: 'USDT', size: 0.25, is_long: true };
const CALL = { strategyNumber: 7, base: 'ETH', quote: 'USDT', size: '0.25', side: 'long' };
const detailOf = <T>(result: CallResult<T>) => (result.ok ? 'accepted' : schemaAnswer(result.error).body['detail']);

describe('open-position', () => {
  const open = (body: unknown) => post(readOpenPosition, JSON.stringify(body));

  it('SA-29 reads the sample', () => {
    expect(plain(open(OPEN))).toEqual({ ok: true, value: CALL });
  });

  it('has size 1 unless told, and null tells nothing', () => {
    const { size: _, ...rest } = OPEN;
    for (const body of [rest, { ...OPEN, size: null }, { ...OPEN, size: 1.0 }])
      expect(plain(open(body))).toEqual({ ok: true, value: { ...CALL, size: '1' } });
  });

  it('SA-41 takes all values as texts', () => {
    const texts = { strategy_id: '7', base_asset: 'eth', quote_asset: ' usdt ', size: '0.25', is_long: 'true' };
    expect(plain(open(texts))).toEqual({ ok: true, value: CALL });
    expect(plain(open({ ...texts, is_long: 'FALSE' }))).toEqual({ ok: true, value: { ...CALL, side: 'short' } });
  });

  it('takes a form, or parameters of the URL', () => {
    const form = 'strategy_id=7&base_asset=ETH&quote_asset=USDT&size=0.25&is_long=true';
    expect(plain(post(readOpenPosition, form))).toEqual({ ok: true, value: CALL });
    const query = Object.fromEntries(new URLSearchParams(form));
    expect(plain(post(readOpenPosition, '', query))).toEqual({ ok: true, value: CALL });
    expect(plain(post(readOpenPosition, '{"size":1,"base_asset":null}', query))).toEqual({
      ok: true,
      value: { ...CALL, size: '1' },
    });
    expect(plain(post(readOpenPosition, `${form}&size=`))).toEqual({ ok: true, value: CALL });
  });

  it('SA-36 refuses sizes that are none', () => {
    for (const size of [0, 1.5, -1, '0', '1e-19'])
      expect(open({ ...OPEN, size })).toMatchObject({ ok: false, error: [{ kind: 'value' }] });
    const refused = open({ ...OPEN, size: 1.5 });
    expect(!refused.ok && schemaAnswer(refused.error)).toEqual({
      status: 422,
      body: { detail: [{ loc: ['body', 'size'], msg: 'must be > 0 and <= 1', type: 'value_error' }] },
    });
    expect(!refused.ok && storedFault(refused.error)).toEqual({
      reason: 'rejected_schema',
      message: 'body.size: must be > 0 and <= 1, was 1.5',
    });
  });

  it('tells all that is wrong at once', () => {
    expect(detailOf(open({ strategy_id: 'seven', base_asset: 'E/H', size: 'x', is_long: 'yes' }))).toEqual([
      { loc: ['body', 'strategy_id'], msg: 'must be an integer', type: 'type_error' },
      { loc: ['body', 'base_asset'], msg: 'must be letters and digits', type: 'value_error' },
      { loc: ['body', 'quote_asset'], msg: 'field required', type: 'value_error.missing' },
      { loc: ['body', 'size'], msg: 'must be a number below 10^20', type: 'type_error' },
      { loc: ['body', 'is_long'], msg: 'must be true or false', type: 'type_error' },
    ]);
    expect(detailOf(open({}))).toHaveLength(4);
  });

  it.each(['{"a":', '[1', 'hello', '"hello"'])('refuses the body %s as a whole', (text) => {
    expect(detailOf(post(readOpenPosition, text))).toEqual([
      {
        loc: ['body'],
        msg: expect.stringMatching(/^body (is not valid JSON at|must be a JSON object)/),
        type: 'value_error',
      },
    ]);
  });
});

describe('the lot that an open is', () => {
  const strategy = {
    market: 'FUTURES',
    symbols: [{ base: 'ETH', quote: 'USDT' }],
    defaultQuote: 'USDT',
    number: 7,
  } as const;
  const call = (() => {
    const read = post(readOpenPosition, JSON.stringify(OPEN));
    if (!read.ok) throw new Error('refused');
    return read.value;
  })();

  it('has one entry, now, and no leverage of its own', () => {
    expect(plain(openLot(call, strategy))).toEqual({
      ok: true,
      value: {
        pair: 'ETH-USDT',
        intent: {
          action: 'open_lot',
          wanted: {
            side: 'long',
            leverage: null,
            openItems: [
              { key: 'open', gate: null, amount: '0.25', orderType: 'market', limitPrice: null, expiresAt: null },
            ],
            closeItems: [],
            orderExpiresAt: null,
            actionExpiresAt: null,
          },
        },
      },
    });
  });

  it('SA-49 is refused for what the strategy does not trade', () => {
    const refused = openLot({ ...call, base: 'ADA' }, strategy);
    expect(!refused.ok && refuse(refused.error)).toEqual({
      status: 400,
      body: { detail: 'ADAUSDT is not traded by strategy 7' },
    });
  });

  it('SA-36 is refused as a short on spot', () => {
    const refused = openLot({ ...call, side: 'short' }, { ...strategy, market: 'SPOT' });
    expect(!refused.ok && refused.error.reason).toBe('rejected_side');
    expect(!refused.ok && refuse(refused.error)).toEqual({
      status: 400,
      body: { detail: 'is_long must be true, strategy 7 trades SPOT' },
    });
    expect(openLot(call, { ...strategy, market: 'SPOT' }).ok).toBe(true);
  });
});

describe('close-position', () => {
  it.each(['{"position_id":12}', '{"position_id":"12"}', 'position_id=12', '{"position_id":12.0,"strategy_id":null}'])(
    'SA-30 reads %s',
    (text) => {
      expect(post(readClosePosition, text)).toEqual({ ok: true, value: { positionNumber: 12, strategyNumber: null } });
    },
  );

  it('reads the strategy beside it', () => {
    expect(post(readClosePosition, '{"position_id":12,"strategy_id":"7"}')).toMatchObject({
      value: { strategyNumber: 7 },
    });
  });

  it.each([
    ['{}', { loc: ['body', 'position_id'], msg: 'field required', type: 'value_error.missing' }],
    ['{"position_id":"x"}', { loc: ['body', 'position_id'], msg: 'must be an integer', type: 'type_error' }],
    ['{"position_id":1.5}', { loc: ['body', 'position_id'], msg: 'must be an integer', type: 'type_error' }],
    [
      '{"position_id":1,"strategy_id":[]}',
      { loc: ['body', 'strategy_id'], msg: 'must be an integer', type: 'type_error' },
    ],
  ])('refuses %s', (text, detail) => {
    expect(detailOf(post(readClosePosition, text))).toEqual([detail]);
  });

  it('SA-36 knows ids that nothing can have', () => {
    expect([-1, 0, 1, 99, 2147483647, 2147483648].map(canExist)).toEqual([false, false, true, true, true, false]);
  });
});

describe('close-all-positions', () => {
  it.each([
    ['', { strategyNumber: null, pair: null }],
    ['{}', { strategyNumber: null, pair: null }],
    ['{"strategy_id":"7","base_asset":null}', { strategyNumber: 7, pair: null }],
    ['{"strategy_id":7,"base_asset":"eth","quote_asset":"usdt"}', { strategyNumber: 7, pair: 'ETH-USDT' }],
  ])('reads %j', (text, value) => {
    expect(post(readCloseAll, text)).toEqual({ ok: true, value });
  });

  it('wants both assets or none', () => {
    expect(detailOf(post(readCloseAll, '{"base_asset":"ETH"}'))).toEqual([
      { loc: ['body', 'quote_asset'], msg: 'field required', type: 'value_error.missing' },
    ]);
  });
});

describe('all-open-positions', () => {
  it('reads its strategy from the URL', () => {
    expect(readAllOpenPositions(queryField({ strategy_id: '7' }))).toEqual({ ok: true, value: { strategyNumber: 7 } });
    expect(detailOf(readAllOpenPositions(queryField({ strategy_id: '' })))).toEqual([
      { loc: ['query', 'strategy_id'], msg: 'field required', type: 'value_error.missing' },
    ]);
  });
});
