import { expect, it } from '@jest/globals';
import { OrderRefusal } from '#order-intake';
import { ApiError, errorBody } from './api-error.js';

it('tells a refusal of an order as one of its own, and when to try again', () => {
  const refusal = new OrderRefusal('duplicate_custom_order_id', 'is used', {
    errors: { custom_order_id: ['is used'] },
    extra: { order_id: '7' },
  });
  const error = ApiError.of(refusal);
  expect([error.status, error.headers]).toEqual([409, {}]);
  expect(errorBody(error, 'request')).toEqual({
    ...{ error: 'is used', message: 'is used', detail: 'is used', code: 'duplicate_custom_order_id' },
    ...{ errors: { custom_order_id: ['is used'] }, order_id: '7', request_id: 'request' },
  });
  const later = ApiError.of(new OrderRefusal('no_market_data', 'no market', { retryAfterSeconds: 1 }));
  expect([later.status, later.headers]).toEqual([503, { 'Retry-After': '1' }]);
});
