"""The mended emulator from outside: a template with a function is deployed, and the function tries what it may not.

Run with the emulator's own Python: `python -m unittest discover -s dev/cloud`.
"""

import base64
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import boto3
import botocore.exceptions
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

import launcher

HERE = Path(__file__).parent
REGION = "eu-central-1"
ACCOUNT = "000000000000"
DEADLINE_S = 20.0

# A function that makes whatever call its event asks for, under the credentials it was started with.
PROBE = f"""#!{sys.executable}
import json, os, sys, urllib.request
import boto3
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
def call(ask):
    try:
        client = boto3.client(ask["service"], region_name="{REGION}")
        answer = getattr(client, ask["call"])(**ask["arguments"])
        answer.pop("ResponseMetadata", None)
        return {{"ok": json.loads(json.dumps(answer, default=repr))}}
    except Exception as error:
        code = getattr(error, "response", {{}}).get("Error", {{}}).get("Code", repr(error))
        return {{"error": code, "text": str(error)}}
while True:
    with urllib.request.urlopen(api + "next") as got:
        request, event = got.headers["Lambda-Runtime-Aws-Request-Id"], json.load(got)
    if "Records" in event or "detail-type" in event:
        answer = {{"batchItemFailures": []}}
        print("heard", json.dumps(event), flush=True)
    elif "routeKey" in event:
        answer = {{"statusCode": 200, "body": json.dumps(event["requestContext"].get("authorizer", {{}}))}}
    else:
        answer = call(event)
    urllib.request.urlopen(api + request + "/response", data=json.dumps(answer).encode()).read()
"""


def function(policies, events=None, variables=None):
    properties = {
        "CodeUri": {"Bucket": "code", "Key": "probe.zip"},
        "Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": 20,
        "Policies": [{"Statement": policies}],
        "Events": events or {},
        "LoggingConfig": {"LogGroup": {"Ref": "Logs"}},
    }
    return {"Type": "AWS::Serverless::Function", "Properties": properties}


def allow(action, resource, **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def role(service, policies):
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
                }],
            },
            "Policies": [{
                "PolicyName": "send",
                "PolicyDocument": {"Version": "2012-10-17", "Statement": policies},
            }] if policies else [],
        },
    }


def arn(name):
    return {"Fn::GetAtt": [name, "Arn"]}


def within(bucket, key="*"):
    return {"Fn::Sub": f"${{{bucket}.Arn}}/{key}"}


def rule(queue):
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventBusName": {"Ref": "Bus"},
            "EventPattern": {"source": ["lab"]},
            "Targets": [{"Id": "queue", "Arn": arn(queue)}],
        },
    }


