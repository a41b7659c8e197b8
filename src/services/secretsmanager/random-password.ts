import { awsError } from '../../kernel/errors.ts'
import type { Ids } from '../../kernel/ids.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'

export interface PasswordOptions {
  readonly PasswordLength?: number | undefined
  readonly ExcludeCharacters?: string | undefined
  readonly ExcludeNumbers?: boolean | undefined
  readonly ExcludePunctuation?: boolean | undefined
  readonly ExcludeUppercase?: boolean | undefined
  readonly ExcludeLowercase?: boolean | undefined
  readonly IncludeSpace?: boolean | undefined
  readonly RequireEachIncludedType?: boolean | undefined
}

export const passwords = operations<Api>()({
  GetRandomPassword: {
    authorize: () => [{ action: 'secretsmanager:GetRandomPassword', resource: '*' }],
    read: (_tx, input, ctx) => ({ RandomPassword: randomPassword(input, ctx.ids) }),
  },
})

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html */
function randomPassword(options: PasswordOptions, ids: Ids): string {
  const { PasswordLength: length = 32, ExcludeCharacters = '', RequireEachIncludedType = true } = options
  const kinds = [
    options.ExcludeLowercase ? '' : 'abcdefghijklmnopqrstuvwxyz',
    options.ExcludeUppercase ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    options.ExcludeNumbers ? '' : '0123456789',
    options.ExcludePunctuation ? '' : '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    options.IncludeSpace ? ' ' : '',
  ]
    .map((kind) => [...kind].filter((character) => !ExcludeCharacters.includes(character)).join(''))
    .filter((kind) => kind !== '')
  if (kinds.length === 0) {
    throw awsError('InvalidParameterException', 'What is excluded leaves no characters for a password.')
  }
  if (RequireEachIncludedType && length < kinds.length) {
    throw awsError(
      'InvalidParameterException',
      `A PasswordLength of ${length} is too short for one character of each of ${kinds.length} included types.`,
    )
  }
  // One of each kind, the rest of any, and then in an order that tells nothing of which is which.
  const required = RequireEachIncludedType ? kinds.map((kind) => ids.token(1, kind)) : []
  const rest = ids.token(length - required.length, kinds.join(''))
  return shuffled([...required, ...rest], ids).join('')
}

function shuffled(characters: string[], ids: Ids): string[] {
  for (let at = characters.length - 1; at > 0; at--) {
    const other = evenlyBelow(at + 1, ids)
    const moved = characters[at]!
    characters[at] = characters[other]!
    characters[other] = moved
  }
  return characters
}

const digits = '0123456789abcdef'

/** A number from 0 to `bound` - 1, all alike. */
function evenlyBelow(bound: number, ids: Ids): number {
  const limit = 65_536 - (65_536 % bound)
  for (;;) {
    const drawn = Number.parseInt(ids.token(4, digits), 16)
    if (drawn < limit) return drawn % bound
  }
}
