import { expect, it } from '@jest/globals';
import { SIGNAL_REASONS } from '#domain';
import { answerSignal, REFUSALS } from './answers.js';
import { readPositionsQuery } from './positions-query.js';

it('says exactly ok to whatever took effect', () => {
  for (const reason of SIGNAL_REASONS.effect)
    expect(answerSignal(reason, '')).toEqual({ status: 200, body: { message: 'ok' } });
});

it('SA-11 says that nothing was live', () => {
  const ignored = { status: 200, body: { message: 'ok', ignored: 'no_open_position' } };
  expect([answerSignal('ignored_no_position', ''), answerSignal('ignored_already_closed', '')]).toEqual([
    ignored,
    ignored,
  ]);
});

it.each([
  [400, ['rejected_schema', 'rejected_symbol', 'rejected_side', 'rejected_no_price', 'expired']],
  [404, ['rejected_position_unknown']],
  [
    409,
    [
      'rejected_live_position',
      'rejected_triggered_item',
      'rejected_locked_field',
      'rejected_disabled',
      'rejected_risk',
    ],
  ],
  [500, ['failed_internal']],
] as const)('gives %i with its code', (status, reasons) => {
  for (const reason of reasons)
    expect(answerSignal(reason, 'why')).toEqual({ status, body: { message: 'why', code: reason } });
});

it('gives a refusal to every reason that is one', () => {
  for (const reason of SIGNAL_REASONS.refused) expect(answerSignal(reason, 'x').status).toBeGreaterThanOrEqual(400);
});

it('SA-25 tells an unknown signaler as it tells a wrong secret, and a missing bearer apart', () => {
  expect(REFUSALS.unauthorized).toEqual({
    status: 401,
    body: { message: 'invalid credentials', code: 'unauthorized' },
  });
  expect(REFUSALS.notFound.status).toBe(404);
  for (const { status, body } of Object.values(REFUSALS))
    expect([status >= 400, Object.keys(body)]).toEqual([true, ['message', 'code']]);
});

const terms = { market: 'FUTURES', symbols: [{ base: 'SOL', quote: 'USDT' }], defaultQuote: 'USDT' } as const;

it('reads which positions are asked for', () => {
  expect(readPositionsQuery({}, terms)).toEqual({ ok: true, value: { pair: null, startAt: null, endAt: null } });
  const query = { asset_name: 'SOLUSDT', start_time: '2026-01-01T00:00:00Z', end_time: '1767225601' };
  expect(readPositionsQuery(query, terms)).toEqual({
    ok: true,
    value: { pair: 'SOL-USDT', startAt: 1767225600000, endAt: 1767225601000 },
  });
  expect(readPositionsQuery({ asset_name: '', start_time: '' }, terms)).toMatchObject({
    ok: true,
    value: { pair: null },
  });
  expect(readPositionsQuery({ asset_name: 'DOGE' }, terms)).toMatchObject({
    ok: false,
    error: { reason: 'rejected_symbol' },
  });
  expect(readPositionsQuery({ start_time: 'x' }, terms)).toMatchObject({
    ok: false,
    error: { reason: 'rejected_schema', message: expect.stringMatching(/^start_time: must be a time/) },
  });
});
