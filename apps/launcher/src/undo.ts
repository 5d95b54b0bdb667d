import type { Logger } from '#observability';

/** What was started, newest last, to be ended newest first. */
export class Undo {
  readonly #steps: { what: string; run: () => Promise<unknown> }[] = [];
  #running: Promise<boolean> | undefined;

  constructor(private readonly logger: Logger) {}

  add(what: string, run: () => Promise<unknown>): void {
    this.#steps.push({ what, run });
  }

  /** Ends everything, whatever fails; says whether all ended in order. */
  run(): Promise<boolean> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<boolean> {
    let inOrder = true;
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        inOrder = (await step.run()) !== false && inOrder;
      } catch (error) {
        inOrder = false;
        this.logger.error({ err: error }, `${step.what} did not end in order`);
      }
    }
    return inOrder;
  }
}
