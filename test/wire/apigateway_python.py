"""REST and HTTP APIs through boto3, given the function they call. Prints what it saw as one JSON document."""
import json
import os
import sys
import time
import urllib.error
import urllib.request

import boto3
from botocore.exceptions import ClientError

function = sys.argv[1]


def ask(url, method="GET", body=None, headers={}):
    request = urllib.request.Request(url, method=method, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request) as response:
            return [response.status, json.loads(response.read())]
    except urllib.error.HTTPError as error:
        return [error.code, json.loads(error.read())]


def code(call):
    try:
        call()
        return None
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]


def rest(endpoint):
    api = boto3.client("apigateway")
    out = {}
    made = api.create_rest_api(name="shop", description="ä", tags={"team": "a"})
    id = made["id"]
    [root] = api.get_resources(restApiId=id)["items"]
    orders = api.create_resource(restApiId=id, parentId=root["id"], pathPart="orders")
    one = api.create_resource(restApiId=id, parentId=orders["id"], pathPart="{id}")
    out["path"] = one["path"]
    for resource in (orders, one):
        api.put_method(restApiId=id, resourceId=resource["id"], httpMethod="ANY", authorizationType="NONE")
        api.put_integration(
            restApiId=id,
            resourceId=resource["id"],
            httpMethod="ANY",
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations",
        )
    deployment = api.create_deployment(restApiId=id, stageName="v1", variables={"colour": "red"})
    out["stage"] = api.get_stage(restApiId=id, stageName="v1")["deploymentId"] == deployment["id"]
    url = f"{endpoint}/_aws/execute-api/{id}/v1"
    out["post"] = ask(f"{url}/orders?a=1&a=2", "POST", '{"n":"ä"}'.encode(), {"content-type": "application/json"})
    out["get"] = ask(f"{url}/orders/7%2F8")
    out["absent"] = ask(f"{url}/none")
    method = api.get_method(restApiId=id, resourceId=one["id"], httpMethod="ANY")
    out["method"] = [method["authorizationType"], method["methodIntegration"]["type"]]
    api.update_stage(restApiId=id, stageName="v1", patchOperations=[{"op": "replace", "path": "/variables/colour", "value": "blue"}])
    out["patched"] = ask(f"{url}/orders")[1]["colour"]
    for i in range(3):
        api.create_rest_api(name=f"more-{i}")
    pages = [[item["name"] for item in page["items"]] for page in api.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 3})]
    out["pages"] = [[len(page) for page in pages], sorted(name for page in pages for name in page)]
    out["resources"] = sorted(item["path"] for page in api.get_paginator("get_resources").paginate(restApiId=id, PaginationConfig={"PageSize": 2}) for item in page["items"])
    out["errors"] = [code(lambda: api.get_rest_api(restApiId="none")), code(lambda: api.create_resource(restApiId=id, parentId=root["id"], pathPart="orders"))]
    api.delete_rest_api(restApiId=id)
    out["after"] = ask(f"{url}/orders")[0]
    return out


def http(endpoint):
    api = boto3.client("apigatewayv2")
    out = {}
    made = api.create_api(Name="web", ProtocolType="HTTP", CorsConfiguration={"AllowOrigins": ["https://a.example"]}, Tags={"team": "b"})
    id = made["ApiId"]
    integration = api.create_integration(ApiId=id, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0")
    target = f"integrations/{integration['IntegrationId']}"
    for key in ("GET /items/{id}", "POST /items", "$default"):
        api.create_route(ApiId=id, RouteKey=key, Target=target)
    api.create_stage(ApiId=id, StageName="$default", AutoDeploy=True, StageVariables={"colour": "green"})
    url = f"{endpoint}/_aws/execute-api/{id}"
    out["get"] = ask(f"{url}/items/7?a=1&a=2")
    out["post"] = ask(f"{url}/items", "POST", b"\x00\xff", {"content-type": "application/octet-stream"})
    out["default"] = ask(f"{url}/anything/else")[1]["route"]
    routes = [route for page in api.get_paginator("get_routes").paginate(ApiId=id, PaginationConfig={"PageSize": 2}) for route in page["Items"]]
    out["routes"] = sorted(route["RouteKey"] for route in routes)
    out["read"] = [api.get_api(ApiId=id)["CorsConfiguration"], api.get_tags(ResourceArn=f"arn:aws:apigateway:us-east-1::/apis/{id}")["Tags"]]
    api.update_integration(ApiId=id, IntegrationId=integration["IntegrationId"], PayloadFormatVersion="1.0")
    out["version"] = ask(f"{url}/items/7")[1]["version"]
    [default] = [route for route in routes if route["RouteKey"] == "$default"]
    api.delete_route(ApiId=id, RouteId=default["RouteId"])
    out["absent"] = ask(f"{url}/anything/else")
    for i in range(2):
        api.create_api(Name=f"other-{i}", ProtocolType="HTTP")
    out["apis"] = sorted(item["Name"] for page in api.get_paginator("get_apis").paginate(PaginationConfig={"PageSize": 1}) for item in page["Items"])
    out["errors"] = [code(lambda: api.get_api(ApiId="none")), code(lambda: api.create_route(ApiId=id, RouteKey="POST /items", Target=target))]
    api.delete_api(ApiId=id)
    out["after"] = ask(f"{url}/items/7")[0]
    return out


def portal(endpoint):
    api = boto3.client("apigatewayv2")
    out = {}
    product = api.create_portal_product(DisplayName="pets", Description="of all kinds", Tags={"team": "c"})
    id = product["PortalProductId"]
    page = api.create_product_page(PortalProductId=id, DisplayContent={"Title": "Terms", "Body": "Be *nice*"})
    api.update_portal_product(PortalProductId=id, DisplayOrder={"ProductPageArns": [page["ProductPageArn"]]})
    names = ("AccentColor", "BackgroundColor", "ErrorValidationColor", "HeaderColor", "NavigationColor", "TextColor")
    content = {"DisplayName": "site", "Theme": {"CustomColors": {name: "#102030" for name in names}}}
    made = api.create_portal(Authorization={"None": {}}, EndpointConfiguration={"None": {}}, PortalContent=content, IncludedPortalProductArns=[product["PortalProductArn"]])
    api.publish_portal(PortalId=made["PortalId"], Description="first")
    while True:
        found = api.get_portal(PortalId=made["PortalId"])
        if found["PublishStatus"] != "PUBLISH_IN_PROGRESS":
            break
        time.sleep(0.05)
    out["status"] = [made["PublishStatus"], found["PublishStatus"], found["LastPublishedDescription"]]
    with urllib.request.urlopen(f"http://{found['EndpointConfiguration']['PortalDefaultDomainName']}/{id}/{page['ProductPageId']}") as response:
        out["page"] = "Be <em>nice</em>" in response.read().decode()
    out["read"] = [api.get_portal_product(PortalProductId=id)["Tags"], [item["PageTitle"] for item in api.list_product_pages(PortalProductId=id)["Items"]]]
    out["errors"] = [code(lambda: api.delete_portal(PortalId=made["PortalId"])), code(lambda: api.get_portal(PortalId="none000000"))]
    return out


print(json.dumps({"portal": portal(os.environ["AWS_ENDPOINT_URL"]), "rest": rest(os.environ["AWS_ENDPOINT_URL"]), "http": http(os.environ["AWS_ENDPOINT_URL"])}))
