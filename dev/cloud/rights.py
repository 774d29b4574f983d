"""Least privilege as AWS judges it, where stock ministack 1.5.33 under `AUTH=true` judges otherwise.

Stock already runs each function under a session of its own role and checks what that session calls. What it
misjudges or never asks is here, because a right missing from the template must fail on a laptop, not on AWS.
"""

import functools
import json
import logging
import time
from collections.abc import Callable

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.iam_evaluator import EvalContext
from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.core.router import extract_access_key_id
from ministack.services import eventbridge, iam, lambda_svc, s3, scheduler

log = logging.getLogger("rights")

SCHEDULER = "scheduler.amazonaws.com"
EVENTS = "events.amazonaws.com"
# What AWS asks of a function's role before it reads a queue on its behalf.
QUEUE_READER_ACTIONS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
REMEMBER_S = 5.0


def apply_all() -> None:
    """Applies every mend; call once, before the server starts. Without `AUTH=true` none of them has a say."""
    name_schedules_in_full()
    judge_batches_as_single_calls()
    know_encryption_contexts()
    ask_for_pass_role()
    deliver_schedules_under_their_role()
    deliver_events_by_resource_policy()
    read_queues_under_the_functions_role()
    count_loopback_as_tls()
    ask_s3_for_the_smaller_rights()


def name_schedules_in_full() -> None:
    """Stock judges every schedule call as `schedule/default/<name>`, whatever its group.

    A policy for our own group would be refused, and one for `default` would open every group.
    """
    stock = iam_actions.extract_resource_arn

    @functools.wraps(stock)
    def resource_arn(service, method, path, headers, body, query_params, region, account_id):
        if service == "scheduler" and (name := schedule_name(path)):
            group = schedule_group(method, body, query_params)
            return f"arn:aws:scheduler:{region}:{account_id}:schedule/{group}/{name}"
        return stock(service, method, path, headers, body, query_params, region, account_id)

    iam_actions.extract_resource_arn = resource_arn


def schedule_name(path: str) -> str | None:
    """The schedule that a Scheduler path names, or None."""
    parts = [part for part in path.split("/") if part]
    return parts[1] if len(parts) == 2 and parts[0] == "schedules" else None


def schedule_group(method: str, body: bytes, query_params: dict) -> str:
    """The group of a schedule call: in the body when it creates or updates, else in the query."""
    if method in ("POST", "PUT"):
        group = _json(body).get("GroupName")
    else:
        group = query_params.get("groupName")
        group = group[0] if isinstance(group, list) and group else group
    return group if isinstance(group, str) and group else "default"


# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
_BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}


def judge_batches_as_single_calls() -> None:
    """Stock asks for `sqs:SendMessageBatch`, an action that IAM does not have, and so refuses every batch."""
    stock = iam_actions.extract_iam_action

    @functools.wraps(stock)
    def action(*args, **kwargs):
        found = stock(*args, **kwargs)
        return _BATCHES.get(found, found)

    iam_actions.extract_iam_action = action


def know_encryption_contexts() -> None:
    """Stock gives KMS policies no condition keys, so one that asks for our encryption context refuses all."""
    stock = iam_actions.request_tag_context

    @functools.wraps(stock)
    def context(service, iam_action, body, params):
        found = dict(stock(service, iam_action, body, params))
        if service == "kms":
            found |= encryption_context_keys(body)
        return found

    iam_actions.request_tag_context = context


def encryption_context_keys(body: bytes) -> dict:
    """`kms:EncryptionContext:<name>` and `kms:EncryptionContextKeys` of a KMS request."""
    pairs = _json(body).get("EncryptionContext")
    if not isinstance(pairs, dict) or not pairs:
        return {}
    keys = {f"kms:EncryptionContext:{name}".lower(): value for name, value in pairs.items()}
    return keys | {"kms:encryptioncontextkeys": list(pairs)}


