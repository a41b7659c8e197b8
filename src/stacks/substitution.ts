import { invalid } from './value.ts'

/** A piece of an Fn::Sub string: text as it stands, or the name between `${` and `}`. */
export type Piece = { readonly text: string } | { readonly name: string }

/** Cuts an Fn::Sub string into pieces; `${!Literal}` is the text `${Literal}`. */
export function subPieces(text: string): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const match of text.matchAll(/\$\{([^{}]*)\}/g)) {
    if (match.index > at) pieces.push({ text: text.slice(at, match.index) })
    const name = match[1] ?? ''
    if (name.startsWith('!')) pieces.push({ text: `\${${name.slice(1)}}` })
    else if (/^[a-zA-Z0-9_.:]+$/.test(name)) pieces.push({ name })
    else {
      throw invalid(
        'Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons',
      )
    }
    at = match.index + match[0].length
  }
  if (at < text.length) pieces.push({ text: text.slice(at) })
  return pieces
}

/** `Id.Attribute.Nested` as [id, attribute], or undefined when there is no dot. */
export function splitAttribute(name: string): readonly [id: string, attribute: string] | undefined {
  const dot = name.indexOf('.')
  return dot > 0 && dot < name.length - 1 ? [name.slice(0, dot), name.slice(dot + 1)] : undefined
}
