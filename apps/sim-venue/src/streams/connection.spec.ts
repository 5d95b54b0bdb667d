import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { WebSocket } from 'ws';
import { Departures } from '../journal/departures.js';
import { Connection } from './connection.js';

const DAY = 86_400_000;

/** A socket that keeps what happens to it. */
class TestSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  readonly pings: string[] = [];
  ended: string | null = null;

  ping(payload: string): void {
    this.pings.push(payload);
  }

  send(): void {
    // What leaves is no concern of these specs.
  }

  terminate(): void {
    this.end('cut');
  }

  close(code: number): void {
    this.end(`closed ${code}`);
  }

  private end(how: string): void {
    this.ended ??= how;
    this.readyState = 3;
  }
}

function open(): { socket: TestSocket; connection: Connection; time: { now: number }; departures: Departures } {
  const socket = new TestSocket();
  const time = { now: 1_700_000_000_000 };
  const departures = new Departures(
    () => undefined,
    () => undefined,
  );
  const habits = { pingEveryMs: 20_000, unansweredPings: 2 };
  const connection = new Connection(socket as unknown as WebSocket, '::1', habits, departures, () => time.now);
  return { socket, connection, time, departures };
}

describe('pings', () => {
  it('may go unanswered for a minute, then the connection is cut', () => {
    const { socket, connection } = open();
    for (let i = 0; i < 3; i += 1) connection.heartbeat();
    expect(socket.ended).toBeNull();
    connection.heartbeat();
    expect([socket.pings.length, socket.ended]).toEqual([3, 'cut']);
  });

  it('are answered by a pong with their payload, and by no other', () => {
    const { socket, connection, time } = open();
    for (let i = 0; i < 10; i += 1) {
      time.now += 20_000;
      connection.heartbeat();
      socket.emit('pong', Buffer.from(socket.pings.at(-1) as string));
    }
    expect([socket.pings.length, socket.ended]).toEqual([10, null]);
    for (let i = 0; i < 4; i += 1) {
      time.now += 20_000;
      connection.heartbeat();
      socket.emit('pong', Buffer.alloc(0));
    }
    expect(socket.ended).toBe('cut');
  });

  it('find a connection of a day at its end', () => {
    const { socket, connection, time } = open();
    time.now += DAY - 1;
    connection.heartbeat();
    expect(socket.ended).toBeNull();
    time.now += 1;
    connection.heartbeat();
    expect(socket.ended).toBe('closed 1001');
  });
});

describe('messages', () => {
  it('are taken up to so many in a second of the venue’s clock', () => {
    const { socket, connection, time, departures } = open();
    const taken: (string | null)[] = [];
    connection.onMessage((text) => taken.push(text), 5);
    const say = (text: string, isBinary = false): boolean => socket.emit('message', Buffer.from(text), isBinary);
    for (let i = 0; i < 5; i += 1) say(String(i));
    time.now += 1_000;
    say('bytes', true);
    for (let i = 0; i < 4; i += 1) socket.emit('ping');
    expect(taken).toEqual(['0', '1', '2', '3', '4', null]);
    say('one too many');
    departures.open();
    say('after the end');
    expect([taken.length, socket.ended]).toEqual([6, 'closed 1008']);
  });
});
