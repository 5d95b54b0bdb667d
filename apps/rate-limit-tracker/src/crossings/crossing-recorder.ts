import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Crossing, VenueId } from '#domain';
import { RateLimitEventRepository, type Database } from '#persistence';

const BATCH = 100;
const GROUP = 'rate-limit-tracker';
/** A twin that has not acknowledged for so long is gone. */
const TAKE_OVER_AFTER_MS = 30_000;

const crossingSchema = z.object({
  limit: z.string().min(1),
  scope: z.string(),
  window: z.int(),
  /** 0 for kinds without windows, whose `window` is when the thresholds were armed. */
  windowMs: z.int().nonnegative(),
  threshold: z.union([z.literal(50), z.literal(90), z.literal(100)]),
  used: z.int(),
  limitValue: z.int(),
  at: z.int(),
});

/**
 * Turns the stream of crossings into rows. An entry is acknowledged after its row is committed, and the row
 * has the crossing's own id: read again after a restart, or told again after a wipe, it is still one row.
 */
export class CrossingRecorder {
  private grouped = false;

  /** @param recorded is called once per new row */
  constructor(
    private readonly redis: Redis,
    private readonly db: Database,
    private readonly venue: VenueId,
    private readonly stream: string,
    private readonly recorded: (crossing: Crossing) => void,
    private readonly consumer: string = 'tracker',
  ) {}

  /** Writes everything there is to read: what was read and never acknowledged, then what is new. */
  async drain(): Promise<void> {
    await this.ensureGroup();
    try {
      for (const from of ['0', '>']) {
        while ((await this.write(await this.read(from))) === BATCH);
      }
      await this.takeOver();
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('NOGROUP')) this.grouped = false; // Redis was wiped
      throw error;
    }
  }

  private async ensureGroup(): Promise<void> {
    if (this.grouped) return;
    try {
      await this.redis.xgroup('CREATE', this.stream, GROUP, '0', 'MKSTREAM');
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('BUSYGROUP')) throw error;
    }
    this.grouped = true;
  }

  private async read(from: string): Promise<Entry[]> {
    const reply = (await this.redis.xreadgroup(
      'GROUP',
      GROUP,
      this.consumer,
      'COUNT',
      BATCH,
      'STREAMS',
      this.stream,
      from,
    )) as [string, [string, string[] | null][]][] | null;
    return (reply?.[0]?.[1] ?? []).map(([id, fields]) => ({ id, fields: fields ?? [] }));
  }

  private async takeOver(): Promise<void> {
    const reply = (await this.redis.xautoclaim(
      this.stream,
      GROUP,
      this.consumer,
      TAKE_OVER_AFTER_MS,
      '0',
      'COUNT',
      BATCH,
    )) as [string, [string, string[] | null][]];
    await this.write(reply[1].map(([id, fields]) => ({ id, fields: fields ?? [] })));
  }

  private async write(entries: readonly Entry[]): Promise<number> {
    if (entries.length === 0) return 0;
    const crossings = entries.flatMap(({ fields }) => {
      const parsed = crossingSchema.safeParse(parseJson(fields[1]));
      return parsed.success ? [parsed.data] : []; // unreadable: nothing could ever write it
    });
    const fresh = await this.db.inSystem(async (tx) => {
      const events = new RateLimitEventRepository(tx);
      const added: Crossing[] = [];
      for (const crossing of crossings) if (await events.add(this.venue, crossing)) added.push(crossing);
      return added;
    });
    fresh.forEach(this.recorded);
    await this.redis.xack(this.stream, GROUP, ...entries.map(({ id }) => id));
    return entries.length;
  }
}

interface Entry {
  readonly id: string;
  readonly fields: readonly string[];
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}
