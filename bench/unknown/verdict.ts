import { onServer } from '../../test/support/postgres-admin.js';
import { spreadOf, type Spread } from '../pipeline/statistics.js';

export interface VenueLedger {
  readonly orders: readonly { readonly clientOrderId: string; readonly status: string; readonly executedQty: string }[];
  readonly fills: readonly { readonly clientOrderId: string; readonly id: number; readonly qty: string }[];
}

export interface Verdict {
  readonly orders: number;
  readonly unknowns: number;
  /** Seconds from the outcome being unknown to its being known. */
  readonly resolved: Spread;
  readonly neverArrived: number;
  readonly parked: number;
  /** Orders at the exchange beyond one per child order. */
  readonly duplicates: number;
  /** Orders or fills of the exchange that our books do not have as they are, and child orders without an end. */
  readonly lost: readonly string[];
}

interface ChildRow {
  readonly id: string;
  readonly status: string;
  readonly code: string;
  readonly cum: string;
  readonly fills: number;
}

/** Our rows against the exchange's ledger, order by order. */
export async function judge(ownerUrl: string, { orders, fills }: VenueLedger): Promise<Verdict> {
  const { children, waits } = await onServer(ownerUrl, async (client) => {
    const rows = await client.query<ChildRow>(
      `SELECT c.client_order_id AS id, c.status, c.close_code AS code, trim_scale(c.cum_qty)::text AS cum,
              (SELECT count(*)::integer FROM fills f WHERE f.parent_order_id = c.parent_order_id AND f.sequence = c.sequence) AS fills
       FROM child_orders c`,
    );
    const resolutions = await client.query<{ seconds: number | null }>(
      `SELECT extract(epoch FROM after - at)::float8 AS seconds FROM (
         SELECT event, at, lead(at) OVER (PARTITION BY entity_id ORDER BY id) AS after
         FROM audit_log WHERE entity = 'child_order' AND event IN ('unknown', 'submitted', 'working', 'closed', 'pending')) AS e
       WHERE event = 'unknown'`,
    );
    return { children: rows.rows, waits: resolutions.rows };
  });
  const atVenue = new Map<string, { executed: number; fills: number }>();
  let duplicates = 0;
  for (const { clientOrderId, executedQty } of orders) {
    if (atVenue.has(clientOrderId)) duplicates += 1;
    atVenue.set(clientOrderId, { executed: Number(executedQty), fills: 0 });
  }
  for (const { clientOrderId } of fills) {
    const order = atVenue.get(clientOrderId);
    if (order !== undefined) order.fills += 1;
  }
  const lost: string[] = [];
  const ours = new Set<string>();
  for (const child of children) {
    ours.add(child.id);
    const venue = atVenue.get(child.id) ?? { executed: 0, fills: 0 };
    if (child.status !== 'closed') lost.push(`${child.id} never ended: ${child.status} ${child.code}`);
    else if (Number(child.cum) !== venue.executed || child.fills !== venue.fills)
      lost.push(
        `${child.id} has ${child.cum} in ${child.fills} fills, the exchange ${venue.executed} in ${venue.fills}`,
      );
  }
  for (const id of atVenue.keys()) if (!ours.has(id)) lost.push(`${id} is at the exchange and not ours`);
  return {
    orders: children.length,
    unknowns: waits.length,
    resolved: spreadOf(waits.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]))),
    neverArrived: children.filter(({ code }) => code === 'NEVER_ARRIVED').length,
    parked: children.filter(({ status }) => status === 'unknown').length,
    duplicates,
    lost,
  };
}
