import { invalid } from './pattern.ts'
import { type Element, kinds, readRegex } from './regex-syntax.ts'

/** Positions of an expression, a bit for each, 32 to a word. */
type Positions = Uint32Array

/**
 * Whether a text holds a match of the expression, which stood between percent signs. All ways to match are followed at once,
 * as bits: of a character of the text some instructions for every 32 steps of the expression, and no memory, whatever both are.
 * Throws InvalidParameterException.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html
 */
export function regex(source: string): (text: string) => boolean {
  const elements = readRegex(source)
  const where = (is: (element: Element) => boolean | undefined) => positions(elements, is)
  const takes = Array.from({ length: kinds }, (_, kind) => where(({ set }) => set?.[kind] === 1))
  const [optional, repeats] = [where((one) => one.optional), where((one) => one.repeats)]
  const [starts, again] = [where((one) => one.isFirst), where((one) => one.isFirst && !one.anchored)]
  const [ends, endsAnywhere] = [where(({ set }) => !set), where(({ set, atEnd }) => !set && !atEnd)]

  /** Where the text leads by one more character of a kind; without one, where everything begins. */
  function advance(at: Positions, kind?: number): void {
    const taken = kind === undefined ? undefined : takes[kind]
    let [stepped, skipped] = [0, 0]
    for (let word = 0; word < at.length; word++) {
      const hits = (at[word] ?? 0) & (taken?.[word] ?? 0)
      const stays = hits & (repeats[word] ?? 0)
      const goes = hits ^ stays
      const begun = (taken ? again : starts)[word] ?? 0
      const reached = filled((goes << 1) | stepped | skipped | stays | begun, optional[word] ?? 0)
      stepped = goes >>> 31
      skipped = (reached & (optional[word] ?? 0)) >>> 31
      at[word] = reached
    }
  }

  return (text) => {
    const at = new Uint32Array(optional.length)
    advance(at)
    for (let index = 0; index < text.length; index++) {
      if (meet(at, endsAnywhere)) return true
      const kind = kindOf(text.charCodeAt(index))
      if (kind !== undefined) advance(at, kind)
    }
    return meet(at, ends)
  }
}

function positions(elements: readonly Element[], is: (element: Element) => boolean | undefined): Positions {
  const all = new Uint32Array(Math.ceil(elements.length / 32))
  for (const [index, element] of elements.entries())
    if (is(element)) all[index >>> 5] = (all[index >>> 5] ?? 0) | (1 << index)
  return all
}

/** With these positions go those behind what may be left out: over runs of 1, 2, 4 ... of them. */
function filled(from: number, optional: number): number {
  let reached = from
  let through = optional << 1
  for (let by = 1; by < 32; by *= 2) {
    reached |= through & (reached << by)
    through &= through << by
  }
  return reached
}

function meet(some: Positions, others: Positions): boolean {
  for (let word = 0; word < some.length; word++) if (((some[word] ?? 0) & (others[word] ?? 0)) !== 0) return true
  return false
}

/** All characters beyond ASCII are alike; the second half of one that takes two is no character. */
export function kindOf(code: number): number | undefined {
  if (code < 128) return code
  return code >= 0xdc00 && code <= 0xdfff ? undefined : 128
}

/** The expression between the percent signs that a text begins with, and the text with them. */
export function leadingRegex(text: string): { source: string; literal: string } | undefined {
  if (!text.startsWith('%')) return undefined
  const [literal, source] = /^%([^%]*)%/.exec(text) ?? []
  if (literal === undefined || source === undefined) throw invalid('has a % that is not closed')
  return { source, literal }
}
