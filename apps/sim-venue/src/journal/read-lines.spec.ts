import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readLines } from './read-lines.js';

describe('lines of a file', () => {
  let directory: string;
  let fd: number;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'lines-'));
    fd = openSync(join(directory, 'file'), 'a+');
  });
  afterEach(() => {
    closeSync(fd);
    rmSync(directory, { recursive: true });
  });

  it('are whole wherever the chunks end, and the last one needs its line break', () => {
    const lines = ['', 'é'.repeat(700_000), 'b', 'c'.repeat(1_048_576), 'd'.repeat(3_000_000), ''];
    writeSync(fd, lines.map((line) => `${line}\n`).join(''));
    writeSync(fd, 'torn');
    const read = [...readLines(fd)];
    expect(read.every(({ text }, i) => text === lines[i])).toBe(true);
    expect(read.map(({ text }) => text.length)).toEqual(lines.map(({ length }) => length));
    let end = 0;
    expect(read.map((line) => line.end)).toEqual(lines.map((line) => (end += Buffer.byteLength(line) + 1)));
  });

  it('an empty file has none, nor has a long one without a line break', () => {
    expect([...readLines(fd)]).toEqual([]);
    ftruncateSync(fd, 5_000_000);
    expect([...readLines(fd, 2_000_000)]).toEqual([]);
  });

  it('refuses one that no text can hold', () => {
    ftruncateSync(fd, 5_000_000);
    writeSync(fd, '\n');
    expect(() => [...readLines(fd, 2_000_000)]).toThrow('A line ends at byte 5000000, more than 2000000 bytes');
    expect([...readLines(fd)]).toHaveLength(1);
  });
});
