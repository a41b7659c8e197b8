import { type AwsError, awsError } from '../kernel/errors.ts'
import type { Model, Protocol } from '../kernel/model.ts'
import type { Checks } from './checks.ts'
import { dynamodbViolations } from './dynamodb-rules.ts'
import { sentence, sentences, type TypeFault, type Violation } from './faults.ts'

/**
 * What a service does with input it refuses. Services of one protocol mostly agree; where one differs, `services`
 * below says how. Codes and sentences are those the real services send.
 */
export interface Rules {
  readonly checks: Checks
  /** A value of the wrong type, or a body that cannot be read. */
  typeFault(fault: TypeFault): AwsError
  /** Values that break constraints, at least one, in an input of this operation. */
  violations(violations: readonly Violation[], operation: string): AwsError
  /** No operation has this name, target or method and path. */
  unknownOperation(asked: string): AwsError
}

const everything: Checks = { constraints: true, required: true }

const at = (fault: TypeFault): string => (fault.path === '' ? '' : ` (at '${fault.path}')`)

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html, CommonErrors of each API reference. */
const json: Rules = {
  checks: everything,
  typeFault: (fault) => awsError('SerializationException', `${fault.message}${at(fault)}`, { status: 400 }),
  violations: (list) => awsError('ValidationException', sentences(list), { status: 400 }),
  unknownOperation: (asked) =>
    awsError('UnknownOperationException', `The operation ${asked} is not known here. Check the X-Amz-Target header.`, {
      status: 400,
    }),
}