def template(issuer):
    schedules = {"Fn::Sub": "arn:aws:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/${Group}/*"}
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Api": {
                "Type": "AWS::Serverless::HttpApi",
                "Properties": {
                    "CorsConfiguration": {"AllowOrigins": ["http://127.0.0.1:7070"], "AllowMethods": ["GET"]},
                    "Auth": {
                        "DefaultAuthorizer": "Jwt",
                        "Authorizers": {"Jwt": {
                            "IdentitySource": "$request.header.Authorization",
                            "JwtConfiguration": {"issuer": issuer, "audience": ["lab"]},
                        }},
                    },
                },
            },
            "Table": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                    "TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": True},
                },
            },
            "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/lab/shared"}},
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Closed": {"Type": "AWS::SQS::Queue"},
            "Files": {"Type": "AWS::S3::Bucket"},
            "Unlisted": {"Type": "AWS::S3::Bucket"},
            "FilesPolicy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": {"Ref": "Files"}, "PolicyDocument": {"Statement": [{
                    "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": within("Files"),
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }]}},
            },
            "Unread": {"Type": "AWS::SQS::Queue"},
            "Heard": {"Type": "AWS::SQS::Queue"},
            "HeardPolicy": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {
                    "Queues": [{"Ref": "Heard"}],
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": [{
                        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
                        "Action": "sqs:SendMessage", "Resource": arn("Heard"),
                        "Condition": {"ArnEquals": {"aws:SourceArn": arn("HeardRule")}},
                    }]},
                },
            },
            "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "lab"}},
            "HeardRule": rule("Heard"),
            "ClosedRule": rule("Closed"),
            "Key": {
                "Type": "AWS::KMS::Key",
                "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow", "Action": "kms:*", "Resource": "*",
                    "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}},
                }]}},
            },
            "Group": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "lab-posts"}},
            "Sender": role("scheduler.amazonaws.com", [allow("sqs:SendMessage", arn("Queue"))]),
            "Mute": role("scheduler.amazonaws.com", []),
            "Stranger": role("lambda.amazonaws.com", [allow("sqs:SendMessage", arn("Queue"))]),
            "Probe": function(
                [
                    allow("dynamodb:PutItem", arn("Table")),
                    allow("sqs:SendMessage", arn("Queue")),
                    allow(["s3:PutObject", "s3:GetObject"], [within("Files"), within("Unlisted")]),
                    allow("s3:ListBucket", arn("Files")),
                    allow("s3:PutObjectTagging", within("Files", "tagged")),
                    allow(["scheduler:CreateSchedule", "scheduler:GetSchedule", "scheduler:DeleteSchedule"], schedules),
                    allow("iam:PassRole", [arn("Sender"), arn("Mute"), arn("Stranger")],
                          Condition={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}),
                    allow(["kms:Encrypt", "kms:Decrypt"], arn("Key"),
                          Condition={"StringEquals": {"kms:EncryptionContext:owner": "alice"}}),
                    allow("events:PutEvents", arn("Bus")),
                ],
                events={
                    "Get": {"Type": "HttpApi", "Properties": {
                        "ApiId": {"Ref": "Api"}, "Path": "/v1/things/{id}", "Method": "GET"}},
                    "Open": {"Type": "HttpApi", "Properties": {
                        "ApiId": {"Ref": "Api"}, "Path": "/v1/health", "Method": "GET",
                        "Auth": {"Authorizer": "NONE"}}},
                    "Rest": {"Type": "HttpApi", "Properties": {
                        "ApiId": {"Ref": "Api"}, "Auth": {"Authorizer": "NONE"}}},
                },
            ),
            "Reader": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Code": {"S3Bucket": "code", "S3Key": "probe.zip"},
                    "Runtime": "provided.al2023", "Handler": "bootstrap",
                    "Role": arn("ReaderRole"),
                },
            },
            "ReaderRole": role("lambda.amazonaws.com", []),
            "ReaderSource": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {"EventSourceArn": arn("Unread"), "FunctionName": {"Ref": "Reader"}},
            },
        },
        "Outputs": {
            name: {"Value": value} for name, value in {
                "Api": {"Ref": "Api"}, "Table": {"Ref": "Table"}, "Queue": {"Ref": "Queue"},
                "QueueArn": arn("Queue"), "Closed": {"Ref": "Closed"}, "Unread": {"Ref": "Unread"},
                "Heard": {"Ref": "Heard"}, "Key": {"Ref": "Key"}, "Probe": {"Ref": "Probe"},
                "Sender": arn("Sender"), "Mute": arn("Mute"), "Stranger": arn("Stranger"),
                "ReaderRole": {"Ref": "ReaderRole"}, "Files": {"Ref": "Files"}, "Unlisted": {"Ref": "Unlisted"},
            }.items()
        },
    }


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what, condition, deadline_s=DEADLINE_S):
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {deadline_s:.0f} s: {what}")


