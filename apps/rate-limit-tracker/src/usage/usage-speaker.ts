import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import {
  limitUsageBroadcast,
  limitUsageQuery,
  QueryRefusedError,
  type AnswerOf,
  type QueryClient,
  type QueryServer,
} from '#queues';
import type { BudgetReader } from '#venues';

type Usages = AnswerOf<typeof limitUsageQuery>;

/** Tells how much of every limit is used: whoever asks, and, from time to time, whoever listens. */
export class UsageSpeaker {
  constructor(
    private readonly readers: readonly BudgetReader[],
    private readonly redis: Pick<Redis, 'time' | 'status'>,
    private readonly client: Pick<QueryClient, 'say'>,
  ) {}

  /** Every replica reads the same counts, so each answers. */
  answer(server: Pick<QueryServer, 'answer' | 'start'>, onError: (error: unknown) => void): void {
    server.answer(
      limitUsageQuery,
      () => {
        if (this.redis.status !== 'ready') throw new QueryRefusedError('no_redis', 'the counts cannot be read');
        return this.read();
      },
      onError,
    );
    server.start();
  }

  async say(): Promise<void> {
    await this.client.say(limitUsageBroadcast, await this.read(), randomBytes(16).toString('hex'));
  }

  private async read(): Promise<Usages> {
    const [seconds] = await this.redis.time();
    const usages = await Promise.all(this.readers.map(async (reader) => ({ reader, all: await reader.usage() })));
    return {
      at: Number(seconds) * 1_000,
      limits: usages.flatMap(({ reader, all }) =>
        all.map(({ limit, scope, used, limitValue, closedUntil, isBan, cold, source, ceilings, ...window }) => ({
          venue: reader.venue,
          limit,
          scope,
          used,
          limitValue,
          closedUntil,
          isBan,
          cold,
          source,
          windowEnd: window.windowEnd > window.windowStart ? window.windowEnd : null,
          ceilings,
        })),
      ),
    };
  }
}
