"""What stock ministack 1.5.33 does otherwise than AWS, mended where our template would notice.

Each mend is one function that says what stock does and why that matters here. `rights.py` holds those about IAM.
"""

import asyncio
import functools
import logging
import os
import signal
import socketserver
import threading
import time

from ministack import app
from ministack.core import lambda_runtime, persistence
from ministack.core.concurrency import esm_wake
from ministack.services import apigateway, cloudwatch_logs, dynamodb, eventbridge, lambda_svc, scheduler
from ministack.services.cloudformation import provisioners

log = logging.getLogger("mends")

SWEEP_S = 1.0
QUEUE_GLANCE_S = 0.1
QUIESCE_S = 40.0


def apply_all() -> None:
    """Applies every mend; call once, before the server starts."""
    import_api_bodies()
    require_token_expiry()
    sweep_every_second()
    notice_visible_messages()
    send_runtime_answers_at_once()
    drain_logs_briefly()
    name_log_streams_by_function()
    apply_table_ttl()
    stop_cleanly()
    if os.environ.get("PERSIST_STATE") == "1":
        snapshot_every(float(os.environ.get("LOCAL_SNAPSHOT_S", "10")))


def import_api_bodies() -> None:
    """Stock drops the `Body` of `AWS::ApiGatewayV2::Api`, which is all that `AWS::Serverless::HttpApi` becomes.

    The deployment succeeds, then every route answers 404. Here routes, integrations, JWT authorizers and CORS
    are read from it, on create and on update.
    """
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    stock_create, stock_update = handlers["create"], handlers["update"]

    def create(logical_id, props, stack_name):
        api_id, attributes = stock_create(logical_id, props, stack_name)
        _import_body(api_id, props.get("Body"))
        return api_id, attributes

    def update(physical_id, old_props, new_props, stack_name, logical_id=None):
        api_id, attributes = stock_update(physical_id, old_props, new_props, stack_name, logical_id)
        _import_body(api_id, new_props.get("Body"))
        return api_id, attributes

    handlers.update(create=create, update=update)


def _import_body(api_id: str, body) -> None:
    if not isinstance(body, dict):
        return
    authorizers = read_authorizers(body)
    integrations, routes = read_routes(body, {a["name"]: key for key, a in authorizers.items()})
    apigateway._authorizers[api_id] = authorizers
    apigateway._integrations[api_id] = integrations
    apigateway._routes[api_id] = routes
    if cors := body.get("x-amazon-apigateway-cors"):
        apigateway._apis[api_id]["corsConfiguration"] = dict(cors)


def read_authorizers(body: dict) -> dict:
    """The JWT authorizers of an OpenAPI body, by authorizer id."""
    found = {}
    for name, scheme in ((body.get("components") or {}).get("securitySchemes") or {}).items():
        spec = scheme.get("x-amazon-apigateway-authorizer") or {}
        if spec.get("type") != "jwt":
            continue
        source = spec.get("identitySource") or "$request.header.Authorization"
        jwt = spec["jwtConfiguration"]
        found[name.lower()] = {
            "authorizerId": name.lower(),
            "authorizerType": "JWT",
            "name": name,
            "identitySource": source if isinstance(source, list) else [source],
            "jwtConfiguration": {"issuer": jwt["issuer"], "audience": list(jwt.get("audience") or [])},
        }
    return found


def read_routes(body: dict, authorizer_ids: dict[str, str]) -> tuple[dict, dict]:
    """The integrations and the routes of an OpenAPI body, each by id."""
    integrations, routes = {}, {}
    for path, operations in (body.get("paths") or {}).items():
        for method, operation in operations.items():
            spec = operation.get("x-amazon-apigateway-integration") if isinstance(operation, dict) else None
            if not spec:
                continue
            number = len(routes) + 1
            integration_id, route_id = f"i{number:07x}", f"r{number:07x}"
            integrations[integration_id] = {
                "integrationId": integration_id,
                "integrationType": spec.get("type", "aws_proxy").upper(),
                "integrationUri": spec["uri"],
                "integrationMethod": "POST",
                "payloadFormatVersion": spec.get("payloadFormatVersion", "2.0"),
                "timeoutInMillis": int(spec.get("timeoutInMillis", 30000)),
                "connectionType": "INTERNET",
            }
            routes[route_id] = {
                "routeId": route_id,
                "routeKey": route_key(method, path),
                "target": f"integrations/{integration_id}",
                "apiKeyRequired": False,
            } | _authorization(operation, authorizer_ids)
    return integrations, routes


