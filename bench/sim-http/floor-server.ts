/** The floor of the HTTP figures: Node's own server with a constant reply of the same size, no parsing and no checks. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const body = process.env['FLOOR_BODY'] ?? '';
const headers = {
  'Content-Type': 'application/json;charset=UTF-8',
  'Content-Length': Buffer.byteLength(body),
  'X-MBX-USED-WEIGHT': '1',
  'X-MBX-USED-WEIGHT-1M': '1',
  'X-MBX-ORDER-COUNT-10S': '1',
  'X-MBX-ORDER-COUNT-1D': '1',
};
const server = createServer({ keepAliveTimeout: 75_000 }, (_req, res) => {
  res.writeHead(200, headers);
  res.end(body);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
