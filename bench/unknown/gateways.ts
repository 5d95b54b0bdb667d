import { SeededRandom } from '../../test/support/seeded-random.js';
import type { GatewayStart } from '../limits/gateway-process.js';
import { Worker } from '../pipeline/worker.js';

/** Gateway processes that are killed and paused at random while they work; a killed one is started again. */
export class DisturbedGateways {
  kills = 0;
  pauses = 0;
  private readonly workers: Worker[] = [];
  private disturbing: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly count: number,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly random: SeededRandom,
  ) {}

  async start(): Promise<void> {
    for (let i = 0; i < this.count; i += 1) this.workers[i] = await this.startOne(i);
  }

  disturb(): void {
    this.disturbing = this.run();
  }

  async rest(): Promise<void> {
    this.stopped = true;
    await this.disturbing;
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
  }

  private async startOne(index: number): Promise<Worker> {
    const worker = Worker.start('../limits/gateway-process.ts');
    const environment = { ...this.environment, GATEWAY_INSTANCE_ID: `gateway-${index}-${this.kills}` };
    await worker.call('start', { withFeed: false, environment, logLevel: 'silent' } satisfies GatewayStart);
    return worker;
  }

  private async run(): Promise<void> {
    for (;;) {
      await this.wait(this.random.between(2_000, 6_000));
      if (this.stopped) return;
      const index = this.random.between(0, this.count - 1);
      const worker = this.workers[index] as Worker;
      if (this.random.between(0, 1) === 0) {
        process.kill(worker.pid, 'SIGKILL');
        await worker.ended;
        this.kills += 1;
        this.workers[index] = await this.startOne(index);
      } else {
        process.kill(worker.pid, 'SIGSTOP');
        await this.wait(this.random.between(1_000, 8_000));
        process.kill(worker.pid, 'SIGCONT');
        this.pauses += 1;
      }
    }
  }

  private wait(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
}
