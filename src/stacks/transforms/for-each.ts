import { evaluate, type Names } from '../intrinsics.ts'
import { templateLimits } from '../parse.ts'
import { invalid, isList, isMap, type Value, type ValueMap } from '../value.ts'

const prefix = 'Fn::ForEach'
/** Five hundred resources of sixty values each. A short template can ask for any number. */
const mostValues = 30_000
/** What they may have of letters: twice what a template may, of which a loop of a thousand turns could make gigabytes. */
const mostCharacters = 2 * templateLimits.urlBytes
type Scope = ReadonlyMap<string, string>

/**
 * Writes out every Fn::ForEach in `value`. `names` says what collections mean, so they can name parameters and mappings,
 * but nothing that is yet to be made.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
 */
export function unrollLoops(value: Value, names: Names): Value {
  let left = mostValues
  let charactersLeft = mostCharacters

  const spend = (values: number) => {
    left -= values
    if (left < 0) throw invalid(`Template error: ${prefix} makes more than ${mostValues} values.`)
  }
  const text = (given: string, scope: Scope): string => {
    const made = substituted(given, scope, charactersLeft)
    charactersLeft -= made.length
    if (charactersLeft < 0) throw tooLong()
    return made
  }
  const unroll = (item: Value, scope: Scope): Value => {
    spend(1)
    if (typeof item === 'string') return text(item, scope)
    if (isList(item)) return item.map((each) => unroll(each, scope))
    if (!isMap(item)) return item
    const stood = identifierOf(item, scope)
    return stood ?? unrollMembers(item, scope)
  }

  const unrollMembers = (map: ValueMap, scope: Scope): ValueMap => {
    const out = new Map<string, Value>()
    const put = (key: string, item: Value) => {
      if (out.has(key)) throw invalid(`Template error: ${prefix} makes the key ${key} more than once.`)
      out.set(key, item)
    }
    for (const [key, item] of Object.entries(map)) {
      if (key !== prefix && !key.startsWith(`${prefix}::`)) put(text(key, scope), unroll(item, scope))
      else for (const [made, each] of loop(key, item, scope)) put(made, each)
    }
    return Object.fromEntries(out)
  }

  const loop = (key: string, argument: Value, scope: Scope): [string, Value][] => {
    const [identifier, collection, body] = isList(argument) ? argument : []
    if (!/^Fn::ForEach::[a-zA-Z0-9]+$/.test(key) || !isList(argument) || argument.length !== 3) {
      throw invalid(`Template error: every ${prefix} needs a name (${prefix}::Name) and a list of three: ${layout}.`)
    }
    if (typeof identifier !== 'string' || !/^[a-zA-Z0-9]+$/.test(identifier) || !isMap(body)) {
      throw invalid(`Template error: ${key} must be a list of three: ${layout}.`)
    }
    if (scope.has(identifier)) throw invalid(`Template error: ${key}: the identifier ${identifier} is used already.`)
    const items = evaluate(unroll(collection as Value, scope), names)
    if (!Array.isArray(items) || !items.every(isPlain)) {
      throw invalid(`Template error: ${key}: the collection must be a list of strings known before anything is made.`)
    }
    // A turn counts though nothing is in it.
    spend(items.length)
    return items.flatMap((each) => Object.entries(unrollMembers(body, new Map([...scope, [identifier, String(each)]]))))
  }

  return unroll(value, new Map())
}

const layout = 'an identifier, a collection and an object with the output'

/** What `{ Ref: Identifier }` stands for. */
function identifierOf(map: ValueMap, scope: Scope): string | undefined {
  const keys = Object.keys(map)
  const name = keys.length === 1 && keys[0] === 'Ref' ? map.Ref : undefined
  return typeof name === 'string' ? scope.get(name) : undefined
}

const tooLong = () => invalid(`Template error: ${prefix} makes more than ${mostCharacters} characters.`)

/** `${Identifier}` is the item, `&{Identifier}` its letters and digits only. Other names in braces stay. */
function substituted(text: string, scope: Scope, most: number): string {
  if (scope.size === 0 || !text.includes('{')) return text
  let made = 0
  return text.replace(/([$&])\{([a-zA-Z0-9]+)\}/g, (all, form: string, name: string) => {
    const item = scope.get(name)
    if (item === undefined) return all
    // Before there is a text of them: of one megabyte of names it would have gigabytes.
    made += item.length
    if (made > most) throw tooLong()
    return form === '&' ? item.replace(/[^a-zA-Z0-9]/g, '') : item
  })
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
