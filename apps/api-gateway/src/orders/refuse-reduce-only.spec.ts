import { expect, it } from '@jest/globals';
import type { AcceptedOrder } from '#persistence';
import { ApiError } from '../http/api-error.js';
import { refuseReduceOnly } from './refuse-reduce-only.js';

const venue = (id: string, reducesOnly?: boolean) => ({
  ...{ id, exchange: id, product: 'linear' as const, tier: 2 as const, cannotPromise: [] },
  ...(reducesOnly === undefined ? {} : { reducesOnly }),
});
const order = (reduceOnly: boolean, ...venues: string[]): AcceptedOrder =>
  ({
    record: { requestJson: JSON.stringify({ accounts: venues.map((id) => ({ name: `at-${id}`, exchange: id })) }) },
    legs: venues.map((id) => ({ accountId: id, venue: id, symbol: 'X' })),
    params: { reduceOnly },
  }) as unknown as AcceptedOrder;
const VENUES = [venue('can', true), venue('cannot', false), venue('unsaid')];
const refusal = (accepted: AcceptedOrder): unknown => {
  try {
    refuseReduceOnly(accepted, VENUES);
    return null;
  } catch (error) {
    return error instanceof ApiError ? [error.status, error.errors] : error;
  }
};

it('names the accounts whose venue cannot promise to reduce only', () => {
  expect(refusal(order(true, 'can', 'cannot'))).toEqual([
    400,
    { 'strategy_params.reduce_only': ["reduce_only is not supported by account 'at-cannot'"] },
  ]);
  expect(refusal(order(true, 'can', 'unsaid', 'elsewhere'))).toBeNull();
  expect(refusal(order(false, 'cannot'))).toBeNull();
});
