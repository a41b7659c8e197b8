/** Java's POSIX classes, which JavaScript does not know; inside and outside brackets. */
const posix: Readonly<Record<string, string>> = {
  Alnum: 'a-zA-Z0-9',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Lower: 'a-z',
  Upper: 'A-Z',
  XDigit: '0-9a-fA-F',
  ASCII: '\\x00-\\x7F',
  Punct: '!-\\/:-@\\[-`\\{-~',
  Graph: '!-~',
  Print: ' -~',
  Space: ' \\t-\\r',
  Blank: ' \\t',
  Cntrl: '\\x00-\\x1F\\x7F',
}

/** What may follow a backslash under `/u`. */
const escapable = /[\^$\\.*+?()[\]{}|/dDwWsSbBpPnrtvfxu0-9ck]/

const compiles = (source: string): boolean => {
  try {
    new RegExp(`^(?:${source})$`, 'u')
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

/** Rewrites what Java takes and `/u` refuses: idle escapes, POSIX classes, bare braces, `\\z`. */
function rewrite(source: string): string {
  let out = ''
  let depth = 0
  for (let i = 0; i < source.length; i++) {
    const c = source[i]!
    const next = source[i + 1] ?? ''
    if (c === '\\') {
      const name = /^\\p\{(?:Is)?(\w+)\}/.exec(source.slice(i))
      if (name && posix[name[1]!] !== undefined) {
        out += depth > 0 ? posix[name[1]!] : `[${posix[name[1]!]}]`
        i += name[0].length - 1
        continue
      }
      i++
      if (next === 'z' || next === 'Z') out += '$'
      else if (next === 'A') out += '^'
      else out += escapable.test(next) || (depth > 0 && next === '-') ? c + next : next
      // `[\\w-:]`: a hyphen after a class is literal.
      if (depth > 0 && /[wdsWDS]/.test(next) && source[i + 1] === '-' && source[i + 2] !== ']') {
        out += '\\-'
        i++
      }
    } else if (depth > 0) {
      if (c === ']') depth--
      // A bracket inside a class is literal unless it nests, which only a few patterns do.
      out += c === '[' ? '\\[' : c
    } else {
      if (c === '[') {
        depth++
        out += c
        if (next === '^') out += source[++i]
        if (source[i + 1] === ']') {
          out += '\\]'
          i++
        }
        continue
      }
      const quantifier = /^\{\d+(?:,\d*)?\}/.exec(source.slice(i))
      if (c === '{' && quantifier) {
        out += quantifier[0]
        i += quantifier[0].length - 1
      } else out += c === '{' || c === '}' || c === ']' ? `\\${c}` : c
    }
  }
  return out
}

/** Nothing to check: any text matches. */
const trivial = new Set([
  '[\\s\\S]*',
  '[\\S\\s]*',
  '^[\\s\\S]*$',
  '(?s).*',
  '(?s)^.*$',
  '[\\u0000-\\uFFFF]*',
  '^[\\u0000-\\uFFFF]*$',
])

/** Patterns that backtrack without bound on hostile text, and the same language said in a way that does not. */
const unambiguous: Readonly<Record<string, string>> = {
  '^[a-z0-9*](?:[._\\-/a-z0-9*]?[a-z0-9*]+)*$': '[a-z0-9*](?:[._\\-\\/]?[a-z0-9*])*',
  '^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$': '[a-z0-9A-Z][.\\-\\w]*[a-z0-9A-Z]',
  '^[ \\t]*[^\\x00-\\x1F:\\x7F]+([ \\t]+[^\\x00-\\x1F:\\x7F]+)*[ \\t]*$':
    '\\t*[^\\x00-\\x1F:\\x7F][^\\x00-\\x08\\x0A-\\x1F:\\x7F]*',
  '^[ \\t]*[\\x20-\\x7E]+([ \\t]+[\\x20-\\x7E]+)*[ \\t]*$': '\\t*[\\x20-\\x7E][\\t\\x20-\\x7E]*',
  // What follows the bar, a JSON path, is all printable too.
  '[ \\t]*[\\x20-\\x7E]+([ \\t]+[\\x20-\\x7E]+)*[ \\t]*|(\\$(\\.[\\w/_-]+(\\[(\\d+|\\*)\\])*)*)':
    '\\t*[\\x20-\\x7E][\\t\\x20-\\x7E]*',
}

export interface Pattern {
  readonly pattern: string
  readonly js?: string
}

/** How a model's pattern (Java's dialect, matched against the whole string) goes into the table; undefined: not at all. */
export function translatePattern(source: string, unusable: (source: string) => void): Pattern | undefined {
  if (trivial.has(source)) return undefined
  const rewritten = unambiguous[source]
  if (rewritten !== undefined) return { pattern: source, js: rewritten }
  // Meant is the rest of Unicode, but four digits are all that this escape takes.
  if (source.includes('\\u10000-\\u10FFFF')) {
    const js = source.replaceAll('\\u10000-\\u10FFFF', '\\u{10000}-\\u{10FFFF}')
    if (compiles(js)) return { pattern: source, js }
  }
  if (compiles(source) && !/\[[^\]]*&&/.test(source)) return { pattern: source }
  const js = rewrite(source)
  if (compiles(js) && !/\[[^\]]*&&|\(\?i\)/.test(source)) return { pattern: source, js }
  unusable(source)
  return undefined
}
