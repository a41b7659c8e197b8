// Written by `npm run models`; do not edit.
import type {
  AllocateAddressCommandInput,
  AllocateAddressCommandOutput,
  AssociateRouteTableCommandInput,
  AssociateRouteTableCommandOutput,
  AttachInternetGatewayCommandInput,
  AttachInternetGatewayCommandOutput,
  AuthorizeSecurityGroupEgressCommandInput,
  AuthorizeSecurityGroupEgressCommandOutput,
  AuthorizeSecurityGroupIngressCommandInput,
  AuthorizeSecurityGroupIngressCommandOutput,
  CreateDefaultVpcCommandInput,
  CreateDefaultVpcCommandOutput,
  CreateInternetGatewayCommandInput,
  CreateInternetGatewayCommandOutput,
  CreateNatGatewayCommandInput,
  CreateNatGatewayCommandOutput,
  CreateRouteCommandInput,
  CreateRouteCommandOutput,
  CreateRouteTableCommandInput,
  CreateRouteTableCommandOutput,
  CreateSecurityGroupCommandInput,
  CreateSecurityGroupCommandOutput,
  CreateSubnetCommandInput,
  CreateSubnetCommandOutput,
  CreateTagsCommandInput,
  CreateTagsCommandOutput,
  CreateVpcCommandInput,
  CreateVpcCommandOutput,
  DeleteInternetGatewayCommandInput,
  DeleteInternetGatewayCommandOutput,
  DeleteNatGatewayCommandInput,
  DeleteNatGatewayCommandOutput,
  DeleteRouteCommandInput,
  DeleteRouteCommandOutput,
  DeleteRouteTableCommandInput,
  DeleteRouteTableCommandOutput,
  DeleteSecurityGroupCommandInput,
  DeleteSecurityGroupCommandOutput,
  DeleteSubnetCommandInput,
  DeleteSubnetCommandOutput,
  DeleteTagsCommandInput,
  DeleteTagsCommandOutput,
  DeleteVpcCommandInput,
  DeleteVpcCommandOutput,
  DescribeAddressesCommandInput,
  DescribeAddressesCommandOutput,
  DescribeAvailabilityZonesCommandInput,
  DescribeAvailabilityZonesCommandOutput,
  DescribeInternetGatewaysCommandInput,
  DescribeInternetGatewaysCommandOutput,
  DescribeNatGatewaysCommandInput,
  DescribeNatGatewaysCommandOutput,
  DescribeRegionsCommandInput,
  DescribeRegionsCommandOutput,
  DescribeRouteTablesCommandInput,
  DescribeRouteTablesCommandOutput,
  DescribeSecurityGroupRulesCommandInput,
  DescribeSecurityGroupRulesCommandOutput,
  DescribeSecurityGroupsCommandInput,
  DescribeSecurityGroupsCommandOutput,
  DescribeSubnetsCommandInput,
  DescribeSubnetsCommandOutput,
  DescribeTagsCommandInput,
  DescribeTagsCommandOutput,
  DescribeVpcAttributeCommandInput,
  DescribeVpcAttributeCommandOutput,
  DescribeVpcsCommandInput,
  DescribeVpcsCommandOutput,
  DetachInternetGatewayCommandInput,
  DetachInternetGatewayCommandOutput,
  DisassociateRouteTableCommandInput,
  DisassociateRouteTableCommandOutput,
  ModifySecurityGroupRulesCommandInput,
  ModifySecurityGroupRulesCommandOutput,
  ModifySubnetAttributeCommandInput,
  ModifySubnetAttributeCommandOutput,
  ModifyVpcAttributeCommandInput,
  ModifyVpcAttributeCommandOutput,
  ReleaseAddressCommandInput,
  ReleaseAddressCommandOutput,
  ReplaceRouteCommandInput,
  ReplaceRouteCommandOutput,
  ReplaceRouteTableAssociationCommandInput,
  ReplaceRouteTableAssociationCommandOutput,
  RevokeSecurityGroupEgressCommandInput,
  RevokeSecurityGroupEgressCommandOutput,
  RevokeSecurityGroupIngressCommandInput,
  RevokeSecurityGroupIngressCommandOutput,
  UpdateSecurityGroupRuleDescriptionsEgressCommandInput,
  UpdateSecurityGroupRuleDescriptionsEgressCommandOutput,
  UpdateSecurityGroupRuleDescriptionsIngressCommandInput,
  UpdateSecurityGroupRuleDescriptionsIngressCommandOutput,
} from '@aws-sdk/client-ec2'

