import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Everything from here, nothing inline, no frames around it; `connect-src 'self'` covers the WebSocket as well. */
const POLICY = [
  "default-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "style-src 'self'",
  "script-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** First segments of paths that are no pages; what is unknown below them is a mistake of a program. */
const NO_PAGES: ReadonlySet<string> = new Set(['api', 'manage', 'v1', 'ws', 'docs', 'webhooks', 'assets']);
const YEAR_MS = 31_536_000_000;
const NOT_BUILT = `The dashboard is not built: run "npm run build", or set DASHBOARD_DIR to where it is.
The API is documented at /docs.
`;

/** The web page of the desk: one document for every address of it, and files whose names change with their content. */
export class Dashboard {
  constructor(private readonly folder: string) {}

  /** Adds `/` and `/assets/`; the page may be built later than this. */
  serve(http: FastifyInstance): void {
    http.get('/', (_request, reply) => this.sendPage(reply));
    void http.register(fastifyStatic, {
      root: join(this.folder, 'assets'),
      prefix: '/assets/',
      decorateReply: false,
      index: false,
      maxAge: YEAR_MS,
      immutable: true,
    });
  }

  /** True for an address of the page itself that a browser opens: the client side knows what to show there. */
  isPage({ method, url, headers }: Pick<FastifyRequest, 'method' | 'url' | 'headers'>): boolean {
    if (method !== 'GET' || !/\btext\/html\b/.test(headers.accept ?? '')) return false;
    const segments = (url.split('?', 1)[0] ?? '').split('/').filter((segment) => segment !== '');
    return !NO_PAGES.has(segments[0] ?? '') && !(segments.at(-1) ?? '').includes('.');
  }

  /** The document, which browsers ask for again each time; a clear text while there is none. */
  async sendPage(reply: FastifyReply): Promise<FastifyReply> {
    const html = await readFile(join(this.folder, 'index.html')).catch((error: unknown) => {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
      throw error;
    });
    void reply.header('Cache-Control', 'no-cache').header('Content-Security-Policy', POLICY);
    if (html === null) return reply.status(404).type('text/plain; charset=utf-8').send(NOT_BUILT);
    return reply.status(200).type('text/html; charset=utf-8').send(html);
  }
}
