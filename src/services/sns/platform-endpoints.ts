import { isDeepStrictEqual } from 'node:util'
import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import type { Api } from './api.ts'
import { invalid } from './names.ts'
import { endpointArn, endpointKey, locateApplication, locateEndpoint, lookUpEndpoint } from './push-names.ts'
import { endpoint, endpointByToken, type PlatformEndpoint } from './push-state.ts'
import { readBoolean } from './topic-attributes.ts'

const pageSize = 100
const mostTokenBytes = 2_048
const mostUserDataBytes = 2_048

/** Apps on devices, to which notifications go. https://docs.aws.amazon.com/sns/latest/dg/mobile-platform-endpoint.html */
export const platformEndpoints = operations<Api>()({
  CreatePlatformEndpoint: {
    authorize: () => [{ action: 'sns:CreatePlatformEndpoint', resource: '*' }],
    async write(tx, { PlatformApplicationArn, Token, CustomUserData, Attributes }, ctx) {
      const { key, under } = await locateApplication(tx, PlatformApplicationArn)
      const given = { ...Attributes, Token, ...(CustomUserData !== undefined && { CustomUserData }) }
      const made = changed({ token: '', enabled: true }, given)
      const existingId = await tx.get(endpointByToken(...under, made.token))
      if (existingId !== undefined) {
        const arn = endpointArn(tx.scope, [...key, existingId])
        if (isDeepStrictEqual(await tx.get(endpoint(...under, existingId)), made)) return { EndpointArn: arn }
        throw invalid(`Token Reason: Endpoint ${arn} already exists with the same Token, but different attributes.`)
      }
      const id = ctx.ids.uuid()
      tx.set(endpoint(...under, id), made)
      tx.set(endpointByToken(...under, made.token), id)
      return { EndpointArn: endpointArn(tx.scope, [...key, id]) }
    },
  },

  GetEndpointAttributes: {
    authorize: () => [{ action: 'sns:GetEndpointAttributes', resource: '*' }],
    read: async (tx, { EndpointArn }) => ({ Attributes: described((await locateEndpoint(tx, EndpointArn)).found) }),
  },

  SetEndpointAttributes: {
    authorize: () => [{ action: 'sns:SetEndpointAttributes', resource: '*' }],
    async write(tx, { EndpointArn, Attributes }) {
      const { under, id, found } = await locateEndpoint(tx, EndpointArn)
      const after = changed(found, Attributes as Readonly<Record<string, string>>)
      if (after.token !== found.token) {
        if (await tx.get(endpointByToken(...under, after.token))) {
          throw invalid('Token Reason: Another endpoint of the application has it.')
        }
        tx.delete(endpointByToken(...under, found.token))
        tx.set(endpointByToken(...under, after.token), id)
      }
      tx.set(endpoint(...under, id), after)
      return {}
    },
  },

  ListEndpointsByPlatformApplication: {
    authorize: () => [{ action: 'sns:ListEndpointsByPlatformApplication', resource: '*' }],
    async read(tx, { PlatformApplicationArn, NextToken }) {
      const { key: of, under } = await locateApplication(tx, PlatformApplicationArn)
      const bounds = boundsOfPage(NextToken, () => invalid('NextToken'))
      const found = tx.range(endpoint.between([...under], bounds), { limit: pageSize + 1 })
      const { items, next } = await pageOf(found, pageSize, ({ key }) => [key[2]])
      return {
        Endpoints: items.map(({ key, value }) => ({
          EndpointArn: endpointArn(tx.scope, [...of, key[2]]),
          Attributes: described(value),
        })),
        NextToken: next,
      }
    },
  },

  DeleteEndpoint: {
    authorize: () => [{ action: 'sns:DeleteEndpoint', resource: '*' }],
    async write(tx, { EndpointArn }) {
      const at = await lookUpEndpoint(tx, endpointKey(EndpointArn, tx.scope))
      // Deleting what is gone is done.
      if (!at) return {}
      tx.delete(endpoint(...at.under, at.id))
      tx.delete(endpointByToken(...at.under, at.found.token))
      return {}
    },
  },
})

function changed(before: PlatformEndpoint, given: Readonly<Record<string, string>>): PlatformEndpoint {
  let next = before
  for (const [name, value] of Object.entries(given)) {
    if (name === 'Token') {
      if (value === '' || Buffer.byteLength(value) > mostTokenBytes) throw invalid('Token')
      next = { ...next, token: value }
    } else if (name === 'CustomUserData') {
      if (Buffer.byteLength(value) > mostUserDataBytes) {
        throw invalid('CustomUserData Reason: must be at most 2048 bytes long in UTF-8 encoding')
      }
      next = { ...next, userData: value }
    } else if (name === 'Enabled') next = { ...next, enabled: readBoolean('Enabled', value) }
    else throw invalid(`Attributes Reason: there is no ${name.slice(0, 100)}`)
  }
  return next
}

function described({ token, enabled, userData }: PlatformEndpoint): Record<string, string> {
  return { Enabled: String(enabled), Token: token, ...(userData !== undefined && { CustomUserData: userData }) }
}
