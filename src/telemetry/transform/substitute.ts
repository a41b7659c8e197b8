/**
 * What a text may grow to: a few letters can stand for all that was there, again and again. A thread that needs too
 * much memory at once would take the node with it.
 */
const mostGrown = 1024 * 1024

const reference = /\$(?:([$&`'])|(\d\d?))/g
/** Where the pattern has parts with names. */
const referenceByName = /\$(?:([$&`'])|(\d\d?)|<([^>]*)>)/g

/**
 * `text.replace(pattern, to)`, the parts that `to` names ($1, $&, $<name>) as there. Throws RangeError where the text
 * would become longer than it was, and too long.
 */
export function substituted(text: string, pattern: RegExp, to: string): string {
  const most = Math.max(mostGrown, text.length)
  const parts: string[] = []
  let length = 0
  const add = (part: string) => {
    length += part.length
    if (length > most) throw new RangeError('the text would become too long')
    parts.push(part)
  }
  let at = 0
  for (const match of text.matchAll(pattern)) {
    add(text.slice(at, match.index))
    let from = 0
    for (const named of to.matchAll(match.groups ? referenceByName : reference)) {
      add(to.slice(from, named.index))
      add(partOf(match, text, named))
      from = named.index + named[0].length
    }
    add(to.slice(from))
    at = match.index + match[0].length
  }
  add(text.slice(at))
  return parts.join('')
}

/** What a reference stands for; itself where it names nothing, a number of two digits perhaps for one and a digit. */
function partOf(match: RegExpExecArray, text: string, [all, sign, digits, name]: RegExpExecArray): string {
  if (sign === '$') return '$'
  if (sign === '&') return match[0]
  if (sign === '`') return text.slice(0, match.index)
  if (sign === "'") return text.slice(match.index + match[0].length)
  if (name !== undefined) return match.groups?.[name] ?? ''
  const [group, first] = [Number(digits), Number(digits?.[0])]
  if (group >= 1 && group < match.length) return match[group] ?? ''
  return digits?.length === 2 && first >= 1 && first < match.length ? (match[first] ?? '') + digits[1] : all
}