def route_key(method: str, path: str) -> str:
    """`GET /v1/posts`, `ANY /x` or `$default`, as API Gateway names a route."""
    # SAM writes a catch-all without the slash that an OpenAPI path has.
    if path.lstrip("/") == "$default":
        return "$default"
    return f"{'ANY' if method == 'x-amazon-apigateway-any-method' else method.upper()} {path}"


def _authorization(operation: dict, authorizer_ids: dict[str, str]) -> dict:
    for requirement in operation.get("security") or []:
        for scheme, scopes in requirement.items():
            if scheme not in authorizer_ids:
                # An open route where the template asked for a lock is the one mistake not to make.
                if scheme.upper() != "NONE":
                    raise ValueError(f"route authorizer {scheme} is not a JWT authorizer of this API")
                continue
            return {
                "authorizationType": "JWT",
                "authorizerId": authorizer_ids[scheme],
                "authorizationScopes": list(scopes or []),
            }
    return {"authorizationType": "NONE"}


def require_token_expiry() -> None:
    """Stock lets a token without `exp` pass for ever; API Gateway's JWT authorizer requires the claim."""
    stock = apigateway._validate_jwt_authorizer

    @functools.wraps(stock)
    async def validate(*args, **kwargs):
        claims, scopes, refusal = await stock(*args, **kwargs)
        if claims is not None and "exp" not in claims:
            return None, None, apigateway._jwt_unauthorized()
        return claims, scopes, refusal

    apigateway._validate_jwt_authorizer = validate


def sweep_every_second() -> None:
    """Stock looks for due schedules and due rules every 10 s only, so a post's alarm could ring 10 s late."""
    scheduler._SCHEDULE_TICK_INTERVAL = SWEEP_S
    eventbridge._SCHEDULER_TICK_INTERVAL = SWEEP_S


def notice_visible_messages() -> None:
    """Stock polls idle queues once a second, so a delayed message starts its function up to 1 s late.

    AWS's long poll notices within milliseconds; the last second before a post's moment is what we work with.
    """

    def glance():
        while True:
            time.sleep(QUEUE_GLANCE_S)
            esm_wake.set()

    threading.Thread(target=glance, daemon=True, name="queue-glance").start()


def send_runtime_answers_at_once() -> None:
    """Stock's Runtime API writes headers and body apart under Nagle: 40 ms of delayed ACK on every invocation."""
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True


def drain_logs_briefly() -> None:
    """Stock waits 50 ms for the first log line of a function that logs nothing; later lines are not lost."""
    stock = lambda_runtime.Worker._drain_stderr_bounded

    def drain(self, first_line_wait=0.001, idle_confirm=0.001, hard_cap=0.25):
        return stock(self, first_line_wait, idle_confirm, hard_cap)

    lambda_runtime.ProvidedWorker._drain_stderr_bounded = drain


def name_log_streams_by_function() -> None:
    """Stock names the streams of a shared log group by date and id alone, so nobody could tell whose lines they are.

    AWS puts the function's name in: `2026/11/23/schedule-post[$LATEST]4f…`.
    """
    stock = lambda_svc._emit_lambda_logs
    one_at_a_time = threading.Lock()

    @functools.wraps(stock)
    def emit(func, *args, **kwargs):
        config = func.get("config") or func
        name, group_name = config.get("FunctionName", "unknown"), (config.get("LoggingConfig") or {}).get("LogGroup")
        if not group_name:
            return stock(func, *args, **kwargs)
        with one_at_a_time:
            known = set((cloudwatch_logs._log_groups.get(group_name) or {}).get("streams") or ())
            stock(func, *args, **kwargs)
            streams = (cloudwatch_logs._log_groups.get(group_name) or {}).get("streams") or {}
            for stream in [stream for stream in streams if stream not in known]:
                streams[stream.replace("[", f"{name}[", 1)] = streams.pop(stream)
        return None

    lambda_svc._emit_lambda_logs = emit


