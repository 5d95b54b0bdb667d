import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { jsonText } from '#order-intake';
import { ApiError, errorBody } from '../http/api-error.js';

/** Why a connection does not become a WebSocket. */
export type UpgradeRefusal = 'not_found' | 'forbidden' | 'unavailable';

export type JudgedUpgrade =
  | { readonly kind: 'accepted'; /** '' when there is none. */ readonly token: string }
  | { readonly kind: 'refused'; readonly why: UpgradeRefusal };

/**
 * Path and origin of an upgrade. A page may connect to the host that it came from, or from an origin that the operator
 * allows; clients that are no browser send none. The token is in the URL, which therefore is never logged.
 */
export function judgeUpgrade(
  { url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>,
  allowedOrigins: readonly string[],
): JudgedUpgrade {
  const [path = '', query = ''] = url.split('?', 2);
  if (path !== '/ws/orders/' && path !== '/ws/orders') return { kind: 'refused', why: 'not_found' };
  const { origin, host } = headers;
  if (origin !== undefined && !allowedOrigins.includes(origin) && hostOf(origin) !== host?.toLowerCase())
    return { kind: 'refused', why: 'forbidden' };
  const token = new URLSearchParams(query).get('token') ?? '';
  return { kind: 'accepted', token: token.length > 256 ? '' : token };
}

/** Host and port of an origin as a browser would put them into `Host`; null when it is none. */
function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host.toLowerCase() : null;
}

/** Answers in HTTP, in the one shape of errors, and ends the connection. */
export function refuseUpgrade(socket: Duplex, why: UpgradeRefusal): void {
  if (socket.destroyed) return;
  const error =
    why === 'not_found'
      ? new ApiError('not_found', 'Not found.')
      : why === 'forbidden'
        ? new ApiError('forbidden', 'pages of this origin may not connect')
        : ApiError.retryLater('unavailable', 'the service cannot answer at the moment, try again', 1);
  const id = randomUUID();
  const body = jsonText(errorBody(error, id));
  const headers = Object.entries(error.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${error.status} ${REASONS[why]}\r\nContent-Type: application/json; charset=utf-8\r\nX-Request-Id: ${id}\r\n` +
      `${headers.join('')}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const REASONS: Readonly<Record<UpgradeRefusal, string>> = {
  not_found: 'Not Found',
  forbidden: 'Forbidden',
  unavailable: 'Service Unavailable',
};
