import { ConditionFault, shownPiece } from './condition-error.js';
import { tokensOf } from './lexer.js';
import { CONDITION_LIMITS } from './limits.js';
import type { Token } from './token.js';
import { isAssignment, type Word } from './word.js';

const COMPARISONS = ['>=', '<=', '<', '>', '==', '!='];

/**
 * Reads the infix form into postfix words (order-api.md 6): recursive descent, one method per rule of the grammar.
 * @throws ConditionFault at the first place that the grammar does not allow
 */
export function readInfix(text: string): Word[] {
  return new InfixReader(tokensOf(text)).program();
}

class InfixReader {
  private readonly words: Word[] = [];
  private at = 0;
  private nesting = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  program(): Word[] {
    while (this.isAtAssignment()) {
      this.assignment();
      this.emit(this.take(';'));
    }
    this.expr();
    if (this.next.kind !== 'end') this.refuse();
    return this.words;
  }

  private assignment(): void {
    this.words.push({ ...this.advance(), kind: 'target' });
    const sign = this.advance();
    this.expr();
    this.emit(sign);
  }

  private expr(): void {
    this.chain(['OR'], () => this.chain(['AND'], () => this.comparison()));
  }

  private comparison(): void {
    this.sum();
    if (!this.isNext(COMPARISONS)) return;
    const sign = this.advance();
    this.sum();
    this.emit(sign);
  }

  private sum(): void {
    this.chain(['+', '-'], () => this.chain(['*', '/', '%'], () => this.unary()));
  }

  /** `-x` is `0 x -`: it binds looser than `**`. */
  private unary(): void {
    if (!this.isNext(['-'])) return this.power();
    const minus = this.advance();
    this.words.push({ kind: 'number', text: '0', position: minus.position });
    this.power();
    this.emit(minus);
  }

  private power(): void {
    this.primary();
    if (!this.isNext(['**'])) return;
    const sign = this.advance();
    this.unary();
    this.emit(sign);
  }

  private primary(): void {
    const { kind, text } = this.next;
    if (kind === 'number' || kind === 'time' || kind === 'now' || kind === 'price' || kind === 'variable')
      return this.emit(this.advance());
    if (kind === 'call') return this.call();
    if (kind !== 'operator' || text !== '(') this.refuse();
    this.open();
    if (this.isAtAssignment()) this.assignment();
    else this.expr();
    this.close();
  }

  /** `max(a, b, c)` nests from the left. */
  private call(): void {
    const name = this.advance();
    this.open();
    this.expr();
    while (this.isNext([','])) {
      this.advance();
      this.expr();
      this.emit(name);
    }
    this.close();
  }

  private chain(signs: readonly string[], operand: () => void): void {
    operand();
    while (this.isNext(signs)) {
      const sign = this.advance();
      operand();
      this.emit(sign);
    }
  }

  private open(): void {
    const bracket = this.take('(');
    this.nesting += 1;
    if (this.nesting > CONDITION_LIMITS.nesting)
      throw new ConditionFault(`nested deeper than ${CONDITION_LIMITS.nesting}`, bracket.position);
  }

  private close(): void {
    this.take(')');
    this.nesting -= 1;
  }

  private get next(): Token {
    const token = this.tokens[this.at];
    if (token === undefined) throw new Error('Tokens must close with an end');
    return token;
  }

  private isNext(signs: readonly string[]): boolean {
    return this.next.kind === 'operator' && signs.includes(this.next.text);
  }

  private isAtAssignment(): boolean {
    const after = this.tokens[this.at + 1];
    return this.next.kind === 'variable' && after?.kind === 'operator' && isAssignment(after.text);
  }

  private take(sign: string): Token {
    if (!this.isNext([sign])) this.refuse();
    return this.advance();
  }

  private advance(): Token {
    const token = this.next;
    this.at += 1;
    return token;
  }

  private emit(token: Token): void {
    const { kind } = token;
    if (kind === 'end' || kind === 'invalid') this.refuse();
    this.words.push({ kind, text: token.text, position: token.position });
  }

  private refuse(): never {
    const { kind, text, position } = this.next;
    if (kind === 'end') throw new ConditionFault('unexpected end', position);
    throw new ConditionFault(kind === 'invalid' ? text : `unexpected ${shownPiece(text)}`, position);
  }
}
