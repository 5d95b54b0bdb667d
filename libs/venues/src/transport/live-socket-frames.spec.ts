import { expect, it } from '@jest/globals';
import { until } from '../../../../test/support/until.js';
import { VenueServer } from '../../../../test/support/venue-server.js';
import { LiveSocket } from './live-socket.js';

it('S-13 takes no frame beyond 8 MiB: the connection ends, nothing of it is delivered, and another one is opened', async () => {
  const server = await VenueServer.start();
  const texts: string[] = [];
  const downs: string[] = [];
  const socket = new LiveSocket({
    url: () => server.url.replace('http', 'ws'),
    onOpen: () => undefined,
    onText: (text) => texts.push(text.slice(0, 10)),
    onDown: (reason) => downs.push(reason),
    pingEveryMs: 10_000,
    deadAfterMs: 60_000,
    firstRetryMs: 10,
    random: () => 0,
  });
  socket.start();
  await until(() => server.sockets.length === 1);
  server.sockets[0]?.send('fine');
  await until(() => texts.length === 1);
  server.sockets[0]?.send('x'.repeat(8 * 1024 * 1024 + 1));
  await until(() => server.sockets.length === 2, { timeoutMs: 10_000, what: 'another connection is opened' });
  server.sockets[1]?.send('again');
  await until(() => texts.length === 2, { timeoutMs: 10_000 });
  expect(texts).toEqual(['fine', 'again']);
  expect(downs).toEqual(['Max payload size exceeded']);
  await socket.close();
  await server.stop();
});
