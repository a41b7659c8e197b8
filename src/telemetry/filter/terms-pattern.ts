import { type Filter, invalid } from './pattern.ts'
import { leadingRegex, regex } from './regex.ts'

/** Words that must all be there, `-word` that must not, `?word` of which one must; quoted where they hold spaces. Or one `%regex%`. */
export function termsPattern(text: string): Filter {
  const whole = leadingRegex(text)
  if (whole?.literal === text) return regex(whole.source)
  const all: string[] = []
  const none: string[] = []
  const any: string[] = []
  for (const [term, sign] of terms(text)) (sign === '-' ? none : sign === '?' ? any : all).push(term)
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    // With required words beside them, optional ones say nothing; so the real service treats them.
    (any.length === 0 || all.length > 0 || any.some((term) => message.includes(term)))
}

function* terms(text: string): Generator<[term: string, sign: string]> {
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text[at]!)) {
      at++
      continue
    }
    let sign = ''
    if (text[at] === '-' || text[at] === '?') sign = text[at++]!
    if (text[at] === '%') throw invalid('has a regular expression beside words: it stands alone, in fields or in JSON')
    if (text[at] === '"') {
      let term = ''
      at++
      while (at < text.length && text[at] !== '"') {
        if (text[at] === '\\' && at + 1 < text.length) at++
        term += text[at++]
      }
      if (at >= text.length) throw invalid('has a quotation mark that is not closed')
      at++
      yield [term, sign]
      continue
    }
    const [word = ''] = /^[^\s"]+/.exec(text.slice(at)) ?? []
    if (word === '') throw invalid(`ends after "${sign}"`)
    at += word.length
    yield [word, sign]
  }
}
