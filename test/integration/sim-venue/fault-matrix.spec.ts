import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { faultRule } from '../../../apps/sim-venue/src/faults/fault-rules.js';
import { FAULT_MATRIX } from './fault-matrix.js';
import { FaultWorld } from './fault-world.js';

describe.each(['spot', 'usdm'] as const)('on %s, a client sees', (product) => {
  let world: FaultWorld;
  beforeAll(async () => {
    world = await FaultWorld.open(product);
  });
  afterAll(() => world.stop());
  beforeEach(() => world.begin());
  afterEach(async () => {
    expect(await world.control('GET', 'invariants')).toEqual({ hold: true });
  });

  const rows = FAULT_MATRIX.filter(({ only }) => only === undefined || only === product);
  it.each(rows.map(({ rule, sees }) => [JSON.stringify(rule), rule, sees] as const))(
    '%s',
    async (_name, rule, sees) => {
      await world.inject(rule);
      await sees(world);
      expect(Math.max(...(await world.fired()))).toBeGreaterThan(0);
    },
  );
});

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: string;
}

const unfold = (shape: Shape): readonly Shape[] => {
  const options = shape.anyOf ?? shape.oneOf;
  return options === undefined ? [shape] : options.flatMap(unfold);
};
const nameOf = (fault: string, how: unknown, key: string): string =>
  `${fault}${typeof how === 'string' ? ` ${how}` : ''}: ${key}`;

/** Every value that a list of values allows, and every other argument by its name. */
function variantsOf(shape: Shape): string[] {
  return unfold(shape).flatMap((rule) => {
    const fault = String(rule.properties?.['fault']?.const);
    const found = unfold(rule.properties?.['args'] ?? {}).flatMap((args) => {
      const how = args.properties?.['how']?.const;
      return Object.entries(args.properties ?? {}).flatMap(([key, value]) => {
        const values = unfold(value).flatMap((one) => {
          if (one.const !== undefined) return [one.const];
          return one.enum ?? (one.type === 'boolean' ? [true, false] : []);
        });
        if (values.length === 0) return [nameOf(fault, how, key)];
        return values.map((one) => nameOf(fault, key === 'how' ? null : how, `${key} ${String(one)}`));
      });
    });
    return [fault, ...found];
  });
}

function coveredBy(rule: unknown): string[] {
  const { fault, args } = faultRule.parse(rule);
  const how = 'how' in args ? args.how : null;
  const isSub = (key: string): boolean => key !== 'how';
  return [
    fault,
    ...Object.entries(args).flatMap(([key, value]) => [
      nameOf(fault, isSub(key) ? how : null, `${key} ${String(value)}`),
      nameOf(fault, how, key),
    ]),
  ];
}

it('VE-C59 no fault and no variant of one is missing from the matrix', () => {
  const wanted = variantsOf(z.toJSONSchema(faultRule, { io: 'input' }) as Shape);
  const covered = new Set(FAULT_MATRIX.flatMap(({ rule }) => coveredBy(rule)));
  expect(wanted.length).toBeGreaterThan(80);
  expect(wanted.filter((variant) => !covered.has(variant))).toEqual([]);
});
