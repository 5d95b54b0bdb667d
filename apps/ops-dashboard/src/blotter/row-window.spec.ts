import { describe, expect, it } from '@jest/globals';
import { rowWindow } from './row-window.js';

describe('the window of a long table', () => {
  it('keeps few rows, and the height of all', () => {
    const window = rowWindow(10_000, 26, 26_000, 520);
    expect(window).toEqual({ first: 988, end: 1032, spaceAbove: 988 * 26, spaceBelow: (10_000 - 1032) * 26 });
  });

  it('shows all of a short table, nothing of an empty one, and survives a scroll beyond the end', () => {
    expect(rowWindow(5, 26, 0, 520)).toEqual({ first: 0, end: 5, spaceAbove: 0, spaceBelow: 0 });
    expect(rowWindow(0, 26, 0, 520)).toEqual({ first: 0, end: 0, spaceAbove: 0, spaceBelow: 0 });
    const beyond = rowWindow(5, 26, 10_000, 520);
    expect(beyond.first).toBeLessThan(5);
    expect(beyond.end).toBe(5);
  });
});
