import { expect, test } from 'vitest'
import { isPublicPolicy } from './public-policy.ts'

const policy = (more: object) =>
  JSON.stringify({
    Statement: { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*', ...more },
  })
const when = (operator: string, key: string, value: unknown) => policy({ Condition: { [operator]: { [key]: value } } })

test.each([
  ['everybody', policy({})],
  ['any AWS principal', policy({ Principal: { AWS: ['*'] } })],
  ['everybody but one', policy({ Principal: undefined, NotPrincipal: { AWS: '123456789012' } })],
  ['every address', when('IpAddress', 'aws:SourceIp', '0.0.0.0/1')],
  ['addresses that are not', when('NotIpAddress', 'aws:SourceIp', '10.0.0.0/8')],
  ['a header that anybody can send', when('StringEquals', 'aws:Referer', 'https://example.com')],
  ['an organisation if there is one', when('StringEqualsIfExists', 'aws:PrincipalOrgID', 'o-1')],
  ['any account', when('StringLike', 'aws:SourceAccount', '*')],
])('a policy for %s is public', (_who, text) => {
  expect(isPublicPolicy(text)).toBe(true)
})

test.each([
  ['one account', policy({ Principal: { AWS: '123456789012' } })],
  ['nobody', policy({ Effect: 'Deny' })],
  ['a network', when('IpAddress', 'aws:SourceIp', ['10.0.0.0/8', '2001:db8::/32'])],
  ['an organisation', when('StringEquals', 'aws:PrincipalOrgID', 'o-1')],
  ['a distribution', when('ArnLike', 'AWS:SourceArn', 'arn:aws:cloudfront::123456789012:distribution/*')],
])('a policy for %s is not', (_who, text) => {
  expect(isPublicPolicy(text)).toBe(false)
})
