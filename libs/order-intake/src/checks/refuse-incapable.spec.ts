import { expect, it } from '@jest/globals';
import type { AcceptedOrder } from '#persistence';
import { OrderRefusal } from '../order-refusal.js';
import type { OrderVenue } from './order-venue.js';
import { refuseIncapable } from './refuse-incapable.js';

const venue = (id: string, can: Pick<OrderVenue, 'reducesOnly' | 'rests'> = {}): OrderVenue => ({
  ...{ id, exchange: id },
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
    return error instanceof OrderRefusal ? [error.code, error.errors] : error;
  }
};

it.each([
  ['reduce_only', { reduceOnly: true }],
  ['passive_only', { passiveOnly: true }],
])('names the accounts whose venue cannot promise %s', (flag, params) => {
  const texts = [`${flag} is not supported by account 'at-cannot'`];
  expect(refusal(order(params, 'can', 'cannot'))).toEqual(['invalid', { [`strategy_params.${flag}`]: texts }]);
  expect(refusal(order(params, 'cannot'), 'child.')).toEqual(['invalid', { [`child.strategy_params.${flag}`]: texts }]);
  expect(refusal(order(params, 'can', 'unsaid', 'elsewhere'))).toBeNull();
});

it('asks nothing of a venue for orders without such a wish', () => {
  expect(refusal(order({}, 'cannot'))).toBeNull();
});
