import { invalid } from '../names.ts'
import type { Compression } from './state.ts'

/** https://docs.aws.amazon.com/streams/latest/dev/data-delivery-s3-key-template.html */
export const defaultTemplate =
  'kinesis-channel/!{channel-name}/!{channel-id}/!{yyyy}/!{MM}/!{dd}/!{HH}/' +
  '!{channel-name}-!{channel-id}-!{yyyy}-!{MM}-!{dd}-!{HH}-!{mm}!{extension}'

const extensions: Readonly<Record<Compression, string>> = { NONE: '', GZIP: '.gz', ZSTD: '.zst' }
/** Of the 1,024 that a key has, what the suffix leaves. */
const mostCharacters = 986

export interface Naming {
  readonly channelName: string
  readonly channelId: string
  readonly streamName: string
  /** When the oldest of an object's records arrived. */
  readonly atMs: number
  readonly compression: Compression
}

const times: Readonly<Record<string, (iso: string) => string>> = {
  yyyy: (iso) => iso.slice(0, 4),
  yy: (iso) => iso.slice(2, 4),
  MM: (iso) => iso.slice(5, 7),
  dd: (iso) => iso.slice(8, 10),
  HH: (iso) => iso.slice(11, 13),
  mm: (iso) => iso.slice(14, 16),
}

const variables: Readonly<Record<string, (naming: Naming) => string>> = {
  'channel-name': ({ channelName }) => channelName,
  'channel-id': ({ channelId }) => channelId,
  'stream-name': ({ streamName }) => streamName,
  ...Object.fromEntries(
    Object.entries(times).map(([name, of]) => [name, ({ atMs }: Naming) => of(new Date(atMs).toISOString())]),
  ),
}

const placeholder = /!\{([^}]*)\}/g
const extensionAtEnd = /!\{extension(?::(\.[a-z.]*))?\}$/

/** Throws InvalidArgumentException for a template that makes no keys, by the rules of the service. */
export function checkTemplate(template: string, naming: Omit<Naming, 'atMs'>): void {
  const wrong = (what: string) => invalid(`OutputKeyTemplate ${template}: ${what}`)
  const [ending, ofExtension] = extensionAtEnd.exec(template) ?? []
  const rest = ending === undefined ? template : template.slice(0, -ending.length)
  for (const [, name = ''] of rest.matchAll(placeholder)) {
    if (/^extension(:|$)/.test(name)) throw wrong('there can be one !{extension}, at the end.')
    if (!Object.hasOwn(variables, name)) throw wrong(`!{${name}} is not a variable.`)
  }
  const literal = rest.replaceAll(placeholder, 'x')
  if (literal.includes('!{')) throw wrong('a !{ has no } that closes it.')
  if (!/^[\w!\-'.*()/=]*$/.test(literal)) throw wrong("literals are of letters, digits and ! - _ ' . * ( ) / =.")
  if (template === '' || rest === '') throw wrong('it has no name for objects.')
  if (ending === undefined && naming.compression !== 'NONE') {
    throw wrong(`with the compression ${naming.compression} it has to end with !{extension}.`)
  }
  // By what it comes to: a variable beside a period may be one.
  const key = keyOf(template, { ...naming, atMs: 0 }, '')
  if (key.startsWith('/') || key.includes('//')) throw wrong('it may not begin with a slash, or have two in a row.')
  if (key.includes('..') || key.split('/').includes('.'))
    throw wrong('it may not have .. or a segment that is a period.')
  if (key.length > mostCharacters || (ofExtension?.length ?? 0) > mostCharacters) {
    throw wrong(`keys can have at most ${mostCharacters} characters before their suffix.`)
  }
}

/** The key of an object: what the template comes to, with a suffix that makes it the only one of its name. */
export function keyOf(template: string, naming: Naming, suffix: string): string {
  const [ending, literal] = extensionAtEnd.exec(template) ?? []
  const rest = ending === undefined ? template : template.slice(0, -ending.length)
  const name = rest.replaceAll(placeholder, (whole, variable: string) => variables[variable]?.(naming) ?? whole)
  return `${name}${suffix}${ending === undefined ? '' : (literal ?? extensions[naming.compression])}`
}
