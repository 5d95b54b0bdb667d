import { z } from 'zod';

/** A question that one process asks and another answers at once, over Redis pub/sub. Nothing is kept of it. */
export interface QueryContract<Question extends z.ZodType = z.ZodType, Answer extends z.ZodType = z.ZodType> {
  /** Noun, as `order-book`. */
  readonly name: string;
  readonly question: Question;
  readonly answer: Answer;
  /** How long the asker waits, in ms; who cannot answer in this time had better be silent. */
  readonly limitMs: number;
}

/** Something said to whoever listens, which may be lost. */
export interface BroadcastContract<Message extends z.ZodType = z.ZodType> {
  /** Noun, as `limit-usage`. */
  readonly name: string;
  readonly message: Message;
}

export type QuestionOf<C> = C extends QueryContract<infer Q> ? z.output<Q> : never;
export type AnswerOf<C> = C extends QueryContract<z.ZodType, infer A> ? z.output<A> : never;
export type MessageOf<C> = C extends BroadcastContract<infer M> ? z.output<M> : never;

/** Only fixes the type parameters. */
export function defineQuery<Question extends z.ZodType, Answer extends z.ZodType>(
  contract: QueryContract<Question, Answer>,
): QueryContract<Question, Answer> {
  return contract;
}

/** Only fixes the type parameter. */
export function defineBroadcast<Message extends z.ZodType>(
  contract: BroadcastContract<Message>,
): BroadcastContract<Message> {
  return contract;
}

/** Schema version and trace, around every question and message. */
export const packet = <Body extends z.ZodType>(body: Body) =>
  z.object({ v: z.literal(1), traceId: z.string().regex(/^[0-9a-f]{32}$/), body });

/** What comes back: the answer, or why there is none. */
export const reply = <Answer extends z.ZodType>(answer: Answer) =>
  z.union([
    z.object({ v: z.literal(1), answer }),
    z.object({ v: z.literal(1), refusal: z.object({ code: z.string(), text: z.string() }) }),
  ]);

/** A decimal number as text: no digit is lost on the way. */
export const decimalText = z.string().regex(/^-?\d+(\.\d+)?$/);
/** Milliseconds since 1970. */
export const epochMsNumber = z.int().nonnegative();
