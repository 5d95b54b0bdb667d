import type { ReadSoFar } from '../venue/budgeted-session.js';

/**
 * The steps of one comparison. Each is done once, however often the comparison is cut off: it goes on after the last that
 * was finished instead of spending the same budget again.
 */
export class ComparisonSteps {
  private readonly done = new Map<string, unknown>();

  /** What the step came to; it is taken now unless it was before. One that throws is not done. */
  async once<T>(name: string, step: () => Promise<T>): Promise<T> {
    if (!this.done.has(name)) this.done.set(name, await step());
    return this.done.get(name) as T;
  }

  /** The pages of a list of that name, as far as they were read. */
  pages<T>(name: string): ReadSoFar<T> {
    const known = this.done.get(`pages of ${name}`) as ReadSoFar<T> | undefined;
    if (known !== undefined) return known;
    const begun: ReadSoFar<T> = { rows: [], unreadable: [], next: undefined };
    this.done.set(`pages of ${name}`, begun);
    return begun;
  }
}
