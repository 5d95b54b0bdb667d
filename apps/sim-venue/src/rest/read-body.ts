import type { IncomingMessage } from 'node:http';

export const MAX_BODY_BYTES = 65_536;
/** Of a body that is refused, so much is still read and forgotten: a client in the middle of sending hears the answer. */
const MAX_DISCARDED_BYTES = 16 * 1_048_576;

/**
 * Reads a request's body into memory, unless it is too large: that is known from the announced length, or as soon as
 * the limit is passed.
 *
 * @param done called once: with the body, or null for one that is too large, of which nothing is kept
 */
export function readBody(req: IncomingMessage, done: (body: string | null) => void): void {
  const { headers } = req;
  const announced = headers['content-length'];
  if ((announced === undefined || announced === '0') && headers['transfer-encoding'] === undefined) return done('');
  let chunks: Buffer[] = [];
  let size = 0;
  let isRefused = false;
  const refuse = (): void => {
    isRefused = true;
    chunks = [];
    done(null);
  };
  req.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (isRefused) {
      if (size > MAX_DISCARDED_BYTES) req.socket.destroy();
    } else if (size > MAX_BODY_BYTES) refuse();
    else chunks.push(chunk);
  });
  req.on('end', () => {
    if (!isRefused) done(Buffer.concat(chunks).toString('utf8'));
  });
  if (Number(announced) > MAX_BODY_BYTES) refuse();
}
