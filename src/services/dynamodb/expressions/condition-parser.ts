import { type PathNode, parsePath } from './path.ts'
import { type ExpressionKind, invalid, TokenReader } from './tokens.ts'

/** A condition as written, placeholders unresolved. */
export type ConditionNode =
  | { readonly type: 'and' | 'or'; readonly terms: readonly ConditionNode[] }
  | { readonly type: 'not'; readonly term: ConditionNode }
  | {
      readonly type: 'compare'
      readonly operator: Comparator
      readonly left: OperandNode
      readonly right: OperandNode
    }
  | {
      readonly type: 'between'
      readonly operand: OperandNode
      readonly low: OperandNode
      readonly high: OperandNode
    }
  | { readonly type: 'in'; readonly operand: OperandNode; readonly options: readonly OperandNode[] }
  | FunctionNode

/** What can be compared. `:x` is a value; a function here can only be `size`. */
export type OperandNode = PathNode | { readonly type: 'value'; readonly placeholder: string } | FunctionNode

export interface FunctionNode {
  readonly type: 'function'
  readonly name: string
  readonly operands: readonly OperandNode[]
}

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>='

const comparators = new Set(['=', '<>', '<', '<=', '>', '>='])
const keywords = new Set(['AND', 'OR', 'NOT', 'BETWEEN', 'IN'])

type Parsed = ConditionNode | OperandNode

/**
 * Parses a condition, filter or key condition.
 *
 * Precedence from loose to tight: OR, AND, NOT, comparison. Whether a parenthesis holds a condition or an operand
 * shows only after it, so both are parsed alike and told apart where one of them is needed.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
export function parseCondition(kind: ExpressionKind, text: string): ConditionNode {
  const reader = new TokenReader(kind, text)
  const parser = new ConditionParser(reader)
  const condition = parser.condition(() => parser.either())
  reader.expectEnd()
  return condition
}

/** Holds the reader of one parse and what has been seen in parentheses. */
class ConditionParser {
  readonly #reader: TokenReader
  readonly #parenthesised = new Set<Parsed>()

  constructor(reader: TokenReader) {
    this.#reader = reader
  }

  /** Parses with `parse` what must turn out to be a condition. */
  condition(parse: () => Parsed): ConditionNode {
    const parsed = parse()
    if (parsed.type === 'path' || parsed.type === 'value') throw this.#reader.syntaxError()
    return parsed
  }

  #operand(): OperandNode {
    const parsed = this.#primary()
    if (isOperand(parsed)) return parsed
    throw this.#reader.syntaxError()
  }

  either(): Parsed {
    return this.#joined('OR', 'or', () => this.#joined('AND', 'and', () => this.#negated()))
  }

  #joined(keyword: string, type: 'and' | 'or', parse: () => Parsed): Parsed {
    const first = parse()
    if (!this.#reader.isKeyword(keyword)) return first
    const terms = [this.condition(() => first)]
    while (this.#reader.takeKeyword(keyword)) {
      this.#reader.countOperator()
      terms.push(this.condition(parse))
    }
    return { type, terms }
  }

  #negated(): Parsed {
    if (!this.#reader.takeKeyword('NOT')) return this.#comparison()
    this.#reader.countOperator()
    return { type: 'not', term: this.#reader.nested(() => this.condition(() => this.#negated())) }
  }

  #comparison(): Parsed {
    const reader = this.#reader
    const left = this.#primary()
    if (!isOperand(left)) return left
    if (reader.current.type === 'symbol' && comparators.has(reader.current.text)) {
      reader.countOperator()
      const operator = reader.next().text as Comparator
      return { type: 'compare', operator, left, right: this.#operand() }
    }
    if (reader.takeKeyword('BETWEEN')) {
      reader.countOperator()
      const low = this.#operand()
      reader.expectKeyword('AND')
      return { type: 'between', operand: left, low, high: this.#operand() }
    }
    if (reader.takeKeyword('IN')) {
      reader.countOperator()
      reader.expectSymbol('(')
      return { type: 'in', operand: left, options: this.#operands() }
    }
    return left
  }

  #primary(): Parsed {
    const reader = this.#reader
    if (reader.takeSymbol('(')) {
      const inner = reader.nested(() => this.either())
      reader.expectSymbol(')')
      if (this.#parenthesised.has(inner)) throw invalid(reader.kind, 'The expression has redundant parentheses;')
      this.#parenthesised.add(inner)
      return inner
    }
    if (reader.current.type === 'value') return { type: 'value', placeholder: reader.next().text }
    if (reader.current.type === 'identifier') {
      if (keywords.has(reader.current.text.toUpperCase())) throw reader.syntaxError()
      if (reader.following.type === 'symbol' && reader.following.text === '(') return this.#function()
    }
    return parsePath(reader)
  }

  #function(): FunctionNode {
    const reader = this.#reader
    reader.countOperator()
    const name = reader.next().text
    reader.expectSymbol('(')
    return { type: 'function', name, operands: reader.nested(() => this.#operands()) }
  }

  /** `operand, operand)` */
  #operands(): OperandNode[] {
    const operands = [this.#operand()]
    while (this.#reader.takeSymbol(',')) operands.push(this.#operand())
    this.#reader.expectSymbol(')')
    return operands
  }
}

function isOperand(parsed: Parsed): parsed is OperandNode {
  return parsed.type === 'path' || parsed.type === 'value' || parsed.type === 'function'
}
