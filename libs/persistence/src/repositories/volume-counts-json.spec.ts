import { expect, it } from '@jest/globals';
import { decimal, epochMs, NOTHING_COUNTED, quantity, type VolumeCount } from '#domain';
import { volumeCountsAsJson, volumeCountsFromJson, type VolumeCountsJson } from './volume-counts-json.js';

const count: VolumeCount = {
  before: quantity('1.5'),
  from: null,
  highest: quantity('2'),
  publicBefore: { base: decimal('3'), quote: decimal('300') },
  publicFrom: { base: decimal('4'), quote: decimal('400') },
  since: epochMs(5),
  awaited: { ownBase: decimal('0.25'), lastOwn: { tradeId: 'b7e1', tradedAt: epochMs(6) } },
};

it('keeps a count of volume as it was, through JSON', () => {
  const counts = new Map([
    ['A.sim', count],
    ['B.sim', { ...NOTHING_COUNTED, from: decimal('-1') }],
  ]);
  const stored = JSON.parse(JSON.stringify(volumeCountsAsJson(counts))) as VolumeCountsJson;
  expect(volumeCountsFromJson(stored)).toEqual(counts);
});

it('reads a count that was kept without what is awaited', () => {
  const { awaited: _, ...older } = volumeCountsAsJson(new Map([['A.sim', count]]))['A.sim']!;
  expect(volumeCountsFromJson({ 'A.sim': older })).toEqual(new Map([['A.sim', { ...count, awaited: null }]]));
});
