import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { EventTimes, Target } from './load.js';

export interface UserEvents {
  readonly times: EventTimes;
  close(): void;
}

/** Notes when the user stream tells of each order; every trader on one connection of the WebSocket API. */
export async function listenToUsers({ url, traders }: Target): Promise<UserEvents> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws-api/v3`);
  await once(socket, 'open');
  const times = new Map<string, number>();
  let subscribed = 0;
  const ready = new Promise<void>((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      const at = performance.now();
      const message = JSON.parse(data.toString()) as {
        status?: number;
        event?: { e: string; x: string; c: string; C: string };
      };
      if (message.event?.e === 'executionReport') {
        const { x, c, C } = message.event;
        times.set(`${x} ${C === '' ? c : C}`, at);
      } else if (message.status !== undefined) {
        if (message.status !== 200) reject(new Error(`The subscription must be accepted: ${data.toString()}`));
        subscribed += 1;
        if (subscribed === traders.length) resolve();
      }
    });
  });
  for (const { apiKey, apiSecret } of traders) {
    const params = { apiKey, timestamp: Date.now() };
    const text = `apiKey=${apiKey}&timestamp=${params.timestamp}`;
    const signature = createHmac('sha256', apiSecret).update(text).digest('hex');
    socket.send(
      JSON.stringify({ id: 1, method: 'userDataStream.subscribe.signature', params: { ...params, signature } }),
    );
  }
  await ready;
  return { times, close: () => socket.terminate() };
}
