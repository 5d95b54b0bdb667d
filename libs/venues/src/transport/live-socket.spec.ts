import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { until } from '../../../../test/support/until.js';
import { LiveSocket } from './live-socket.js';

let server: WebSocketServer;
let socket: LiveSocket;
let log: string[];
let grants: (() => void)[];

beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', () => log.push('connected'));
  log = [];
  grants = [];
});
afterEach(async () => {
  await socket.close();
  for (const client of server.clients) client.terminate();
  await new Promise((resolve) => server.close(resolve));
});

const open = (port: number): LiveSocket => {
  socket = new LiveSocket({
    pay: async () => {
      log.push('asked');
      await new Promise<void>((resolve) => grants.push(resolve));
      return (outcome) => Promise.resolve(void log.push(`told ${outcome}`));
    },
    url: () => `ws://127.0.0.1:${port}`,
    onOpen: () => log.push('open'),
    onText: () => undefined,
    onDown: () => log.push('down'),
    pingEveryMs: 1_000,
    deadAfterMs: 5_000,
    firstRetryMs: 1,
    random: () => 0,
  });
  socket.start();
  return socket;
};
const portOf = () => (server.address() as AddressInfo).port;
const grant = () => until(() => grants.length > 0).then(() => grants.shift()?.());

it('makes no connection before it is paid, and tells that it stands; each further one is paid as well', async () => {
  open(portOf());
  expect(log).toEqual(['asked']);
  await grant();
  await until(() => log.includes('open') && log.includes('connected'));
  expect(log.filter((line) => line.startsWith('told'))).toEqual(['told success']);
  socket.reconnect('test');
  await until(() => log.filter((line) => line === 'asked').length === 2);
  expect(log.filter((line) => line === 'connected')).toHaveLength(1);
});

it('tells that an attempt failed', async () => {
  const port = portOf();
  await new Promise((resolve) => server.close(resolve));
  open(port);
  await grant();
  await until(() => log.includes('down'));
  expect(log).toEqual(expect.arrayContaining(['asked', 'told failure', 'down']));
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
});

it('gives back what was paid for a connection that nobody wants any more', async () => {
  open(portOf());
  await socket.close();
  await grant();
  await until(() => log.includes('told not_sent'));
  expect(log).toEqual(['asked', 'told not_sent']);
});