def ask_for_pass_role() -> None:
    """Stock never asks for `iam:PassRole`, nor whether Scheduler may take the role, when a schedule names one."""
    stock = scheduler.handle_request

    @functools.wraps(stock)
    async def handle(method, path, headers, body, query_params):
        if app.AUTH and method in ("POST", "PUT") and schedule_name(path):
            refusal = _role_refusal(method, headers, body, query_params)
            if refusal:
                return refusal
        return await stock(method, path, headers, body, query_params)

    scheduler.handle_request = handle


def _role_refusal(method: str, headers: dict, body: bytes, query_params: dict):
    role_arn = (_json(body).get("Target") or {}).get("RoleArn")
    if not isinstance(role_arn, str):
        return None  # The service's own validation answers this one.
    denied = iam_evaluator.enforce(
        extract_access_key_id(headers, query_params), "iam:PassRole", "iam", get_region(),
        resource_arn=role_arn, service_context={"iam:PassedToService": SCHEDULER},
    )
    if denied:
        return iam_actions.access_denied_response(
            "scheduler", "iam:PassRole", getattr(denied, "principal_arn", ""), new_uuid(),
            headers=headers, resource_arn=role_arn,
        )
    group = schedule_group(method, body, query_params)
    group_arn = f"arn:aws:scheduler:{get_region()}:{get_account_id()}:schedule-group/{group}"
    if not service_may_assume(role_arn, SCHEDULER, group_arn):
        return scheduler._error(
            400, "ValidationException",
            "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
        )
    return None


def service_may_assume(role_arn: str, service: str, source_arn: str) -> bool:
    """Whether the role's trust policy lets an AWS service take it on behalf of `source_arn`."""
    role = _role(role_arn)
    document = _document((role or {}).get("AssumeRolePolicyDocument"))
    # A trust policy names no resource: it stands on one.
    statements = [statement | {"Resource": "*"} for statement in _statements(document)]
    return resource_policy_allows({"Statement": statements}, service, "sts:AssumeRole", role_arn, source_arn)


def deliver_schedules_under_their_role() -> None:
    """Stock delivers a schedule to its target without asking the role that the schedule carries."""
    _before_delivery(lambda target, rule: "GroupName" not in rule or role_may_deliver(target))


def role_may_deliver(target: dict) -> bool:
    """Whether the role of a schedule's target may send to that target."""
    action = {"sqs": "sqs:SendMessage", "lambda": "lambda:InvokeFunction"}.get(_service(target.get("Arn", "")))
    return action is None or role_allows(target.get("RoleArn", ""), action, target["Arn"])


def deliver_events_by_resource_policy() -> None:
    """Stock delivers an event rule to a queue or a function that never allowed EventBridge in."""
    _before_delivery(lambda target, rule: "GroupName" in rule or resource_lets_events_in(target, rule))


def resource_lets_events_in(target: dict, rule: dict) -> bool:
    """Whether the queue or function of a rule's target has a policy that admits this rule."""
    arn = target.get("Arn", "")
    service = _service(arn)
    action = {"sqs": "sqs:SendMessage", "lambda": "lambda:InvokeFunction"}.get(service)
    if action is None:
        return True
    policy = iam_evaluator._resource_policy(service, arn)
    document = _document(policy[0]) if policy else {}
    return resource_policy_allows(document, EVENTS, action, arn, rule.get("Arn", ""))


def _before_delivery(may_deliver: Callable[[dict, dict], bool]) -> None:
    stock = eventbridge._invoke_target

    @functools.wraps(stock)
    def invoke_target(target, event, rule, view=None):
        if app.AUTH and not may_deliver(target, rule):
            log.error("not delivered, no policy allows it: %s to %s", rule.get("Arn"), target.get("Arn"))
            return None
        return stock(target, event, rule, view)

    eventbridge._invoke_target = invoke_target


