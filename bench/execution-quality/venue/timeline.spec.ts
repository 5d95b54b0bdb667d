import { expect, it } from '@jest/globals';
import { Timeline } from './timeline.js';

it('time runs what is due in order, equal instants as asked, and what that asks for in between', () => {
  const ran: string[] = [];
  const timeline = new Timeline(0);
  const note = (name: string) => () => ran.push(`${name} ${timeline.now}`);
  timeline.at(30, note('c'));
  timeline.at(10, () => {
    note('a')();
    timeline.at(20, note('b'));
    timeline.at(5, note('late'));
  });
  for (const name of ['d', 'e', 'f']) timeline.at(30, note(name));
  timeline.at(31, note('not yet'));
  timeline.runUntil(30);
  expect(ran).toEqual(['a 10', 'late 10', 'b 20', 'c 30', 'd 30', 'e 30', 'f 30']);
  expect(timeline.now).toBe(30);
});

it('time keeps its order over many instants', () => {
  const timeline = new Timeline(0);
  const ran: number[] = [];
  for (let i = 0; i < 1_000; i += 1) timeline.at((i * 7_919) % 1_009, () => ran.push(timeline.now));
  timeline.runUntil(2_000);
  expect(ran).toHaveLength(1_000);
  expect(ran).toEqual([...ran].sort((a, b) => a - b));
});
