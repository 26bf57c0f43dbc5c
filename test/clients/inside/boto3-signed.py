"""Calls to services that want signed requests, with boto3 as it is."""

import json
import os
import urllib.error
import urllib.request

import boto3
from botocore.config import Config

host = "https://s3.service.test"
s3 = boto3.client("s3", endpoint_url=host)
for key in ["plain", "a b/c+d", "ü//x%2Fy"]:
    s3.put_object(Bucket="shop", Key=key, Body=b"body of it")
    print(s3.get_object(Bucket="shop", Key=key)["Body"].read().decode())

s3.put_object(Bucket="shop", Key="large", Body=open("/dev/zero", "rb").read(3_000_000))
print("large")

upload = s3.create_multipart_upload(Bucket="shop", Key="parts")["UploadId"]
part = s3.upload_part(Bucket="shop", Key="parts", UploadId=upload, PartNumber=1, Body=b"one")
parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
print(s3.complete_multipart_upload(Bucket="shop", Key="parts", UploadId=upload, MultipartUpload=parts)["ETag"])

# In some regions it signs URLs with Version 2 unless told, and nothing can be made of that.
second = boto3.client("s3", endpoint_url=host, config=Config(signature_version="s3"))
old = second.generate_presigned_url("get_object", Params={"Bucket": "shop", "Key": "plain"})
try:
    urllib.request.urlopen(old)
except urllib.error.HTTPError as refusal:
    print(json.load(refusal)["code"])
s3 = boto3.client("s3", endpoint_url=host, config=Config(signature_version="s3v4"))
url = s3.generate_presigned_url("get_object", Params={"Bucket": "shop", "Key": "a b/c+d"})
print(urllib.request.urlopen(url).read().decode())

table = boto3.client("dynamodb", endpoint_url="https://dynamodb.service.test")
print(table.list_tables()["TableNames"])
token = boto3.client("sts", endpoint_url="https://sts.service.test")
print(token.get_caller_identity()["Account"])
print("AKIA0" in os.environ["AWS_ACCESS_KEY_ID"])
