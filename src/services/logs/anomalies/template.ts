import { hash } from 'node:crypto'

const mostChars = 2_000
const dynamic = '<*>'
/** What varies: words with a digit in them, addresses of mail, and what was masked. */
const varying = /[^\s=:,;()[\]{}"'<>|]*(?:\d|@|\*{2,})[^\s=:,;()[\]{}"'<>|]*/g

/** The pattern of a message: what varies in it is `<*>`. */
export function patternOf(message: string): string {
  return message.slice(0, mostChars).replace(varying, dynamic)
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