def read_queues_under_the_functions_role() -> None:
    """Stock reads a queue for a function whose role may not; AWS stops the event source instead."""
    stock = lambda_svc._sqs_esm_concurrency
    remembered: dict[tuple[str, str], tuple[float, bool]] = {}

    @functools.wraps(stock)
    def concurrency(esm, func_rec, config, queue=None):
        if app.AUTH:
            role, source = (config or {}).get("Role", ""), esm.get("EventSourceArn", "")
            until, allowed = remembered.get((role, source), (0.0, False))
            if time.monotonic() >= until:
                allowed = all(role_allows(role, action, source) for action in QUEUE_READER_ACTIONS)
                remembered[(role, source)] = (time.monotonic() + REMEMBER_S, allowed)
                if not allowed:
                    log.error("queue %s is not read: %s lacks %s", source, role, ", ".join(QUEUE_READER_ACTIONS))
            if not allowed:
                return 0
        return stock(esm, func_rec, config, queue)

    lambda_svc._sqs_esm_concurrency = concurrency


def count_loopback_as_tls() -> None:
    """AWS is called by TLS, the emulator by plain HTTP on loopback, which nobody else hears.

    A bucket policy that demands TLS, as ours does, would refuse every call here.
    """
    stock = app.pin_request_origin
    app.pin_request_origin = lambda source_ip, secure_transport: stock(source_ip, True)


def ask_s3_for_the_smaller_rights() -> None:
    """Stock asks neither for the right to tag what is put, nor, for what is not there, for the right to know that."""
    stock = iam_actions.s3_additional_checks

    @functools.wraps(stock)
    def checks(method, path, headers, body, query_params):
        return stock(method, path, headers, body, query_params) + smaller_s3_rights(
            iam_actions._s3_action(method, path, query_params), path, headers)

    iam_actions.s3_additional_checks = checks


def smaller_s3_rights(action: str | None, path: str, headers: dict) -> list[tuple[str, str]]:
    """What S3 asks for besides the call's own action.

    `x-amz-tagging` needs `s3:PutObjectTagging`; a missing object is 404 to whoever may list the bucket, else 403.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html, API_GetObject.html (read 2026-11-24)
    """
    bucket, _, key = path.strip("/").partition("/")
    if not key:
        return []
    if action == "PutObject" and "x-amz-tagging" in headers:
        return [("s3:PutObjectTagging", f"arn:aws:s3:::{bucket}/{key}")]
    if action == "GetObject" and key not in (s3._buckets.get(bucket) or {}).get("objects", {key: None}):
        return [("s3:ListBucket", f"arn:aws:s3:::{bucket}")]
    return []


def role_allows(role_arn: str, action: str, resource_arn: str) -> bool:
    """Whether the policies of a role allow this action on this resource."""
    role = _role(role_arn)
    if role is None:
        return False
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    context = EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{name}/delivery",
        principal_type="AssumedRole", principal_account=account,
        action=action, resource_arn=resource_arn, region=get_region(),
    )
    return iam_evaluator.evaluate(context, iam_evaluator._gather_role_policies(name, account)).decision == "Allow"


def resource_policy_allows(document: dict, service: str, action: str, resource_arn: str, source_arn: str) -> bool:
    """Whether a resource's own policy lets an AWS service do this on behalf of `source_arn`."""
    context = EvalContext(
        principal_arn="*", principal_type="Service", principal_account="",
        action=action, resource_arn=resource_arn, region=get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": get_account_id()},
    )
    return iam_evaluator.evaluate_resource_policy(document, context, service=service).decision == "Allow"


def _role(role_arn: str) -> dict | None:
    parts = role_arn.split(":")
    if len(parts) < 6 or not parts[5].startswith("role/"):
        return None
    return iam._roles.get_scoped(parts[4], None, role_arn.rsplit("/", 1)[-1])


def _service(arn: str) -> str:
    try:
        return parse_arn(arn).service
    except ArnParseError:
        return ""


def _statements(document: dict) -> list[dict]:
    statements = document.get("Statement") or []
    statements = statements if isinstance(statements, list) else [statements]
    return [statement for statement in statements if isinstance(statement, dict)]


def _document(raw) -> dict:
    return raw if isinstance(raw, dict) else _json(raw)


def _json(raw) -> dict:
    try:
        value = json.loads(raw or b"{}")
    except (ValueError, TypeError):
        return {}
    return value if isinstance(value, dict) else {}
