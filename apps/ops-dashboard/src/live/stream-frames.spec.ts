import { describe, expect, it } from '@jest/globals';
import { AT_NO_POSITION, readFrame, subscribeCommand, type StreamPosition } from './stream-frames.js';

const update = (seq: number, id = 'a'): string =>
  JSON.stringify({
    type: 'order_update',
    seq,
    data: { order_id: id, update_type: 'order_fill_received', order: { id, pair: 'ETH-USDT' } },
  });
const at = (lastSeq: number): StreamPosition => ({ lastSeq });
const frame = (type: string, seq: number): string => JSON.stringify({ type, data: { seq } });

describe('the frames of the order stream', () => {
  it('asks for what it missed once it has a position', () => {
    expect(JSON.parse(subscribeCommand(AT_NO_POSITION))).toEqual({ command: 'subscribe', data_type: 'user_orders' });
    expect(JSON.parse(subscribeCommand(at(4700)))).toMatchObject({ since: 4700 });
  });

  it('begins at the head of the stream and lists', () => {
    expect(readFrame(AT_NO_POSITION, frame('subscribed', 4711))).toEqual({
      position: at(4711),
      isSubscribed: true,
      mustRelist: true,
      update: null,
    });
  });

  it('goes on from its own position after a new subscription, so that missed updates are taken in', () => {
    const again = readFrame(at(4700), frame('subscribed', 4711));
    expect(again).toMatchObject({ position: at(4700), isSubscribed: true, mustRelist: false });
    expect(readFrame(again.position, update(4701))).toMatchObject({ position: at(4701), mustRelist: false });
  });

  it('takes each update once and in order', () => {
    const first = readFrame(at(4711), update(4712));
    expect(first).toMatchObject({ position: at(4712), mustRelist: false, update: { seq: 4712, orderId: 'a' } });
    expect(readFrame(first.position, update(4712)).update).toBeNull();
    expect(readFrame(first.position, update(4710))).toMatchObject({ position: at(4712), update: null });
  });

  it('lists anew after a gap, a hole in the numbers, or a server that counts anew', () => {
    expect(readFrame(at(10), frame('gap', 4711))).toMatchObject({ position: at(4711), mustRelist: true });
    expect(readFrame(at(10), update(12))).toMatchObject({ position: at(12), mustRelist: true, update: { seq: 12 } });
    expect(readFrame(at(10), frame('subscribed', 3))).toMatchObject({ position: at(3), mustRelist: true });
  });

  it('counts updates of multi orders without showing them', () => {
    const multi = JSON.stringify({ type: 'order_update', seq: 11, data: { order: { id: 'm', child_order_ids: [] } } });
    expect(readFrame(at(10), multi)).toMatchObject({ position: at(11), mustRelist: false, update: null });
  });

  it.each(['', 'null', '[]', '{', '{"type":"keep_alive"}', '{"type":"order_update"}', '{"type":"error","data":{}}'])(
    'changes nothing on %p',
    (text) => {
      expect(readFrame(at(10), text)).toEqual({
        position: at(10),
        isSubscribed: false,
        mustRelist: false,
        update: null,
      });
    },
  );
});
