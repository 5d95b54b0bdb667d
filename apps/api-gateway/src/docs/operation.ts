import { ref, type Schema } from './schema-parts.js';

export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly summary: string;
  readonly scope: 'read' | 'trade' | 'cancel' | 'admin' | 'halt';
  readonly query?: readonly (readonly [name: string, description: string])[];
  /** Name of a schema, as `answer`. */
  readonly body?: string;
  readonly answer: string;
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

/** An operation as OpenAPI writes it; names of schemas become references. Pure. */
export function describe({ method, path, summary, scope, query = [], body, answer }: Operation): Schema {
  const json = (name: string): Schema => ({ 'application/json': { schema: ref(name) } });
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
    ...(body === undefined ? {} : { requestBody: { required: true, content: json(body) } }),
    responses: {
      200: { description: 'done', content: json(answer) },
      default: { description: 'refused or failed', content: json('Error') },
    },
  };
}
