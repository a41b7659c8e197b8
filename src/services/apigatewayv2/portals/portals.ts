import type { Authorization, EndpointConfigurationRequest, PortalContent } from '@aws-sdk/client-apigatewayv2'
import { requestTags } from '../../../kernel/authorization.ts'
import type { Ctx } from '../../../kernel/context.ts'
import { awsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import type { Api } from '../api.ts'
import { badRequest, newId, page, refuse } from '../find.ts'
import { checkedTags } from '../tags.ts'
import { checkedColors } from './colors.ts'
import { offline } from './editions.ts'
import { addressesOf, findPortal, onPortal, productArn, toInclude, withinQuota } from './find.ts'
import { readLogo } from './logo.ts'
import { describePortal } from './portal-description.ts'
import { type Logo, logo, type Portal, portal, product } from './state.ts'

/** Web sites about REST APIs. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals.html */
export const portals = operations<Api>()({
  CreatePortal: {
    authorize: async ({ PortalContent: { DisplayName = '' }, IncludedPortalProductArns = [], Tags }, ctx, tx) => [
      ...(await onPortal('CreatePortal', '*', ctx, tx, {
        ...requestTags(Tags),
        'apigateway:Request/PortalDisplayName': DisplayName,
      })),
      ...(await toInclude(IncludedPortalProductArns, ctx, tx)),
    ],
    async call(input, ctx) {
      const content = checked(input)
      const uploaded = await uploadedLogo(input.LogoUri, ctx)
      return ctx.write(async (tx) => {
        await withinQuota(tx, portal.under(), 'portals')
        const made: Portal = {
          id: newId(ctx, 10),
          ...content,
          products: await included(tx, input.IncludedPortalProductArns ?? [], ctx),
          logoUploadedAtMs: uploaded && ctx.nowMs,
          tags: checkedTags(input.Tags ?? {}),
          modifiedAtMs: ctx.nowMs,
          publishStatus: 'DISABLED',
        }
        if (uploaded) tx.set(logo(made.id), uploaded)
        tx.set(portal(made.id), made)
        return describePortal(made, ctx)
      })
    },
  },

  GetPortal: {
    authorize: ({ PortalId }, ctx, tx) => onPortal('GetPortal', PortalId, ctx, tx),
    async read(tx, { PortalId }, ctx) {
      return describePortal(await findPortal(tx, PortalId), ctx)
    },
  },

  ListPortals: {
    authorize: (_, ctx, tx) => onPortal('ListPortals', '*', ctx, tx),
    async read(tx, input, ctx) {
      const { values, NextToken } = await page(tx, (bounds) => portal.between([], bounds), input)
      return { Items: values.map((one) => describePortal(one, ctx)), NextToken }
    },
  },

  UpdatePortal: {
    authorize: async ({ PortalId, PortalContent: content, IncludedPortalProductArns = [] }, ctx, tx) => [
      ...(await onPortal('UpdatePortal', PortalId, ctx, tx, {
        ...(content && { 'apigateway:Request/PortalDisplayName': content.DisplayName ?? '' }),
      })),
      ...(await toInclude(IncludedPortalProductArns, ctx, tx)),
    ],
    async call(input, ctx) {
      const { PortalId, IncludedPortalProductArns: arns, LogoUri } = input
      const content = checked(input)
      const uploaded = await uploadedLogo(LogoUri, ctx)
      return ctx.write(async (tx) => {
        const before = await findPortal(tx, PortalId)
        refuseBusy(before)
        const next: Portal = {
          ...before,
          ...content,
          products: arns ? await included(tx, arns, ctx) : before.products,
          logoUploadedAtMs: LogoUri === undefined ? before.logoUploadedAtMs : uploaded && ctx.nowMs,
          modifiedAtMs: ctx.nowMs,
        }
        if (uploaded) tx.set(logo(PortalId), uploaded)
        else if (LogoUri !== undefined) tx.delete(logo(PortalId))
        tx.set(portal(PortalId), next)
        return describePortal(next, ctx)
      })
    },
  },

  DeletePortal: {
    authorize: ({ PortalId }, ctx, tx) => onPortal('DeletePortal', PortalId, ctx, tx),
    async write(tx, { PortalId }, ctx) {
      const there = await tx.get(portal(PortalId))
      // The operation knows no NotFoundException: what is not there is deleted.
      if (!there) return {}
      if (there.publishStatus.endsWith('IN_PROGRESS'))
        throw badRequest(`The portal is ${there.publishStatus}. Try again when that has ended.`)
      if (there.edition !== undefined) throw badRequest('The portal is published. Disable it before you delete it.')
      offline(tx, there, ctx)
      tx.delete(portal(PortalId))
      tx.delete(logo(PortalId))
      return {}
    },
  },
})

/** Throws ConflictException while the portal is on its way to another status. */
export function refuseBusy({ publishStatus }: Portal): void {
  if (publishStatus.endsWith('IN_PROGRESS'))
    throw awsError('ConflictException', `The portal is ${publishStatus}. Try again when that has ended.`)
}

interface Given {
  readonly Authorization?: Authorization
  readonly EndpointConfiguration?: EndpointConfigurationRequest
  readonly PortalContent?: PortalContent
  readonly RumAppMonitorName?: string
}

/** What a request says of the portal itself; settings that are not there yet are refused by name. */
function checked(input: { readonly PortalContent: PortalContent } & Given): Content
function checked(input: Given): Partial<Content>
function checked({ Authorization: who, EndpointConfiguration: where, PortalContent, RumAppMonitorName }: Given) {
  refuse({ RumAppMonitorName: RumAppMonitorName || undefined }, { RumAppMonitorName: 'there is no CloudWatch RUM.' })
  if (who)
    refuse(who, {
      CognitoConfig: 'a portal has no sign-in here. Give Authorization {"None": {}}: everybody can open it.',
    })
  if (who && !who.None) throw badRequest('Authorization must have either None or CognitoConfig.')
  if (where) refuse(where, { AcmManaged: 'there are no custom domains. Give EndpointConfiguration {"None": {}}.' })
  if (where && !where.None) throw badRequest('EndpointConfiguration must have either None or AcmManaged.')
  if (!PortalContent) return {}
  const { DisplayName = '', Description, Theme } = PortalContent
  return { displayName: DisplayName, description: Description, colors: checkedColors(Theme?.CustomColors) }
}

type Content = Pick<Portal, 'displayName' | 'description' | 'colors'>

async function included(tx: ReadTx, arns: readonly string[], ctx: Ctx): Promise<readonly string[]> {
  for (const { id, account } of addressesOf(arns, ctx.region)) {
    if (!(await tx.in({ account }).get(product(id))))
      throw badRequest(`There is no portal product ${productArn(ctx, id, account)}.`)
  }
  return arns
}

/** Undefined for none; an empty URI takes the logo away. */
function uploadedLogo(uri: string | undefined, ctx: Ctx): Promise<Logo> | undefined {
  return uri ? readLogo(uri, ctx) : undefined
}
