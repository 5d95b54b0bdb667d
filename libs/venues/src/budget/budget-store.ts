import { createHash, randomUUID } from 'node:crypto';
import {
  emptyBudget,
  type AnnounceRequest,
  type AnnounceResult,
  type BudgetState,
  type CreditRequest,
  type LimitDraw,
  type LimitState,
  type RebuildRequest,
  type RebuildResult,
  type ReserveRequest,
  type ReserveResult,
  type SettleRequest,
  type SettleResult,
} from '#domain';
import type { Redis } from 'ioredis';
import {
  ANNOUNCE_SCRIPT,
  CREDIT_SCRIPT,
  REBUILD_SCRIPT,
  RELEASE_SCRIPT,
  RESERVE_SCRIPT,
  SETTLE_SCRIPT,
} from './budget-script.js';
import { LIFE_SCRIPT } from './script/life-script.js';
import { leanRequest, limitOfStored, type StoredLimit } from './lean-json.js';

/** Keys of one venue's budget. One hash tag per venue, since one call draws on limits of several scopes. */
export class BudgetKeys {
  readonly base: string;

  /** @throws RangeError when the prefix would break the hash tag */
  constructor(prefix: string, venue: string) {
    if (/[{}]/.test(prefix)) throw new RangeError(`Prefix must not hold braces, was "${prefix}"`);
    this.base = `${prefix}${prefix === '' ? '' : ':'}{b:${venue}}:`;
  }

  get clock(): string {
    return `${this.base}clock`;
  }
  get life(): string {
    return `${this.base}life`;
  }
  get announced(): string {
    return `${this.base}announced`;
  }
  get holds(): string {
    return `${this.base}holds`;
  }
  /** Stream of threshold crossings. */
  get crossings(): string {
    return `${this.base}crossings`;
  }
  /** Set of the names of all limit states. */
  get names(): string {
    return `${this.base}names`;
  }
  /** Who waits for a limit that was used up. */
  line(limit: string): string {
    return `${this.base}line:${limit}`;
  }
  token(id: string): string {
    return `${this.base}token:${id}`;
  }
  limit(name: string): string {
    return `${this.base}${name}`;
  }
}

const scripts = {
  reserve: script(RESERVE_SCRIPT),
  settle: script(SETTLE_SCRIPT),
  release: script(RELEASE_SCRIPT),
  rebuild: script(REBUILD_SCRIPT),
  announce: script(ANNOUNCE_SCRIPT),
  credit: script(CREDIT_SCRIPT),
};

function script(text: string): { readonly text: string; readonly sha: string } {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** The budget's state in Redis: one atomic script per operation, typed. Throws what the connection throws. */
export class BudgetStore {
  readonly keys: BudgetKeys;

  /** `now` replaces the clock of Redis, for tests of the scripts alone. */
  constructor(
    private readonly redis: Redis,
    prefix: string,
    venue: string,
    private readonly now?: () => number,
  ) {
    this.keys = new BudgetKeys(prefix, venue);
  }

  async reserve(request: ReserveRequest): Promise<ReserveResult> {
    const result = await this.run<ReserveResult>('reserve', request, request.token, request.draws);
    if (!result.granted) return { ...result, cold: list(result.cold) };
    return { ...result, crossings: list(result.crossings), due: list(result.due) };
  }

  async settle(request: SettleRequest): Promise<SettleResult> {
    const result = await this.run<SettleResult>('settle', request, request.token, request.draws);
    return { ...result, crossings: list(result.crossings), corrections: list(result.corrections) };
  }

  async release(token: string): Promise<boolean> {
    return (await this.run<{ released: boolean }>('release', { token }, token, [])).released;
  }

  async rebuild(request: RebuildRequest): Promise<RebuildResult> {
    const result = await this.run<RebuildResult>('rebuild', request, '-', [request.draw]);
    return { ...result, needed: list(result.needed) };
  }

  async announce(request: AnnounceRequest): Promise<AnnounceResult> {
    return this.run<AnnounceResult>('announce', request, '-', []);
  }

  /** Which life the state is in: a new one begins with the first look after a wipe, or at a server that has begun anew. */
  async life(): Promise<{ readonly id: string; readonly ageMs: number }> {
    const { life, clock } = this.keys;
    const now = this.now ? [String(this.now())] : [];
    const born = String(await this.redis.eval(LIFE_SCRIPT, 2, life, clock, randomUUID(), ...now));
    const [id = '', ageMs = '0'] = born.split(' ');
    return { id, ageMs: Math.max(0, Number(ageMs)) };
  }

  /** @returns whether anything was credited */
  async creditFill(request: CreditRequest): Promise<boolean> {
    return (await this.run<{ credited: boolean }>('credit', request, request.token, request.draws)).credited;
  }

  /** Now, by the clock of Redis. */
  async time(): Promise<number> {
    const [seconds, micros] = await this.redis.time();
    return this.now?.() ?? Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  }

  /** Names of all limits that have a state. */
  async names(): Promise<string[]> {
    return this.redis.smembers(this.keys.names);
  }

  /** The state of the named limits, and the time of Redis. */
  async read(
    names: readonly string[],
  ): Promise<{ state: Pick<BudgetState, 'clock' | 'announced' | 'limits'>; now: number }> {
    const keys = [this.keys.clock, this.keys.announced, ...names.map((name) => this.keys.limit(name))];
    const [texts, now] = await Promise.all([this.redis.mget(keys), this.time()]);
    const [clockText, announcedText, ...limitTexts] = texts;
    const clock = { ...emptyBudget().clock, ...parse<Partial<BudgetState['clock']>>(clockText) };
    const limits: Record<string, LimitState> = {};
    names.forEach((name, i) => {
      const limit = parse<StoredLimit>(limitTexts[i]);
      if (limit) limits[name] = limitOfStored(limit);
    });
    return {
      state: {
        clock: { ...clock, samples: list(clock.samples) },
        announced: parse<BudgetState['announced']>(announcedText) ?? {},
        limits,
      },
      now,
    };
  }

  private async run<Result>(
    name: keyof typeof scripts,
    request: object,
    token: string,
    draws: readonly LimitDraw[],
  ): Promise<Result> {
    const { text, sha } = scripts[name];
    const { clock, announced, holds, crossings, names } = this.keys;
    const keys = [clock, announced, holds, crossings, names, this.keys.token(token)];
    keys.push(...draws.map((draw) => this.keys.limit(draw.name)));
    const args = [this.keys.base, JSON.stringify(leanRequest(request)), ...(this.now ? [String(this.now())] : [])];
    let reply: unknown;
    try {
      reply = await this.redis.evalsha(sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      reply = await this.redis.eval(text, keys.length, ...keys, ...args);
    }
    return JSON.parse(String(reply)) as Result;
  }
}

function parse<Value>(text: string | null | undefined): Value | null {
  return text === null || text === undefined ? null : (JSON.parse(text) as Value);
}

/** `cjson` writes an empty list as `{}`, and the scripts leave some out. */
function list<Item>(value: readonly Item[] | object | undefined): Item[] {
  return Array.isArray(value) ? (value as Item[]) : [];
}
