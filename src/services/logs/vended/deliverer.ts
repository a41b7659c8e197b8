import { parseArn } from '../../../kernel/arn.ts'
import { servicePrincipal } from '../../../kernel/principal.ts'

/** Who brings vended logs: the destination's policy must let it in. */
export const deliverer = servicePrincipal('delivery.logs.amazonaws.com')

/** What the policy of a destination may ask about a delivery. */
export function deliveryContext(sourceArn: string) {
  return { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': parseArn(sourceArn)?.account ?? '' }
}

/**
 * What the policy of a bucket may ask: the owner of the bucket is given all of the object, as policies for this service
 * want it, without it having to be allowed to set an ACL.
 */
export function objectContext(sourceArn: string) {
  return { ...deliveryContext(sourceArn), 's3:x-amz-acl': 'bucket-owner-full-control' }
}
