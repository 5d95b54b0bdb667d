import { describe, expect, it } from '@jest/globals';
import type { ParentOrderId, TenantId } from '#domain';
import type { Database } from '#persistence';
import { WakeWriter } from './wake-writer.js';

const order = (tenant: string, n: number) => ({
  parentOrderId: `p${n}` as ParentOrderId,
  tenantId: tenant as TenantId,
  traceId: 'x',
});

/** Stands for the database: says how many orders each transaction woke, and fails where it is told to. */
function world(fails: (nth: number) => boolean = () => false) {
  const written: [string, number][] = [];
  let [open, mostOpen, nth] = [0, 0, 0];
  const errors: unknown[] = [];
  const inTenant = async (tenantId: TenantId): Promise<void> => {
    open += 1;
    mostOpen = Math.max(mostOpen, open);
    await Promise.resolve();
    open -= 1;
    nth += 1;
    if (fails(nth)) throw new Error('away');
    written.push([tenantId, nth]);
  };
  const writer = new WakeWriter({ inTenant } as unknown as Pick<Database, 'inTenant'>, (e) => errors.push(e));
  return { writer, written, errors, mostOpen: () => mostOpen };
}

describe('wake writer', () => {
  it('writes thousands of wake-ups with one connection, tenants in turn', async () => {
    const { writer, written, mostOpen } = world();
    writer.wake(Array.from({ length: 1_200 }, (_, n) => order('a', n)));
    writer.wake([order('b', 1), order('b', 1)]);
    await writer.settled();
    expect(written.map(([tenant]) => tenant)).toEqual(['a', 'a', 'b', 'a']);
    expect(mostOpen()).toBe(1);
  });

  it('goes on after a write that failed, and says so', async () => {
    const { writer, written, errors } = world((nth) => nth === 1);
    writer.wake([order('a', 1)]);
    await writer.settled();
    writer.wake([order('a', 2)]);
    await writer.settled();
    expect([written.length, errors.length]).toEqual([1, 1]);
  });
});
