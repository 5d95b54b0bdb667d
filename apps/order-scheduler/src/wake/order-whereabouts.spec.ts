import { expect, it } from '@jest/globals';
import type { AccountId, ParentOrderId, TenantId, VenueId } from '#domain';
import type { Database } from '#persistence';
import { OrderWhereabouts, type Whereabouts } from './order-whereabouts.js';

const TENANT = 'tenant' as TenantId;
const PLACE: Whereabouts = {
  venue: 'sim' as VenueId,
  symbol: 'BTCUSDT',
  accountIds: ['account' as AccountId],
  legs: [{ accountId: 'account' as AccountId, venue: 'sim' as VenueId, symbol: 'BTCUSDT' }],
  multiOrderId: null,
  chainId: null,
};

/** A database that knows some orders and counts how often it is asked. */
function database(known: ReadonlySet<string>) {
  const asked: string[] = [];
  const order = new OrderWhereabouts({
    inTenant: () => {
      const id = next;
      asked.push(id);
      return Promise.resolve(known.has(id) ? PLACE : null);
    },
  } as unknown as Pick<Database, 'inTenant'>);
  let next = '';
  return {
    asked,
    of: (id: string) => {
      next = id;
      return order.of(TENANT, id as ParentOrderId);
    },
    forget: (id: string) => order.forget(id as ParentOrderId),
  };
}

it('reads where an order trades once, and again after it was forgotten', async () => {
  const db = database(new Set(['one']));
  expect(await db.of('one')).toBe(PLACE);
  expect(await db.of('one')).toBe(PLACE);
  expect(db.asked).toEqual(['one']);
  db.forget('one');
  expect(await db.of('one')).toBe(PLACE);
  expect(db.asked).toEqual(['one', 'one']);
});

it('does not remember that there was no such order', async () => {
  const db = database(new Set());
  expect(await db.of('one')).toBeNull();
  expect(await db.of('one')).toBeNull();
  expect(db.asked).toEqual(['one', 'one']);
});

it('forgets the order that was looked for longest ago when there are too many', async () => {
  const ids = Array.from({ length: 20_001 }, (_, i) => String(i));
  const db = database(new Set(ids));
  for (const id of ids.slice(0, 20_000)) await db.of(id);
  await db.of('0'); // looked for again: now the second is the oldest
  await db.of('20000');
  db.asked.length = 0;
  await db.of('0');
  await db.of('1');
  expect(db.asked).toEqual(['1']);
});
