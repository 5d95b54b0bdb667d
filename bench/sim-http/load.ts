import autocannon from 'autocannon';
import { spreadOf, type Spread } from '../pipeline/statistics.js';
import { LeanConnection } from './lean-connection.js';
import { OrderRequests, type RestingOrder, type SignedRequest, type Trader } from './order-requests.js';

export const CONNECTIONS = 64;

export interface Target {
  readonly url: string;
  readonly traders: readonly Trader[];
  readonly order: RestingOrder;
}

export interface Load {
  readonly perSecond: number;
  /** Milliseconds of a reply. */
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
}

let runs = 0;

function requestsOf(target: Target, connection: number): OrderRequests {
  const trader = target.traders[connection % target.traders.length] as Trader;
  return new OrderRequests(trader, target.order, `r${runs}c${connection}`);
}

/** Closed loop with the load tool: each connection sends its next request when the reply to the last one is in. */
export async function loadByTool(target: Target, seconds: number): Promise<Load> {
  runs += 1;
  let connection = 0;
  const result = await autocannon({
    url: target.url,
    connections: CONNECTIONS,
    duration: seconds,
    sampleInt: 500,
    setupClient(client) {
      const requests = requestsOf(target, connection);
      connection += 1;
      client.setRequests([
        {
          setupRequest(request) {
            const { method, path, apiKey } = requests.next();
            return { ...request, method, path, headers: { 'X-MBX-APIKEY': apiKey } };
          },
        },
      ]);
    },
  });
  const refused = result.errors + result.timeouts + result.non2xx;
  if (refused > 0) throw new Error(`Every request must be accepted, ${refused} of ${result.requests.total} were not`);
  const { p50, p99 } = result.latency;
  return { perSecond: result.requests.total / result.duration, p50, p99, requests: result.requests.total };
}

/** The same closed loop without the tool: what the exchange does when the generator costs next to nothing. */
export async function loadLean(target: Target, seconds: number): Promise<Load> {
  return onConnections(target, async (connections) => {
    const latencies: number[] = [];
    const began = performance.now();
    const end = began + seconds * 1_000;
    await Promise.all(
      connections.map(async ({ connection, requests }) => {
        for (let sentAt = performance.now(); sentAt < end;) {
          await accepted(connection, requests.next());
          const now = performance.now();
          latencies.push(now - sentAt);
          sentAt = now;
        }
      }),
    );
    const { count, p50, p99 } = spreadOf(latencies);
    return { perSecond: (count / (performance.now() - began)) * 1_000, p50, p99, requests: count };
  });
}

export interface PacedLoad {
  /** Milliseconds from the time at which a request was due to its reply. */
  readonly replies: Spread;
  /** The same to the order's event on the user stream; empty without one. */
  readonly events: Spread;
  readonly perSecond: number;
}

/** When the event of an order, by client id and kind, was read; `performance.now()`. */
export type EventTimes = ReadonlyMap<string, number>;

/**
 * Open loop: requests are due at a steady rate whatever became of those before, and latency counts from the time they
 * were due, so that a stall of the exchange is seen by every request that had to wait behind it.
 */
export async function loadPaced(
  target: Target,
  perSecond: number,
  seconds: number,
  eventTimes: EventTimes | null,
): Promise<PacedLoad> {
  return onConnections(target, async (connections) => {
    const replies: number[] = [];
    const due: [event: string, at: number][] = [];
    const total = perSecond * seconds;
    const idle = [...connections];
    const running = new Set<Promise<void>>();
    const began = performance.now();
    for (let sent = 0; sent < total;) {
      const dueAt = began + (sent * 1_000) / perSecond;
      const lane = dueAt <= performance.now() ? idle.shift() : undefined;
      if (lane === undefined) {
        await new Promise((resolve) =>
          dueAt - performance.now() > 1 ? setTimeout(resolve, 1) : setImmediate(resolve),
        );
        continue;
      }
      sent += 1;
      const request = lane.requests.next();
      due.push([`${request.method === 'POST' ? 'NEW' : 'CANCELED'} ${request.clientOrderId}`, dueAt]);
      const run = accepted(lane.connection, request).then(() => {
        replies.push(performance.now() - dueAt);
        idle.push(lane);
        running.delete(run);
      });
      running.add(run);
    }
    await Promise.all(running);
    const took = performance.now() - began;
    if (eventTimes !== null) await allEvents(due, eventTimes);
    const events = due.flatMap(([event, at]) => {
      const readAt = eventTimes?.get(event);
      return readAt === undefined ? [] : [readAt - at];
    });
    return { replies: spreadOf(replies), events: spreadOf(events), perSecond: (total / took) * 1_000 };
  });
}

async function allEvents(due: readonly (readonly [string, number])[], times: EventTimes): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!due.every(([event]) => times.has(event))) {
    if (performance.now() > deadline) {
      const missing = due.filter(([event]) => !times.has(event)).length;
      throw new Error(`Every order must have its event, ${missing} of ${due.length} had none`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

interface Lane {
  readonly connection: LeanConnection;
  readonly requests: OrderRequests;
}

async function onConnections<T>(target: Target, work: (lanes: readonly Lane[]) => Promise<T>): Promise<T> {
  runs += 1;
  const lanes: Lane[] = [];
  try {
    for (let i = 0; i < CONNECTIONS; i += 1)
      lanes.push({ connection: await LeanConnection.open(target.url), requests: requestsOf(target, i) });
    return await work(lanes);
  } finally {
    for (const { connection } of lanes) connection.close();
  }
}

async function accepted(connection: LeanConnection, request: SignedRequest): Promise<void> {
  const status = await connection.send(request);
  if (status !== 200) throw new Error(`${request.method} ${request.clientOrderId} must be accepted, was ${status}`);
}
