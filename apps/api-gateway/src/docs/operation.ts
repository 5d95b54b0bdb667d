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

/** An operation as OpenAPI writes it; names of schemas become references. Pure. */
export function describe({ path, summary, scope, query = [], body, answer }: Operation): Schema {
  const json = (name: string): Schema => ({ 'application/json': { schema: ref(name) } });
  return {
    summary,
    description: `Needs the scope \`${scope}\`.`,
    parameters: [
      ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
        name,
        in: 'path',
        required: true,
        schema: { type: 'string', ...(name === 'id' ? { format: 'uuid' } : {}) },
      })),
      ...query.map(([name, description]) => ({ name, in: 'query', description, schema: { type: 'string' } })),
    ],
    ...(body === undefined ? {} : { requestBody: { required: true, content: json(body) } }),
    responses: {
      200: { description: 'done', content: json(answer) },
      default: { description: 'refused or failed', content: json('Error') },
    },
  };
}
