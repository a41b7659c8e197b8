import { eventInvokeConfigResource, mappingResource, permissionResource } from './resource-attachments.ts'
import { codeSigningResource } from './resource-code-signing.ts'
import { functionResource } from './resource-function.ts'
import { layerPermissionResource, layerVersionResource } from './resource-layers.ts'
import { policyResource } from './resource-policy.ts'
import { urlResource } from './resource-url.ts'
import { aliasResource, versionResource } from './resource-versions.ts'

export const resources = {
  'AWS::Lambda::CodeSigningConfig': codeSigningResource,
  'AWS::Lambda::ResourcePolicy': policyResource,
  'AWS::Lambda::Function': functionResource,
  'AWS::Lambda::Version': versionResource,
  'AWS::Lambda::Alias': aliasResource,
  'AWS::Lambda::Permission': permissionResource,
  'AWS::Lambda::EventSourceMapping': mappingResource,
  'AWS::Lambda::EventInvokeConfig': eventInvokeConfigResource,
  'AWS::Lambda::Url': urlResource,
  'AWS::Lambda::LayerVersion': layerVersionResource,
  'AWS::Lambda::LayerVersionPermission': layerPermissionResource,
}