const query: Rules = {
  checks: everything,
  typeFault: (fault) => awsError('MalformedInput', `${fault.message}${at(fault)}`, { status: 400 }),
  violations: (list) => awsError('ValidationError', sentences(list), { status: 400 }),
  unknownOperation: (asked) =>
    asked === ''
      ? awsError('MissingAction', 'The request is missing an Action parameter.', { status: 400 })
      : awsError('InvalidAction', `Could not find operation ${asked}.`, { status: 400 }),
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
const ec2: Rules = {
  ...query,
  typeFault: (fault) => awsError('InvalidParameterValue', `${fault.message}${at(fault)}`, { status: 400 }),
  violations(list) {
    const first = list.find((violation) => violation.kind === 'missing') ?? list[0]!
    const name = first.path.replace(/(^|\.)(\p{L})/gu, (_, dot: string, letter: string) => dot + letter.toUpperCase())
    return first.kind === 'missing'
      ? awsError('MissingParameter', `The request must contain the parameter ${name}`, { status: 400 })
      : awsError('InvalidParameterValue', sentence(first), { status: 400 })
  },
  unknownOperation: (asked) =>
    asked === ''
      ? awsError('MissingAction', 'The request is missing an Action parameter.', { status: 400 })
      : awsError('InvalidAction', `The action ${asked} is not valid for this web service.`, { status: 400 }),
}

const restJson: Rules = {
  ...json,
  unknownOperation: (asked) =>
    awsError('UnknownOperationException', `No operation of this service is ${asked}.`, { status: 404 }),
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const s3: Rules = {
  checks: everything,
  typeFault(fault) {
    const { member } = fault
    if (!member || member.in === undefined || member.in === 'payload') return malformedXml(fault.message + at(fault))
    return invalidArgument(`${fault.message}${at(fault)}`, member.at ?? member.n, fault.value ?? '')
  },
  violations(list) {
    const first = list[0]!
    const { member } = first
    if (!member || member.in === undefined || member.in === 'payload') return malformedXml(sentence(first))
    if (first.kind === 'enum' && member.n === 'StorageClass') {
      return awsError('InvalidStorageClass', 'The storage class you specified is not valid', { status: 400 })
    }
    if (first.kind === 'missing' && member.in === 'header') {
      return awsError('MissingSecurityHeader', `Your request was missing the header ${member.at ?? member.n}.`, {
        status: 400,
      })
    }
    return invalidArgument(sentence(first), member.at ?? member.n, first.value?.slice(1, -1) ?? '')
  },
  unknownOperation: (asked) =>
    awsError('MethodNotAllowed', `The specified method is not allowed against this resource (${asked}).`, {
      status: 405,
    }),
}

const invalidArgument = (message: string, ArgumentName: string, ArgumentValue: string) =>
  awsError('InvalidArgument', message, { status: 400, members: { ArgumentName, ArgumentValue } })
const malformedXml = (detail: string) =>
  awsError(
    'MalformedXML',
    `The XML you provided was not well-formed or did not validate against our published schema. ${detail}`,
    { status: 400 },
  )

const byProtocol: Readonly<Record<Protocol, Rules>> = {
  'json1.0': json,
  'json1.1': json,
  'cbor1.1': json,
  cbor: json,
  query,
  ec2,
  'rest-json': restJson,
  'rest-xml': s3,
}

/** Where a service is not like others of its protocol, and why. */
const services: Readonly<Record<string, Partial<Rules>>> = {
  // Its model has no lengths or ranges, and its enums are looser than they look: an unknown attribute is the
  // operation's InvalidAttributeName. Only absence is checked here.
  sqs: {
    checks: { constraints: false, required: true },
    violations(list) {
      const missing = list.find((violation) => violation.kind === 'missing') ?? list[0]!
      const name = missing.path.replace(
        /(^|\.)(\p{L})/gu,
        (_, dot: string, letter: string) => dot + letter.toUpperCase(),
      )
      const parameter = name.replaceAll('.Member', '')
      return awsError('MissingRequiredParameterException', `The request must contain the parameter ${parameter}.`, {
        status: 400,
      })
    },
  },
  // Coral's validation under the code that its own operations use.
  logs: { violations: (list) => awsError('InvalidParameterException', sentences(list), { status: 400 }) },
  ecr: { violations: (list) => awsError('InvalidParameterException', sentences(list), { status: 400 }) },
  dynamodb: { violations: dynamodbViolations },
  cloudwatch: { violations: (list) => awsError('ValidationError', sentences(list), { status: 400 }) },
  // Its own name for what a body cannot be read as; constraints are Coral's ValidationException.
  lambda: {
    typeFault: (fault) =>
      fault.path === ''
        ? awsError('InvalidRequestContentException', `Could not parse request body into json: ${fault.message}`, {
            status: 400,
          })
        : awsError('SerializationException', `${fault.message}${at(fault)}`, { status: 400 }),
  },
  apigateway: {
    violations: (list) => awsError('BadRequestException', sentences(list), { status: 400 }),
    // What its front door answers for any path it does not know.
    unknownOperation: () =>
      awsError('MissingAuthenticationTokenException', 'Missing Authentication Token', { status: 403 }),
  },
  apigatewayv2: { violations: (list) => awsError('BadRequestException', sentences(list), { status: 400 }) },
}

const merged = new Map<string, Rules>()

/** The rules for requests to this service in this protocol. */
export function rulesFor(model: Model, protocol: Protocol): Rules {
  const key = `${model.id} ${protocol}`
  let rules = merged.get(key)
  if (!rules) {
    rules = { ...byProtocol[protocol], ...services[model.id] }
    // `unknownOperation` belongs to the protocol where a service speaks several.
    if (model.protocols.length > 1) rules = { ...rules, unknownOperation: byProtocol[protocol].unknownOperation }
    merged.set(key, rules)
  }
  return rules
}

/**
 * Old names of errors for clients of the query protocol, where the table has none because the error is not modelled.
 */
export const queryCodes: Readonly<Record<string, string>> = {
  MissingRequiredParameterException: 'MissingParameter',
  InvalidParameterValueException: 'InvalidParameterValue',
  InvalidParameterCombinationException: 'InvalidParameterCombination',
  AccessDeniedException: 'AccessDenied',
  ThrottlingException: 'Throttling',
  UnknownOperationException: 'InvalidAction',
  SerializationException: 'MalformedInput',
  ValidationException: 'ValidationError',
}

/** Status of errors that no model lists, where it is not 400. */
export const statuses: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  AuthFailure: 403,
  ExpiredToken: 403,
  ExpiredTokenException: 403,
  IncompleteSignature: 400,
  InternalError: 500,
  InternalFailure: 500,
  InvalidAccessKeyId: 403,
  InvalidClientTokenId: 403,
  InvalidSignatureException: 403,
  MissingAuthenticationToken: 403,
  MissingAuthenticationTokenException: 403,
  NotImplemented: 501,
  OptInRequired: 403,
  RequestTimeTooSkewed: 403,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
  UnrecognizedClientException: 403,
}
