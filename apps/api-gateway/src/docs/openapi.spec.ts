import { expect, it } from '@jest/globals';
import { OPERATIONS, openApiDocument, SCHEMA_PAGES } from './openapi.js';
import type { Schema } from './schema-parts.js';

const { schemas, responses } = openApiDocument()['components'] as Readonly<
  Record<'schemas' | 'responses', Readonly<Record<string, Schema>>>
>;

/** Every object with named keys that a schema comes to, each under where it stands. */
function objectsIn(schema: unknown, place: string, seen: Set<string>): [place: string, schema: Schema][] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { $ref, properties } = schema as Schema;
  if (typeof $ref === 'string') {
    const name = $ref.split('/').at(-1) ?? '';
    if (seen.has(name)) return [];
    return objectsIn(schemas[name], name, seen.add(name));
  }
  return [
    ...(properties === undefined ? [] : [[place, schema as Schema] as [string, Schema]]),
    ...Object.entries(schema).flatMap(([key, part]) => objectsIn(part, `${place}.${key}`, seen)),
  ];
}

it('says of every object that is answered which keys are always there', () => {
  const seen = new Set<string>();
  const named = OPERATIONS.flatMap(({ answer, waiting }) => [answer, waiting]).filter((name) => name !== undefined);
  const answered = [...named, 'Error'].flatMap((name) =>
    objectsIn({ $ref: `#/components/schemas/${name}` }, name, seen),
  );
  expect(answered.length).toBeGreaterThan(80);
  expect(answered.filter(([, { required }]) => !Array.isArray(required)).map(([place]) => place)).toEqual([]);
});

it('has one schema of each name', () => {
  const names = SCHEMA_PAGES.flatMap((page) => Object.keys(page));
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  expect(Object.keys(schemas).sort()).toEqual(names.sort());
});

it('tells the codes of each status that refuses', () => {
  const codesOf = (status: number): unknown => JSON.stringify(responses[`Refused${status}`]?.['content']);
  expect(codesOf(409)).toContain('already_complete');
  expect(codesOf(409)).not.toContain('risk_denied');
  expect(codesOf(422)).toContain('risk_denied');
});
