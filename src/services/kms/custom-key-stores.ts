import type { AccessRequest } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { markerOf } from './page.ts'

/**
 * Key stores of one's own: there are no hardware modules and no ways to key managers outside to be one, so none is ever
 * made, and none is found. https://docs.aws.amazon.com/kms/latest/developerguide/key-store-overview.html
 */
export const customKeyStores = operations<Api>()({
  CreateCustomKeyStore: {
    authorize: () => onAll('CreateCustomKeyStore'),
    async call({ CustomKeyStoreType = 'AWS_CLOUDHSM', CloudHsmClusterId }) {
      if (CustomKeyStoreType === 'AWS_CLOUDHSM')
        throw awsError(
          'CloudHsmClusterNotFoundException',
          `There is no CloudHSM cluster ${CloudHsmClusterId ?? ''} here.`,
        )
      throw awsError('UnsupportedOperationException', 'External key stores are not supported by Landfall.')
    },
  },

  DescribeCustomKeyStores: {
    authorize: () => onAll('DescribeCustomKeyStores'),
    async read(_tx, { CustomKeyStoreId, CustomKeyStoreName, Marker }) {
      const named = CustomKeyStoreId ?? CustomKeyStoreName
      if (named !== undefined) throw missing(named)
      markerOf(Marker)
      return { CustomKeyStores: [], Truncated: false }
    },
  },

  ConnectCustomKeyStore: {
    authorize: () => onAll('ConnectCustomKeyStore'),
    async call({ CustomKeyStoreId }) {
      throw missing(CustomKeyStoreId)
    },
  },

  DisconnectCustomKeyStore: {
    authorize: () => onAll('DisconnectCustomKeyStore'),
    async call({ CustomKeyStoreId }) {
      throw missing(CustomKeyStoreId)
    },
  },

  UpdateCustomKeyStore: {
    authorize: () => onAll('UpdateCustomKeyStore'),
    async call({ CustomKeyStoreId }) {
      throw missing(CustomKeyStoreId)
    },
  },

  DeleteCustomKeyStore: {
    authorize: () => onAll('DeleteCustomKeyStore'),
    async call({ CustomKeyStoreId }) {
      throw missing(CustomKeyStoreId)
    },
  },
})

/** What says how a store would be reached. */
const settings = [
  ...['KeyStorePassword', 'XksProxyUriEndpoint', 'XksProxyUriPath', 'XksProxyVpcEndpointServiceName'],
  ...['XksProxyVpcEndpointServiceOwner', 'XksProxyAuthenticationCredential', 'XksProxyConnectivity'],
]

/** What is not looked at, since no store is ever made. */
export const inertOfStores: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...settings.flatMap((name) => [`CreateCustomKeyStore.${name}`, `UpdateCustomKeyStore.${name}`]),
    ...['CreateCustomKeyStore.CustomKeyStoreName', 'CreateCustomKeyStore.TrustAnchorCertificate'],
    ...['UpdateCustomKeyStore.NewCustomKeyStoreName', 'UpdateCustomKeyStore.CloudHsmClusterId'],
    'DescribeCustomKeyStores.Limit',
  ].map((name) => [name, 'No custom key store is ever made.']),
)

function onAll(operation: string): AccessRequest[] {
  return [{ action: `kms:${operation}`, resource: '*' }]
}

function missing(name: string): Error {
  return awsError('CustomKeyStoreNotFoundException', `There is no custom key store ${name}.`)
}
