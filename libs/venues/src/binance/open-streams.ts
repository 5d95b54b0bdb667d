import type { Subscription } from '../ports.js';

/** The user streams of one session, to be closed with it. */
export class OpenStreams {
  private readonly open = new Set<Subscription>();

  add(stream: Subscription): Subscription {
    this.open.add(stream);
    return stream;
  }

  async close(): Promise<void> {
    await Promise.all([...this.open].map((stream) => stream.close()));
    this.open.clear();
  }
}
