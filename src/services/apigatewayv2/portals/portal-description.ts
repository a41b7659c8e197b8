import type { Ctx } from '../../../kernel/context.ts'
import { describeException, portalArn } from './find.ts'
import { sitePath } from './site-path.ts'
import type { Portal } from './state.ts'

/** A portal as the API answers it. */
export function describePortal(one: Portal, ctx: Ctx) {
  const { preview } = one
  return {
    Authorization: { None: {} },
    EndpointConfiguration: {
      // With a path, like the endpoints of APIs: names under localhost do not resolve everywhere.
      PortalDefaultDomainName: `${ctx.baseUrl.replace(/^https?:\/\//, '')}${sitePath(one.id)}`,
      // Required by the API; nothing here is a hosted zone that a record could point into.
      PortalDomainHostedZoneId: 'none',
    },
    IncludedPortalProductArns: [...one.products],
    LastModified: new Date(one.modifiedAtMs),
    LastPublished: dateOf(one.publishedAtMs),
    LastPublishedDescription: one.publishedDescription,
    PortalArn: portalArn(ctx, one.id),
    PortalContent: {
      DisplayName: one.displayName,
      Description: one.description,
      Theme: { CustomColors: { ...one.colors }, LogoLastUploaded: dateOf(one.logoUploadedAtMs) },
    },
    PortalId: one.id,
    Preview: preview && {
      PreviewStatus: preview.status,
      PreviewUrl: preview.status === 'PREVIEW_READY' ? `${ctx.baseUrl}${sitePath(preview.address)}/` : undefined,
      StatusException: describeException(preview.exception),
    },
    PublishStatus: one.publishStatus,
    StatusException: describeException(one.exception),
    Tags: { ...one.tags },
  }
}

function dateOf(atMs: number | undefined): Date | undefined {
  return atMs === undefined ? undefined : new Date(atMs)
}
