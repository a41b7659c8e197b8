import type { ListToMap, Processor, SubstituteStringEntry } from '@aws-sdk/client-cloudwatch-logs'
import { isScalar } from '../scalar.ts'
import { dateConverter } from './dates.ts'
import { deleteAt, type Fields, isFields, type Source, setAt, sizeOf, valueAt } from './fields.ts'
import { substituted } from './substitute.ts'

/** What a processor does to the fields of an event. */
export type Step = (fields: Fields, source: Source) => void

/** Of a value that is copied: each copy may be copied again. */
const mostCopied = 256 * 1024

type Settings<N extends keyof Processor> = NonNullable<Processor[N]>

/**
 * The processors that change fields. What has no value under their keys stays as it is.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation-Processors.html
 */
export const mutators = {
  addKeys: ({ entries = [] }: Settings<'addKeys'>): Step => {
    return (fields) => {
      for (const { key = '', value, overwriteIfExists = false } of entries) setAt(fields, key, value, overwriteIfExists)
    }
  },
  copyValue: ({ entries = [] }: Settings<'copyValue'>): Step => {
    return (fields, event) => {
      for (const { source = '', target = '', overwriteIfExists = false } of entries) {
        const value = valueAt(fields, source, event)
        if (value === undefined) continue
        if (sizeOf(value) > mostCopied) throw new RangeError(`what is under ${source} is too large to be copied`)
        setAt(fields, target, structuredClone(value), overwriteIfExists)
      }
    }
  },
  moveKeys: ({ entries = [] }: Settings<'moveKeys'>): Step => {
    return (fields) => {
      for (const { source = '', target = '', overwriteIfExists = false } of entries)
        move(fields, source, `${target}.${source.slice(source.lastIndexOf('.') + 1)}`, overwriteIfExists)
    }
  },
  renameKeys: ({ entries = [] }: Settings<'renameKeys'>): Step => {
    return (fields) => {
      for (const { key = '', renameTo = '', overwriteIfExists = false } of entries)
        move(fields, key, renameTo, overwriteIfExists)
    }
  },
  deleteKeys: ({ withKeys = [] }: Settings<'deleteKeys'>): Step => {
    return (fields) => {
      for (const key of withKeys) deleteAt(fields, key)
    }
  },
  listToMap: (settings: ListToMap): Step => {
    return (fields) => {
      const list = valueAt(fields, settings.source ?? '')
      if (Array.isArray(list)) toMap(fields, list, settings)
    }
  },
  typeConverter: ({ entries = [] }: Settings<'typeConverter'>): Step => {
    return (fields) => {
      for (const { key = '', type = 'string' } of entries) {
        const value = valueAt(fields, key)
        const converted = isScalar(value) ? conversions[type](String(value)) : undefined
        if (converted !== undefined) setAt(fields, key, converted)
      }
    }
  },
  dateTimeConverter: (settings: Settings<'dateTimeConverter'>): Step => {
    const convert = dateConverter(settings)
    return (fields) => {
      const value = valueAt(fields, settings.source ?? '')
      const converted = typeof value === 'string' || typeof value === 'number' ? convert(String(value)) : undefined
      if (converted !== undefined) setAt(fields, settings.target ?? '', converted)
    }
  },
  lowerCaseString: ({ withKeys = [] }: Settings<'lowerCaseString'>) => texts(withKeys, (text) => text.toLowerCase()),
  upperCaseString: ({ withKeys = [] }: Settings<'upperCaseString'>) => texts(withKeys, (text) => text.toUpperCase()),
  trimString: ({ withKeys = [] }: Settings<'trimString'>) => texts(withKeys, (text) => text.trim()),
  splitString: ({ entries = [] }: Settings<'splitString'>): Step => {
    const steps = entries.map(({ source = '', delimiter = '' }) => texts([source], (text) => text.split(delimiter)))
    return (fields, source) => {
      for (const step of steps) step(fields, source)
    }
  },
  substituteString: ({ entries = [] }: Settings<'substituteString'>): Step => {
    const steps = entries.map(substitution)
    return (fields, source) => {
      for (const step of steps) step(fields, source)
    }
  },
} as const

function texts(keys: readonly string[], change: (text: string) => unknown): Step {
  return (fields) => {
    for (const key of keys) {
      const value = valueAt(fields, key)
      if (typeof value === 'string') setAt(fields, key, change(value))
    }
  }
}

/** `from` is a regular expression, of which `to` may name parts ($1). */
function substitution({ source = '', from = '', to = '' }: SubstituteStringEntry): Step {
  const regex = new RegExp(from, 'g')
  return texts([source], (text) => substituted(text, regex, to))
}

function move(fields: Fields, from: string, to: string, overwrite: boolean): void {
  const value = valueAt(fields, from)
  if (value === undefined || (!overwrite && valueAt(fields, to) !== undefined)) return
  deleteAt(fields, from)
  setAt(fields, to, value)
}

const conversions = {
  integer: (text: string) => (/^\s*[+-]?\d+(?:\.\d*)?\s*$/.test(text) ? Math.trunc(Number(text)) : undefined),
  double: (text: string) => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined),
  string: (text: string) => text,
  boolean: (text: string) => (/^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : undefined),
} as const

/** Objects of a list under what each has as `key`; with `flatten` one of each instead of a list. */
function toMap(fields: Fields, list: readonly unknown[], settings: ListToMap): void {
  const { key = '', valueKey, target, flatten = false, flattenedElement = 'first' } = settings
  const found = new Map<string, unknown[]>()
  for (const item of list.filter(isFields)) {
    const name = valueAt(item, key)
    if (typeof name !== 'string' && typeof name !== 'number') continue
    const value = valueKey === undefined ? item : valueAt(item, valueKey)
    const known = found.get(String(name))
    if (known) known.push(value)
    else found.set(String(name), [value])
  }
  for (const [name, values] of found) {
    const value = flatten ? values.at(flattenedElement === 'first' ? 0 : -1) : values
    setAt(fields, target === undefined ? name : `${target}.${name}`, value)
  }
}
