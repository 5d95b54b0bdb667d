import { randomUUID } from 'node:crypto';
import { expect, it, jest } from '@jest/globals';
import type { ParentOrderId } from '#domain';
import { DatabaseUnavailableError } from '#persistence';
import { BulkOrders } from './bulk-orders.js';

it('gives up on a database that does not answer, and names every order that it did not try', async () => {
  const ids = Array.from({ length: 8 }, () => randomUUID());
  const ready = ids[0] as ParentOrderId;
  let asked = 0;
  const noAnswer = (): Promise<never> => {
    asked += 1;
    return Promise.reject(new DatabaseUnavailableError(new Error('no answer')));
  };
  const doNotKeep = jest.fn();
  const bulk = new BulkOrders(undefined as never, undefined as never, { doNotKeep } as never);

  const { message, order_ids, errors } = await bulk.run(
    'canceled',
    { ids, change: noAnswer, together: () => Promise.resolve(new Set([ready])) },
    { ids: [randomUUID()], change: noAnswer, together: noAnswer },
  );

  expect([message, order_ids]).toEqual(['Successfully canceled 1 order.', [ready]]);
  expect(errors).toHaveLength(8);
  expect(new Set(errors.map((one) => one.message))).toEqual(
    new Set(['the service cannot answer at the moment, try again']),
  );
  expect(asked).toBe(5);
  expect(doNotKeep).toHaveBeenCalled();
});
