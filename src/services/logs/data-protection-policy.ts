import { awsError } from '../../kernel/errors.ts'
import type { FindingsTo, Protection } from '../../telemetry/log-state.ts'
import { identifiers } from '../../telemetry/protection/identifiers.ts'

const mostCharacters = 30_720
const arnOfIdentifier = /^arn:aws:dataprotection::aws:data-identifier\/([\w-]+)$/

/**
 * What a policy masks, by the names of data identifiers, and who is told what is found. It has two statements about the same data: one that audits, one that
 * masks. Throws InvalidParameterException, also for what is not here.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch-logs-data-protection-policies.html
 */
export function readProtection(text: string): Pick<Protection, 'identifiers' | 'findings'> {
  if (text.length > mostCharacters) throw invalid(`it must be at most ${mostCharacters} characters long`)
  const document = objectIn(parsed(text), 'it')
  only(document, ['Name', 'Description', 'Version', 'Statement', 'Configuration'], 'it')
  if (typeof document.Name !== 'string') throw invalid('it must have a Name')
  if (document.Version !== '2021-06-01') throw invalid('its Version must be 2021-06-01')
  const { CustomDataIdentifier: custom } = objectIn(document.Configuration ?? {}, 'Configuration')
  if (Array.isArray(custom) && custom.length > 0) throw unsupported('CustomDataIdentifier')
  const statements = Array.isArray(document.Statement)
    ? document.Statement.map((one) => objectIn(one, 'Statement'))
    : []
  const operationOf = (name: string) => {
    const found = statements.filter((one) => name in objectIn(one.Operation, 'Operation'))
    const [statement, second] = found
    if (!statement || second) throw invalid(`one of its statements must have the Operation ${name}`)
    return { data: statement.DataIdentifier, settings: objectIn(objectIn(statement.Operation, name)[name], name) }
  }
  if (statements.length !== 2) throw invalid('it must have two statements, one to audit and one to de-identify')
  const [audit, masking] = [operationOf('Audit'), operationOf('Deidentify')]
  const findings = Object.entries(objectIn(audit.settings.FindingsDestination, 'FindingsDestination')).map(readFindings)
  if (Object.keys(objectIn(masking.settings.MaskConfig, 'MaskConfig')).length > 0)
    throw invalid('MaskConfig must be empty')
  const [audited, masked] = [namesOf(audit.data), namesOf(masking.data)]
  if (audited.join() !== masked.join()) throw invalid('both statements must have the same DataIdentifier')
  return { identifiers: [...new Set(audited)], findings }
}

const destinations: Readonly<Record<string, readonly [type: FindingsTo['type'], member: string]>> = {
  CloudWatchLogs: ['CWL', 'LogGroup'],
  S3: ['S3', 'Bucket'],
  Firehose: ['FH', 'DeliveryStream'],
}

function readFindings([kind, settings]: [string, unknown]): FindingsTo {
  const [type, member] = (Object.hasOwn(destinations, kind) ? destinations[kind] : undefined) ?? []
  if (type === undefined || member === undefined) throw unsupported(`The FindingsDestination ${kind}`)
  const found = objectIn(settings, kind)
  only(found, [member], kind)
  const name = found[member]
  if (typeof name !== 'string' || name === '') throw invalid(`${kind} must have a ${member}`)
  return { type, name }
}

function namesOf(data: unknown): string[] {
  if (!Array.isArray(data) || data.length === 0) throw invalid('DataIdentifier must be a list of ARNs')
  return data.map(nameOfIdentifier)
}

function nameOfIdentifier(arn: unknown): string {
  if (typeof arn !== 'string') throw invalid('DataIdentifier must be a list of ARNs')
  const name = arnOfIdentifier.exec(arn)?.[1]
  if (name === undefined) throw invalid(`${arn} is not the ARN of a managed data identifier`)
  if (!Object.hasOwn(identifiers, name)) throw unsupported(`The data identifier ${name}`)
  return name
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw awsError('InvalidParameterException', 'The data protection policy is not valid JSON.', { cause: error })
  }
}

function objectIn(value: unknown, name: string): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw invalid(`${name} must be an object`)
  return { ...value }
}

function only(value: object, names: readonly string[], of: string): void {
  const odd = Object.keys(value).find((name) => !names.includes(name))
  if (odd !== undefined) throw invalid(`${of} has a member ${odd}, which policies do not have`)
}

function unsupported(what: string): Error {
  return awsError('InvalidParameterException', `${what} is not supported by Landfall.`)
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', `Invalid data protection policy: ${problem}.`)
}
