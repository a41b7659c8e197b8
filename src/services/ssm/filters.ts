import { awsError } from '../../kernel/errors.ts'
import type { Parameter, Version } from './state.ts'

export interface GivenFilter {
  readonly Key?: string | undefined
  readonly Option?: string | undefined
  readonly Values?: readonly string[] | undefined
}

export type ParameterTest = (parameter: Parameter, version: Version) => boolean

const byPathKeys: readonly string[] = ['Type', 'KeyId', 'Label']
const describeKeys: readonly string[] = ['Name', 'Path', 'Type', 'KeyId', 'Tier', 'DataType']

/**
 * The filters of GetParametersByPath and DescribeParameters: all must hold. Of a filter's values one must.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
 */
export function parseFilters(filters: readonly GivenFilter[], operation: 'ByPath' | 'Describe'): ParameterTest {
  const keys = filters.map(({ Key }) => Key)
  if (new Set(keys).size < keys.length) throw awsError('InvalidFilterKey', 'A filter key can be given once.')
  const tests = filters.map((filter) => parseFilter(filter, operation))
  return (parameter, version) => tests.every((test) => test(parameter, version))
}

function parseFilter({ Key = '', Option, Values = [] }: GivenFilter, operation: 'ByPath' | 'Describe'): ParameterTest {
  const known = operation === 'ByPath' ? byPathKeys : describeKeys
  if (!known.includes(Key) && !(operation === 'Describe' && Key.startsWith('tag:'))) {
    throw awsError(
      'InvalidFilterKey',
      `The filter key ${Key} is not valid here. Valid filter keys: ${known.join(', ')}${operation === 'Describe' ? ', tag:key' : ''}.`,
    )
  }
  if (Key.startsWith('tag:')) {
    allow(Key, Option, ['Equals'])
    const tag = Key.slice('tag:'.length)
    return ({ tags }) => Object.hasOwn(tags, tag) && (Values.length === 0 || Values.includes(tags[tag] ?? ''))
  }
  if (Values.length === 0) throw awsError('InvalidFilterValue', `The filter ${Key} needs Values.`)
  if (Key === 'Path') return pathTest(allow(Key, Option, ['OneLevel', 'Recursive']), Values)
  const compare = comparison(Key, Option)
  return (parameter, version) =>
    valuesOf(Key, parameter, version).some((value) => Values.some((v) => compare(value, v)))
}

function comparison(key: string, given: string | undefined): (value: string, wanted: string) => boolean {
  const option = allow(key, given, key === 'Name' ? ['Equals', 'BeginsWith', 'Contains'] : ['Equals', 'BeginsWith'])
  if (option === 'BeginsWith') return (value, wanted) => value.startsWith(wanted)
  if (option === 'Contains') return (value, wanted) => value.includes(wanted)
  return (value, wanted) => value === wanted
}

function pathTest(option: string, paths: readonly string[]): ParameterTest {
  for (const path of paths) {
    if (!path.startsWith('/')) throw awsError('InvalidFilterValue', `The path ${path} must begin with a slash.`)
  }
  return ({ name }) => paths.some((path) => isBelow(name, path, option === 'Recursive'))
}

/** Whether a parameter is in a path of the hierarchy: one level below it, or at any. */
export function isBelow(name: string, path: string, recursive: boolean): boolean {
  const prefix = path.endsWith('/') ? path : `${path}/`
  const full = name.startsWith('/') ? name : `/${name}`
  return full.startsWith(prefix) && full.length > prefix.length && (recursive || !full.includes('/', prefix.length))
}

function valuesOf(key: string, { name, tier }: Parameter, { type, keyId, labels }: Version): readonly string[] {
  switch (key) {
    case 'Name':
      // With and without the slash that names of a hierarchy begin with.
      return [name, name.replace(/^\//, '')]
    case 'Type':
      return [type]
    case 'KeyId':
      return keyId === undefined ? [] : [keyId]
    case 'Tier':
      return [tier]
    case 'Label':
      return labels
    default:
      return ['text']
  }
}

function allow(key: string, given: string | undefined, options: readonly string[]): string {
  const option = given ?? options[0]!
  if (!options.includes(option)) {
    throw awsError(
      'InvalidFilterOption',
      `The following filter option is not valid: ${option}. Valid options for ${key} include: ${options.join(', ')}`,
    )
  }
  return option
}
