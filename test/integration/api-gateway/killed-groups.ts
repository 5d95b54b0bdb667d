import { expect, it } from '@jest/globals';
import { OrderSchedulerProcess } from '../../support/order-scheduler.js';
import { StoppedSteps } from '../../support/stopped-steps.js';
import type { GroupWorld } from './group-world.js';
import { MULTI } from './multi-order-body.js';

/** Steps of groups whose process dies in the midst of their transaction: none is lost, doubled or half done. */
export function killedGroups(of: () => GroupWorld): void {
  const statuses = (ids: readonly string[]): Promise<string[]> =>
    Promise.all(ids.map(async (id) => (await of().order(id)).json.status as string));
  const statusesOf = async ({ id, legs }: { readonly id: string; readonly legs: readonly string[] }) => [
    (await of().multi(id)).json.status as string,
    ...(await statuses(legs)),
  ];
  /** What was recorded of these orders and groups, with how often. */
  const recorded = async (ids: readonly string[], events: readonly string[]): Promise<unknown> =>
    (
      await of().sql<{ event: string; times: number[] }>(
        `SELECT event, array_agg(times ORDER BY place) AS times FROM (
           SELECT n.place, e.event, count(a.id)::integer AS times
           FROM unnest($1::text[]) WITH ORDINALITY AS n(id, place) CROSS JOIN unnest($2::text[]) AS e(event)
           LEFT JOIN audit_log a ON a.entity_id = n.id AND a.event = e.event GROUP BY n.place, e.event) c
         GROUP BY event ORDER BY array_position($2::text[], event)`,
        [ids, events],
      )
    ).map(({ event, times }) => [event, times]);

  it('begins legs, fails with a leg and advances a chain whole and once, when the scheduler is killed in their midst', async () => {
    const world = of();
    const failing = await world.placeMulti(MULTI);
    const chain = (await world.placeChain([[1], [2], [2]])).json;
    const [first, second, third] = chain.order_ids as [string, string, string];
    await world.untilMulti(failing.id, 'ACTIVE');
    await world.untilOrder(first, 'ACTIVE');
    await world.stopScheduler();
    const beginning = await world.placeMulti(MULTI);
    const [last, lost] = [beginning.legs[1]!, failing.legs[1]!];
    const steps = await StoppedSteps.where(
      world.api.database,
      `NEW.id = '${last}' AND NEW.status = 'ACTIVE' OR NEW.id = '${lost}' AND NEW.status = 'CANCELED'
       OR NEW.id = '${third}' AND NEW.start_at <> OLD.start_at`,
    );
    await world.end(failing.legs[0]!, 'CANCELED', null, 'venue_rejected');
    await world.end(first, 'COMPLETE', 'filled');
    const victim = OrderSchedulerProcess.spawn(world.api.database);
    try {
      await steps.untilStopped(3);
    } finally {
      await victim.kill();
      await steps.loseAndGoOn();
    }
    const told = async () => ({
      beginning: await statusesOf(beginning),
      failing: await statusesOf(failing),
      chain: [(await world.chain(chain.id)).json.current_priority, ...(await statuses([second, third]))],
    });
    expect(await told()).toEqual({
      beginning: ['SUBMITTED', 'SCHEDULED', 'SCHEDULED'],
      failing: ['ACTIVE', 'CANCELED', 'ACTIVE'],
      chain: [1, 'SCHEDULED', 'SCHEDULED'],
    });

    await world.startScheduler();
    await world.untilMulti(beginning.id, 'ACTIVE');
    await world.untilMulti(failing.id, 'CANCELED');
    await Promise.all([second, third].map((id) => world.untilOrder(id, 'ACTIVE')));
    expect(await told()).toEqual({
      beginning: ['ACTIVE', 'ACTIVE', 'ACTIVE'],
      failing: ['CANCELED', 'CANCELED', 'CANCELED'],
      chain: [2, 'ACTIVE', 'ACTIVE'],
    });
    expect(await recorded([beginning.id, ...beginning.legs, second, third], ['activated'])).toEqual([
      ['activated', [1, 1, 1, 1, 1]],
    ]);
    expect(await recorded([failing.id, lost, chain.id], ['canceled', 'advanced'])).toEqual([
      ['canceled', [1, 1, 0]],
      ['advanced', [0, 0, 1]],
    ]);
  });

  it('cancels all legs or none, when the connection of the request is lost', async () => {
    const world = of();
    const multi = await world.placeMulti(MULTI);
    await world.untilMulti(multi.id, 'ACTIVE');
    const steps = await StoppedSteps.where(
      world.api.database,
      `NEW.id = '${multi.legs[1]!}' AND NEW.status = 'CANCELED'`,
    );
    const cancel = (): ReturnType<GroupWorld['ask']> => world.ask('DELETE', `/api/multi_order/${multi.id}`);
    const stopped = cancel();
    await steps.untilStopped(1);
    await steps.loseAndGoOn();
    expect((await stopped).status).toBe(503);
    expect(await statusesOf(multi)).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE']);
    expect((await cancel()).status).toBe(200);
    expect(await statusesOf(multi)).toEqual(['CANCELED', 'CANCELED', 'CANCELED']);
    expect(await recorded([multi.id, ...multi.legs], ['canceled'])).toEqual([['canceled', [1, 1, 1]]]);
  });
}
