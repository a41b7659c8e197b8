import { formatArn, parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import type { Scope } from '../../kernel/records.ts'

const mostLevels = 15
const mostCharacters = 1_011

/** The ARN of a parameter: names with and without a leading slash look alike in it. */
export function parameterArn({ region, account }: Scope, name: string): string {
  return formatArn('ssm', region, account, `parameter/${name.replace(/^\//, '')}`)
}

/** A name that asks for a parameter, with the version or label behind its colon; a full ARN of this account will do. */
export interface Reference {
  readonly name: string
  /** `:3` or `:production`, as it was given. */
  readonly selector?: string
}

/** Reads `name`, `name:version`, `name:label` or an ARN of one. Throws ValidationException. */
export function parseReference(text: string, scope: Scope): Reference {
  const own = nameOfArn(text, scope)
  const [name = '', ...selectors] = own.split(':')
  if (selectors.length > 1 || name === '' || selectors[0] === '') {
    throw invalid(`${text} is no name of a parameter. Use name, name:version or name:label.`)
  }
  return selectors[0] === undefined ? { name } : { name, selector: `:${selectors[0]}` }
}

function nameOfArn(text: string, scope: Scope): string {
  if (!text.startsWith('arn:')) return text
  const arn = parseArn(text)
  if (arn?.service !== 'ssm' || !arn.resource.startsWith('parameter/'))
    throw invalid(`${text} is no ARN of a parameter.`)
  if (arn.account !== scope.account || arn.region !== scope.region) {
    throw invalid(`${text} is in another account or Region. Parameters are not shared by Landfall.`)
  }
  const rest = arn.resource.slice('parameter'.length)
  // Only a hierarchy's names begin with a slash.
  return rest.indexOf('/', 1) > 0 ? rest : rest.slice(1)
}

/**
 * Throws unless a parameter may be made under this name.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
 */
export function checkName(name: string, scope: Scope): void {
  if (!/^[\w./-]+$/.test(name)) {
    throw invalid(
      'Parameter name: only letters, digits and the symbols .-_ are allowed, with / between the levels of a hierarchy.',
    )
  }
  if (name.includes('/') && !name.startsWith('/')) throw invalid('Parameter name must be a fully qualified name.')
  if (name.endsWith('/') || name.includes('//')) throw invalid('Parameter name: each level needs a name of its own.')
  const [first = ''] = name.replace(/^\//, '').split('/')
  if (/^aws/i.test(first)) throw awsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`)
  if (/^ssm/i.test(first)) throw invalid('Parameter name: can\'t be prefixed with "ssm" (case-insensitive).')
  if (name.split('/').length - 1 > mostLevels) {
    throw awsError(
      'HierarchyLevelLimitExceededException',
      `A parameter hierarchy can have at most ${mostLevels} levels. Use fewer slashes in ${name}.`,
    )
  }
  if (parameterArn(scope, name).length > mostCharacters) {
    throw invalid(`Parameter name: with the ARN before it, it can have at most ${mostCharacters} characters.`)
  }
}

export function invalid(message: string): Error {
  return awsError('ValidationException', message)
}
