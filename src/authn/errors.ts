import { type AwsError, awsError } from '../kernel/errors.ts'

/** How a family of services words its refusals. Services that speak CBOR word them as `json` does. */
export type ErrorStyle = 'json' | 'query' | 'rest-json' | 's3'

export type AuthnFailure =
  | 'unknownKey'
  | 'badSignature'
  | 'stale'
  | 'incomplete'
  | 'missing'
  | 'expiredToken'
  | 'badToken'
  | 'unsignedHeaders'
  | 'badPayloadHash'
  | 'badScope'

type Row = readonly [code: string, status: number, message: string]

const calculated = 'The request signature we calculated does not match the signature you provided.'
const consult = 'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'
const tokenInvalid = 'The security token included in the request is invalid.'
const tokenExpired = 'The security token included in the request is expired'
const noToken = 'Missing Authentication Token'

const modern = (status: number): Record<AuthnFailure, Row> => ({
  unknownKey: ['UnrecognizedClientException', status, tokenInvalid],
  badSignature: ['InvalidSignatureException', status, `${calculated} ${consult}`],
  stale: ['InvalidSignatureException', status, 'Signature expired.'],
  incomplete: ['IncompleteSignatureException', 400, 'The request signature does not conform to AWS standards.'],
  missing: ['MissingAuthenticationTokenException', status, noToken],
  expiredToken: ['ExpiredTokenException', status, tokenExpired],
  badToken: ['UnrecognizedClientException', status, tokenInvalid],
  unsignedHeaders: [
    'InvalidSignatureException',
    status,
    'There were headers present in the request which were not signed.',
  ],
  badPayloadHash: ['InvalidSignatureException', status, `${calculated} ${consult}`],
  badScope: ['InvalidSignatureException', status, 'Credential scope is not valid.'],
})

/** Code, status and default message per family: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html */
const table: Record<ErrorStyle, Record<AuthnFailure, Row>> = {
  json: modern(400),
  'rest-json': modern(403),
  query: {
    unknownKey: ['InvalidClientTokenId', 403, tokenInvalid],
    badSignature: ['SignatureDoesNotMatch', 403, `${calculated} ${consult}`],
    stale: ['SignatureDoesNotMatch', 403, 'Signature expired.'],
    incomplete: ['IncompleteSignature', 400, 'The request signature does not conform to AWS standards.'],
    missing: ['MissingAuthenticationToken', 403, 'Request is missing Authentication Token'],
    expiredToken: ['ExpiredToken', 403, tokenExpired],
    badToken: ['InvalidClientTokenId', 403, tokenInvalid],
    unsignedHeaders: ['SignatureDoesNotMatch', 403, 'There were headers present in the request which were not signed.'],
    badPayloadHash: ['SignatureDoesNotMatch', 403, `${calculated} ${consult}`],
    badScope: ['SignatureDoesNotMatch', 403, 'Credential scope is not valid.'],
  },
  // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  s3: {
    unknownKey: ['InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.'],
    badSignature: ['SignatureDoesNotMatch', 403, `${calculated} Check your key and signing method.`],
    stale: ['RequestTimeTooSkewed', 403, 'The difference between the request time and the current time is too large.'],
    incomplete: ['AuthorizationHeaderMalformed', 400, 'The authorization header that you provided is not valid.'],
    missing: ['AccessDenied', 403, 'Access Denied'],
    expiredToken: ['ExpiredToken', 400, 'The provided token has expired.'],
    badToken: ['InvalidToken', 400, 'The provided token is malformed or otherwise invalid.'],
    unsignedHeaders: ['AccessDenied', 403, 'There were headers present in the request which were not signed'],
    badPayloadHash: [
      'XAmzContentSHA256Mismatch',
      400,
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    ],
    badScope: ['AuthorizationHeaderMalformed', 400, 'The authorization header is malformed.'],
  },
}

/** The error a service of this family answers; `detail` replaces the usual message. */
export function authnError(
  style: ErrorStyle,
  failure: AuthnFailure,
  detail?: string,
  members?: Record<string, unknown>,
): AwsError {
  const [code, status, message] = table[style][failure]
  return awsError(code, detail ?? message, members ? { status, members } : { status })
}

/** What to throw when an operation that needs credentials came without any. */
export function missingCredentials(style: ErrorStyle): AwsError {
  return authnError(style, 'missing')
}
