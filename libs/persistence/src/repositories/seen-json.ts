import { epochMs, type PrintName, type SeenPrints } from '#domain';

type NameJson = readonly [venueAt: number, id: string];

export interface SeenJson {
  readonly newest: readonly NameJson[];
  readonly floor: NameJson | null;
}

export function seenAsJson({ newest, floor }: SeenPrints): SeenJson {
  const text = ({ venueAt, id }: PrintName): NameJson => [venueAt, id];
  return { newest: newest.map(text), floor: floor && text(floor) };
}

export function seenFromJson({ newest, floor }: SeenJson): SeenPrints {
  const name = ([venueAt, id]: NameJson): PrintName => ({ venueAt: epochMs(venueAt), id });
  return { newest: newest.map(name), floor: floor && name(floor) };
}
