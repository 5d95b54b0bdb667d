import { channelOf } from './query-client.js';
import {
  packet,
  type AnswerOf,
  type BroadcastContract,
  type MessageOf,
  type QueryContract,
  type QuestionOf,
} from './query-contract.js';

/** Said by a process that is not the one to answer: another may be. */
export const SILENT = Symbol('silent');

/** A refusal that the asker is told of. */
export class QueryRefusedError extends Error {
  override readonly name = 'QueryRefusedError';

  constructor(
    readonly code: string,
    text: string,
  ) {
    super(text);
  }
}

/** What brings questions: the Redis transport in `queries.module.ts`. */
export interface QuestionSource {
  /** `handle` gives the reply, or undefined to be silent for `silentMs`. */
  onQuestion(channel: string, silentMs: number, handle: (data: unknown) => Promise<object | undefined>): void;
  onMessage(channel: string, handle: (data: unknown) => void): void;
  /** Begins to listen, whenever Redis is there; comes back after each loss of it. */
  start(): void;
  close(): Promise<void>;
}

export interface QueryContext {
  readonly traceId: string;
}

/** Answers questions, and hears what others say. Every handler is set before `start`. */
export class QueryServer {
  constructor(
    private readonly source: QuestionSource,
    private readonly prefix: string,
  ) {}

  /**
   * @param handler silent where another process is the one to answer; all twins hear each question
   * @param onError told of everything but refusals; the asker hears `internal`
   */
  answer<C extends QueryContract>(
    contract: C,
    handler: (question: QuestionOf<C>, context: QueryContext) => Promise<AnswerOf<C> | typeof SILENT>,
    onError: (error: unknown) => void,
  ): this {
    const schema = packet(contract.question);
    this.source.onQuestion(channelOf(this.prefix, 'query', contract.name), contract.limitMs, async (data) => {
      const parsed = schema.safeParse(data);
      if (!parsed.success) return refusal('invalid', `not a question of ${contract.name}`);
      const { body, traceId } = parsed.data;
      try {
        const answer = await handler(body as QuestionOf<C>, { traceId });
        return answer === SILENT ? undefined : { v: 1, answer: contract.answer.parse(answer) };
      } catch (error) {
        if (error instanceof QueryRefusedError) return refusal(error.code, error.message);
        onError(error);
        return refusal('internal', `${contract.name} failed`);
      }
    });
    return this;
  }

  /** What cannot be read is dropped. */
  hear<C extends BroadcastContract>(contract: C, handler: (message: MessageOf<C>) => void): this {
    const schema = packet(contract.message);
    this.source.onMessage(channelOf(this.prefix, 'broadcast', contract.name), (data) => {
      const parsed = schema.safeParse(data);
      if (parsed.success) handler(parsed.data.body as MessageOf<C>);
    });
    return this;
  }

  start(): void {
    this.source.start();
  }

  close(): Promise<void> {
    return this.source.close();
  }
}

function refusal(code: string, text: string): object {
  return { v: 1, refusal: { code, text } };
}
