/** The defaults of what was set and is not any more: an operation leaves alone what it is not told of. */
export function restored<P extends object>(props: P, previous: P, defaults: Partial<P>): Partial<P> {
  const gone = Object.entries(defaults).filter(
    ([name]) => previous[name as keyof P] !== undefined && props[name as keyof P] === undefined,
  )
  return Object.fromEntries(gone) as Partial<P>
}