def encoded(data):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Issuer:
    """Signs tokens and serves its key from a file-like HTTP server in the emulator's own reach."""

    def __init__(self):
        import http.server
        import threading

        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self.key.public_key().public_numbers()
        number = lambda n: encoded(n.to_bytes((n.bit_length() + 7) // 8, "big"))
        keys = {"keys": [{"kty": "RSA", "kid": "1", "alg": "RS256", "n": number(numbers.n), "e": number(numbers.e)}]}
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                discovery = {"issuer": issuer.url, "jwks_uri": issuer.url + "/jwks.json"}
                body = json.dumps(keys if self.path == "/jwks.json" else discovery).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self, **change):
        claims = {"iss": self.url, "sub": "alice", "aud": "lab", "exp": int(time.time()) + 60} | change
        claims = {name: value for name, value in claims.items() if value is not None}
        signed = f"{encoded({'alg': 'RS256', 'kid': '1'})}.{encoded(claims)}"
        return f"{signed}.{encoded(self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


class Cloud:
    """One emulator under the launcher, on a folder and a port of its own."""

    def __init__(self, folder):
        self.folder, self.port, self.process = Path(folder), free_port(), None
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(self.folder), "AUTH": "true",
            "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(self.port), "MINISTACK_REGION": REGION,
            "PERSIST_STATE": "1", "STATE_DIR": str(self.folder / "state"), "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.folder / "s3"), "LAMBDA_EXECUTOR": "local", "AWS_ENDPOINT_URL": self.url,
            "RECORD_TO": str(self.folder / "record.jsonl"),
        }
        self.log = open(self.folder / "cloud.log", "ab")
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "launcher.py")], env=environment, stdout=self.log, stderr=self.log,
        )
        until("the emulator answers", self.healthy)

    def healthy(self):
        if self.process.poll() is not None:
            raise AssertionError((self.folder / "cloud.log").read_text()[-3000:])
        try:
            return urllib.request.urlopen(self.url + "/_ministack/health").status == 200
        except OSError:
            return False

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(DEADLINE_S)
        self.log.close()

    def client(self, service):
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION,
            aws_access_key_id="test", aws_secret_access_key="test",
        )


def zipped(script):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, script)
    return buffer.getvalue()


