import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import type { Api } from './api.ts'
import { invalid } from './names.ts'
import { applicationArn, applicationKey, homeOf, locateApplication, platforms } from './push-names.ts'
import { application } from './push-state.ts'

const pageSize = 100
/** What a push service lets somebody in with. It is asked for, and not kept. */
const credentials = ['PlatformCredential', 'PlatformPrincipal', 'ApplePlatformTeamID', 'ApplePlatformBundleID']
/** Of what is not here: events of endpoints, logs of deliveries. */
const refused = [
  ...['EventEndpointCreated', 'EventEndpointDeleted', 'EventEndpointUpdated', 'EventDeliveryFailure'],
  ...['SuccessFeedbackRoleArn', 'FailureFeedbackRoleArn', 'SuccessFeedbackSampleRate'],
]

/** Apps of push services. https://docs.aws.amazon.com/sns/latest/dg/sns-mobile-application-as-subscriber.html */
export const platformApplications = operations<Api>()({
  CreatePlatformApplication: {
    authorize: () => [{ action: 'sns:CreatePlatformApplication', resource: '*' }],
    async write(tx, { Name: name, Platform: platform, Attributes }, ctx) {
      if (!platforms.includes(platform)) throw invalid(`Platform Reason: ${platform.slice(0, 50)} is not a platform`)
      if (!/^[\w.-]{1,256}$/.test(name)) {
        throw invalid('Name Reason: it has 1 to 256 letters, digits, underscores, hyphens and periods')
      }
      const given = Attributes as Readonly<Record<string, string>>
      checkAttributes(given)
      if (!given.PlatformCredential) throw invalid('Attributes Reason: PlatformCredential is required')
      if (!(await tx.get(application(platform, name)))) {
        // No name has a colon in it.
        tx.set(application(platform, name), { platform, name, home: `:${ctx.newId()}` })
      }
      return { PlatformApplicationArn: applicationArn(tx.scope, [platform, name]) }
    },
  },

  GetPlatformApplicationAttributes: {
    authorize: () => [{ action: 'sns:GetPlatformApplicationAttributes', resource: '*' }],
    async read(tx, { PlatformApplicationArn }) {
      await locateApplication(tx, PlatformApplicationArn)
      return { Attributes: described }
    },
  },

  SetPlatformApplicationAttributes: {
    authorize: () => [{ action: 'sns:SetPlatformApplicationAttributes', resource: '*' }],
    async write(tx, { PlatformApplicationArn, Attributes }) {
      await locateApplication(tx, PlatformApplicationArn)
      checkAttributes(Attributes as Readonly<Record<string, string>>)
      return {}
    },
  },

  ListPlatformApplications: {
    authorize: () => [{ action: 'sns:ListPlatformApplications', resource: '*' }],
    async read(tx, { NextToken }) {
      const bounds = boundsOfPage(NextToken, () => invalid('NextToken'), ['string', 'string'])
      const found = tx.range(application.between([], bounds), { limit: pageSize + 1 })
      const { items, next } = await pageOf(found, pageSize, ({ key }) => key)
      return {
        PlatformApplications: items.map(({ key }) => ({
          PlatformApplicationArn: applicationArn(tx.scope, key),
          Attributes: described,
        })),
        NextToken: next,
      }
    },
  },

  DeletePlatformApplication: {
    authorize: () => [{ action: 'sns:DeletePlatformApplication', resource: '*' }],
    async write(tx, { PlatformApplicationArn }, { host, scope }) {
      const key = applicationKey(PlatformApplicationArn, tx.scope)
      const found = await tx.get(application(...key))
      // Deleting what is gone is done.
      if (!found) return {}
      const [platform, home] = homeOf(found)
      tx.delete(application(...key))
      host.deliveries.schedule(tx, { kind: 'sns:dropEndpoints', scope, data: { platform, home } })
      return {}
    },
  },
})

/** Credentials are never told. */
const described = { Enabled: 'true' }

function checkAttributes(given: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(given)) {
    if (refused.includes(name)) throw invalid(`Attributes Reason: ${name} is not supported by Landfall so far.`)
    if (!credentials.includes(name)) throw invalid(`Attributes Reason: there is no ${name.slice(0, 100)}`)
  }
}
