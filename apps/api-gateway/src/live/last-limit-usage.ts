import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { limitUsageBroadcast, QueryServer, type MessageOf } from '#queues';

/** What rate-limit-tracker said last, for when it does not answer. */
@Injectable()
export class LastLimitUsage implements OnApplicationBootstrap {
  private last: MessageOf<typeof limitUsageBroadcast> | null = null;

  constructor(@Inject(QueryServer) private readonly queries: QueryServer) {}

  onApplicationBootstrap(): void {
    this.queries.hear(limitUsageBroadcast, (message) => (this.last = message)).start();
  }

  get(): MessageOf<typeof limitUsageBroadcast> | null {
    return this.last;
  }
}
