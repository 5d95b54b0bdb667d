import { expect, it } from '@jest/globals';
import type { AcceptedOrder } from '#persistence';
import type { ListedVenue } from '../credentials/venue-list.js';
import { ApiError } from '../http/api-error.js';
import { refuseIncapable } from './refuse-incapable.js';

const venue = (id: string, can: Pick<ListedVenue, 'reducesOnly' | 'rests'> = {}): ListedVenue => ({
  ...{ id, exchange: id, product: 'linear', tier: 2, cannotPromise: [] },
  ...can,
});
const order = (params: { reduceOnly?: boolean; passiveOnly?: boolean }, ...venues: string[]): AcceptedOrder =>
  ({
    record: { requestJson: JSON.stringify({ accounts: venues.map((id) => ({ name: `at-${id}`, exchange: id })) }) },
    legs: venues.map((id) => ({ accountId: id, venue: id, symbol: 'X' })),
    params: { reduceOnly: false, passiveOnly: false, ...params },
  }) as unknown as AcceptedOrder;
const VENUES = [
  venue('can', { reducesOnly: true, rests: true }),
  venue('cannot', { reducesOnly: false, rests: false }),
  venue('unsaid'),
];
const refusal = (accepted: AcceptedOrder, prefix?: string): unknown => {
  try {
    refuseIncapable(accepted, VENUES, prefix);
    return null;
  } catch (error) {
    return error instanceof ApiError ? [error.status, error.errors] : error;
  }
};

it.each([
  ['reduce_only', { reduceOnly: true }],
  ['passive_only', { passiveOnly: true }],
])('names the accounts whose venue cannot promise %s', (flag, params) => {
  const texts = [`${flag} is not supported by account 'at-cannot'`];
  expect(refusal(order(params, 'can', 'cannot'))).toEqual([400, { [`strategy_params.${flag}`]: texts }]);
  expect(refusal(order(params, 'cannot'), 'child.')).toEqual([400, { [`child.strategy_params.${flag}`]: texts }]);
  expect(refusal(order(params, 'can', 'unsaid', 'elsewhere'))).toBeNull();
});

it('asks nothing of a venue for orders without such a wish', () => {
  expect(refusal(order({}, 'cannot'))).toBeNull();
});
