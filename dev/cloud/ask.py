"""Makes AWS calls for `cargo xtask`, many in one process, because starting one costs more than all of them.

Reads `{"endpoint", "region", "calls": [{"service", "call", "arguments"}]}` from standard input and writes
`[{"ok": …} | {"error": code, "text": …}]`. An argument `{"$zipped": path}` is a function's package: that file,
zipped as `bootstrap`. The call `template.routes` (argument `path`) needs no cloud: it lists a template's routes.
"""

import concurrent.futures
import datetime
import functools
import io
import json
import sys
import zipfile

import yaml


def main() -> None:
    ask = json.load(sys.stdin)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(functools.partial(answer, ask["endpoint"], ask["region"]), ask["calls"]))
    json.dump(answers, sys.stdout, default=plain)


def answer(endpoint: str, region: str, wanted: dict) -> dict:
    arguments = {name: unpacked(value) for name, value in wanted["arguments"].items()}
    if wanted["service"] == "template":
        with open(arguments["path"], encoding="utf-8") as file:
            return {"ok": routes_of(file.read())}
    try:
        got = whole(client(endpoint, region, wanted["service"]), wanted["call"], arguments)
    except Exception as error:  # Every failure is an answer; the asker decides which one matters.
        code = getattr(error, "response", {}).get("Error", {}).get("Code") or type(error).__name__
        return {"error": code, "text": str(error)}
    got.pop("ResponseMetadata", None)
    return {"ok": got}


def whole(service, call: str, arguments: dict) -> dict:
    """The answer of a call, all pages of it where it comes in pages."""
    if service.can_paginate(call):
        return service.get_paginator(call).paginate(**arguments).build_full_result()
    return getattr(service, call)(**arguments)


@functools.lru_cache
def client(endpoint: str, region: str, service: str):
    import boto3

    return boto3.session.Session().client(
        service, endpoint_url=endpoint, region_name=region,
        aws_access_key_id="test", aws_secret_access_key="test",
    )


def unpacked(value):
    if not (isinstance(value, dict) and "$zipped" in value):
        return value
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with open(value["$zipped"], "rb") as file:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, file.read(), zipfile.ZIP_DEFLATED, 1)
    return buffer.getvalue()


def plain(value):
    return value.isoformat() if isinstance(value, datetime.datetime) else repr(value)


class Tolerant(yaml.SafeLoader):
    """Reads a template without resolving `!Ref` and its kind."""


def _unresolved(loader, _tag, node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


Tolerant.add_multi_constructor("!", _unresolved)


def routes_of(text: str) -> list[str]:
    """The routes a template's functions answer, `METHOD /path`, sorted."""
    template = yaml.load(text, Tolerant)
    found = set()
    for resource in (template.get("Resources") or {}).values():
        for event in ((resource.get("Properties") or {}).get("Events") or {}).values():
            if event.get("Type") == "HttpApi":
                properties = event.get("Properties") or {}
                path, method = properties.get("Path"), str(properties.get("Method", "ANY")).upper()
                catches_all = path is None or path.lstrip("/") == "$default"
                found.add("$default" if catches_all else f"{method} {path}")
    return sorted(found)


if __name__ == "__main__":
    main()
