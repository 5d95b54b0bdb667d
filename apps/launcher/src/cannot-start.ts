import { createServer } from 'node:net';

/** What is asked for cannot be had, for a reason that fits in one line. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

/** The error itself, or, where it says that the port is taken, one line on what to do about it. */
export function taken(error: unknown, port: number, flag: string): Error {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return error as Error;
  return new CannotStart(`port ${port} is taken: stop what listens there, or choose another with ${flag}`);
}

/** Asked before anything is started. @throws CannotStart */
export async function assertPortIsFree(port: number, flag: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      reject(taken(error, port, flag));
    });
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve();
      });
    });
  });
}
