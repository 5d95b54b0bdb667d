import { fullFormats } from 'ajv-formats/dist/formats.js';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { openApiDocument } from '../../../apps/api-gateway/src/docs/openapi.js';
import { refusalName } from '../../../apps/api-gateway/src/docs/operation.js';

/** An answer by status: of its own, or one of the refusals that all routes share. */
interface DocumentedAnswer {
  readonly $ref?: string;
  readonly content?: { readonly 'application/json': { readonly schema: { readonly $ref: string } } };
}

interface ApiDocument {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, DocumentedAnswer>> }>>>
  >;
  readonly components: { readonly schemas: object; readonly responses: object };
}

const DOCUMENT = openApiDocument() as unknown as ApiDocument;

/** Fixed segments go before parameters, as they do in the router. */
const ROUTES = Object.entries(DOCUMENT.paths)
  .flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, { responses }]) => ({
      method: verb.toUpperCase(),
      pattern: new RegExp(`^${path.replace(/\/$/, '').replace(/\{\w+\}/g, '[^/]+')}$`),
      parameters: path.split('{').length - 1,
      responses,
    })),
  )
  .sort((a, b) => a.parameters - b.parameters);

/** Each schema is compiled when it is first asked for, and kept for as long as the file of specs runs. */
const ajv = new Ajv2020({
  strictTypes: false,
  inlineRefs: false,
  validateSchema: false,
  allErrors: true,
  verbose: true,
  // Most schemas judge a few answers: smoothing their code takes longer than running it.
  code: { optimize: false },
  formats: { uuid: fullFormats.uuid, 'date-time': fullFormats['date-time'] },
});
ajv.addKeyword('components');
ajv.addSchema({ components: closed(DOCUMENT.components) }, 'api');

/** Clients are told to expect further keys; what is answered today is all in the document. */
function closed({ schemas, responses }: ApiDocument['components']): unknown {
  return JSON.parse(JSON.stringify({ schemas, responses }), (key, value: unknown) =>
    key === 'additionalProperties' && value === true ? false : value,
  );
}

const MOST_FAULTS = 10;
const MOST_CHARS = 200;

/**
 * Holds an answer against the API's document: the route, the status and every value of the body.
 * @throws Error naming each place, what is expected there and what was found
 */
export function assertDocumented(method: string, url: string, status: number, body: unknown): void {
  const path = (url.split('?', 1)[0] ?? '').replace(/\/$/, '');
  if (path === '/docs/openapi.json') return;
  const schema = schemaOf(method, path, status);
  const validate = schema === null ? undefined : ajv.getSchema(`api${schema}`);
  if (validate === undefined)
    throw new Error(`${method} ${path} answered ${status}, of which the document does not tell: ${shown(body)}`);
  if (validate(body)) return;
  const faults = (validate.errors ?? []).slice(0, MOST_FAULTS).map(faultText);
  throw new Error(`${method} ${path} answered ${status} otherwise than documented:\n${faults.join('\n')}`);
}

/** Where the schema stands in the document; null where the document has none. */
function schemaOf(method: string, path: string, status: number): string | null {
  const routes = ROUTES.filter(({ pattern }) => pattern.test(path));
  const route = routes.find((one) => one.method === method);
  if (route === undefined)
    return status === (routes.length === 0 ? 404 : 405) ? refusal(refusalName(path, status)) : null;
  const answer = route.responses[status];
  if (answer?.$ref !== undefined) return refusal(answer.$ref.split('/').at(-1) ?? '');
  return answer?.content?.['application/json'].schema.$ref ?? null;
}

const refusal = (name: string): string => `#/components/responses/${name}/content/application~1json/schema`;

function faultText({ instancePath, message = '', params, data }: ErrorObject): string {
  const place = instancePath === '' ? 'the body' : instancePath;
  return `  ${place} ${message} ${JSON.stringify(params)}, was ${shown(data)}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}...` : text;
}
