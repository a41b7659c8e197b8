"""Networks through boto3. Prints what it saw as one JSON document."""
import json

import boto3
from botocore.exceptions import ClientError

ec2 = boto3.client("ec2")
resource = boto3.resource("ec2")


def code(call, **parameters):
    try:
        call(**parameters)
        return None
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]


vpc = resource.create_vpc(CidrBlock="10.0.0.0/16")
vpc.wait_until_available()
vpc.create_tags(Tags=[{"Key": "Name", "Value": "py & <co>"}])
subnet = vpc.create_subnet(CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1c")
group = vpc.create_security_group(GroupName="py", Description="python")
group.authorize_ingress(IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="10.0.0.0/8")
group.authorize_egress(
    IpPermissions=[{"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "UserIdGroupPairs": [{"GroupId": group.id}]}]
)
vpc.reload()
group.reload()
seen = {
    "vpc": [vpc.cidr_block, vpc.is_default, vpc.state, vpc.tags],
    "subnet": [subnet.availability_zone, subnet.available_ip_address_count, subnet.vpc_id == vpc.id],
    "ingress": [[p["FromPort"], [r["CidrIp"] for r in p["IpRanges"]]] for p in group.ip_permissions],
    "egress": sorted(p["IpProtocol"] for p in group.ip_permissions_egress),
    "rules": sum(
        len(page["SecurityGroupRules"])
        for page in ec2.get_paginator("describe_security_group_rules").paginate(
            Filters=[{"Name": "group-id", "Values": [group.id]}], PaginationConfig={"PageSize": 5}
        )
    ),
    "zones": [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]],
    "default": [one["CidrBlock"] for one in ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]],
    "errors": {
        "missing": code(ec2.describe_subnets, SubnetIds=["subnet-00000000"]),
        "twice": code(group.authorize_ingress, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="10.0.0.0/8"),
        "busy": code(vpc.delete),
        "dry": code(ec2.create_vpc, CidrBlock="10.1.0.0/16", DryRun=True),
        "planned": code(ec2.describe_instances),
    },
}
group.delete()
subnet.delete()
vpc.delete()
seen["left"] = code(ec2.describe_vpcs, VpcIds=[vpc.id])
print(json.dumps(seen))
