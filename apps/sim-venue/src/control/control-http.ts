import type { IncomingMessage, RequestListener } from 'node:http';
import { z } from 'zod';
import type { Departures } from '../journal/departures.js';
import { ControlError } from './control-error.js';

export interface ControlCall {
  readonly query: URLSearchParams;
  /** Parts of the path that stood for a name, in order. */
  readonly names: readonly string[];
  readonly body: unknown;
}

export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `:name` stands for one part. */
  readonly path: string;
  /** What it returns, or a promise of it, is the reply. */
  handle(call: ControlCall): unknown;
}

type Send = (status: number, body: unknown) => void;

const MAX_BODY_BYTES = 64 * 1_048_576;

/** JSON in, JSON out; errors are `{error: {code, message}}`. */
export function controlHttp(
  routes: readonly ControlRoute[],
  departures: Departures,
  onCrash: (error: unknown) => void,
): RequestListener {
  return (req, res) => {
    const send: Send = (status, body) => {
      const text = JSON.stringify(body);
      departures.hold(() => {
        res.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
        res.end(text);
      });
    };
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    const answer = async (): Promise<void> => {
      try {
        if (size > MAX_BODY_BYTES)
          throw new ControlError(413, 'BODY_TOO_LARGE', `Body must be at most ${MAX_BODY_BYTES} bytes`);
        send(200, await route(routes, req, Buffer.concat(chunks).toString('utf8')));
      } catch (error) {
        answerError(send, error, onCrash);
      }
    };
    req.on('end', () => void answer());
  };
}

/** Checks a body against its schema. @throws ControlError naming every field that is wrong */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw new ControlError(400, 'BODY_INVALID', problems.join('; '));
}

function route(routes: readonly ControlRoute[], req: IncomingMessage, text: string): unknown {
  const url = addressed(req.url ?? '/');
  const parts = url.pathname.split('/').filter((part) => part !== '');
  let otherMethod = false;
  for (const candidate of routes) {
    const names = matchPath(candidate.path, parts);
    if (names === null) continue;
    if (candidate.method !== req.method) {
      otherMethod = true;
      continue;
    }
    return candidate.handle({ query: url.searchParams, names, body: text === '' ? undefined : readJson(text) });
  }
  if (otherMethod) throw new ControlError(405, 'METHOD_NOT_ALLOWED', `${url.pathname} does not take ${req.method}`);
  throw new ControlError(404, 'NOT_FOUND', `No control route ${req.method} ${url.pathname}`);
}

/** @throws ControlError 400 for an address that is none */
function addressed(text: string): URL {
  const url = URL.canParse(text, 'http://control') ? new URL(text, 'http://control') : null;
  // Two slashes at the start would name another host, and what follows it as the path.
  if (url === null || url.host !== 'control')
    throw new ControlError(400, 'ADDRESS_INVALID', `Address must be a path, was ${JSON.stringify(text)}`);
  return url;
}

function matchPath(path: string, parts: readonly string[]): string[] | null {
  const pattern = path.split('/').filter((part) => part !== '');
  if (pattern.length !== parts.length) return null;
  const names: string[] = [];
  for (const [i, expected] of pattern.entries()) {
    const part = parts[i] as string;
    if (expected.startsWith(':')) names.push(decoded(part));
    else if (expected !== part) return null;
  }
  return names;
}

/** @throws ControlError 400 for a part of a path that is not percent-encoded UTF-8 */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ControlError(400, 'ADDRESS_INVALID', `Path must be percent-encoded, has ${JSON.stringify(part)}`);
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ControlError(400, 'BODY_NOT_JSON', (error as Error).message);
  }
}

function answerError(send: Send, error: unknown, onCrash: (error: unknown) => void): void {
  if (error instanceof ControlError) return send(error.status, { error: { code: error.code, message: error.message } });
  onCrash(error);
  send(500, {
    error: { code: 'INTERNAL', message: 'The simulator failed on this request; its log has the cause' },
  });
}