class DeployedTemplate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.issuer = Issuer()
        cls.addClassCleanup(cls.issuer.server.shutdown)
        cls.cloud = Cloud(folder.name)
        cls.cloud.start()
        cls.addClassCleanup(cls.cloud.stop)
        s3 = cls.cloud.client("s3")
        s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket="code", Key="probe.zip", Body=zipped(PROBE))
        formation = cls.cloud.client("cloudformation")
        formation.create_stack(
            StackName="lab", TemplateBody=json.dumps(template(cls.issuer.url)),
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        stack = until("the stack is deployed", lambda: next(
            (s for s in formation.describe_stacks(StackName="lab")["Stacks"]
             if not s["StackStatus"].endswith("IN_PROGRESS")), None))
        if stack["StackStatus"] != "CREATE_COMPLETE":
            events = formation.describe_stack_events(StackName="lab")["StackEvents"]
            raise AssertionError([e.get("ResourceStatusReason") for e in events])
        cls.out = {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}
        cls.api = f"{cls.cloud.url}/_aws/execute-api/{cls.out['Api']}"

    def try_call(self, service, call, **arguments):
        answer = self.cloud.client("lambda").invoke(
            FunctionName=self.out["Probe"],
            Payload=json.dumps({"service": service, "call": call, "arguments": arguments}),
        )
        return json.loads(answer["Payload"].read())

    def assertAllowed(self, answer):
        self.assertIn("ok", answer, answer)

    def assertDenied(self, answer):
        self.assertIn("AccessDenied", answer.get("error", ""), answer)

    def schedule(self, name, role="Sender", group="lab-posts", seconds=3600):
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + seconds))
        return self.try_call(
            "scheduler", "create_schedule", Name=name, GroupName=group, ScheduleExpression=f"at({at})",
            FlexibleTimeWindow={"Mode": "OFF"}, ActionAfterCompletion="DELETE",
            Target={"Arn": self.out["QueueArn"], "RoleArn": self.out[role], "Input": json.dumps({"name": name})},
        )

    def bodies(self, queue):
        sqs, found = self.cloud.client("sqs"), []
        while got := sqs.receive_message(QueueUrl=self.out[queue], MaxNumberOfMessages=10).get("Messages"):
            found += [message["Body"] for message in got]
        return found

    def get(self, path, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.api + path, headers=headers)) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, None

    # -- the API body

    def test_the_deployed_routes_are_the_templates(self):
        routes = self.cloud.client("apigatewayv2").get_routes(ApiId=self.out["Api"])["Items"]
        locks = {route["RouteKey"]: route["AuthorizationType"] for route in routes}
        self.assertEqual(locks, {"GET /v1/things/{id}": "JWT", "GET /v1/health": "NONE", "$default": "NONE"})

    def test_a_token_opens_its_route_and_names_its_owner(self):
        status, authorizer = self.get("/v1/things/1", self.issuer.token())
        self.assertEqual((status, authorizer["jwt"]["claims"]["sub"]), (200, "alice"))

    def test_a_bad_token_opens_nothing(self):
        bad = {
            "none": None,
            "over": self.issuer.token(exp=int(time.time()) - 1),
            "without an end": self.issuer.token(exp=None),
            "for another audience": self.issuer.token(aud="other"),
            "of another issuer": self.issuer.token(iss="http://other"),
            "forged": self.issuer.token()[:-6] + "AAAAAA",
        }
        answers = {name: self.get("/v1/things/1", token)[0] for name, token in bad.items()}
        self.assertEqual(answers, dict.fromkeys(bad, 401))

    def test_a_route_without_authorizer_needs_no_token(self):
        self.assertEqual(self.get("/v1/health")[0], 200)

    def test_a_path_that_nobody_knows_reaches_the_catch_all(self):
        self.assertEqual(self.get("/v1/nothing/here")[0], 200)

    def test_cors_is_the_templates(self):
        api = self.cloud.client("apigatewayv2").get_api(ApiId=self.out["Api"])
        self.assertEqual(api["CorsConfiguration"]["AllowOrigins"], ["http://127.0.0.1:7070"])

    # -- the record

    def test_what_crosses_the_emulator_is_written_down(self):
        self.assertAllowed(self.try_call(
            "events", "put_events",
            Entries=[{"Source": "lab", "DetailType": "said", "Detail": '{"word": "ding"}', "EventBusName": "lab"}]))
        sqs = self.cloud.client("sqs")
        sqs.send_message(QueueUrl=self.out["Queue"], MessageBody="dong")
        sqs.send_message_batch(QueueUrl=self.out["Queue"], Entries=[{"Id": "1", "MessageBody": "büm"}])
        self.get("/v1/things/1", self.issuer.token(sub="clapper"))
        lines = (self.cloud.folder / "record.jsonl").read_text().splitlines()
        said = {(line["kind"], word) for line in map(json.loads, lines)
                for word in ("ding", "dong", "büm", "clapper") if word in json.dumps(line, ensure_ascii=False)}
        self.assertEqual(said, {("event", "ding"), ("sent", "dong"), ("sent", "büm"), ("answer", "clapper")})
        answer = next(line for line in map(json.loads, lines) if "clapper" in json.dumps(line))
        self.assertEqual((answer["asked"], answer["status"]), ("GET /v1/things/1", 200))

    # -- the table

    def test_the_table_keeps_its_time_to_live(self):
        ttl = self.cloud.client("dynamodb").describe_time_to_live(TableName=self.out["Table"])
        self.assertEqual(ttl["TimeToLiveDescription"]["AttributeName"], "expiresAt")

    def test_a_shared_log_group_tells_whose_lines_it_holds(self):
        self.get("/v1/health")
        events = self.cloud.client("logs").filter_log_events(logGroupName="/lab/shared")["events"]
        self.assertTrue(events)
        self.assertTrue(all(f"/{self.out['Probe']}[" in event["logStreamName"] for event in events), events)

    # -- rights

    def test_a_function_may_do_what_its_role_allows_and_nothing_else(self):
        item = {"id": {"S": "1"}}
        self.assertAllowed(self.try_call("dynamodb", "put_item", TableName=self.out["Table"], Item=item))
        self.assertDenied(self.try_call("dynamodb", "get_item", TableName=self.out["Table"], Key=item))

    def test_a_batch_is_judged_as_its_single_call(self):
        entries = [{"Id": "1", "MessageBody": "batch"}]
        self.assertAllowed(self.try_call(
            "sqs", "send_message_batch", QueueUrl=self.out["Queue"], Entries=entries))
        self.assertDenied(self.try_call(
            "sqs", "send_message_batch", QueueUrl=self.out["Closed"], Entries=entries))

    def test_a_schedule_is_judged_in_its_own_group(self):
        self.assertAllowed(self.schedule("mine"))
        self.assertDenied(self.schedule("others", group="default"))
        self.assertAllowed(self.try_call("scheduler", "get_schedule", Name="mine", GroupName="lab-posts"))
        self.assertDenied(self.try_call("scheduler", "get_schedule", Name="mine"))
        self.assertDenied(self.try_call("scheduler", "delete_schedule", Name="mine"))
        self.assertAllowed(self.try_call("scheduler", "delete_schedule", Name="mine", GroupName="lab-posts"))

    def test_a_schedule_needs_the_right_to_pass_its_role(self):
        self.out["Other"] = f"arn:aws:iam::{ACCOUNT}:role/{self.out['ReaderRole']}"
        self.assertDenied(self.schedule("unpassed", role="Other"))

    def test_a_schedule_needs_a_role_that_scheduler_may_take(self):
        self.assertEqual(self.schedule("untrusted", role="Stranger").get("error"), "ValidationException")

    def test_a_schedule_delivers_at_its_second_what_its_role_may_send(self):
        self.assertAllowed(self.schedule("muted", role="Mute", seconds=1))
        self.assertAllowed(self.schedule("sent", seconds=2))
        started, found = time.monotonic(), []
        until("the schedule fires", lambda: found.extend(self.bodies("Queue")) or '{"name": "sent"}' in found)
        self.assertLess(time.monotonic() - started, 5)
        self.assertNotIn('{"name": "muted"}', found)

    def test_a_key_is_judged_by_its_encryption_context(self):
        seal = lambda owner: self.try_call(
            "kms", "encrypt", KeyId=self.out["Key"], Plaintext="secret", EncryptionContext={"owner": owner})
        self.assertAllowed(seal("alice"))
        self.assertDenied(seal("bob"))
        self.assertDenied(self.try_call("kms", "encrypt", KeyId=self.out["Key"], Plaintext="secret"))

    def test_a_bucket_for_tls_only_is_open_on_loopback(self):
        self.assertAllowed(self.try_call("s3", "put_object", Bucket=self.out["Files"], Key="plain", Body="bell"))

    def test_a_tag_needs_a_right_of_its_own(self):
        put = lambda key: self.try_call(
            "s3", "put_object", Bucket=self.out["Files"], Key=key, Body="bell", Tagging="state=pending")
        self.assertAllowed(put("tagged"))
        self.assertDenied(put("untagged"))

    def test_what_is_missing_is_told_only_to_whoever_may_list(self):
        get = lambda bucket: self.try_call("s3", "get_object", Bucket=self.out[bucket], Key="missing")
        self.assertEqual(get("Files").get("error"), "NoSuchKey")
        self.assertDenied(get("Unlisted"))
        self.assertAllowed(self.try_call("s3", "put_object", Bucket=self.out["Unlisted"], Key="there", Body="bell"))
        self.assertAllowed(self.try_call("s3", "get_object", Bucket=self.out["Unlisted"], Key="there"))

    def test_an_event_reaches_only_a_queue_that_lets_it_in(self):
        entry = {"Source": "lab", "DetailType": "said", "Detail": "{}", "EventBusName": "lab"}
        self.assertAllowed(self.try_call("events", "put_events", Entries=[entry]))
        until("the event is heard", lambda: self.bodies("Heard"))
        self.assertEqual(self.bodies("Closed"), [])

    def test_a_queue_is_not_read_for_a_function_that_may_not_read_it(self):
        sqs = self.cloud.client("sqs")
        sqs.send_message(QueueUrl=self.out["Unread"], MessageBody="wait")
        log = self.cloud.folder / "cloud.log"
        refusal = f":{self.out['Unread'].rsplit('/', 1)[-1]} is not read"
        until("the refusal is logged", lambda: refusal in log.read_text())
        self.assertEqual(self.bodies("Unread"), ["wait"])


