import type { Operation } from './operation.js';
import { answer, list, object, ref, time, timeOrNull, type Schema } from './schema-parts.js';

const text: Schema = { type: 'string' };
const boolOrNull: Schema = { type: ['boolean', 'null'] };
const CREDENTIAL: Record<string, Schema> = {
  version: { type: 'integer' },
  key_hint: { type: 'string', description: 'the last characters of a long key' },
  can_trade: boolOrNull,
  can_withdraw: boolOrNull,
  ip_bound: boolOrNull,
  warnings: list({ enum: ['NOT_IP_BOUND', 'IP_BINDING_UNKNOWN', 'CANNOT_TRADE', 'UNVERIFIED'] }),
  instruments: { type: ['array', 'null'], items: { type: 'string' } },
  created_at: time,
  revoked_at: timeOrNull,
};

/** The routes of accounts at venues and their keys. */
export const CREDENTIAL_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/manage/v1/venues/',
    summary: 'Venues where accounts can be, and what each cannot promise',
    scope: 'read',
    answer: 'Venues',
  },
  {
    method: 'post',
    path: '/manage/v1/accounts/',
    summary: 'Open an account of yours at a venue; its key is entered afterwards',
    scope: 'admin',
    body: 'NewVenueAccount',
    answer: 'VenueAccount',
  },
  {
    method: 'get',
    path: '/manage/v1/accounts/{account}/credentials',
    summary: 'What is known of the keys of an account; of a key itself no more than its last four characters',
    scope: 'admin',
    answer: 'Credentials',
  },
  {
    method: 'post',
    path: '/manage/v1/accounts/{account}/credentials',
    summary:
      'Enter a venue key, for every venue of the account. One that can withdraw is refused; 202 while it is judged.',
    scope: 'admin',
    body: 'NewCredential',
    answer: 'AcceptedCredential',
    waiting: 'WaitingCredential',
    refusals: [422],
  },
  {
    method: 'get',
    path: '/manage/v1/accounts/{account}/credentials/submissions/{id}',
    summary: 'What became of a key that was answered with 202',
    scope: 'admin',
    answer: 'SubmittedCredential',
    refusals: [422],
  },
  {
    method: 'delete',
    path: '/manage/v1/accounts/{account}/credentials/{version}',
    summary: 'Revoke a key, at every venue of the account: no gateway uses it any more after 5 s',
    scope: 'admin',
    query: [
      [
        'venue',
        'whose key of that version alone is revoked; default: that of the account, and the same key at all others',
      ],
    ],
    answer: 'Credential',
  },
];

/** Bodies and answers of accounts at venues and their keys. */
export const CREDENTIAL_SCHEMAS: Record<string, Schema> = {
  Venues: answer({
    venues: list(
      answer({
        id: { type: 'string' },
        exchange: { type: 'string' },
        product: { enum: ['spot', 'linear'] },
        tier: { enum: [1, 2] },
        cannot_promise: list({ type: 'string' }),
      }),
    ),
  }),
  NewVenueAccount: object({ name: text, venue: text }, { required: ['name', 'venue'] }),
  VenueAccount: answer({ name: text, venue: text, exchange: text }),
  NewCredential: object(
    {
      api_key: { type: 'string', writeOnly: true },
      api_secret: { type: 'string', writeOnly: true },
      passphrase: { type: 'string', writeOnly: true, description: 'where the venue has one' },
      instruments: { ...list({ type: 'string' }), description: 'venue symbols it may be used for; default: all' },
    },
    { required: ['api_key', 'api_secret'] },
  ),
  Credential: answer(CREDENTIAL),
  AcceptedCredential: answer({
    submission_id: { type: 'string', format: 'uuid' },
    outcome: { const: 'accepted' },
    venue: { type: 'string', description: 'whose version it is: the first of the account that took it' },
    ...CREDENTIAL,
    refused: {
      ...list(answer({ venue: text, reason: text, text })),
      description: 'venues of the account that do not take it',
    },
  }),
  WaitingCredential: answer({ submission_id: { type: 'string', format: 'uuid' }, outcome: { const: 'waiting' } }),
  SubmittedCredential: { oneOf: [ref('AcceptedCredential'), ref('WaitingCredential')] },
  Credentials: answer({
    account: { type: 'string' },
    venue: { type: 'string' },
    credentials: list(ref('Credential')),
    further_venues: list(answer({ venue: { type: 'string' }, credentials: list(ref('Credential')) })),
  }),
};
