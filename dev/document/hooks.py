"""Whose each call is, and how a part of the calls gets further than a refusal.

Every call is made by an owner of its own, whom nobody has seen before, so that no call can depend on another and none
is refused for what others used up. Of the calls with valid data every third is made by somebody who is connected, and
is given what exists: connections of theirs, a post of theirs, a consent of theirs. What is invalid stays as it was
generated.

`BELFRY_STACK` names the file with the addresses, `BELFRY_TALLY` the file that tells at the end what was answered.
"""

import atexit
import collections
import datetime
import json
import os
import threading
import urllib.parse
import uuid

import requests
import schemathesis

with open(os.environ["BELFRY_STACK"], encoding="utf-8") as file:
    STACK = json.load(file)

# Every so many valid calls to an operation are given what exists.
EVERY = 3

# So many calls are made by one connected owner, before another one is connected. Well below every limit.
CALLS_OF_ONE = 3

PLATFORMS = ["x", "linkedin"]

# What only one platform knows.
OPTIONS = {"linkedin": {"visibility"}, "x": {"replySettings"}}


class Owner:
    """Somebody with a token, and with connections if asked for."""

    def __init__(self):
        self.name = f"schema-{uuid.uuid4().hex}"
        minted = requests.post(f"{STACK['issuer']}/_control/token", json={"person": self.name}, timeout=30)
        minted.raise_for_status()
        self.token = minted.json()["accessToken"]
        self.calls = 0
        self.connections = []

    def ask(self, method, path, body=None):
        """A call of our own, which must succeed."""
        answer = requests.request(
            method,
            f"{STACK['apiUrl']}{path}",
            json=body,
            headers={"authorization": f"Bearer {self.token}"},
            timeout=30,
        )
        answer.raise_for_status()
        return answer.json()

    def consent(self, platform):
        """Begins to connect, approves at the platform, and answers what it sends back."""
        begun = self.ask("POST", f"/v1/connections/{platform}/authorize")
        url = f"{begun['authorizationUrl']}&sandbox_approve={self.name}"
        for _ in range(5):
            answer = requests.get(url, allow_redirects=False, timeout=30)
            url = urllib.parse.urljoin(url, answer.headers["location"])
            came = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
            if "code" in came:
                return {"code": came["code"], "state": came["state"]}
        raise RuntimeError(f"the sandbox does not approve of {self.name}")

    def connect(self):
        """Connects an account of each platform."""
        for platform in PLATFORMS:
            consent = self.consent(platform)
            made = self.ask("POST", f"/v1/connections/{platform}/complete", consent)
            self.connections.extend(made["connections"])
        return self

    def post(self):
        """A post for tomorrow."""
        targets = [{"connectionId": connection["id"]} for connection in self.connections]
        return self.ask("POST", "/v1/posts/schedule", {"text": "a post", "targets": targets, "publishAt": tomorrow()})


    def failed_post(self):
        """A post whose account was taken away and is there again."""
        post = self.post()
        gone = self.connections[0]
        requests.delete(
            f"{STACK['apiUrl']}/v1/connections/{gone['id']}",
            headers={"authorization": f"Bearer {self.token}"},
            timeout=30,
        ).raise_for_status()
        consent = self.consent(gone["platform"])
        self.ask("POST", f"/v1/connections/{gone['platform']}/complete", consent)
        return post

    def upload(self):
        """The permission to upload a file."""
        return self.ask("POST", "/v1/media", {"fileName": "bell.png", "contentType": "image/png", "size": 67})


def tomorrow():
    """An instant that any post may have."""
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Register:
    """Who makes which call, and what was answered."""

    def __init__(self):
        self.lock = threading.Lock()
        self.valid_calls = collections.Counter()
        self.connected = {}
        self.by_token = {}
        self.answered = collections.defaultdict(collections.Counter)

    def owner_for(self, case):
        """Somebody new, or now and then somebody who is connected."""
        operation = case.operation.label
        with self.lock:
            if is_valid(case):
                self.valid_calls[operation] += 1
            wants = is_valid(case) and self.valid_calls[operation] % EVERY == 1 and can_be_given(case)
            owner = self.connected.get(operation) if wants else None
        if not wants:
            return Owner()
        if owner is None or owner.calls >= CALLS_OF_ONE:
            owner = Owner().connect()
        owner.calls += 1
        with self.lock:
            self.connected[operation] = owner
            self.by_token[f"Bearer {owner.token}"] = owner
        return owner

    def write(self):
        """For whoever started this run."""
        with open(os.environ["BELFRY_TALLY"], "w", encoding="utf-8") as file:
            json.dump(self.answered, file, indent=1, sort_keys=True)


REGISTER = Register()
atexit.register(REGISTER.write)


def is_valid(case):
    """Whether the call was generated to fit the document."""
    return case.meta is not None and case.meta.generation.mode.is_positive


def can_be_given(case):
    """Whether there is something in the call that can be made to exist."""
    return "id" in case.path_parameters or isinstance(case.body, dict)


def give(case, owner):
    """Puts what exists in the place of what was made up."""
    if "id" in case.path_parameters:
        case.path_parameters["id"] = existing(case.operation.path, owner)["id"]
    if not isinstance(case.body, dict):
        return
    if {"code", "state"} <= case.body.keys():
        case.body = owner.consent(case.path_parameters["platform"])
    elif case.operation.path.endswith("/retry"):
        case.body = {"confirmDuplicate": True}
    elif case.operation.path.startswith("/v1/posts"):
        case.body = sendable(case.body, owner)


def existing(path, owner):
    """Something of the kind that this path names."""
    collection = path.split("/")[2]
    if collection == "media":
        return owner.upload()
    if collection == "connections":
        return owner.connections[0]
    return owner.failed_post() if path.endswith("/retry") else owner.post()


def sendable(body, owner):
    """The same post for connections that exist, at a time that can be."""
    body = dict(body)
    if body.get("targets") is not None:
        targets = zip(body["targets"], owner.connections)
        body["targets"] = [target_on(connection, target) for target, connection in targets]
    body.pop("media", None)
    body["text"] = short(body.get("text")) or "a post"
    if body.get("publishAt"):
        body["publishAt"] = tomorrow()
    if body.get("timeZone"):
        body["timeZone"] = "Europe/Berlin"
    return body


def target_on(connection, target):
    """The same target on a connection that exists."""
    target = {**target, "connectionId": connection["id"]}
    foreign = set().union(*(names for platform, names in OPTIONS.items() if platform != connection["platform"]))
    if target.get("options"):
        target["options"] = {name: value for name, value in target["options"].items() if name not in foreign}
    if target.get("text"):
        target["text"] = short(target["text"]) or "words of its own"
    return target


def short(text):
    """At most what fits anywhere; without what X refuses."""
    kept = "".join(letter for letter in text or "" if letter not in "\ufffe\ufeff\uffff$")
    return kept[:100].strip()


@schemathesis.auth(refresh_interval=None)
class Token:
    """Signs the call."""

    def get(self, case, context):
        """A token of whoever makes this call."""
        return REGISTER.owner_for(case).token

    def set(self, case, data, context):
        """Puts it where API Gateway looks."""
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context, case, kwargs):
    """Gives the call what exists, if it is made by somebody who is connected."""
    owner = REGISTER.by_token.get(case.headers.get("Authorization"))
    if owner is not None and is_valid(case) and can_be_given(case):
        give(case, owner)


@schemathesis.hook
def after_call(context, case, response):
    """Keeps count."""
    with REGISTER.lock:
        REGISTER.answered[case.operation.label][str(response.status_code)] += 1
