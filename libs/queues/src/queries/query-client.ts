import { AppError } from '#domain';
import {
  packet,
  reply,
  type AnswerOf,
  type BroadcastContract,
  type MessageOf,
  type QueryContract,
  type QuestionOf,
} from './query-contract.js';

/** `no_answer`: nobody answered in time. `unreachable`: Redis did not take the question. `refused`: see `reason`. */
export type QueryFailure = 'no_answer' | 'unreachable' | 'refused' | 'bad_answer';

export class QueryFailedError extends AppError<'QUERY_FAILED'> {
  readonly code = 'QUERY_FAILED';

  constructor(
    readonly failure: QueryFailure,
    message: string,
    /** The responder's own code where it refused. */
    readonly reason: string | null = null,
    cause?: unknown,
  ) {
    super(message, {}, { cause });
  }
}

/** No reply came in time. */
export class LateReplyError extends Error {
  override readonly name = 'LateReplyError';
}

/** What carries questions: the Redis transport in `queries.module.ts`. */
export interface QuestionCarrier {
  /**
   * The first reply of anyone; undefined when it said that it says nothing.
   * @throws LateReplyError after `limitMs` @throws Error when Redis is away
   */
  send(channel: string, data: unknown, limitMs: number): Promise<unknown>;
  /** @throws Error when Redis is away */
  emit(channel: string, data: unknown): Promise<void>;
  close(): Promise<void>;
}

/** Where a contract's questions go. */
export const channelOf = (prefix: string, kind: 'query' | 'broadcast', name: string): string =>
  `${prefix}:${kind}:${name}`;

/** Asks questions and says things that may be lost. */
export class QueryClient {
  constructor(
    private readonly carrier: QuestionCarrier,
    private readonly prefix: string,
  ) {}

  /**
   * The first answer of any process; those of its twins are dropped.
   * @throws QueryFailedError at the latest after the contract's limit
   */
  async ask<C extends QueryContract>(contract: C, question: QuestionOf<C>, traceId: string): Promise<AnswerOf<C>> {
    const { name, limitMs } = contract;
    const body = contract.question.parse(question);
    const told = await this.carrier
      .send(channelOf(this.prefix, 'query', name), { v: 1, traceId, body }, limitMs)
      .catch((error: unknown) => {
        if (error instanceof LateReplyError) return undefined;
        throw new QueryFailedError('unreachable', `Redis did not take the question of ${name}`, null, error);
      });
    if (told === undefined) throw new QueryFailedError('no_answer', `nobody answered ${name} within ${limitMs} ms`);
    const parsed = reply(contract.answer).safeParse(told);
    if (!parsed.success) throw new QueryFailedError('bad_answer', `the answer to ${name} is of another version`);
    if ('refusal' in parsed.data) {
      const { code, text } = parsed.data.refusal;
      throw new QueryFailedError('refused', text, code);
    }
    return parsed.data.answer as AnswerOf<C>;
  }

  /** To whoever listens. Never rejects: what is lost is said again later. */
  async say<C extends BroadcastContract>(contract: C, message: MessageOf<C>, traceId: string): Promise<void> {
    const data = packet(contract.message).parse({ v: 1, traceId, body: message });
    await this.carrier.emit(channelOf(this.prefix, 'broadcast', contract.name), data).catch(() => undefined);
  }

  close(): Promise<void> {
    return this.carrier.close();
  }
}
