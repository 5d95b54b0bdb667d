export * from './account-balances.query.js';
export * from './account-status.query.js';
export * from './limit-usage.query.js';
export * from './order-book.query.js';
export type { AnswerOf, MessageOf, QuestionOf } from './query-contract.js';
export { QueryClient, QueryFailedError, type QueryFailure } from './query-client.js';
export { openQueryClient, openQueryServer, QueriesModule, type QueriesOptions } from './queries.module.js';
export { QueryRefusedError, QueryServer, SILENT, type QueryContext } from './query-server.js';
