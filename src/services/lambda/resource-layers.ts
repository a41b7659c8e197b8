import { resource } from '../../kernel/resource.ts'
import { readLayerVersionArn } from './layer-names.ts'
import { defined } from './resource-function.ts'
import { ignoreMissing, readLayerPermission, readLayerVersion } from './resource-reads.ts'

interface LayerProperties {
  Content: { S3Bucket: string; S3Key: string; S3ObjectVersion?: string; S3ObjectStorageMode?: string }
  LayerName?: string
  Description?: string
  LicenseInfo?: string
  CompatibleRuntimes?: string[]
  CompatibleArchitectures?: string[]
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-layerversion.html */
export const layerVersionResource = resource<LayerProperties>({
  properties: [
    ...(['Content', 'LayerName', 'Description', 'LicenseInfo', 'CompatibleRuntimes'] as const),
    'CompatibleArchitectures',
  ],
  async create(props, rx) {
    const { LayerVersionArn } = await rx.invoke<{ LayerVersionArn: string }>(
      'lambda:PublishLayerVersion',
      defined({ ...props, LayerName: props.LayerName ?? rx.name({ maxLength: 140 }) }),
    )
    return { id: LayerVersionArn, attributes: { LayerVersionArn } }
  },
  async delete(arn, _props, rx) {
    await rx.invoke('lambda:DeleteLayerVersion', versionOf(arn, rx)).catch(ignoreMissing)
  },
  read: (arn, _props, rx) => readLayerVersion(arn, rx),
  adopt: (arn) => ({ id: arn, attributes: { LayerVersionArn: arn } }),
})

interface PermissionProperties {
  Action: string
  LayerVersionArn: string
  Principal: string
  OrganizationId?: string
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-layerversionpermission.html */
export const layerPermissionResource = resource<PermissionProperties>({
  properties: ['Action', 'LayerVersionArn', 'Principal', 'OrganizationId'],
  async create({ LayerVersionArn, Action, Principal, OrganizationId }, rx) {
    const StatementId = rx.name({ maxLength: 100 })
    await rx.invoke(
      'lambda:AddLayerVersionPermission',
      defined({ ...versionOf(LayerVersionArn, rx), StatementId, Action, Principal, OrganizationId }),
    )
    const id = `${LayerVersionArn}#${StatementId}`
    return { id, attributes: { Id: id } }
  },
  async delete(id, { LayerVersionArn }, rx) {
    const StatementId = id.slice(id.indexOf('#') + 1)
    await rx
      .invoke('lambda:RemoveLayerVersionPermission', { ...versionOf(LayerVersionArn, rx), StatementId })
      .catch(ignoreMissing)
  },
  read: (id, props, rx) =>
    readLayerPermission(id.slice(id.indexOf('#') + 1), versionOf(props.LayerVersionArn, rx), props, rx),
})

function versionOf(arn: string, { account, region }: { account: string; region: string }) {
  const scope = { account, region }
  const { version } = readLayerVersionArn(arn, { scope }, 'layerVersionArn')
  return { LayerName: arn.slice(0, arn.lastIndexOf(':')), VersionNumber: version }
}
