// Written by `npm run models`; do not edit.
import type {
  AuthorizeSecurityGroupEgressCommandInput,
  AuthorizeSecurityGroupEgressCommandOutput,
  AuthorizeSecurityGroupIngressCommandInput,
  AuthorizeSecurityGroupIngressCommandOutput,
  CreateDefaultVpcCommandInput,
  CreateDefaultVpcCommandOutput,
  CreateSecurityGroupCommandInput,
  CreateSecurityGroupCommandOutput,
  CreateSubnetCommandInput,
  CreateSubnetCommandOutput,
  CreateTagsCommandInput,
  CreateTagsCommandOutput,
  CreateVpcCommandInput,
  CreateVpcCommandOutput,
  DeleteSecurityGroupCommandInput,
  DeleteSecurityGroupCommandOutput,
  DeleteSubnetCommandInput,
  DeleteSubnetCommandOutput,
  DeleteTagsCommandInput,
  DeleteTagsCommandOutput,
  DeleteVpcCommandInput,
  DeleteVpcCommandOutput,
  DescribeAvailabilityZonesCommandInput,
  DescribeAvailabilityZonesCommandOutput,
  DescribeRegionsCommandInput,
  DescribeRegionsCommandOutput,
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
  ModifySecurityGroupRulesCommandInput,
  ModifySecurityGroupRulesCommandOutput,
  ModifySubnetAttributeCommandInput,
  ModifySubnetAttributeCommandOutput,
  ModifyVpcAttributeCommandInput,
  ModifyVpcAttributeCommandOutput,
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
  AuthorizeSecurityGroupEgress: [AuthorizeSecurityGroupEgressCommandInput, AuthorizeSecurityGroupEgressCommandOutput]
  AuthorizeSecurityGroupIngress: [AuthorizeSecurityGroupIngressCommandInput, AuthorizeSecurityGroupIngressCommandOutput]
  CreateDefaultVpc: [CreateDefaultVpcCommandInput, CreateDefaultVpcCommandOutput]
  CreateSecurityGroup: [CreateSecurityGroupCommandInput, CreateSecurityGroupCommandOutput]
  CreateSubnet: [CreateSubnetCommandInput, CreateSubnetCommandOutput]
  CreateTags: [CreateTagsCommandInput, CreateTagsCommandOutput]
  CreateVpc: [CreateVpcCommandInput, CreateVpcCommandOutput]
  DeleteSecurityGroup: [DeleteSecurityGroupCommandInput, DeleteSecurityGroupCommandOutput]
  DeleteSubnet: [DeleteSubnetCommandInput, DeleteSubnetCommandOutput]
  DeleteTags: [DeleteTagsCommandInput, DeleteTagsCommandOutput]
  DeleteVpc: [DeleteVpcCommandInput, DeleteVpcCommandOutput]
  DescribeAvailabilityZones: [DescribeAvailabilityZonesCommandInput, DescribeAvailabilityZonesCommandOutput]
  DescribeRegions: [DescribeRegionsCommandInput, DescribeRegionsCommandOutput]
  DescribeSecurityGroupRules: [DescribeSecurityGroupRulesCommandInput, DescribeSecurityGroupRulesCommandOutput]
  DescribeSecurityGroups: [DescribeSecurityGroupsCommandInput, DescribeSecurityGroupsCommandOutput]
  DescribeSubnets: [DescribeSubnetsCommandInput, DescribeSubnetsCommandOutput]
  DescribeTags: [DescribeTagsCommandInput, DescribeTagsCommandOutput]
  DescribeVpcAttribute: [DescribeVpcAttributeCommandInput, DescribeVpcAttributeCommandOutput]
  DescribeVpcs: [DescribeVpcsCommandInput, DescribeVpcsCommandOutput]
  ModifySecurityGroupRules: [ModifySecurityGroupRulesCommandInput, ModifySecurityGroupRulesCommandOutput]
  ModifySubnetAttribute: [ModifySubnetAttributeCommandInput, ModifySubnetAttributeCommandOutput]
  ModifyVpcAttribute: [ModifyVpcAttributeCommandInput, ModifyVpcAttributeCommandOutput]
  RevokeSecurityGroupEgress: [RevokeSecurityGroupEgressCommandInput, RevokeSecurityGroupEgressCommandOutput]
  RevokeSecurityGroupIngress: [RevokeSecurityGroupIngressCommandInput, RevokeSecurityGroupIngressCommandOutput]
  UpdateSecurityGroupRuleDescriptionsEgress: [UpdateSecurityGroupRuleDescriptionsEgressCommandInput, UpdateSecurityGroupRuleDescriptionsEgressCommandOutput]
  UpdateSecurityGroupRuleDescriptionsIngress: [UpdateSecurityGroupRuleDescriptionsIngressCommandInput, UpdateSecurityGroupRuleDescriptionsIngressCommandOutput]
}
