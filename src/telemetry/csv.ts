/** How values stand in a text of them. */
export interface CsvFormat {
  readonly delimiter?: string | undefined
  readonly quote?: string | undefined
}

/** Rows of comma-separated values, each on its line; a value in quotes may go over several, two of them are one in it. */
export function* csvRows(text: string, { delimiter = ',', quote = '"' }: CsvFormat = {}): Generator<string[]> {
  let row: string[] = []
  let from = 0
  let value = ''
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]
    if (quoted) {
      if (sign !== quote) continue
      value += text.slice(from, at)
      // Of two the second stays.
      if (text[at + 1] === quote) at++
      else quoted = false
      from = quoted ? at : at + 1
    } else if (sign === quote && from === at && value === '') {
      quoted = true
      from = at + 1
    } else if (sign === '\n') {
      row.push(value + text.slice(from, text[at - 1] === '\r' ? at - 1 : at))
      yield row
      row = []
      from = at + 1
      value = ''
    } else if (text.startsWith(delimiter, at)) {
      row.push(value + text.slice(from, at))
      at += delimiter.length - 1
      from = at + 1
      value = ''
    }
  }
  if (row.length > 0 || value !== '' || from < text.length || quoted) yield [...row, value + text.slice(from)]
}
