import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A process of the benchmark that does what it is asked, one message per call; it ends with its parent. */
export class Worker {
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private nextId = 0;
  private hasEnded = false;
  readonly ended: Promise<void>;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (answer: Answer) => {
      const waiting = this.waiting.get(answer.id);
      this.waiting.delete(answer.id);
      if (answer.error === undefined) waiting?.resolve(answer.value);
      else waiting?.reject(new Error(answer.error));
    });
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.hasEnded = true;
        for (const { reject } of this.waiting.values())
          reject(new Error(`A process of the benchmark ended: ${String(code ?? signal)}`));
        resolve();
      });
    });
  }

  /** @param file beside this one, TypeScript; `flags` are Node's */
  static start(file: string, options: { readonly flags?: readonly string[] } = {}): Worker {
    const program = fileURLToPath(new URL(file, import.meta.url));
    return new Worker(
      fork(program, {
        execArgv: [...(options.flags ?? []), '--import', './test/support/typescript.mjs'],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      }),
    );
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  call<T>(method: string, parameter?: unknown): Promise<T> {
    if (this.hasEnded) return Promise.reject(new Error('A process of the benchmark ended too early'));
    this.nextId += 1;
    const id = this.nextId;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.child.send({ id, method, parameter });
    });
  }

  /** As a crash would end it. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  async stop(): Promise<void> {
    if (this.hasEnded) return;
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await this.call('stop').catch(() => undefined);
    if (this.child.connected) this.child.disconnect();
    await this.ended;
    clearTimeout(timer);
  }
}

/** The other side: answers calls with what these methods return, and ends when the parent is gone. */
export function serve(methods: Readonly<Record<string, (parameter: never) => unknown>>): void {
  process.on('message', ({ id, method, parameter }: { id: number; method: string; parameter: never }) => {
    void (async () => {
      try {
        const handler = methods[method];
        if (handler === undefined) throw new Error(`No method ${method}`);
        process.send?.({ id, value: await handler(parameter) });
      } catch (error) {
        process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      }
    })();
  });
  process.once('disconnect', () => process.exit(0));
}
