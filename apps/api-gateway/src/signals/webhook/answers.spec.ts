import { expect, it } from '@jest/globals';
import { SIGNAL_REASONS, type SignalReason } from '#domain';
import { jsonText } from '#order-intake';
import { answerAlert, answerDuplicate, REFUSALS } from './answers.js';

const signalId = '0195c7a2-8b0e-7e11-9c55-0d6f2b1a4e90';
const answer = (reason: SignalReason, message = '', positionNumber: number | null = null) =>
  answerAlert({ reason, message, signalId, positionNumber });

it('shows what was done as the contract has it', () => {
  const opened = answer('opened', '', 44);
  expect(opened.status).toBe(200);
  expect(jsonText(opened.body)).toBe(
    `{"status":"accepted","reason":"opened","signal_id":"${signalId}","duplicate":false,"position_id":"44"}`,
  );
});

it('SA-49 shows what was refused as the contract has it', () => {
  const refused = answer('rejected_symbol', 'DOGEUSDT is not in this strategy');
  expect(refused.status).toBe(400);
  expect(jsonText(refused.body)).toBe(
    `{"status":"rejected","reason":"rejected_symbol","signal_id":"${signalId}","message":"DOGEUSDT is not in this strategy"}`,
  );
});

it('SA-50 accepts a test', () => {
  expect(answer('test_ok').body).toEqual({
    status: 'accepted',
    reason: 'test_ok',
    signal_id: signalId,
    duplicate: false,
  });
});

it('SA-47 says the same of a duplicate, and that it is one', () => {
  const opened = answer('opened', '', 44);
  expect(answerDuplicate(opened)).toEqual({ status: 200, body: { ...opened.body, duplicate: true } });
});

it('gives every reason its status', () => {
  const statusOf = (reasons: readonly SignalReason[]) => [
    ...new Set(reasons.map((reason) => answer(reason, 'x').status)),
  ];
  expect(statusOf([...SIGNAL_REASONS.effect, ...SIGNAL_REASONS.noEffect])).toEqual([200]);
  expect(statusOf(['rejected_schema', 'rejected_symbol', 'expired', 'rejected_no_price'])).toEqual([400]);
  expect(statusOf(['rejected_risk', 'rejected_disabled', 'rejected_side', 'rejected_live_position'])).toEqual([409]);
  expect(answer('ignored_no_position').body['status']).toBe('ignored');
  expect(answer('failed_internal', 'x')).toMatchObject({ status: 500, body: { status: 'failed' } });
});

it('SA-25 tells nothing to those without a token', () => {
  expect(REFUSALS.unauthorized).toEqual({ status: 404, body: { status: 'rejected', reason: 'unauthorized' } });
});