class StopAndStart(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cloud = Cloud(folder.name)
        self.cloud.start()
        self.addCleanup(self.cloud.stop)

    def test_what_was_stored_is_there_after_a_clean_stop(self):
        ssm = self.cloud.client("ssm")
        ssm.put_parameter(Name="/lab/secret", Type="SecureString", Value="kept")
        self.cloud.client("sqs").create_queue(QueueName="kept")
        self.cloud.stop()
        self.cloud.start()
        value = ssm.get_parameter(Name="/lab/secret", WithDecryption=True)["Parameter"]["Value"]
        self.assertEqual(value, "kept")
        self.assertIn("/kept", self.cloud.client("sqs").get_queue_url(QueueName="kept")["QueueUrl"])

    def test_a_stop_waits_for_the_function_that_runs_and_ends_its_process(self):
        marker = self.cloud.folder / "finished"
        script = f"""#!{sys.executable}
import os, time, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
open({str(self.cloud.folder / "pid")!r}, "w").write(str(os.getpid()))
while True:
    with urllib.request.urlopen(api + "next") as got:
        request = got.headers["Lambda-Runtime-Aws-Request-Id"]
    time.sleep(1.5)
    open({str(marker)!r}, "w").close()
    urllib.request.urlopen(api + request + "/response", data=b"{{}}").read()
"""
        self.cloud.client("iam").create_role(RoleName="slow", AssumeRolePolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
        functions = self.cloud.client("lambda")
        functions.create_function(
            FunctionName="slow", Runtime="provided.al2023", Handler="bootstrap", Timeout=20,
            Role=f"arn:aws:iam::{ACCOUNT}:role/slow", Code={"ZipFile": zipped(script)},
        )
        functions.invoke(FunctionName="slow", InvocationType="Event", Payload="{}")
        pid = int(until("the function runs", lambda: self.cloud.folder.joinpath("pid").exists()
                        and self.cloud.folder.joinpath("pid").read_text()))
        self.cloud.stop()
        self.assertTrue(marker.exists())
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)

    def test_a_killed_emulator_has_its_last_snapshot(self):
        self.cloud.client("sqs").create_queue(QueueName="snapshot")
        saved = self.cloud.folder / "state" / "sqs.json"
        until("a snapshot holds the queue", lambda: saved.exists() and "snapshot" in saved.read_text())
        self.cloud.stop(signal.SIGKILL)
        self.cloud.start()
        self.assertIn("/snapshot", self.cloud.client("sqs").get_queue_url(QueueName="snapshot")["QueueUrl"])


class Launcher(unittest.TestCase):
    def test_another_version_of_the_emulator_is_refused_by_name(self):
        self.assertIsNone(launcher.version_complaint("1.5.33"))
        self.assertIn("ministack 1.5.34", launcher.version_complaint("1.5.34"))
        self.assertIn("no ministack", launcher.version_complaint(None))

    def test_the_emulator_listens_on_this_machine_only(self):
        self.assertIsNone(launcher.bind_complaint("127.0.0.1"))
        for host in ("", "0.0.0.0", "192.168.1.7", "::"):
            self.assertIn("127.0.0.1", launcher.bind_complaint(host))

    def test_the_requirements_pin_the_version_that_is_mended(self):
        pins = (HERE / "requirements.txt").read_text().splitlines()
        self.assertIn(f"ministack=={launcher.MENDED_VERSION}", pins)
        self.assertTrue(all("==" in line or line.startswith("#") for line in pins))


if __name__ == "__main__":
    unittest.main()
