/** The header `x-signature` of a webhook, made now or at another time. */
export function sign(body: string, secret: string, atSec?: number): string
