import { awsError } from '../../kernel/errors.ts'
import type { Secret } from './state.ts'

export interface GivenFilter {
  readonly Key?: string | undefined
  readonly Values?: readonly string[] | undefined
}

export type SecretTest = (secret: Secret, region: string) => boolean

/**
 * The filters of ListSecrets: all must hold, and of a filter's values one. A value that begins with `!` must not match.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html
 */
export function parseFilters(filters: readonly GivenFilter[]): SecretTest {
  const tests = filters.map(parseFilter)
  return (secret, region) => tests.every((test) => test(secret, region))
}

function parseFilter({ Key = '', Values = [] }: GivenFilter): SecretTest {
  if (Values.length === 0) throw awsError('InvalidParameterException', `The filter ${Key} needs Values.`)
  const values = Values.map((value) => ({ negated: value.startsWith('!'), text: value.replace(/^!/, '') }))
  const holds = (matches: (text: string) => boolean) => values.some(({ negated, text }) => matches(text) !== negated)
  switch (Key) {
    case 'name':
      return ({ name }) => holds((text) => name.startsWith(text))
    case 'description':
      return ({ description = '' }) => holds((text) => description.toLowerCase().startsWith(text.toLowerCase()))
    case 'tag-key':
      return ({ tags }) => holds((text) => Object.keys(tags).some((key) => key.startsWith(text)))
    case 'tag-value':
      return ({ tags }) => holds((text) => Object.values(tags).some((value) => value.startsWith(text)))
    case 'primary-region':
      return (_, region) => holds((text) => region.startsWith(text))
    case 'owning-service':
      // None is managed by another service.
      return () => holds(() => false)
    default:
      return (secret) => {
        const words = wordsOf(secret)
        return holds((text) =>
          text
            .toLowerCase()
            .split(/[ /_+=.@-]+/)
            .every((word) => words.some((one) => one.startsWith(word))),
        )
      }
  }
}

function wordsOf({ name, description = '', tags }: Secret): string[] {
  const texts = [name, description, ...Object.keys(tags), ...Object.values(tags)]
  return texts.flatMap((text) => text.toLowerCase().split(/[ /_+=.@-]+/))
}
