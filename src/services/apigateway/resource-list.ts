import { listing } from '../../kernel/listing.ts'

const all = (operation: string) =>
  listing(`apigateway:${operation}`, { items: 'items', id: 'id', token: ['position', 'position'] })

/** What scans find, by the ids of the service's lists. */
export const listApis = all('GetRestApis')
export const listPlans = all('GetUsagePlans')
export const listKeys = all('GetApiKeys')

export const listCertificates = listing('apigateway:GetClientCertificates', {
  items: 'items',
  id: 'clientCertificateId',
  token: ['position', 'position'],
})

/** The keys of a usage plan. */
export const listKeysOf = (usagePlanId: string) =>
  listing('apigateway:GetUsagePlanKeys', {
    items: 'items',
    id: 'id',
    token: ['position', 'position'],
    input: () => ({ usagePlanId }),
  })
