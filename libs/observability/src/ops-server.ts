import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HealthRegistry, HealthReport } from './health.js';
import type { Metrics } from './metrics.js';

export interface OpsServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly metrics: Metrics;
  readonly health: HealthRegistry;
}

export interface OpsServer {
  /** For instance `http://127.0.0.1:9464`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The one operations port of a process: `/metrics`, `/health/live`, `/health/ready`, `/health/startup`.
 * @throws Error from `listen` when the port is taken
 */
export async function startOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(options: OpsServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { metrics, health } = options;
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const pages: Readonly<Record<string, () => Promise<void>>> = {
    '/metrics': async () => {
      const text = await metrics.text();
      response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
    },
    '/health/live': async () => {
      sendReport(response, await health.live());
    },
    '/health/ready': async () => {
      sendReport(response, await health.ready());
    },
    '/health/startup': () => {
      sendReport(response, health.startup());
      return Promise.resolve();
    },
  };
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) {
    sendJson(response, 404, { error: `no such page, must be one of ${Object.keys(pages).join(', ')}` });
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    sendJson(response, 405, { error: 'the method must be GET or HEAD' });
  } else {
    await page();
  }
}

function sendReport(response: ServerResponse, report: HealthReport): void {
  sendJson(response, report.status === 'ok' ? 200 : 503, report);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
