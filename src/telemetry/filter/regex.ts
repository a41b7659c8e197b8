import { invalid } from './pattern.ts'
import { type Element, readRegex } from './regex-syntax.ts'

/** Sets of positions that are remembered, for each expression; more, and they are found anew. */
const mostStates = 64

/** Where the search stands: which positions of the expression have been reached, and where a character leads from here. */
interface State {
  readonly at: readonly number[]
  readonly name: string
  /** A match ends here, whatever follows. */
  readonly found: boolean
  /** A match ends here if nothing follows. */
  readonly foundAtEnd: boolean
  readonly next: (State | undefined)[]
}

/**
 * Whether a text holds a match of the expression, which stood between percent signs. All ways to match are followed at once,
 * so that the time is linear in the text, whatever the expression. Throws InvalidParameterException.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html
 */
export function regex(source: string): (text: string) => boolean {
  const elements = readRegex(source)
  const starts = elements.flatMap(({ isFirst, anchored }, index) => (isFirst ? [{ index, anchored }] : []))
  const again = starts.flatMap(({ index, anchored }) => (anchored ? [] : [index]))
  const first = stateOf(
    elements,
    starts.map(({ index }) => index),
  )
  let known = new Map<string, State>()

  function advance(from: State, kind: number): State {
    const reached = from.at.flatMap((index) => {
      const { set, repeats } = elements[index] as Element
      return set?.[kind] ? [repeats ? index : index + 1] : []
    })
    const made = stateOf(elements, [...reached, ...again])
    const state = known.get(made.name) ?? made
    if (known.size >= mostStates) known = new Map()
    known.set(state.name, state)
    from.next[kind] = state
    return state
  }

  return (text) => {
    let state = first
    for (let at = 0; at < text.length; at++) {
      if (state.found) return true
      const kind = kindOf(text.charCodeAt(at))
      if (kind !== undefined) state = state.next[kind] ?? advance(state, kind)
    }
    return state.found || state.foundAtEnd
  }
}

/** All characters beyond ASCII are alike; the second half of one that takes two is no character. */
export function kindOf(code: number): number | undefined {
  if (code < 128) return code
  return code >= 0xdc00 && code <= 0xdfff ? undefined : 128
}

/** With these positions go those behind what may be left out. */
function stateOf(elements: readonly Element[], from: readonly number[]): State {
  const at = new Set<number>()
  for (let index of from) {
    while (!at.has(index)) {
      at.add(index)
      if (!elements[index]?.optional) break
      index++
    }
  }
  const all = [...at].sort((a, b) => a - b)
  const ends = all.filter((index) => elements[index]?.set === undefined)
  return {
    at: all.filter((index) => elements[index]?.set),
    name: all.join(),
    found: ends.some((index) => !elements[index]?.atEnd),
    foundAtEnd: ends.length > 0,
    next: [],
  }
}

/** The expression between the percent signs that a text begins with, and the text with them. */
export function leadingRegex(text: string): { source: string; literal: string } | undefined {
  if (!text.startsWith('%')) return undefined
  const [literal, source] = /^%([^%]*)%/.exec(text) ?? []
  if (literal === undefined || source === undefined) throw invalid('has a % that is not closed')
  return { source, literal }
}
