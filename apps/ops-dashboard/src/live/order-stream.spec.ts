import { beforeEach, describe, expect, it } from '@jest/globals';
import { CONNECT_LIMIT_MS, KEEP_ALIVE_MS, OrderStream, type Socket, type StreamState } from './order-stream.js';
import type { OrderUpdate } from './stream-frames.js';

class FakeSocket implements Socket {
  onopen: (() => unknown) | null = null;
  onmessage: ((event: { readonly data: unknown }) => unknown) | null = null;
  onclose: ((event: { readonly code: number }) => unknown) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  isClosed = false;
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {
    this.isClosed = true;
  }
  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

const updateFrame = (seq: number): object => ({
  type: 'order_update',
  seq,
  data: { update_type: 'order_fill_received', order: { id: 'a', pair: 'ETH-USDT' } },
});

/** Time and sockets by hand. */
class World {
  now = 1_000_000;
  sockets: FakeSocket[] = [];
  states: StreamState[] = [];
  updates: OrderUpdate[] = [];
  relists = 0;
  refusals = 0;
  private timers = new Map<number, { at: number; work: () => void }>();
  private nextTimer = 1;

  readonly stream = new OrderStream({
    connect: () => {
      const socket = new FakeSocket();
      this.sockets.push(socket);
      return socket;
    },
    now: () => this.now,
    random: () => 0,
    setTimer: (work, ms) => {
      this.timers.set(this.nextTimer, { at: this.now + ms, work });
      return this.nextTimer++;
    },
    clearTimer: (timer) => this.timers.delete(timer),
    onState: (state) => this.states.push(state),
    onUpdate: (update) => this.updates.push(update),
    onRelist: () => (this.relists += 1),
    onUnauthorized: () => (this.refusals += 1),
  });

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }
  get state(): StreamState | undefined {
    return this.states.at(-1);
  }
  get waiting(): number {
    return this.timers.size;
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = [...this.timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      this.timers.delete(due[0]);
      this.now = due[1].at;
      due[1].work();
    }
    this.now = end;
  }

  subscribe(seq: number): void {
    this.socket.onopen?.();
    this.socket.say({ type: 'subscribed', data: { data_type: 'user_orders', seq } });
  }
}

let world: World;
beforeEach(() => {
  world = new World();
  world.stream.start();
});

describe('the order stream', () => {
  it('subscribes, is live, lists once, and passes updates on', () => {
    world.subscribe(10);
    world.socket.say(updateFrame(11));
    expect(world.socket.sent[0]).toEqual({ command: 'subscribe', data_type: 'user_orders' });
    expect(world.states).toEqual([{ phase: 'live' }]);
    expect([world.relists, world.updates.map((u) => u.seq)]).toEqual([1, [11]]);
  });

  it('keeps itself alive every five seconds as long as the server answers', () => {
    world.subscribe(10);
    for (let i = 0; i < 12; i += 1) {
      world.pass(KEEP_ALIVE_MS);
      world.socket.say({ type: 'keep_alive' });
    }
    expect(world.socket.sent.filter((m) => m['command'] === 'keep_alive')).toHaveLength(12);
    expect(world.state).toEqual({ phase: 'live' });
  });

  it('calls a silent connection lost, although nobody closed it', () => {
    world.subscribe(10);
    world.pass(14_999);
    expect(world.state).toEqual({ phase: 'live' });
    world.pass(1);
    expect(world.state).toMatchObject({ phase: 'lost', reason: 'the connection went silent' });
    expect(world.sockets[0]?.isClosed).toBe(true);
  });

  it('comes back by itself, from where it was, and keeps telling since when it was gone', () => {
    world.subscribe(10);
    world.socket.say(updateFrame(11));
    const lostAt = world.now;
    world.socket.onclose?.({ code: 1006 });
    expect(world.state).toEqual({
      phase: 'lost',
      since: lostAt,
      reason: 'the connection was closed',
      retryAt: lostAt + 500,
    });
    world.pass(500);
    expect(world.state).toMatchObject({ phase: 'lost', since: lostAt, retryAt: null });
    world.socket.onclose?.({ code: 1006 });
    expect(world.state).toMatchObject({ since: lostAt, retryAt: world.now + 1000 });
    world.pass(1000);
    world.socket.onopen?.();
    expect(world.socket.sent).toEqual([{ command: 'subscribe', data_type: 'user_orders', since: 11 }]);
    world.socket.say({ type: 'subscribed', data: { seq: 13 } });
    world.socket.say(updateFrame(12));
    world.socket.say(updateFrame(13));
    expect(world.state).toEqual({ phase: 'live' });
    expect([world.relists, world.updates.map((u) => u.seq)]).toEqual([1, [11, 12, 13]]);
    // Trouble later on is a new one, and waits as short as the first.
    world.socket.onclose?.({ code: 1006 });
    expect(world.state).toMatchObject({ since: world.now, retryAt: world.now + 500 });
  });

  it('lists anew after a gap', () => {
    world.subscribe(10);
    world.socket.onclose?.({ code: 4413 });
    expect(world.state).toMatchObject({ reason: 'this page fell behind' });
    world.pass(500);
    world.socket.onopen?.();
    world.socket.say({ type: 'gap', data: { seq: 50 } });
    expect([world.state, world.relists]).toEqual([{ phase: 'live' }, 2]);
  });

  it('gives up an attempt that leads nowhere', () => {
    world.pass(CONNECT_LIMIT_MS);
    expect(world.state).toMatchObject({ phase: 'lost', reason: 'the server does not answer' });
  });

  it('tries at once when asked, but never twice at a time', () => {
    world.socket.onclose?.({ code: 1006 });
    world.stream.retryNow();
    expect(world.sockets).toHaveLength(2);
    world.stream.retryNow();
    expect(world.sockets).toHaveLength(2);
    world.pass(60_000);
    expect(world.sockets.filter((s) => !s.isClosed).length).toBeLessThanOrEqual(1);
  });

  it('leaves the server alone for long when it has too many connections', () => {
    world.socket.onclose?.({ code: 4429 });
    expect(world.state).toMatchObject({
      retryAt: world.now + 10_000,
      reason: 'too many connections of this user are open',
    });
  });

  it('ends, and says so once, when the token is refused', () => {
    world.socket.onclose?.({ code: 4401 });
    world.pass(600_000);
    expect([world.refusals, world.sockets.length, world.waiting]).toEqual([1, 1, 0]);
  });

  it('leaves nothing behind when it is stopped', () => {
    world.subscribe(10);
    const { socket } = world;
    world.stream.stop();
    socket.onclose?.({ code: 1000 });
    world.pass(600_000);
    expect([socket.isClosed, world.waiting, world.sockets.length]).toEqual([true, 0, 1]);
  });
});
