import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { QueryClient, QueryFailedError, type AnswerOf, type QuestionOf } from '#queues';
import { ApiError } from '../http/api-error.js';

type Contract = Parameters<QueryClient['ask']>[0];

/** Questions to the other services on behalf of a request. */
@Injectable()
export class AskServices {
  constructor(@Inject(QueryClient) private readonly queries: QueryClient) {}

  /** @throws QueryFailedError */
  ask<C extends Contract>(contract: C, question: QuestionOf<C>, request: FastifyRequest): Promise<AnswerOf<C>> {
    // A request's id is a UUID: its digits are the trace that the answer's log lines carry.
    return this.queries.ask(contract, question, request.id.replaceAll('-', ''));
  }

  /** @throws ApiError `unavailable` when nobody answers; what the service refuses goes to `refused` first */
  async require<C extends Contract>(
    contract: C,
    question: QuestionOf<C>,
    request: FastifyRequest,
    refused: (failure: QueryFailedError) => ApiError | null = () => null,
  ): Promise<AnswerOf<C>> {
    try {
      return await this.ask(contract, question, request);
    } catch (error) {
      if (!(error instanceof QueryFailedError)) throw error;
      throw (
        refused(error) ??
        ApiError.retryLater('unavailable', `${contract.name} cannot be told: ${error.message}`, 1, error)
      );
    }
  }
}
