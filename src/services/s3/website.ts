import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { openBucket } from './access.ts'
import type { Api } from './api.ts'
import { absent, change, malformed, on } from './bucket-settings.ts'
import { invalidArgument } from './refuse.ts'
import type { RoutingRule, Website } from './website-config.ts'

const maxRules = 50

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html */
export const bucketWebsite = operations<Api>()({
  PutBucketWebsite: {
    authorize: on('s3:PutBucketWebsite'),
    async write(tx, input, ctx) {
      const website = websiteOf(input.WebsiteConfiguration)
      await change(tx, input, ctx, (found) => ({ ...found, website }))
      return {}
    },
  },
  GetBucketWebsite: {
    authorize: on('s3:GetBucketWebsite'),
    async read(tx, input, ctx) {
      const { name, website } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      if (!website)
        throw absent('NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration', name)
      const { indexSuffix, errorKey, redirectAll, rules } = website
      return {
        ...(indexSuffix !== undefined && { IndexDocument: { Suffix: indexSuffix } }),
        ...(errorKey !== undefined && { ErrorDocument: { Key: errorKey } }),
        ...(redirectAll && {
          RedirectAllRequestsTo: {
            HostName: redirectAll.hostName,
            Protocol: redirectAll.protocol as 'http' | undefined,
          },
        }),
        ...(rules && { RoutingRules: rules.map(ruleMembers) }),
      }
    },
  },
  DeleteBucketWebsite: {
    authorize: on('s3:DeleteBucketWebsite'),
    async write(tx, input, ctx) {
      await change(tx, input, ctx, ({ website: _gone, ...rest }) => rest)
      return {}
    },
  },
})

interface GivenRule {
  Condition?: { KeyPrefixEquals?: string; HttpErrorCodeReturnedEquals?: string }
  Redirect: {
    HostName?: string
    HttpRedirectCode?: string
    Protocol?: string
    ReplaceKeyPrefixWith?: string
    ReplaceKeyWith?: string
  }
}

interface GivenWebsite {
  IndexDocument?: { Suffix: string }
  ErrorDocument?: { Key: string }
  RedirectAllRequestsTo?: { HostName: string; Protocol?: string }
  RoutingRules?: GivenRule[]
}

function websiteOf({ IndexDocument, ErrorDocument, RedirectAllRequestsTo: all, RoutingRules }: GivenWebsite): Website {
  if (all) {
    if (IndexDocument ?? ErrorDocument ?? RoutingRules) {
      throw awsError(
        'InvalidRequest',
        'RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.',
        {
          status: 400,
        },
      )
    }
    checkProtocol(all.Protocol)
    return { redirectAll: { hostName: all.HostName, ...(all.Protocol !== undefined && { protocol: all.Protocol }) } }
  }
  if (!IndexDocument)
    throw invalidArgument(
      'IndexDocument',
      '',
      'A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty',
    )
  const suffix = IndexDocument.Suffix
  if (suffix === '' || suffix.includes('/'))
    throw invalidArgument('IndexDocument', suffix, 'The IndexDocument Suffix is not well formed')
  if (RoutingRules && (RoutingRules.length === 0 || RoutingRules.length > maxRules))
    throw malformed(`RoutingRules holds 1 to ${maxRules} rules.`)
  return {
    indexSuffix: suffix,
    ...(ErrorDocument && { errorKey: ErrorDocument.Key }),
    ...(RoutingRules && { rules: RoutingRules.map(ruleOf) }),
  }
}

function ruleOf({ Condition, Redirect }: GivenRule): RoutingRule {
  const { HostName, HttpRedirectCode, Protocol, ReplaceKeyPrefixWith, ReplaceKeyWith } = Redirect
  if (Object.values(Redirect).every((value) => value === undefined)) throw malformed('A Redirect says where to.')
  if (ReplaceKeyPrefixWith !== undefined && ReplaceKeyWith !== undefined) {
    throw awsError('InvalidRequest', 'You can only define ReplaceKeyPrefix or ReplaceKey but not both.', {
      status: 400,
    })
  }
  if (HttpRedirectCode !== undefined && !/^30[1-8]$/.test(HttpRedirectCode))
    throw invalidArgument(
      'HttpRedirectCode',
      HttpRedirectCode,
      'The provided HTTP redirect code is not valid. Valid codes are 3XX except 300.',
    )
  checkProtocol(Protocol)
  const code = Condition?.HttpErrorCodeReturnedEquals
  if (code !== undefined && !/^[45]\d\d$/.test(code))
    throw invalidArgument(
      'HttpErrorCodeReturnedEquals',
      code,
      'The provided HTTP error code is not valid. Valid codes are 4XX or 5XX.',
    )
  const prefix = Condition?.KeyPrefixEquals
  if (Condition && code === undefined && prefix === undefined)
    throw malformed('A Condition has a KeyPrefixEquals, an HttpErrorCodeReturnedEquals, or both.')
  return {
    ...(prefix !== undefined && { keyPrefix: prefix }),
    ...(code !== undefined && { errorCode: code }),
    redirect: {
      ...(HostName !== undefined && { hostName: HostName }),
      ...(HttpRedirectCode !== undefined && { httpCode: HttpRedirectCode }),
      ...(Protocol !== undefined && { protocol: Protocol }),
      ...(ReplaceKeyPrefixWith !== undefined && { replacePrefix: ReplaceKeyPrefixWith }),
      ...(ReplaceKeyWith !== undefined && { replaceKey: ReplaceKeyWith }),
    },
  }
}

function ruleMembers({ keyPrefix, errorCode, redirect }: RoutingRule) {
  return {
    ...((keyPrefix !== undefined || errorCode !== undefined) && {
      Condition: { KeyPrefixEquals: keyPrefix, HttpErrorCodeReturnedEquals: errorCode },
    }),
    Redirect: {
      HostName: redirect.hostName,
      HttpRedirectCode: redirect.httpCode,
      Protocol: redirect.protocol as 'http' | undefined,
      ReplaceKeyPrefixWith: redirect.replacePrefix,
      ReplaceKeyWith: redirect.replaceKey,
    },
  }
}

function checkProtocol(protocol: string | undefined): void {
  if (protocol !== undefined && protocol !== 'http' && protocol !== 'https')
    throw invalidArgument(
      'Protocol',
      protocol,
      'Invalid protocol, protocol can be http or https. If not defined, the protocol will be selected automatically.',
    )
}
