import { hash } from 'node:crypto'

const mostChars = 2_000
const dynamic = '<*>'
const word = /[^\s=:,;()[\]{}"'<>|]+/g
/** Words that vary: those with a digit in them, addresses of mail, and what was masked. */
const varying = /[\d@]|\*\*/

/** The pattern of a message: what varies in it is `<*>`. In time linear in the message: it runs beside requests. */
export function patternOf(message: string): string {
  return beginningOf(message, mostChars).replace(word, (one) => (varying.test(one) ? dynamic : one))
}

/** The first characters of a text, as a text of its own: a slice would keep all of it in memory. */
export function beginningOf(text: string, chars: number): string {
  return Buffer.from(text.slice(0, chars)).toString()
}

export const patternId = (text: string) => hash('md5', text)

/** The parts of a pattern, and which of them vary, numbered from 1. */
export function tokensOf(text: string) {
  let position = 0
  return text
    .split(/(<\*>|\s+)/)
    .filter((one) => one !== '')
    .map((tokenString) => {
      const isDynamic = tokenString === dynamic
      if (isDynamic) position++
      return { tokenString, isDynamic, ...(isDynamic && { dynamicTokenPosition: position }) }
    })
}

/** A regular expression of the messages that have a pattern. */
export function regexOf(text: string): string {
  const parts = text.split(dynamic).map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
  return `^${parts.join('.*')}`
}