/** The operations here of EC2, as the SDK types it. */
export type Api = {
  AllocateAddress: [AllocateAddressCommandInput, AllocateAddressCommandOutput]
  AssociateRouteTable: [AssociateRouteTableCommandInput, AssociateRouteTableCommandOutput]
  AttachInternetGateway: [AttachInternetGatewayCommandInput, AttachInternetGatewayCommandOutput]
  AuthorizeSecurityGroupEgress: [AuthorizeSecurityGroupEgressCommandInput, AuthorizeSecurityGroupEgressCommandOutput]
  AuthorizeSecurityGroupIngress: [AuthorizeSecurityGroupIngressCommandInput, AuthorizeSecurityGroupIngressCommandOutput]
  CreateDefaultVpc: [CreateDefaultVpcCommandInput, CreateDefaultVpcCommandOutput]
  CreateInternetGateway: [CreateInternetGatewayCommandInput, CreateInternetGatewayCommandOutput]
  CreateNatGateway: [CreateNatGatewayCommandInput, CreateNatGatewayCommandOutput]
  CreateRoute: [CreateRouteCommandInput, CreateRouteCommandOutput]
  CreateRouteTable: [CreateRouteTableCommandInput, CreateRouteTableCommandOutput]
  CreateSecurityGroup: [CreateSecurityGroupCommandInput, CreateSecurityGroupCommandOutput]
  CreateSubnet: [CreateSubnetCommandInput, CreateSubnetCommandOutput]
  CreateTags: [CreateTagsCommandInput, CreateTagsCommandOutput]
  CreateVpc: [CreateVpcCommandInput, CreateVpcCommandOutput]
  DeleteInternetGateway: [DeleteInternetGatewayCommandInput, DeleteInternetGatewayCommandOutput]
  DeleteNatGateway: [DeleteNatGatewayCommandInput, DeleteNatGatewayCommandOutput]
  DeleteRoute: [DeleteRouteCommandInput, DeleteRouteCommandOutput]
  DeleteRouteTable: [DeleteRouteTableCommandInput, DeleteRouteTableCommandOutput]
  DeleteSecurityGroup: [DeleteSecurityGroupCommandInput, DeleteSecurityGroupCommandOutput]
  DeleteSubnet: [DeleteSubnetCommandInput, DeleteSubnetCommandOutput]
  DeleteTags: [DeleteTagsCommandInput, DeleteTagsCommandOutput]
  DeleteVpc: [DeleteVpcCommandInput, DeleteVpcCommandOutput]
  DescribeAddresses: [DescribeAddressesCommandInput, DescribeAddressesCommandOutput]
  DescribeAvailabilityZones: [DescribeAvailabilityZonesCommandInput, DescribeAvailabilityZonesCommandOutput]
  DescribeInternetGateways: [DescribeInternetGatewaysCommandInput, DescribeInternetGatewaysCommandOutput]
  DescribeNatGateways: [DescribeNatGatewaysCommandInput, DescribeNatGatewaysCommandOutput]
  DescribeRegions: [DescribeRegionsCommandInput, DescribeRegionsCommandOutput]
  DescribeRouteTables: [DescribeRouteTablesCommandInput, DescribeRouteTablesCommandOutput]
  DescribeSecurityGroupRules: [DescribeSecurityGroupRulesCommandInput, DescribeSecurityGroupRulesCommandOutput]
  DescribeSecurityGroups: [DescribeSecurityGroupsCommandInput, DescribeSecurityGroupsCommandOutput]
  DescribeSubnets: [DescribeSubnetsCommandInput, DescribeSubnetsCommandOutput]
  DescribeTags: [DescribeTagsCommandInput, DescribeTagsCommandOutput]
  DescribeVpcAttribute: [DescribeVpcAttributeCommandInput, DescribeVpcAttributeCommandOutput]
  DescribeVpcs: [DescribeVpcsCommandInput, DescribeVpcsCommandOutput]
  DetachInternetGateway: [DetachInternetGatewayCommandInput, DetachInternetGatewayCommandOutput]
  DisassociateRouteTable: [DisassociateRouteTableCommandInput, DisassociateRouteTableCommandOutput]
  ModifySecurityGroupRules: [ModifySecurityGroupRulesCommandInput, ModifySecurityGroupRulesCommandOutput]
  ModifySubnetAttribute: [ModifySubnetAttributeCommandInput, ModifySubnetAttributeCommandOutput]
  ModifyVpcAttribute: [ModifyVpcAttributeCommandInput, ModifyVpcAttributeCommandOutput]
  ReleaseAddress: [ReleaseAddressCommandInput, ReleaseAddressCommandOutput]
  ReplaceRoute: [ReplaceRouteCommandInput, ReplaceRouteCommandOutput]
  ReplaceRouteTableAssociation: [ReplaceRouteTableAssociationCommandInput, ReplaceRouteTableAssociationCommandOutput]
  RevokeSecurityGroupEgress: [RevokeSecurityGroupEgressCommandInput, RevokeSecurityGroupEgressCommandOutput]
  RevokeSecurityGroupIngress: [RevokeSecurityGroupIngressCommandInput, RevokeSecurityGroupIngressCommandOutput]
  UpdateSecurityGroupRuleDescriptionsEgress: [UpdateSecurityGroupRuleDescriptionsEgressCommandInput, UpdateSecurityGroupRuleDescriptionsEgressCommandOutput]
  UpdateSecurityGroupRuleDescriptionsIngress: [UpdateSecurityGroupRuleDescriptionsIngressCommandInput, UpdateSecurityGroupRuleDescriptionsIngressCommandOutput]
}
