import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { JobQueues, type JobQueuesOptions } from './job-queues.js';

/** Gives a service its queues; running jobs are finished before anything else is closed. */
@Module({})
export class QueuesModule implements OnApplicationShutdown {
  constructor(@Inject(JobQueues) private readonly queues: JobQueues) {}

  static register(options: JobQueuesOptions): DynamicModule {
    return {
      module: QueuesModule,
      global: true,
      providers: [{ provide: JobQueues, useFactory: () => JobQueues.connect(options) }],
      exports: [JobQueues],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.queues.close();
  }
}