def apply_table_ttl() -> None:
    """Stock forgets a table's `TimeToLiveSpecification`, so nothing would ever expire here but all on AWS."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]

    def with_ttl(stock, props_at):
        @functools.wraps(stock)
        def provision(*args, **kwargs):
            result = stock(*args, **kwargs)
            ttl = args[props_at].get("TimeToLiveSpecification")
            if ttl:
                enabled = str(ttl.get("Enabled")).lower() == "true"
                answer = dynamodb._update_ttl({
                    "TableName": result[0],
                    "TimeToLiveSpecification": {"AttributeName": ttl["AttributeName"], "Enabled": enabled},
                })
                if answer[0] >= 400:
                    raise ValueError(f"TimeToLiveSpecification of {result[0]} refused: {answer[2]!r}")
            return result

        return provision

    handlers["create"] = with_ttl(handlers["create"], 1)
    if "update" in handlers:
        handlers["update"] = with_ttl(handlers["update"], 2)


# Held while triggers look for work, so that taking it means nothing new can start.
_triggers = threading.RLock()
_stopping = threading.Event()


def stop_cleanly() -> None:
    """Stock saves its state while functions still run: what they write after that is lost, their messages are not.

    A post sent in that gap would be sent again after the next start, which AWS could never cause. So a stop
    first lets nothing new start, then waits for what runs, then ends the function processes (stock leaves
    them behind), and only then saves.
    """

    def paused(module, name):
        stock = getattr(module, name)

        @functools.wraps(stock)
        def unless_stopping(*args, **kwargs):
            with _triggers:
                return None if _stopping.is_set() else stock(*args, **kwargs)

        setattr(module, name, unless_stopping)

    paused(lambda_svc, "_poll_sqs")
    paused(scheduler, "_tick_schedules")
    paused(eventbridge, "_tick_scheduled_rules")

    import hypercorn.asyncio

    stock_serve = hypercorn.asyncio.serve

    async def serve(application, config, **_):
        asked = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, asked.set)

        async def shutdown_trigger():
            await asked.wait()
            await asyncio.to_thread(quiesce, QUIESCE_S)

        # Keep-alive connections of clients that never hang up would otherwise hold the stop for 3 s.
        config.graceful_timeout = 0.2
        await stock_serve(application, config, shutdown_trigger=shutdown_trigger)

    hypercorn.asyncio.serve = serve


def quiesce(deadline_s: float) -> bool:
    """Starts nothing new, waits for running invocations, ends the functions; False if some had to be cut off."""
    with _triggers:
        _stopping.set()
    until = time.monotonic() + deadline_s
    while (_batches_in_flight() or lambda_runtime.workers_in_use()) and time.monotonic() < until:
        time.sleep(0.02)
    finished = not lambda_runtime.workers_in_use()
    if not finished:
        log.warning("functions still ran after %.0f s and were ended", deadline_s)
    with lambda_runtime._lock:
        workers = [worker for pool in lambda_runtime._workers.values() for worker in pool]
    lambda_runtime.kill_workers(workers)
    return finished


def _batches_in_flight() -> int:
    return sum(lambda_svc._esm_inflight.values())


def snapshot_every(seconds: float) -> None:
    """Stock saves at a clean stop only, so a killed emulator would forget everything since it started."""
    if seconds <= 0:
        return
    logging.getLogger("persistence").setLevel(logging.WARNING)

    def loop():
        while not _stopping.wait(seconds):
            started = time.perf_counter()
            snapshot()
            took = time.perf_counter() - started
            if took > 1.0:
                log.info("a snapshot took %.2f s", took)

    threading.Thread(target=loop, daemon=True, name="snapshot").start()


def snapshot() -> None:
    """Saves every service's state now.

    Requests go on meanwhile, and a dictionary that grows under the copy raises: such a service is tried again.
    """
    for name, get_state in app._build_persistence_save_dict().items():
        for attempt in range(5):
            try:
                state = get_state()
            except RuntimeError:
                if attempt == 4:
                    log.warning("could not snapshot %s while it changed; the last one stays", name)
                continue
            if state is not None:
                persistence.save_state(name, state)
            break
