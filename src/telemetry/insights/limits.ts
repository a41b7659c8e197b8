/** A query that needs more memory than one is given. */
export class QueryTooLarge extends Error {
  override name = 'QueryTooLarge'
}

/** Of a text that a function makes: a thread that needs too much memory at once takes the node with it. */
const mostTextChars = 2 * 1024 * 1024

/** Throws QueryTooLarge unless a text of so many characters may be made. */
export function checkLength(chars: number): void {
  if (chars > mostTextChars) throw new QueryTooLarge(`A function makes a text of ${chars} characters.`)
}
