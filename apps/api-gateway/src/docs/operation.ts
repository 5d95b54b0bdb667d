import { REFUSALS } from '../http/api-error.js';
import { isSignalManagement } from '../http/error-shape.js';
import { ref, type Schema } from './schema-parts.js';

export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly summary: string;
  readonly scope: 'read' | 'trade' | 'cancel' | 'admin' | 'halt';
  readonly query?: readonly (readonly [name: string, description: string])[];
  /** Name of a schema, as `answer`, `created` and `waiting`. */
  readonly body?: string;
  /** Of a 200; absent where nothing is done at once. */
  readonly answer?: string;
  /** Of a 201: what was asked for was made. */
  readonly created?: string;
  /** Of a 202: what was asked for is yet to be done. */
  readonly waiting?: string;
  /** Statuses of refusals beside those that all routes of its kind have. */
  readonly refusals?: readonly number[];
}

const IDEMPOTENCY_KEY: Schema = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'A repeat with the same key and body gives the first answer again, for 72 hours. Not looked at where the answer holds a secret.',
  schema: { type: 'string', minLength: 1, maxLength: 128 },
};

/** What generated clients call it, `get_api_order_by_id`; unique as paths and methods are. */
function operationId(method: string, path: string): string {
  const words = path.split('/').filter((part) => part !== '');
  return [method, ...words.map((word) => word.replace(/^\{(\w+)\}$/, 'by_$1').replace(/\W/g, '_'))].join('_');
}

const json = (schema: Schema): Schema => ({ 'application/json': { schema } });

/** Statuses that may refuse a request, for what it is made of and for what its route does. */
function refusalsOf({ method, path, query = [], refusals = [] }: Operation): readonly number[] {
  const isRead = method === 'get';
  return [
    ...(isRead && query.length === 0 ? [] : [400]),
    401,
    403,
    ...(path.includes('{') ? [404] : []),
    ...(method === 'post' ? [409] : []),
    ...(isRead ? [] : [413, 415]),
    ...refusals,
    429,
    500,
    503,
  ];
}

/** An operation as OpenAPI writes it; names of schemas become references. Pure. */
export function describe(operation: Operation): Schema {
  const { method, path, summary, scope, query = [], body, answer, created, waiting } = operation;
  const done = (description: string, name: string): Schema => ({ description, content: json(ref(name)) });
  return {
    operationId: operationId(method, path),
    summary,
    description: `Needs the scope \`${scope}\`.`,
    parameters: [
      ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
        name,
        in: 'path',
        required: true,
        schema: { type: 'string', ...(name === 'id' ? { format: 'uuid' } : {}) },
      })),
      ...(method === 'post' ? [IDEMPOTENCY_KEY] : []),
      ...query.map(([name, description]) => ({ name, in: 'query', description, schema: { type: 'string' } })),
    ],
    ...(body === undefined ? {} : { requestBody: { required: true, content: json(ref(body)) } }),
    responses: {
      ...(answer === undefined ? {} : { 200: done('done', answer) }),
      ...(created === undefined ? {} : { 201: done('made', created) }),
      ...(waiting === undefined ? {} : { 202: done('yet to be done', waiting) }),
      ...Object.fromEntries(
        refusalsOf(operation).map((status) => [
          status,
          { $ref: `#/components/responses/${refusalName(path, status)}` },
        ]),
      ),
    },
  };
}

/** Under which name a path's refusal of this status stands in the document. */
export function refusalName(path: string, status: number): string {
  return `${isSignalManagement(path) ? 'SignalRefused' : 'Refused'}${status}`;
}

/** What refuses, by status: the same for every route of its kind, told apart by `code`. */
export const REFUSED: Readonly<Record<string, Schema>> = Object.fromEntries(
  [...REFUSALS].flatMap(([status, codes]) => {
    const refused = (schema: string): Schema => ({
      description: status >= 500 ? 'failed' : 'refused',
      content: json({ allOf: [ref(schema), { properties: { code: { enum: codes } } }] }),
    });
    return [
      [`Refused${status}`, refused('Error')],
      [`SignalRefused${status}`, refused('SignalError')],
    ];
  }),
);
