import type { EmbeddedServer } from './server-process.js';

/**
 * A Redis written in JavaScript, in this process, for machines where no real one can be had. It carries about 200 jobs
 * per second and keeps nothing on disk; Postgres and the sweeper make good what is lost with it.
 */
export async function startJsRedis(): Promise<EmbeddedServer> {
  const { createRedisMock } = await import('js-redis-server');
  const server = await createRedisMock();
  let reportEnd: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    reportEnd = resolve;
  });
  let closing: Promise<void> | undefined;
  return {
    url: server.url,
    pid: process.pid,
    description: 'JavaScript stand-in for Redis: slow, keeps nothing on disk, demo only',
    isVolatile: true,
    ended,
    stop: () => {
      closing ??= server.close().then(reportEnd);
      return closing;
    },
  };
}
